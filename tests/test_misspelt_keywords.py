"""A misspelt keyword argument is answered like a misspelt option: with all arguments, and the nearest."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

import pytest_ddbstreams
from pytest_ddbstreams import EventSourceMapping, InvalidOption, StreamsMock, StreamsServer, lambda_event, matches
from pytest_ddbstreams._checks import checks_keywords

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import Stream


@checks_keywords
def double(number: int, /, *, times: int = 2) -> int:
    return number * times


def make(function: Callable[..., object], *args: object, **kwargs: object) -> object:
    """Call a function in a way that a type checker does not see."""
    return function(*args, **kwargs)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda mock, _: mock.clock.tick(minute=16), r"tick\(\) 'minute'; there are: delta, .*Did you mean 'minutes'"),
        (lambda mock, _: mock.create_stream("carts", view="x"), r"create_stream\(\) 'view'.*Did you mean 'view_type'"),
        (lambda mock, _: mock.fail("GetRecords", "X", time=2), r"fail\(\) 'time'.*Did you mean 'times'"),
        (lambda mock, _: mock.empty_pages(shards=1), r"empty_pages\(\) 'shards'.*Did you mean 'shard'"),
        (
            lambda mock, _: mock.event_source_mapping("orders", print, StartingPosition="LATEST"),
            r"EventSourceMapping\(\) 'StartingPosition'.*Did you mean 'starting_position'",
        ),
        (lambda mock, _: make(StreamsServer, mock, prt=1), r"StreamsServer\(\) 'prt'.*Did you mean 'port'"),
        (lambda mock, stream: mock.calls.assert_every_record_delivered(stream, handle=[]), "Did you mean 'handled'"),
        (lambda _, stream: stream.split(int=3), r"split\(\) 'int'; there are: shard, into. Did you mean 'into'"),
        (
            lambda *_: make(EventSourceMapping, BatchSize=3),
            r"EventSourceMapping\(\) 'BatchSize'.*Did you mean 'batch_size'",
        ),
        (lambda *_: make(lambda_event, view_typ="KEYS_ONLY"), r"lambda_event\(\) 'view_typ'.*Did you mean 'view_type'"),
        (lambda *_: make(matches, "{}", rekord={}), r"matches\(\) 'rekord'.*Did you mean 'record'"),
    ],
)
def test_a_misspelt_keyword_argument_is_refused_with_the_nearest(
    ddbstreams_mock: StreamsMock, call: Callable[[StreamsMock, Stream], Any], text: str
) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    with pytest.raises(InvalidOption, match=text):
        call(ddbstreams_mock, stream)


def test_a_call_that_fits_returns_what_the_function_returns() -> None:
    assert double(4, times=3) == 12


def test_an_argument_that_is_missing_gets_the_error_of_python() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'number'"):
        double()  # type: ignore[call-arg]


def test_a_type_error_within_the_function_is_its_own() -> None:
    with pytest.raises(TypeError, match="can't multiply"):
        double([], times={})  # type: ignore[arg-type]


def test_the_signature_of_a_checked_function_is_that_of_the_function() -> None:
    assert str(inspect.signature(double)) == "(number: 'int', /, *, times: 'int' = 2) -> 'int'"


@pytest.mark.parametrize("name", ["StreamsMock", "Stream", "Shard", "Clock", "Calls", "EventSourceMapping", "Scenario"])
def test_the_methods_of_public_classes_are_checked_but_for_those_that_write_items(name: str) -> None:
    public = getattr(pytest_ddbstreams, name)
    methods = {
        each: method for each, method in inspect.getmembers(public, inspect.isfunction) if not each.startswith("_")
    }
    unchecked = {
        each
        for each, method in methods.items()
        if len(inspect.signature(method).parameters) > 1 and not hasattr(method, "__wrapped__")
    }
    assert unchecked - {"put", "insert", "modify", "remove", "delete", "write_many"} <= {
        "count",
        "index",
    }  # of Sequence
