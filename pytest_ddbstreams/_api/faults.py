"""The part of the mock that makes trouble: what a test arms, and what it makes happen at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._exceptions import InvalidOption, refuse_unknown
from .._faults import (
    Aftermath,
    Delay,
    EmptyPages,
    Failure,
    Fault,
    LateClosings,
    LateOpenings,
    ShiftedLatest,
)
from .._operations import OPERATIONS
from .._service_errors import SERVICE_ERRORS, service_error_class
from .arguments import (
    check_place,
    count_of,
    duration_of,
    shift_of,
    text_or_none,
)
from .finding import Finder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import timedelta

    from .._model.shard import ShardState
    from .._service_errors import ServiceError
    from .shard import Shard
    from .stream import Stream

_LOWEST, _HIGHEST = 400, 599

_EXPIRY = {"times": 1, "after": 0, "stream": None, "shard": None}


class Trouble(Finder):
    """What `StreamsMock` can have go wrong.

    What is armed here waits for its calls. Where several faults wait for the same call, the one that was armed first
    has the first word, and what it leaves of the call is the next one's.

    Most take ``times``, how often (None: every time); ``after``, how many good calls pass first; ``stream``, itself,
    its table's name or its ARN; and ``shard``, itself or its id. They raise `InvalidOption` for an argument that does
    not fit, and `UnknownStream` for a stream or shard that there is not.
    """

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What was armed, in this order; printed, each says what it waits for and what it has met."""
        return tuple(self._service.faults)

    @property
    def unanswered(self) -> tuple[Exception, ...]:
        """What became of the last hundred calls that nothing answered, whether the code under test saw it or not."""
        return tuple(self._service.findings.unanswered)

    def forgive(self) -> None:
        """Take it as expected that nothing answered some of the calls so far: no test is told of them any more."""
        self._service.findings.forgive()

    def expire_iterators(self, *, stream: Stream | str | None = None, shard: Shard | str | None = None) -> None:
        """Make every iterator that was issued so far count as older than 15 minutes.

        Args:
            stream: only those of this stream: itself, its table's name or its ARN.
            shard: only those of this shard: itself or its id.

        Raises:
            UnknownStream: there is no such stream or shard.
        """
        service = self._service
        with service.lock:
            arn, shard_id = self._place(stream, shard)
            for state in service.registry:
                for found in state.lineage.shards:
                    if arn in {None, state.name.arn} and shard_id in {None, found.id}:
                        found.expired_through = service.registry.issued

    def fail(  # noqa: PLR0913 - what, when and where
        self,
        operation: str,
        error: str | Exception,
        *,
        times: int | None = 1,
        after: int = 0,
        stream: Stream | str | None = None,
        shard: Shard | str | None = None,
        message: str | None = None,
        status: int | None = None,
        delay: timedelta | float = 0,
    ) -> None:
        """Have calls refused that the service would answer.

        Args:
            operation: ListStreams, DescribeStream, GetShardIterator or GetRecords.
            error: an error code of the service, or an exception, which is raised where botocore sends the request.
            times: how many calls; None: all of them.
            after: how many good calls pass first.
            stream: only calls about this stream: itself, its table's name or its ARN.
            shard: only calls about this shard: itself or its id.
            message: the error's message; None: the service's own.
            status: the HTTP status that goes with a code which is not among the known ones.
            delay: how long the refusal takes to arrive, a timedelta or seconds.

        Raises:
            InvalidOption: an argument does not fit.
            UnknownStream: there is no such stream or shard.
        """
        name = error if isinstance(error, str) else type(error).__name__
        late = duration_of("delay", delay)
        where = self._where(stream, shard)
        make = maker_of(error, message, status)
        self._arm(Failure(name=name, operation=operation, make=make, late=late, times=times, after=after, **where))

    def delay(  # noqa: PLR0913 - what, when and where
        self,
        operation: str,
        by: timedelta | float,
        *,
        times: int | None = 1,
        after: int = 0,
        stream: Stream | str | None = None,
        shard: Shard | str | None = None,
    ) -> None:
        """Have calls answered as of when they came, and the answer arrive late.

        An iterator that it brings is that much older already. A clock that is frozen, by whomever, is moved; else the
        caller's thread, and with it its event loop, waits.

        Args:
            operation: ListStreams, DescribeStream, GetShardIterator or GetRecords.
            by: how late, a timedelta or seconds.
            times: how many calls; None: all of them.
            after: how many good calls pass first.
            stream: only calls about this stream.
            shard: only calls about this shard.
        """
        late = duration_of("by", by)
        name = f"an answer {late} late"
        self._arm(
            Delay(name=name, operation=operation, late=late, times=times, after=after, **self._where(stream, shard))
        )

    def after_call(  # noqa: PLR0913 - what, when and where
        self,
        operation: str,
        action: Callable[[], object],
        *,
        times: int | None = 1,
        after: int = 0,
        stream: Stream | str | None = None,
        shard: Shard | str | None = None,
    ) -> None:
        """Have something happen between two calls: right after one was answered well, before the answer arrives.

        Other threads are answered meanwhile. An error of it becomes that of the call, and if it does not reach the test
        it is raised when the mock closes.

        Args:
            operation: ListStreams, DescribeStream, GetShardIterator or GetRecords.
            action: what happens, such as ``stream.split``; called without arguments.
            times: after how many calls; None: after each.
            after: how many good calls pass first.
            stream: only calls about this stream.
            shard: only calls about this shard.
        """
        if not callable(action):
            raise InvalidOption(f"action={action!r} does not fit; action takes a function, such as stream.split")
        name = f"{getattr(action, '__name__', action)} after a call"
        where = self._where(stream, shard)
        self._arm(Aftermath(name=name, operation=operation, action=action, times=times, after=after, **where))

    def empty_pages(
        self,
        *,
        times: int | None = 1,
        after: int = 0,
        stream: Stream | str | None = None,
        shard: Shard | str | None = None,
    ) -> None:
        """Have GetRecords answer no records although there are some; the next iterator still leads to them.

        Args:
            times: how many pages that would have had records; None: all of them.
            after: how many good calls pass first.
            stream: only pages of this stream.
            shard: only pages of this shard.
        """
        self._arm(EmptyPages(times=times, after=after, **self._where(stream, shard)))

    def shift_latest(
        self,
        records: int,
        *,
        times: int | None = 1,
        after: int = 0,
        stream: Stream | str | None = None,
        shard: Shard | str | None = None,
    ) -> None:
        """Have LATEST not begin quite where the shard ends, as the service does not promise it to.

        Args:
            records: how many records later it begins, which then are missed; if negative, how many earlier.
            times: how many calls of GetShardIterator that ask for LATEST; None: all of them.
            after: how many good calls of GetShardIterator pass first.
            stream: only iterators of this stream.
            shard: only iterators of this shard.
        """
        shift_of("records", records)
        name = f"LATEST {abs(records)} record{'s' * (abs(records) != 1)} {'later' if records > 0 else 'earlier'}"
        self._arm(ShiftedLatest(name=name, records=records, times=times, after=after, **self._where(stream, shard)))

    def delay_discovery(self, *, describes: int = 1, stream: Stream | str | None = None) -> None:
        """Have shards that are opened from now on listed late, though their parents are listed as closed.

        Args:
            describes: how many DescribeStream calls that would list a shard do not, each shard for itself.
            stream: only shards of this stream.
        """
        self._arm_news(LateOpenings, lambda _: True, describes, stream)

    def delay_closing(self, *, describes: int = 1, stream: Stream | str | None = None) -> None:
        """Have shards that close from now on look open for longer, though their children are listed.

        Args:
            describes: how many DescribeStream calls that list a shard show no ending sequence number of it, each shard
                for itself. Whoever reads it comes to its end all the same.
            stream: only shards of this stream.
        """
        self._arm_news(LateClosings, lambda shard: not shard.is_open, describes, stream)

    # Inside

    def _arm_news(
        self,
        kind: type[LateOpenings | LateClosings],
        is_known: Callable[[ShardState], bool],
        describes: int,
        stream: Stream | str | None,
    ) -> None:
        count_of("describes", describes, least=1)
        service = self._service
        with service.lock:
            where = self._where(stream, None)
            for state in service.registry:
                state.advance(service.look())
            shards = [shard for state in service.registry for shard in state.lineage.shards]
            known = frozenset(shard.id for shard in shards if is_known(shard))
            self._arm(kind(describes=describes, known=known, **where))

    def _arm_expiry(self, **arguments: Any) -> Fault:
        """Arm what the marker of expired iterators says; the stream that it names may not exist yet."""
        refuse_unknown("argument", arguments, _EXPIRY)
        code = "ExpiredIteratorException"
        given = {**_EXPIRY, **arguments}
        for place in ("stream", "shard"):
            text_or_none(place, given[place])
        make = maker_of(code, None, None)
        return self._arm(Failure(name=f"the marker's {code}", operation="GetRecords", make=make, **given))

    def _disarm(self, faults: Iterable[Fault]) -> tuple[Fault, ...]:
        """Take faults away; says which of them were not met. Those that a reset has forgotten already are no news."""
        with self._service.lock:
            armed = [fault for fault in faults if fault in self._service.faults]
            for fault in armed:
                self._service.faults.disarm(fault)
        return tuple(fault for fault in armed if fault.is_unmet)

    def _forget_failure(self, error: Exception) -> None:
        """Take what an action raised as told."""
        with self._service.lock:
            if error in self._service.findings.failed_actions:
                self._service.findings.failed_actions.remove(error)

    def _arm(self, fault: Fault) -> Fault:
        if fault.operation not in OPERATIONS:
            raise InvalidOption(f"operation={fault.operation!r} does not fit; there are: {', '.join(OPERATIONS)}")
        if fault.times is not None:
            count_of("times", fault.times, least=1)
        count_of("after", fault.after, least=0)
        check_place(fault.operation, stream=fault.stream, shard=fault.shard)
        with self._service.lock:
            return self._service.faults.arm(fault)

    def _where(self, stream: Stream | str | None, shard: Shard | str | None) -> dict[str, Any]:
        arn, shard_id = self._place(stream, shard)
        return {"stream": arn, "shard": shard_id}


