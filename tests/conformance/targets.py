"""The targets of the conformance tests: what answers DynamoDB Streams, and how writes are caused on it.

A behaviour is written against a `Target` and its tables, never against this package's own API, so that one body
runs on this fake, on moto, on any endpoint and on AWS. What a target has no way to cause raises `Cannot`.
"""

from __future__ import annotations

import itertools
import os
import time
from abc import ABC, abstractmethod
from contextlib import ExitStack, suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader

from pytest_ddbstreams import Stream, StreamsMock, mock_streams

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta

Item = dict[str, Any]

ENDPOINT_VARIABLE = "DDBSTREAMS_CONFORMANCE_ENDPOINT"
START = "2026-01-01T00:00:00Z"
LONGEST_WAIT = 5  # seconds
_LARGEST_BATCH = 25
_numbers = itertools.count(1)
_models = create_loader()


def _session() -> Any:
    """A session for one client, with the hooks that are laid by now.

    To read the API's models takes longer than most behaviours: all sessions share those that were read.
    """
    session = botocore.session.get_session()
    session.register_component("data_loader", _models)
    return boto3.Session(botocore_session=session)


class Cannot(Exception):
    """The target has no way to cause what a behaviour needs; that is no failure of it."""


class Table(ABC):
    """A table with a stream, on some target. Items and keys are DynamoDB-typed."""

    def __init__(self, name: str, region: str) -> None:
        self.name = name
        self.region = region

    @property
    @abstractmethod
    def stream_arn(self) -> str:
        """ARN of the table's newest stream."""

    @abstractmethod
    def put(self, item: Item) -> None:
        """Put an item."""

    @abstractmethod
    def delete(self, key: Item) -> None:
        """Delete an item."""

    @abstractmethod
    def update(self, key: Item, expression: str, values: Item | None = None) -> None:
        """Update an item by an update expression."""

    @abstractmethod
    def write(self, *, puts: Iterable[Item] = (), deletes: Iterable[Item] = ()) -> None:
        """Put and delete in one batch."""

    def put_all(self, items: Iterable[Item]) -> None:
        """Put many items of different keys, as fast as may be, in any order."""
        for item in items:
            self.put(item)

    @abstractmethod
    def disable(self) -> None:
        """Disable the stream."""

    @abstractmethod
    def enable(self, view_type: str) -> None:
        """Enable a stream again."""

    @abstractmethod
    def drop(self) -> None:
        """Delete the table."""

    def set_stream(self, **specification: Any) -> None:
        """Send UpdateTable with this stream specification, as it stands."""
        raise Cannot("update tables")

    def describe(self) -> dict[str, Any]:
        """What DescribeTable says about the table."""
        raise Cannot("describe tables")

    def expire(self, key: Item) -> None:
        """Have Time To Live delete an item."""
        raise Cannot("have Time To Live delete an item")

    def split(self) -> None:
        """Have the stream's first open shard split in two."""
        raise Cannot("split a shard")

    def rotate(self) -> None:
        """Have the stream's first open shard continued by one child."""
        raise Cannot("rotate a shard")

    def trim(self, records: int) -> None:
        """Have the oldest records trimmed."""
        raise Cannot("trim records")


class Target(ABC):
    """Something that answers DynamoDB Streams."""

    name: str

    def __init__(self) -> None:
        self._stack = ExitStack()

    @property
    @abstractmethod
    def version(self) -> str:
        """Which release answers."""

    @abstractmethod
    def open(self) -> None:
        """Make it ready for one behaviour, with nothing in it."""

    def close(self) -> None:
        """Leave nothing behind."""
        self._stack.close()

    def client(
        self,
        region: str = "us-east-1",
        *,
        validation: bool = True,
        service: str = "dynamodbstreams",
        **settings: Any,
    ) -> Any:
        """A boto3 client of the target.

        Args:
            region: where.
            validation: False switches botocore's own parameter checks off, so that the target has to refuse.
            service: DynamoDB Streams, or DynamoDB.
            settings: more of botocore's Config.
        """
        config = Config(parameter_validation=validation, retries={"total_max_attempts": 1}, **settings)
        return _session().client(service, region_name=region, config=config.merge(self._config()), **self._connection())

    def client_of_host(self, url: str) -> Any:
        """A client that was told to send to this host of AWS."""
        raise Cannot(f"answer for {url}")

    @abstractmethod
    def create_table(
        self,
        key_schema: Mapping[str, str] | None = None,
        *,
        view_type: str = "NEW_AND_OLD_IMAGES",
        region: str = "us-east-1",
        name: str | None = None,
    ) -> Table:
        """A table with an enabled stream; ``key_schema`` as ``{"pk": "S", "sk": "N"}``, by default ``{"pk": "S"}``."""

    @abstractmethod
    def create_table_without_stream(self) -> str:
        """The name of a table that never had a stream."""

    def pass_time(self, delta: timedelta) -> None:
        """Let time pass for the service."""
        raise Cannot(f"let {delta} pass")

    def refuse_next(self, operation: str, code: str) -> None:
        """Have the service refuse the next call of an operation, as a busy or faulty one does."""
        raise Cannot(f"be made to refuse {operation} with {code}")

    def _connection(self) -> dict[str, Any]:
        return {}

    def _config(self) -> Config:
        return Config()

    def _client_of_host(self, url: str) -> Any:
        config = Config(retries={"total_max_attempts": 1}).merge(self._config())
        return _session().client("dynamodbstreams", region_name="us-east-1", endpoint_url=url, config=config)


