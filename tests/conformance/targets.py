"""All targets of the conformance tests, by name.

A behaviour is written against a `Target` and its tables, never against this package's own API. So one test body runs on
this package, on moto, on any endpoint and on AWS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.bases import Cannot, Item, Table, Target
from conformance.fake_target import AsyncFakeTarget, FakeTable, FakeTarget
from conformance.table_targets import ENDPOINT_VARIABLE, ApiTable, EndpointTarget, MotoTarget, TableTarget

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream, StreamsMock

__all__ = [
    "ENDPOINT_VARIABLE",
    "TARGETS",
    "AsyncFakeTarget",
    "Cannot",
    "EndpointTarget",
    "FakeTarget",
    "Item",
    "Table",
    "Target",
]


class FakeTableOfMoto(ApiTable, FakeTable):
    """A table of moto whose stream is one of this package."""

    def __init__(self, mock: StreamsMock, client: Any, name: str, region: str) -> None:
        Table.__init__(self, name, region)
        self.client = client
        self._mock = mock

    @property
    def _stream(self) -> Stream:  # type: ignore[override] # read anew, because enabling again replaces the stream
        return self._mock.stream(self.name)

    def expire(self, key: Item) -> None:
        """Set the item's time to live to an instant in the past, and delete what is due."""
        specification = {"Enabled": True, "AttributeName": "expires"}
        self.client.update_time_to_live(TableName=self.name, TimeToLiveSpecification=specification)
        a_second_ago = int(self._mock.clock.now().timestamp()) - 1
        self.update(key, "SET expires = :due", {":due": {"N": str(a_second_ago)}})
        assert self._mock.expire_items() == 1


class FakeWithMotoTarget(TableTarget, FakeTarget):
    """This package with moto's tables, which feed its streams."""

    name = "pytest-ddbstreams[moto]"

    def open(self) -> None:
        from moto import mock_aws

        super().open()
        self._stack.enter_context(mock_aws())

    def _created(self, table: ApiTable) -> ApiTable:
        return FakeTableOfMoto(self._mock, table.client, table.name, table.region)


TARGETS: dict[str, type[Target]] = {
    target.name: target for target in (FakeTarget, AsyncFakeTarget, FakeWithMotoTarget, MotoTarget, EndpointTarget)
}
