"""This package as a target of the conformance tests, with writes made on its streams."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from aio_clients import WaitingClient
from conformance.bases import MODELS, START, Cannot, Item, Table, Target, table_numbers

from pytest_ddbstreams import Stream, StreamsMock, mock_streams

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta

    from pytest_ddbstreams import ViewType


class FakeTable(Table):
    """A stream of this package that takes writes like a table."""

    def __init__(self, mock: StreamsMock, name: str, region: str, stream: Stream) -> None:
        super().__init__(name, region)
        self._mock = mock
        self._stream = stream

    @property
    def stream_arn(self) -> str:
        return self._stream.arn

    def put(self, item: Item) -> None:
        self._stream.put(item, plain=False)

    def delete(self, key: Item) -> None:
        self._stream.delete(key, plain=False)

    def update(self, key: Item, expression: str, values: Item | None = None) -> None:
        raise Cannot("evaluate update expressions")

    def write_batch(self, *, puts: Iterable[Item] = (), deletes: Iterable[Item] = ()) -> None:
        if deletes:
            raise Cannot("delete in batches")
        self._stream.write_many(puts, plain=False)

    def put_all(self, items: Iterable[Item]) -> None:
        self._stream.write_many(items, plain=False)

    def disable(self) -> None:
        self._stream.disable()

    def enable(self, view_type: ViewType) -> None:
        self._stream = self._stream.enable(view_type=view_type)

    def delete_table(self) -> None:
        self._stream.disable()

    def expire(self, key: Item) -> None:
        self._stream.remove(key, by_ttl=True, plain=False)

    def split(self) -> None:
        self._stream.open_shards[0].split()

    def rotate(self) -> None:
        self._stream.open_shards[0].rotate()

    def trim(self, records: int) -> None:
        self._stream.trim(records=records)

    def list_children_late(self) -> None:
        self._mock.delay_discovery(stream=self._stream)

    def list_ends_late(self) -> None:
        self._mock.delay_closing(stream=self._stream)

    def answer_empty(self) -> None:
        self._mock.empty_pages(stream=self._stream)

    def change_status_late(self) -> None:
        # A stream is ENABLING while its shards are not listed yet, and DISABLING while its shards look open.
        self._mock.delay_discovery()
        self._mock.delay_closing()


class FakeTarget(Target):
    """This package, called through boto3."""

    name = "pytest-ddbstreams"

    @property
    def version(self) -> str:
        return version("pytest-ddbstreams")

    def open(self) -> None:
        # Not strict, because change_status_late adds two faults and a behaviour triggers one of them.
        self._mock = self._stack.enter_context(mock_streams(freeze=START, auto_rotate=True, strict=False))

    def create_table(
        self,
        key_schema: Mapping[str, str] | None = None,
        *,
        view_type: ViewType = "NEW_AND_OLD_IMAGES",
        region: str = "us-east-1",
        name: str | None = None,
    ) -> Table:
        name = name or f"table-{next(table_numbers)}"
        stream = self._mock.create_stream(name, key_schema=key_schema, view_type=view_type, region=region)
        return FakeTable(self._mock, name, region, stream)

    def create_table_without_stream(self) -> str:
        # Without a stream, a table is unknown to DynamoDB Streams. So any new name stands for such a table.
        return f"table-{next(table_numbers)}"

    def pass_time(self, delta: timedelta) -> None:
        self._mock.clock.tick(delta)

    def enforce_rates(self) -> None:
        options = self._mock.options
        self._mock = self._stack.enter_context(
            mock_streams(freeze=options.freeze, auto_rotate=True, enforce_rates=True, strict=False)
        )

    def client_of_host(self, url: str) -> Any:
        return self._client_of_host(url)


class AsyncFakeTarget(FakeTarget):
    """This package, called through aiobotocore."""

    name = "pytest-ddbstreams-aiobotocore"

    def _make_client(self, service: str, **options: Any) -> Any:
        client = WaitingClient(MODELS, service, **options)
        self._stack.callback(client.close)
        return client
