"""Listings of a stream that has many shards, and of a mock that has many streams, beside those of two hundred."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from clients import FLOOR, STUBBER, Call, client_of, contest_of
from measuring import Contest, Section, Timed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from measuring import Scale

    from pytest_ddbstreams import StreamsMock

    #: Fills a mock with that many, and says what to ask of it.
    Filling: TypeAlias = Callable[[StreamsMock, int], Call]

_PAGE = 100
_FEW = 2 * _PAGE
_SMALL = f"{_FEW} of them"


def section(scale: Scale) -> Section:
    """The table about long listings."""
    shards, streams = f"{scale.many:,} shards", f"{scale.many:,} streams"
    fillings: dict[str, Filling] = {
        f"DescribeStream, {shards}, first page": partial(_shards_after, lambda _: None),
        f"DescribeStream, {shards}, middle page": partial(_shards_after, lambda many: many // 2 - _PAGE),
        f"DescribeStream, {shards}, last page": partial(_shards_after, lambda many: many - _PAGE - 1),
        f"DescribeStream, {shards}, CHILD_SHARDS": _children,
        f"ListStreams, {streams}, first page": partial(_streams_after, lambda _: None),
        f"ListStreams, {streams}, middle page": partial(_streams_after, lambda many: many // 2 - _PAGE),
        f"ListStreams, {streams}, last page": partial(_streams_after, lambda many: many - _PAGE - 1),
        f"ListStreams, {streams}, TableName": _one_table,
    }
    rows = [
        Timed(name, partial(_listing, scale.many, fill), limits={_SMALL: 1.05}, calls=10)
        for name, fill in fillings.items()
    ]
    return Section("Long listings", "ms", (FLOOR, STUBBER, _SMALL), rows)


@contextmanager
def _listing(many: int, fill: Filling) -> Iterator[Contest]:
    from pytest_ddbstreams import mock_streams

    with mock_streams() as streams:
        service = streams._service  # noqa: SLF001 - two mocks cannot both answer, so what one holds is exchanged
        few_call, few = fill(streams, _FEW), service.registry
        streams.reset()
        call, large = fill(streams, many), service.registry

        def hold(registry: object, _runs: int) -> None:
            service.registry = registry  # type: ignore[assignment] # one of the two above

        contest = contest_of(call)
        ours = replace(contest.ours, prepare=partial(hold, large))
        small = replace(few_call.way(client_of("ours")), prepare=partial(hold, few))
        yield Contest(ours, {**contest.others, _SMALL: small})


def _shards_after(place: Callable[[int], int | None], streams: StreamsMock, many: int) -> Call:
    stream = streams.create_stream("table", shards=many)
    start = place(many)
    after = {} if start is None else {"ExclusiveStartShardId": stream.shards[start].id}
    return Call("describe_stream", {"StreamArn": stream.arn, **after})


def _children(streams: StreamsMock, many: int) -> Call:
    stream = streams.create_stream("table", shards=many)
    parent = stream.shards[many // 2]
    stream.split(parent)
    asked = {"Type": "CHILD_SHARDS", "ShardId": parent.id}
    return Call("describe_stream", {"StreamArn": stream.arn, "ShardFilter": asked})


def _streams_after(place: Callable[[int], int | None], streams: StreamsMock, many: int) -> Call:
    # By name as by ARN: that is how they are listed.
    arns = [streams.create_stream(f"table-{number:06}").arn for number in range(many)]
    start = place(many)
    return Call("list_streams", {} if start is None else {"ExclusiveStartStreamArn": arns[start]})


def _one_table(streams: StreamsMock, many: int) -> Call:
    _streams_after(lambda _: None, streams, many)
    return Call("list_streams", {"TableName": f"table-{many // 2:06}"})
