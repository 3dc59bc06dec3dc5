"""Writing, which goes by no client here, against moto's table, which is written through one."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
from measuring import Pair, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_ddbstreams import Stream

_MANY = 100
_MOTO = "put_item, boto3 and moto"


def rows() -> list[Row]:
    """The rows about writing."""
    return [
        Row("put, a record", _MOTO, _put, calls=_MANY, rounds=20),
        Row("write_many, a record", _MOTO, _write_many, counts=_MANY, rounds=20),
    ]


@contextmanager
def _put() -> Iterator[Pair]:
    with _stream_and_table() as (stream, put_item):
        ours, others = items(), items()
        yield Pair(lambda: stream.put(next(ours)), lambda: put_item(next(others)))


@contextmanager
def _write_many() -> Iterator[Pair]:
    with _stream_and_table() as (stream, put_item):
        ours, others = items(), items()

        def put_one_by_one() -> None:
            for _ in range(_MANY):
                put_item(next(others))

        yield Pair(lambda: stream.write_many(next(ours) for _ in range(_MANY)), put_one_by_one)


@contextmanager
def _stream_and_table() -> Iterator[tuple[Stream, Callable[[dict[str, Any]], object]]]:
    from moto import mock_aws

    from pytest_ddbstreams import StreamsMock

    with mock_aws():
        table = table_of_moto()
        # A mock that is not open: while one is, moto's tables feed streams, and their puts are not moto's alone.
        yield StreamsMock().create_stream("table"), lambda item: table.put_item(Item=item)


def table_of_moto() -> Any:
    """A table with a stream."""
    return boto3.resource("dynamodb", region_name="us-east-1").create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )


def items() -> Iterator[dict[str, Any]]:
    """New ones, as many as are asked for."""
    return ({"pk": f"item-{number:08}", "total": number} for number in count())
