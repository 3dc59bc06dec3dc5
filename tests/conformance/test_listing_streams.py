"""ListStreams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.behaviours import behaviour, refused

if TYPE_CHECKING:
    from conformance.targets import Target

GROUP = "ListStreams"


@behaviour("list-entry", "R", GROUP)
def test_an_entry_has_arn_table_name_and_label(target: Target) -> None:
    table = target.create_table()

    [entry] = target.client().list_streams(TableName=table.name)["Streams"]

    assert entry == {
        "StreamArn": table.stream_arn,
        "TableName": table.name,
        "StreamLabel": table.stream_arn.rpartition("/stream/")[2],
    }


@behaviour("list-limit-0", "R", GROUP)
def test_a_limit_of_0_is_refused(target: Target) -> None:
    with refused(target, "ValidationException", "limit", "E"):
        target.client(validation=False).list_streams(Limit=0)
