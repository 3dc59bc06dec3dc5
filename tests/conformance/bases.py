"""Base classes of the conformance tests: a target answers DynamoDB Streams, and its tables make writes.

A method raises `Cannot` on a target that has no way to cause what the method stands for.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta

    from pytest_ddbstreams import ViewType

Item = dict[str, Any]

START = "2026-01-01T00:00:00Z"
#: Numbers for the names of tables, unique in one run.
table_numbers = itertools.count(1)
#: Reading the API's models takes longer than most behaviours, so all sessions share one loader.
MODELS = create_loader()


class Cannot(Exception):
    """The target has no way to cause what a behaviour needs, which is not counted as a fault of the target."""


class Table(ABC):
    """A table with a stream on some target. Items and keys are DynamoDB-typed."""

    def __init__(self, name: str, region: str) -> None:
        self.name = name
        self.region = region

    @property
    @abstractmethod
    def stream_arn(self) -> str:
        """Return the ARN of the table's newest stream."""

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
    def write_batch(self, *, puts: Iterable[Item] = (), deletes: Iterable[Item] = ()) -> None:
        """Put and delete items in one batch."""

    def put_all(self, items: Iterable[Item]) -> None:
        """Put many items of different keys, in any order, by the fastest way of the target."""
        for item in items:
            self.put(item)

    @abstractmethod
    def disable(self) -> None:
        """Disable the stream."""

    @abstractmethod
    def enable(self, view_type: ViewType) -> None:
        """Enable a stream again."""

    @abstractmethod
    def delete_table(self) -> None:
        """Delete the table."""

    def set_stream(self, **specification: Any) -> None:
        """Send UpdateTable with this stream specification, unchanged."""
        raise Cannot("update tables")

    def describe(self) -> dict[str, Any]:
        """Return the description of the table by DescribeTable."""
        raise Cannot("describe tables")

    def expire(self, key: Item) -> None:
        """Delete an item by Time To Live."""
        raise Cannot("delete an item by Time To Live")

    def split(self) -> None:
        """Split the stream's first open shard in two."""
        raise Cannot("split a shard")

    def rotate(self) -> None:
        """Close the stream's first open shard and continue it with one child."""
        raise Cannot("rotate a shard")

    def trim(self, records: int) -> None:
        """Trim the oldest records."""
        raise Cannot("trim records")

    def list_children_late(self) -> None:
        """Leave shards that open from now on out of the next description."""
        raise Cannot("list a child later than its parent's end")

    def list_ends_late(self) -> None:
        """Describe shards that close from now on as open in the next description."""
        raise Cannot("list a child before its parent's end")

    def answer_empty(self) -> None:
        """Answer the next GetRecords call with an empty page, although records wait behind it."""
        raise Cannot("answer an empty page although records wait")

    def change_status_late(self) -> None:
        """Show the next change of status as ENABLING or DISABLING in the next description."""
        raise Cannot("show a stream as ENABLING or DISABLING")


class Target(ABC):
    """An implementation of DynamoDB Streams that the behaviours run on."""

    name: str

    def __init__(self) -> None:
        self._stack = ExitStack()

    @property
    @abstractmethod
    def version(self) -> str:
        """Return the release of the target."""

    @abstractmethod
    def open(self) -> None:
        """Prepare the target for one behaviour, without tables and streams."""

    def close(self) -> None:
        """Remove everything that the behaviour created."""
        self._stack.close()

    def client(
        self,
        region: str = "us-east-1",
        *,
        validation: bool = True,
        service: str = "dynamodbstreams",
        **settings: Any,
    ) -> Any:
        """Create a boto3 client of the target.

        Args:
            region: the region of the client.
            validation: False switches botocore's own parameter checks off, so that the target has to refuse.
            service: ``dynamodbstreams`` or ``dynamodb``.
            settings: more settings of botocore's Config.
        """
        config = Config(parameter_validation=validation, retries={"total_max_attempts": 1}, **settings)
        return self._make_client(service, region_name=region, config=config.merge(self._config()), **self._connection())

    def client_of_host(self, url: str) -> Any:
        """Create a client that sends its requests to this host of AWS."""
        raise Cannot(f"answer for {url}")

    @abstractmethod
    def create_table(
        self,
        key_schema: Mapping[str, str] | None = None,
        *,
        view_type: ViewType = "NEW_AND_OLD_IMAGES",
        region: str = "us-east-1",
        name: str | None = None,
    ) -> Table:
        """Create a table with an enabled stream.

        Args:
            key_schema: attribute names and types, as ``{"pk": "S", "sk": "N"}``. By default ``{"pk": "S"}``.
            view_type: the view type of the stream.
            region: the region of the table.
            name: the name of the table, by default a new one.
        """

    @abstractmethod
    def create_table_without_stream(self) -> str:
        """Return the name of a table that never had a stream."""

    def pass_time(self, delta: timedelta) -> None:
        """Let time pass for the service."""
        raise Cannot(f"let {delta} pass")

    def enforce_rates(self) -> None:
        """Throttle calls above the rates of the service. Call it before any table is created."""
        raise Cannot("enforce rates of calls")

    def _connection(self) -> dict[str, Any]:
        return {}

    def _config(self) -> Config:
        return Config()

    def _client_of_host(self, url: str) -> Any:
        config = Config(retries={"total_max_attempts": 1}).merge(self._config())
        return self._make_client("dynamodbstreams", region_name="us-east-1", endpoint_url=url, config=config)

    def _make_client(self, service: str, **options: Any) -> Any:
        """Create a client in a new session, because a session keeps the event handlers of its creation."""
        session = botocore.session.get_session()
        session.register_component("data_loader", MODELS)
        return boto3.Session(botocore_session=session).client(service, **options)
