"""What is written: items, a stream of them, and a table of moto's with a stream."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from clients import session_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_ddbstreams import Stream, StreamsMock

Item = dict[str, Any]


def items(text: int = 0) -> Iterator[Item]:
    """New ones, as many as are asked for.

    Args:
        text: how many characters each has beside a key and a number.
    """
    more = {"text": "x" * text} if text else {}
    return ({"pk": f"item-{number:08}", "total": number, **more} for number in count())


def stream_of(streams: StreamsMock, written: Iterable[Item], name: str = "table") -> Stream:
    """A stream whose one shard holds the records of these."""
    stream = streams.create_stream(name)
    stream.write_many(written)
    return stream


@contextmanager
def table_of_moto(region: str = "us-east-1") -> Iterator[Any]:
    """A table with a stream, in a `mock_aws` of its own."""
    from moto import mock_aws

    with mock_aws():
        yield (
            session_of("moto")
            .resource("dynamodb", region_name=region)
            .create_table(
                TableName="table",
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
                StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
            )
        )
