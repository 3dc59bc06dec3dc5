"""The control API: each lever of a test as a verb, by the name of the method and with its arguments.

    POST /_ddbstreams/split  {"stream": "orders"}  ->  {"result": [{"id": "shardId-…", …}, …]}

One table says which there are. A verb of a stream takes, beside the method's own arguments, ``stream``: its table's
name or its ARN. It knows JSON data and no HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, TypeAlias

from .._api.mock import StreamsMock
from .._api.stream import Stream
from .._call_log import Calls
from .._clock import Clock
from .._exceptions import InvalidOption, refuse_unknown
from .json_values import arguments_of, document_of

if TYPE_CHECKING:
    from .._operations.calls import Call
    from .._operations.records import StreamRecord

Find: TypeAlias = Callable[[StreamsMock, dict[str, Any]], Any]

#: Levels of lists and objects in the arguments: an item's, which are two for each of its own 32, and those around it.
DEEPEST = 80


@dataclass(frozen=True)
class Verb:
    """A lever and what it is a lever of.

    Attributes:
        lever: a method, or a function of what it looks at.
        find: finds what the lever is pulled on; it may take an argument away for that.
        finds_by: the arguments that it takes away.
    """

    lever: Callable[..., Any]
    find: Find
    finds_by: tuple[str, ...] = ()

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The arguments that the lever takes, by their names."""
        return dict(list(signature(self.lever).parameters.items())[1:])

    @property
    def names(self) -> tuple[str, ...]:
        """Every argument, the ones without which it does not go first."""
        return *self.finds_by, *self.parameters

    @property
    def needed(self) -> tuple[str, ...]:
        """The arguments without which it does not go."""
        needed = [name for name, parameter in self.parameters.items() if parameter.default is Parameter.empty]
        return *self.finds_by, *needed


def _the_mock(streams: StreamsMock, _: dict[str, Any]) -> StreamsMock:
    return streams


def _the_calls(streams: StreamsMock, _: dict[str, Any]) -> Calls:
    return streams.calls


def _the_clock(streams: StreamsMock, _: dict[str, Any]) -> Clock:
    return streams.clock


def _the_stream(streams: StreamsMock, arguments: dict[str, Any]) -> Stream:
    return streams.stream(arguments.pop("stream"))


def streams(streams: StreamsMock) -> Sequence[Stream]:
    """Every stream, oldest first."""
    return streams.streams


def calls(streams: StreamsMock, *, of: str | None = None) -> Sequence[Call]:
    """The calls that came in, in order.

    Args:
        streams: the mock.
        of: only those of this operation.
    """
    return tuple(streams.calls) if of is None else streams.calls.of(of)


def faults(streams: StreamsMock) -> list[str]:
    """What was armed: what each fault waits for and what it has met."""
    return [str(fault) for fault in streams.faults]


def unanswered(streams: StreamsMock) -> list[str]:
    """What became of calls that nothing answered."""
    return [str(call) for call in streams.unanswered]


def stream(stream: Stream) -> Stream:
    """One stream."""
    return stream


def records(stream: Stream, *, shard: str | None = None) -> list[StreamRecord]:
    """The records of a stream that are not trimmed.

    Args:
        stream: the stream.
        shard: only those of the shard of this id.
    """
    return [record for found in stream.shards if shard in {None, found.id} for record in found.records]


def clock(clock: Clock) -> Clock:
    """What time it is."""
    return clock


def _verbs() -> dict[str, Verb]:
    of_the_mock: tuple[Callable[..., Any], ...] = (
        StreamsMock.create_stream,
        StreamsMock.expire_iterators,
        StreamsMock.fail,
        StreamsMock.delay,
        StreamsMock.empty_pages,
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
        unanswered,
    )
    of_a_stream: tuple[Callable[..., Any], ...] = (
        Stream.insert,
        Stream.modify,
        Stream.remove,
        Stream.put,
        Stream.delete,
        Stream.write_many,
        Stream.inject,
        Stream.split,
        Stream.rotate,
        Stream.trim,
        Stream.disable,
        Stream.enable,
        stream,
        records,
    )
    of_the_clock: tuple[Callable[..., Any], ...] = (
        Clock.freeze,
        Clock.unfreeze,
        Clock.tick,
        Clock.move_to,
        clock,
    )
    of_the_calls: tuple[Callable[..., Any], ...] = (
        Calls.assert_parents_before_children,
        Calls.assert_every_record_delivered,
        Calls.assert_no_iterator_reused_after_expiry,
        Calls.assert_listing_followed_to_the_end,
    )
    verbs = [Verb(lever, _the_mock) for lever in of_the_mock]
    verbs += [Verb(lever, _the_stream, ("stream",)) for lever in of_a_stream]
    verbs += [Verb(lever, _the_clock) for lever in of_the_clock]
    verbs += [Verb(lever, _the_calls) for lever in of_the_calls]
    return {verb.lever.__name__: verb for verb in verbs}


VERBS = _verbs()


def perform(streams: StreamsMock, name: str, arguments: dict[str, Any]) -> Any:
    """Pull a lever.

    Args:
        streams: the mock.
        name: one of `VERBS`.
        arguments: JSON data; fractions are Decimals, blobs base64 text, instants ISO 8601 text.

    Returns:
        What the lever gives, as JSON data.

    Raises:
        StreamsMockError: an argument is missing, unknown or does not fit, or it cannot be done now.
        AssertionError: what is asserted of the calls is not so; says what came instead.
    """
    verb = VERBS[name]
    refuse_unknown(f"argument of {name}", arguments, verb.names)
    missing = [needed for needed in verb.needed if arguments.get(needed) is None]
    if missing:
        raise InvalidOption(f"{name} needs {missing[0]!r}; it takes: {', '.join(verb.names)}")
    given = arguments_of(arguments)
    subject = verb.find(streams, given)
    try:
        return document_of(verb.lever(subject, **given))
    except OverflowError as error:
        raise InvalidOption(f"{name}: {error}") from None
