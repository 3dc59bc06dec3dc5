"""Targets that have tables, with writes made through their DynamoDB API."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from conformance.bases import START, Item, Table, Target, table_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta

    from pytest_ddbstreams import ViewType

ENDPOINT_VARIABLE = "DDBSTREAMS_CONFORMANCE_ENDPOINT"
_LONGEST_WAIT = 5  # seconds
_LARGEST_BATCH = 25


class ApiTable(Table):
    """A table that is reached through a DynamoDB API."""

    def __init__(self, client: Any, name: str, region: str) -> None:
        super().__init__(name, region)
        self.client = client

    @property
    def stream_arn(self) -> str:
        arn: str = self.describe()["LatestStreamArn"]
        return arn

    def put(self, item: Item) -> None:
        self.client.put_item(TableName=self.name, Item=item)

    def delete(self, key: Item) -> None:
        self.client.delete_item(TableName=self.name, Key=key)

    def update(self, key: Item, expression: str, values: Item | None = None) -> None:
        more = {"ExpressionAttributeValues": values} if values else {}
        self.client.update_item(TableName=self.name, Key=key, UpdateExpression=expression, **more)

    def write_batch(self, *, puts: Iterable[Item] = (), deletes: Iterable[Item] = ()) -> None:
        requests = [{"PutRequest": {"Item": item}} for item in puts]
        requests += [{"DeleteRequest": {"Key": key}} for key in deletes]
        self.client.batch_write_item(RequestItems={self.name: requests})

    def put_all(self, items: Iterable[Item]) -> None:
        left = list(items)
        while left:
            self.write_batch(puts=left[:_LARGEST_BATCH])
            del left[:_LARGEST_BATCH]

    def disable(self) -> None:
        self.set_stream(StreamEnabled=False)

    def enable(self, view_type: ViewType) -> None:
        self.set_stream(StreamEnabled=True, StreamViewType=view_type)

    def delete_table(self) -> None:
        self.client.delete_table(TableName=self.name)
        self.client.get_waiter("table_not_exists").wait(TableName=self.name)

    def set_stream(self, **specification: Any) -> None:
        self.client.update_table(TableName=self.name, StreamSpecification=specification)
        self.client.get_waiter("table_exists").wait(TableName=self.name)

    def describe(self) -> dict[str, Any]:
        table: dict[str, Any] = self.client.describe_table(TableName=self.name)["Table"]
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
        view_type: ViewType = "NEW_AND_OLD_IMAGES",
        region: str = "us-east-1",
        name: str | None = None,
    ) -> Table:
        name = name or self._new_name()
        specification = {"StreamEnabled": True, "StreamViewType": view_type}
        return self._create(name, region, key_schema or {"pk": "S"}, StreamSpecification=specification)

    def create_table_without_stream(self) -> str:
        return self._create(self._new_name(), "us-east-1", {"pk": "S"}).name

    def _create(self, name: str, region: str, keys: Mapping[str, str], **more: Any) -> ApiTable:
        client = self._table_client(region)
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
        return self._created(ApiTable(client, name, region))

    def _table_client(self, region: str) -> Any:
        """Return the DynamoDB client of a region, created once."""
        if region not in self._table_clients:
            self._table_clients[region] = self.client(region, service="dynamodb")
        return self._table_clients[region]

    @staticmethod
    def _new_name() -> str:
        return f"ddbstreams-{os.getpid()}-{next(table_numbers)}"

    def _created(self, table: ApiTable) -> ApiTable:
        return table


class MotoTarget(TableTarget):
    """moto in this process, which follows the process clock."""

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
        # A call that moto does not answer goes to a closed port instead of AWS.
        return Config(proxies={"https": "http://127.0.0.1:1"})


class EndpointTarget(TableTarget):
    """An emulator, a compatible database, or AWS, at the URL in the environment variable (``aws`` for AWS)."""

    name = "endpoint"

    @property
    def version(self) -> str:
        return os.environ[ENDPOINT_VARIABLE]

    def open(self) -> None:
        """Do nothing: each table is created by its behaviour and deleted at the end."""

    def pass_time(self, delta: timedelta) -> None:
        """Wait in real time, up to five seconds, because no test can move the clock of an endpoint."""
        if delta.total_seconds() > _LONGEST_WAIT:
            super().pass_time(delta)
        time.sleep(delta.total_seconds())

    def enforce_rates(self) -> None:
        if os.environ[ENDPOINT_VARIABLE] != "aws":  # AWS always enforces them
            super().enforce_rates()

    def _connection(self) -> dict[str, Any]:
        url = os.environ[ENDPOINT_VARIABLE]
        return {} if url == "aws" else {"endpoint_url": url}

    def _created(self, table: ApiTable) -> ApiTable:
        self._stack.callback(_delete_if_it_exists, table)
        return table


def _delete_if_it_exists(table: ApiTable) -> None:
    with suppress(table.client.exceptions.ResourceNotFoundException):
        table.client.delete_table(TableName=table.name)
