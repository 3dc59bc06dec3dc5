"""This fake with the tables of moto, which feed its streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.bases import Table
from conformance.own_target import Own, OwnTable
from conformance.table_targets import RealTable, TableTarget

if TYPE_CHECKING:
    from conformance.bases import Item

    from pytest_ddbstreams import Stream, StreamsMock

_LONG_AGO = 1


class BridgedTable(RealTable, OwnTable):
    """A table of moto. Writes go through moto's API, and the stream is steered by this package's."""

    def __init__(self, streams: StreamsMock, client: Any, name: str, region: str) -> None:
        Table.__init__(self, name, region)
        self._client = client
        self._streams = streams

    @property
    def _stream(self) -> Stream:  # type: ignore[override] # the one that the table has now
        return self._streams.stream(self.name)

    def expire(self, key: Item) -> None:
        """Give the item an expiry time in the past."""
        specification = {"Enabled": True, "AttributeName": "expires"}
        self._client.update_time_to_live(TableName=self.name, TimeToLiveSpecification=specification)
        over = int(self._streams.clock.now().timestamp()) - _LONG_AGO
        self.update(key, "SET expires = :over", {":over": {"N": str(over)}})
        assert self._streams.expire_items() == 1


class Bridged(TableTarget, Own):
    """This fake beside moto."""

    name = "pytest-ddbstreams[moto]"

    def open(self) -> None:
        from moto import mock_aws

        super().open()
        self._stack.enter_context(mock_aws())

    def _made(self, table: RealTable) -> RealTable:
        return BridgedTable(self._streams, table._client, table.name, table.region)
