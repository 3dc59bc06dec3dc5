"""Checks of arguments, and values in messages."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import AsyncMock, Mock

import pytest

from pytest_ddbstreams import InvalidItem, InvalidOption, S3Destination, UnknownStream, scenario, to_lambda_event
from pytest_ddbstreams._checks import check_function
from pytest_ddbstreams._exceptions import short
from pytest_ddbstreams._scenarios import chosen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from pytest_ddbstreams import Stream, StreamsMock


async def coroutine_function(*_: Any) -> None: ...


async def async_generator_function(*_: Any) -> AsyncIterator[None]:
    yield


def plain_function(*_: Any) -> None: ...


def run_coroutine() -> None:
    asyncio.run(coroutine_function())


class Asynchronous:
    async def __call__(self, *_: Any) -> None: ...

    async def method(self, *_: Any) -> None: ...


class Synchronous:
    def __call__(self, *_: Any) -> None: ...


ASYNCHRONOUS = {
    "a coroutine function": coroutine_function,
    "an async generator function": async_generator_function,
    "a method": Asynchronous().method,
    "an object": Asynchronous(),
    "a partial": partial(coroutine_function, 1),
    "a partial of a partial of an object": partial(partial(Asynchronous()), 1),
    "a mock": AsyncMock(),
}
each_asynchronous = pytest.mark.parametrize("function", ASYNCHRONOUS.values(), ids=ASYNCHRONOUS)
#: Each method that takes a function, given a function.
TAKERS: dict[str, Callable[[StreamsMock, Stream, Any], object]] = {
    "before_call": lambda mock, _, function: mock.before_call("GetRecords", function),
    "after_call": lambda mock, _, function: mock.after_call("GetRecords", function),
    "handler": lambda mock, stream, function: mock.event_source_mapping(stream, function, starting_position="LATEST"),
    "put of an S3Destination": lambda _mock, _stream, function: S3Destination(put=function),
    "on_failure": lambda mock, stream, function: mock.event_source_mapping(
        stream, plain_function, on_failure=function, starting_position="LATEST"
    ),
    "scenario": lambda _mock, _stream, function: scenario(function),
    "item of scenarios": lambda _mock, _stream, function: chosen((), {"item": function}),
}
each_taker = pytest.mark.parametrize("give", TAKERS.values(), ids=TAKERS)


# Callbacks


@each_taker
@each_asynchronous
def test_a_coroutine_function_is_refused_as_a_callback_when_it_is_given(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, give: Any, function: Any
) -> None:
    with pytest.raises(InvalidOption, match=r"is a coroutine function, which is never awaited.*give a plain function"):
        give(ddbstreams_mock, ddbstreams_stream, function)
    assert ddbstreams_mock.faults == ()


@each_taker
def test_a_callback_that_cannot_be_called_is_refused(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, give: Any
) -> None:
    with pytest.raises(InvalidOption, match=r"=5 does not fit; .* takes a"):
        give(ddbstreams_mock, ddbstreams_stream, 5)


@pytest.mark.parametrize(
    "function",
    [
        plain_function,
        partial(plain_function, 1),
        Synchronous(),
        Mock(),
        print,
        lambda: asyncio.run(coroutine_function()),
    ],
)
def test_a_function_that_works_when_it_is_called_is_accepted_as_a_callback(function: Any) -> None:
    assert check_function("action", function, "a function", arguments=0) is function


@pytest.mark.parametrize(
    ("function", "arguments", "fits"),
    [
        (lambda event, context: (event, context), 2, True),
        (lambda *values: values, 2, True),
        (lambda event, context, more=None: (event, context, more), 2, True),
        (lambda event: event, 2, False),
        (lambda event, context, more: (event, context, more), 2, False),
        (lambda event, *, context: (event, context), 2, False),
        (lambda: None, 0, True),
        (lambda event: event, 0, False),
        (print, 3, True),
        (min, 2, True),
    ],
)
def test_a_callback_is_refused_if_it_cannot_be_called_with_its_arguments(
    function: Any, arguments: int, *, fits: bool
) -> None:
    with nullcontext() if fits else pytest.raises(InvalidOption, match="handler takes a function of two"):
        check_function("handler", function, "a function of two", arguments=arguments)


def test_a_handler_of_another_signature_is_refused_when_it_is_connected(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    with pytest.raises(InvalidOption, match=r"handler takes a function of \(event, context\)"):
        ddbstreams_mock.event_source_mapping(stream, lambda event: event, starting_position="LATEST")  # type: ignore[misc, arg-type]


# Values that cannot be iterated


@pytest.mark.parametrize("items", [None, 5, object()])
def test_write_many_refuses_a_value_that_cannot_be_iterated(ddbstreams_stream: Stream, items: Any) -> None:
    with pytest.raises(InvalidOption, match=r"^items=.* does not fit; items takes a list or another iterable"):
        ddbstreams_stream.write_many(items)


@pytest.mark.parametrize("records", [None, 5])
def test_to_lambda_event_refuses_a_value_that_cannot_be_iterated(records: Any) -> None:
    with pytest.raises(InvalidOption, match=r"^records=.* does not fit; records takes a list of records"):
        to_lambda_event(records)


# Long values in messages

LONG = "n" * 65_536


def repr_of_type(value: object) -> str:
    return type(value).__name__


#: More than two sentences with a few values that are shown in 200 characters each.
LONGEST_MESSAGE = 1500


@pytest.mark.parametrize(
    "value", [LONG, [LONG], {LONG: LONG}, [10**5000], LONG.encode(), [[[[[[[[[]]]]]]]]], range(9)], ids=repr_of_type
)
def test_a_value_in_a_message_has_at_most_200_characters(value: object) -> None:
    assert len(short(value)) <= 200


@pytest.mark.parametrize("value", ["text", 5, ["a", "b"], {"pk": "o#1"}, "arn:" + "x" * 150])
def test_a_short_value_in_a_message_is_its_repr(value: object) -> None:
    assert short(value) == repr(value)


REFUSED: dict[str, Callable[[StreamsMock, Stream], object]] = {
    "name too long": lambda _, stream: stream.put({"pk": "1", LONG: 1}),
    "path": lambda _, stream: stream.put({"pk": "1", LONG[1:]: 1.5}),
    "path in a map": lambda _, stream: stream.put({"pk": "1", "m": {LONG[1:]: {LONG[2:]: 1.5}}}),
    "type descriptor": lambda _, stream: stream.put({"pk": {LONG: "1"}}, plain=False),
    "other names": lambda _, stream: stream.put({LONG[1:]: 1}),
    "many other names": lambda _, stream: stream.put({f"name {number}": 1 for number in range(1000)}),
    "more than a key": lambda _, stream: stream.delete({"pk": "1", LONG[1:]: 1}),
    "much more than a key": lambda _, stream: stream.delete({"pk": "1", **{f"{number}": 1 for number in range(1000)}}),
    "never seen": lambda _, stream: stream.modify({"pk": "1", LONG[1:]: LONG}),
    "other key": lambda _, stream: stream.modify({"pk": "1"}, old={"pk": "2", LONG[1:]: LONG}),
    "record": lambda _, stream: stream.inject({LONG: LONG, "dynamodb": {LONG: LONG}}),
    "recording": lambda _, stream: stream.replay([{"dynamodb": {LONG: LONG}, LONG: LONG}]),
    "shard": lambda _, stream: stream.split(LONG),
    "stream": lambda mock, _: mock.stream(LONG),
    "key schema": lambda mock, _: mock.create_stream("tables", key_schema={LONG: "S"}),
    "type of a key": lambda mock, _: mock.create_stream("tables", key_schema={"pk": LONG}),
    "table name": lambda mock, _: mock.create_stream(LONG),
    "view type": lambda mock, _: mock.create_stream("tables", view_type=LONG),  # type: ignore[arg-type]
    "error": lambda mock, _: mock.fail("GetRecords", LONG),
    "operation": lambda mock, _: mock.fail(LONG, "InternalServerError"),  # type: ignore[arg-type]
    "stream of a fault": lambda mock, _: mock.empty_pages(stream=LONG),
    "shard of a fault": lambda mock, _: mock.empty_pages(shard=LONG),
    "instant": lambda mock, _: mock.clock.move_to(LONG),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_a_refusal_that_shows_a_long_value_or_many_values_is_short(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, refused: Any
) -> None:
    with pytest.raises((InvalidItem, InvalidOption, UnknownStream)) as caught:
        refused(ddbstreams_mock, ddbstreams_stream)
    assert len(str(caught.value)) < LONGEST_MESSAGE
