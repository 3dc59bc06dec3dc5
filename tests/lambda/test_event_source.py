from __future__ import annotations

from typing import Any

import pytest
from lambda_handlers import Handler, fill

from pytest_ddbstreams import (
    EventSourceMapping,
    InvalidOption,
    StreamsMock,
    StreamStateError,
    UnknownStream,
    mock_streams,
)


@pytest.mark.parametrize("name", ["table name", "ARN", "Stream"])
def test_connect_takes_a_stream_by_each_of_its_names(ddbstreams_mock: StreamsMock, name: str) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    fill(stream, 1)
    given = {"table name": "orders", "ARN": stream.arn, "Stream": stream}[name]
    handler = Handler()
    EventSourceMapping(starting_position="TRIM_HORIZON").connect(given, handler).drain()
    assert handler.delivered == ["o#0"]


def test_connect_looks_a_name_up_in_the_mock_that_was_opened_last(ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.create_stream("orders")
    with mock_streams() as inner:
        stream = inner.create_stream("orders", region="eu-west-1")
        mapping = EventSourceMapping(starting_position="LATEST").connect("orders", Handler())
        assert stream.arn in repr(mapping)


@pytest.mark.usefixtures("ddbstreams_stream")
def test_connect_lists_the_streams_for_an_unknown_name() -> None:
    with pytest.raises(UnknownStream, match=r"no stream of table 'orders'; there are: 'test-table'"):
        EventSourceMapping(starting_position="LATEST").connect("orders", Handler())


@pytest.mark.parametrize("stream", [None, 5, 1.5], ids=repr)
def test_connect_refuses_what_is_no_stream(stream: Any) -> None:
    with pytest.raises(InvalidOption, match=r"stream=.* does not fit; stream takes a Stream, its table's name or its"):
        EventSourceMapping(starting_position="LATEST").connect(stream, Handler())


def test_connect_refuses_a_name_if_no_mock_is_open() -> None:
    with pytest.raises(StreamStateError, match="no mock is open, so 'orders' names no stream; open one with mock_str"):
        EventSourceMapping(starting_position="LATEST").connect("orders", Handler())
