"""The control API: the methods of a test as verbs, each by the method's name and with its arguments.

    POST /_ddbstreams/split  {"stream": "orders"}  ->  {"result": [{"id": "shardId-…", …}, …]}

`VERBS` lists them all. A verb of a stream takes, beside the arguments of its method, ``stream``: a table's name or an
ARN. This module knows JSON data, and no HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from inspect import Parameter, signature
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from .._api.mock import StreamsMock
from .._api.stream import Stream
from .._call_log import Calls
from .._checks import is_integer, misfit
from .._clock import Clock
from .._exceptions import InvalidOption, refuse_unknown
from .json_values import arguments_of, document_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .._faults.fault import Fault
    from .._operations import Operation
    from .._operations.calls import Call
    from .._operations.records import StreamRecord

#: How many levels of lists and objects arguments have at most: an item has two for each of its 32, and is in some more.
DEEPEST = 80


@dataclass(frozen=True)
class Verb:
    """A function that the control API calls by its name.

    Attributes:
        function: a method, or a function of this module; the subject is its first argument.
        find: returns the subject, given the mock and the arguments of `finds_by`.
        finds_by: names of the arguments with which the subject is found.
    """

    function: Callable[..., Any]
    find: Callable[..., Any]
    finds_by: tuple[str, ...] = ()

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters of the function by their names, without the subject."""
        return dict(list(signature(self.function).parameters.items())[1:])

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all arguments."""
        return *self.finds_by, *self.parameters

    @property
    def needed(self) -> tuple[str, ...]:
        """The names of the arguments that have no default."""
        needed = [name for name, parameter in self.parameters.items() if parameter.default is Parameter.empty]
        return *self.finds_by, *needed


# Verbs that are properties in Python


def streams(mock: StreamsMock) -> Sequence[Stream]:
    """Return every stream, oldest first."""
    return mock.streams


def calls(mock: StreamsMock, *, of: Operation | None = None) -> Sequence[Call]:
    """Return the calls, in order.

    Args:
        mock: the mock.
        of: only calls of this operation.
    """
    return tuple(mock.calls) if of is None else mock.calls.of(of)


def faults(mock: StreamsMock) -> Sequence[Fault]:
    """Return each fault, with its id and its text: its calls, and how often it has triggered."""
    return mock.faults


def cancel(mock: StreamsMock, fault: int) -> None:
    """Take a fault back.

    Args:
        mock: the mock.
        fault: the id that the verb answered which added the fault.

    Raises:
        InvalidOption: the mock has no such fault.
    """
    ids = {each.id: each for each in mock.faults}
    if not is_integer(fault) or fault not in ids:
        there_are = ", ".join(map(str, ids)) or "none"
        raise misfit("fault", fault, f"the id of a fault, and there are: {there_are}")
    ids[fault].cancel()


def unanswered(mock: StreamsMock) -> list[str]:
    """Return the errors of the calls that nothing answered, as text."""
    return [str(error) for error in mock.unanswered]


def stream(found: Stream) -> Stream:
    """Return the stream."""
    return found


def records(found: Stream, *, shard: str | None = None) -> list[StreamRecord]:
    """Return the records of a stream that are not trimmed.

    Args:
        found: the stream.
        shard: only records of the shard with this id.
    """
    return [record for each in found.shards if shard in {None, each.id} for record in each.records]


def clock(found: Clock) -> Clock:
    """Return the clock, which JSON shows by its time."""
    return found


_OF_MOCK = (
    StreamsMock.create_stream,
    StreamsMock.expire_iterators,
    StreamsMock.fail,
    StreamsMock.delay,
    StreamsMock.empty_pages,
    StreamsMock.short_pages,
    StreamsMock.short_listings,
    StreamsMock.empty_listings,
    StreamsMock.lose_answers,
    StreamsMock.shift_latest,
    StreamsMock.delay_discovery,
    StreamsMock.delay_closing,
    StreamsMock.forgive,
    StreamsMock.expire_items,
    StreamsMock.reset,
    StreamsMock.to_html,
    streams,
    calls,
    faults,
    cancel,
    unanswered,
)
_OF_STREAM = (
    Stream.insert,
    Stream.modify,
    Stream.remove,
    Stream.put,
    Stream.delete,
    Stream.write_many,
    Stream.inject,
    Stream.replay,
    Stream.split,
    Stream.rotate,
    Stream.trim,
    Stream.disable,
    Stream.enable,
    stream,
    records,
)
_OF_CLOCK = (
    Clock.freeze,
    Clock.unfreeze,
    Clock.tick,
    Clock.move_to,
    clock,
)
_OF_CALLS = (
    Calls.assert_parents_before_children,
    Calls.assert_every_record_delivered,
    Calls.assert_no_iterator_reused_after_expiry,
    Calls.assert_listing_followed_to_the_end,
    Calls.assert_no_record_delivered_twice,
    Calls.assert_no_iterator_used_at_once,
    Calls.assert_no_closed_shard_read_again,
    Calls.assert_sequence_numbers_known,
    Calls.assert_rates,
    Calls.assert_delivered_within,
)


def _verbs(functions: tuple[Any, ...], find: Callable[..., Any], *finds_by: str) -> dict[str, Verb]:
    return {function.__name__: Verb(function, find, finds_by) for function in functions}


#: Every verb by its name.
VERBS = {
    **_verbs(_OF_MOCK, lambda mock: mock),
    **_verbs(_OF_STREAM, StreamsMock.stream, "stream"),
    **_verbs(_OF_CLOCK, attrgetter("clock")),
    **_verbs(_OF_CALLS, attrgetter("calls")),
}


def perform(mock: StreamsMock, name: str, arguments: dict[str, Any]) -> Any:
    """Call the function of a verb, and return its result as JSON data.

    Args:
        mock: the mock.
        name: one of `VERBS`.
        arguments: JSON data; fractions are Decimals, binary values base64 text, instants ISO 8601 text.

    Raises:
        StreamsMockError: an argument is missing, unknown or does not fit, or the state of the mock forbids the call.
        AssertionError: an assertion of the call log does not hold; the text is its evidence.
    """
    verb = VERBS[name]
    refuse_unknown(f"argument of {name}", arguments, verb.names)
    missing = [needed for needed in verb.needed if arguments.get(needed) is None]
    if missing:
        raise InvalidOption(f"{name} needs {missing[0]!r}; it takes: {', '.join(verb.names)}")
    given = arguments_of(arguments)
    subject = verb.find(mock, *[given.pop(argument) for argument in verb.finds_by])
    return document_of(verb.function(subject, **given))