# This fake: writes are caused on its streams.


class OwnTable(Table):
    """A stream of this fake, written to as a table would."""

    def __init__(self, streams: StreamsMock, name: str, region: str, stream: Stream) -> None:
        super().__init__(name, region)
        self._streams = streams
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

    def write(self, *, puts: Iterable[Item] = (), deletes: Iterable[Item] = ()) -> None:
        if deletes:
            raise Cannot("delete in batches")
        self._stream.write_many(puts, plain=False)

    def put_all(self, items: Iterable[Item]) -> None:
        self._stream.write_many(items, plain=False)

    def disable(self) -> None:
        self._stream.disable()

    def enable(self, view_type: str) -> None:
        self._stream = self._stream.enable(view_type=view_type)

    def drop(self) -> None:
        self._stream.disable()

    def expire(self, key: Item) -> None:
        self._stream.remove(key, by_ttl=True, plain=False)

    def split(self) -> None:
        self._stream.split()

    def rotate(self) -> None:
        self._stream.rotate()

    def trim(self, records: int) -> None:
        self._stream.trim(records=records)


class Own(Target):
    """This fake."""

    name = "pytest-ddbstreams"

    @property
    def version(self) -> str:
        return version("pytest-ddbstreams")

    def open(self) -> None:
        self._streams = self._stack.enter_context(mock_streams(freeze=START, auto_rotate=True))

    def create_table(
        self,
        key_schema: Mapping[str, str] | None = None,
        *,
        view_type: str = "NEW_AND_OLD_IMAGES",
        region: str = "us-east-1",
        name: str | None = None,
    ) -> Table:
        name = name or f"table-{next(_numbers)}"
        stream = self._streams.create_stream(name, key_schema=key_schema, view_type=view_type, region=region)
        return OwnTable(self._streams, name, region, stream)

    def create_table_without_stream(self) -> str:
        # It knows streams only, and to the API a table without one is no different from none.
        return f"table-{next(_numbers)}"

    def pass_time(self, delta: timedelta) -> None:
        self._streams.clock.tick(delta)

    def refuse_next(self, operation: str, code: str) -> None:
        self._streams.fail(operation, code)

    def client_of_host(self, url: str) -> Any:
        return self._client_of_host(url)


# Whatever has tables: writes are caused through its DynamoDB API.