def maker_of(error: object, message: str | None, status: object) -> Callable[[], Exception]:
    """What makes the exception.

    Raises:
        InvalidOption: nothing can be made of these.
    """
    if isinstance(error, Exception):
        for name, value in (("message", message), ("status", status)):
            if value is not None:
                raise InvalidOption(f"{name}={value!r} goes with an error code; {error!r} is raised as it is")
        # Without the traces of earlier strikes, which would grow with each.
        return lambda: error.with_traceback(None)
    refusal = _refusal(error, status)
    return lambda: refusal(message)


def _refusal(code: object, status: object) -> type[ServiceError]:
    if status is not None:
        if not isinstance(code, str) or not isinstance(status, int) or not _LOWEST <= status <= _HIGHEST:
            raise InvalidOption(
                f"error={code!r}, status={status!r} do not fit; status takes an HTTP status from {_LOWEST} to "
                f"{_HIGHEST}, and goes with an error code as text"
            )
        return service_error_class(code, status)
    if str(code) not in SERVICE_ERRORS:
        raise InvalidOption(
            f"error={code!r} does not fit; give an exception, one of the codes: {', '.join(SERVICE_ERRORS)}; or any "
            "other code with its HTTP status: status=400"
        )
    return SERVICE_ERRORS[str(code)]
