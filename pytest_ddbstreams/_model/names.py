"""Names and numbers in the shapes that the service gives them: ARNs, labels, shard ids, sequence numbers, epoch times.

The shapes are recorded from AWS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Final

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND = timedelta(milliseconds=1)
_MICROSECOND = timedelta(microseconds=1)

# How the names of a partition's regions begin, and the partition. All other regions are in the partition "aws".
_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("us-iso-", "aws-iso"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)
_STREAM_ARN = re.compile(
    r"arn:([a-z-]+):dynamodb:([a-z0-9-]+):[0-9]{12}:table/[a-zA-Z0-9_.-]{3,255}"
    r"/stream/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}"
)

#: A sequence number is a counter along one lineage of shards, times this base, plus an offset in the log of the stream.
NUMBER_BASE: Final = 10**20


@dataclass(frozen=True, slots=True)
class StreamName:
    """The name of a stream, in parts and as an ARN."""

    table_name: str
    region: str
    account: str
    label: str
    arn: str = field(init=False)

    def __post_init__(self) -> None:
        arn = stream_arn(self.region, self.account, self.table_name, self.label)
        object.__setattr__(self, "arn", arn)


def partition_of(region: str) -> str:
    """Return the AWS partition of a region: the second part of its ARNs."""
    return next((name for prefix, name in _PARTITIONS if region.startswith(prefix)), "aws")


def table_arn(region: str, account: str, table_name: str) -> str:
    """Return the ARN of a table."""
    return f"arn:{partition_of(region)}:dynamodb:{region}:{account}:table/{table_name}"


def stream_arn(region: str, account: str, table_name: str, label: str) -> str:
    """Return the ARN of a stream."""
    return f"{table_arn(region, account, table_name)}/stream/{label}"


def stream_arns_prefix(region: str, account: str, table_name: str | None) -> str:
    """Return the text with which the ARN of each stream of a table begins.

    If `table_name` is None, the ARN of each stream of the account in the region begins with the text.
    """
    return table_arn(region, account, "") if table_name is None else stream_arn(region, account, table_name, "")


def is_stream_arn(text: str) -> bool:
    """Return whether a text has the shape of a stream's ARN, with the partition of its region (R).

    The stream need not exist.
    """
    match = _STREAM_ARN.fullmatch(text)
    if match is None:
        return False
    partition, region = match.groups()
    return partition == partition_of(region)


def region_of(arn: str) -> str:
    """Return the region in an ARN; an empty text if there is none."""
    return "".join(arn.split(":")[3:4])


def names_stream(name: str, arn: str | None) -> bool:
    """Return whether `name`, a table name or an ARN, names the stream that has the ARN `arn`."""
    return arn is not None and (name == arn or f":table/{name}/stream/" in arn)


def label_of(instant: datetime) -> str:
    """Return the stream label of an instant: ISO 8601 in UTC with milliseconds and no offset."""
    return instant.astimezone(timezone.utc).isoformat(timespec="milliseconds")[:-6]


def shard_id(opened_milliseconds: int, suffix: int) -> str:
    """Return ``shardId-<20 digits of epoch milliseconds>-<8 hex>``: lexical order is the order of opening."""
    return f"shardId-{opened_milliseconds:020d}-{suffix:08x}"


def next_number(number: int, offset: int) -> int:
    """Return the sequence number that follows `number` on a lineage, at an offset in the log of the stream."""
    return (number // NUMBER_BASE + 1) * NUMBER_BASE + offset


def milliseconds(instant: datetime) -> int:
    """Return the whole milliseconds from the epoch to an instant."""
    return (instant - _EPOCH) // _MILLISECOND


def microseconds(instant: datetime) -> int:
    """Return the microseconds from the epoch to an instant: a datetime has no finer unit."""
    return (instant - _EPOCH) // _MICROSECOND


def from_milliseconds(count: int) -> datetime:
    """Return the instant that is `count` milliseconds after the epoch."""
    return _EPOCH + count * _MILLISECOND