class RealTable(Table):
    """A table behind a DynamoDB API."""

    def __init__(self, client: Any, name: str, region: str) -> None:
        super().__init__(name, region)
        self._client = client

    @property
    def stream_arn(self) -> str:
        arn: str = self.describe()["LatestStreamArn"]
        return arn

    def put(self, item: Item) -> None:
        self._client.put_item(TableName=self.name, Item=item)

    def delete(self, key: Item) -> None:
        self._client.delete_item(TableName=self.name, Key=key)

    def update(self, key: Item, expression: str, values: Item | None = None) -> None:
        more = {"ExpressionAttributeValues": values} if values else {}
        self._client.update_item(TableName=self.name, Key=key, UpdateExpression=expression, **more)

    def write(self, *, puts: Iterable[Item] = (), deletes: Iterable[Item] = ()) -> None:
        requests = [{"PutRequest": {"Item": item}} for item in puts]
        requests += [{"DeleteRequest": {"Key": key}} for key in deletes]
        self._client.batch_write_item(RequestItems={self.name: requests})

    def put_all(self, items: Iterable[Item]) -> None:
        left = list(items)
        while left:
            self.write(puts=left[:_LARGEST_BATCH])
            del left[:_LARGEST_BATCH]

    def disable(self) -> None:
        self.set_stream(StreamEnabled=False)

    def enable(self, view_type: str) -> None:
        self.set_stream(StreamEnabled=True, StreamViewType=view_type)

    def drop(self) -> None:
        self._client.delete_table(TableName=self.name)
        self._client.get_waiter("table_not_exists").wait(TableName=self.name)

    def set_stream(self, **specification: Any) -> None:
        self._client.update_table(TableName=self.name, StreamSpecification=specification)
        self._client.get_waiter("table_exists").wait(TableName=self.name)

    def describe(self) -> dict[str, Any]:
        table: dict[str, Any] = self._client.describe_table(TableName=self.name)["Table"]
        return table


class TableTarget(Target):
    """A target that has tables."""

    def __init__(self) -> None:
        super().__init__()
        self._table_clients: dict[str, Any] = {}

    def create_table(
        self,
        key_schema: Mapping[str, str] | None = None,
        *,
        view_type: str = "NEW_AND_OLD_IMAGES",
        region: str = "us-east-1",
        name: str | None = None,
    ) -> Table:
        name = name or self._name()
        specification = {"StreamEnabled": True, "StreamViewType": view_type}
        return self._create(name, region, key_schema or {"pk": "S"}, StreamSpecification=specification)

    def create_table_without_stream(self) -> str:
        return self._create(self._name(), "us-east-1", {"pk": "S"}).name

    def _create(self, name: str, region: str, keys: Mapping[str, str], **more: Any) -> RealTable:
        client = self._tables(region)
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key, kind in keys.items()],
            KeySchema=[
                {"AttributeName": key, "KeyType": role} for key, role in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            **more,
        )
        client.get_waiter("table_exists").wait(TableName=name)
        return self._made(RealTable(client, name, region))

    def _tables(self, region: str) -> Any:
        """The client that tables are made with, one for each region."""
        if region not in self._table_clients:
            self._table_clients[region] = self.client(region, service="dynamodb")
        return self._table_clients[region]

    @staticmethod
    def _name() -> str:
        return f"ddbstreams-{os.getpid()}-{next(_numbers)}"

    def _made(self, table: RealTable) -> RealTable:
        return table


class Moto(TableTarget):
    """moto, in this process; it follows the process clock."""

    name = "moto"

    @property
    def version(self) -> str:
        return version("moto")

    def open(self) -> None:
        import freezegun
        from moto import mock_aws

        self._clock: Any = self._stack.enter_context(freezegun.freeze_time(START))
        self._stack.enter_context(mock_aws())

    def pass_time(self, delta: timedelta) -> None:
        self._clock.tick(delta)

    def client_of_host(self, url: str) -> Any:
        return self._client_of_host(url)

    def _config(self) -> Config:
        # What moto does not answer goes to a port where nobody listens, not to AWS.
        return Config(proxies={"https": "http://127.0.0.1:1"})


class Endpoint(TableTarget):
    """An emulator, a compatible database, or AWS itself, at the URL in the environment (``aws`` for AWS)."""

    name = "endpoint"

    @property
    def version(self) -> str:
        return os.environ[ENDPOINT_VARIABLE]

    def open(self) -> None:
        """Tables are made and dropped one by one; there is nothing else to prepare."""

    def pass_time(self, delta: timedelta) -> None:
        """Wait where that is bearable: the endpoint's clock is not ours."""
        if delta.total_seconds() > LONGEST_WAIT:
            super().pass_time(delta)
        time.sleep(delta.total_seconds())

    def _connection(self) -> dict[str, Any]:
        url = os.environ[ENDPOINT_VARIABLE]
        return {} if url == "aws" else {"endpoint_url": url}

    def _made(self, table: RealTable) -> RealTable:
        self._stack.callback(_delete_if_there, table)
        return table


def _delete_if_there(table: RealTable) -> None:
    with suppress(table._client.exceptions.ResourceNotFoundException):
        table._client.delete_table(TableName=table.name)


TARGETS: dict[str, type[Target]] = {target.name: target for target in (Own, Moto, Endpoint)}
