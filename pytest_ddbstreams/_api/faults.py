"""Faults as a test adds them to a mock, and the calls that nothing answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._checks import check_function, check_text, checks_keywords, misfit, to_duration
from .._exceptions import refuse_unknown
from .._faults.kinds import ActionAfterCall, ActionBeforeCall, Delay, Failure, LostAnswer
from .._service_errors import ExpiredIteratorException
from .arguments import error_maker
from .page_faults import PageFaultMethods
from .stream import find_place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import timedelta

    from .._faults.fault import Fault
    from .._operations import Operation
    from .shard import Shard
    from .stream import Stream

#: The functions that `before_call` and `after_call` take.
_ACTION = "a function without arguments, such as stream.split"
#: The arguments of the marker of expired iterators, with their defaults.
_MARKER = {"times": 1, "after": 0, "stream": None, "shard": None}


@checks_keywords
class FaultMethods(PageFaultMethods):
    """The methods of `StreamsMock` that add faults.

    A fault waits for its calls. If several faults wait for the same call, the one that was added first acts first, and
    the next one acts on what that leaves of the call.

    Most methods take ``times``, how often the fault triggers (None: every time); ``after``, how many good calls pass
    first; ``stream``, a `Stream`, its table's name or its ARN; and ``shard``, a `Shard` or its id. They raise
    `InvalidOption` for an argument that does not fit, and `UnknownStream` for a stream or shard that does not exist.
    """

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults, in the order in which they were added; each prints its calls, and how often it has triggered."""
        return tuple(self._service.faults)

    @property
    def unanswered(self) -> tuple[Exception, ...]:
        """The errors of the last hundred calls that nothing answered, also those that the code under test swallowed."""
        return tuple(self._service.findings.unanswered)

    def forgive(self) -> None:
        """Report none of the calls so far that nothing answered: the test expects them."""
        self._service.findings.forgive()

    def expire_iterators(self, *, stream: Stream | str | None = None, shard: Shard | str | None = None) -> None:
        """Expire every iterator that was issued so far, as if it were older than 15 minutes.

        Args:
            stream: only the iterators of this stream: a `Stream`, its table's name or its ARN.
            shard: only the iterators of this shard: a `Shard` or its id.

        Raises:
            UnknownStream: there is no such stream or shard.
        """
        service = self._service
        with service.lock:
            arn, shard_id = find_place(service, stream, shard)
            for state in service.registry:
                for found in state.lineage.shards:
                    if arn in {None, state.name.arn} and shard_id in {None, found.id}:
                        found.expired_through = service.registry.issued

    def fail(  # noqa: PLR0913 - what, when and where
        self,
        operation: Operation | None,
        error: str | Exception,
        *,
        times: int | None = 1,
        after: int = 0,
        stream: Stream | str | None = None,
        shard: Shard | str | None = None,
        message: str | None = None,
        status: int | None = None,
        delay: timedelta | float = 0,
    ) -> Fault:
        """Refuse calls with an error of the service, or break their transport.

        Args:
            operation: ListStreams, DescribeStream, GetShardIterator or GetRecords; None: any of them.
            error: an error code of the service; or an exception, which is raised where botocore sends the request.
            times: how many calls; None: all of them.
            after: how many good calls pass first.
            stream: only calls about this stream: a `Stream`, its table's name or its ARN.
            shard: only calls about this shard: a `Shard` or its id.
            message: the error's message; None: the service's own.
            status: the HTTP status of a code that the service does not document.
            delay: how late the refusal arrives, a timedelta or seconds.

        Returns:
            The fault: `cancel` takes it back.

        Raises:
            InvalidOption: an argument does not fit.
            UnknownStream: there is no such stream or shard.
        """
        name = error if isinstance(error, str) else type(error).__name__
        late = to_duration("delay", delay)
        where = self._where(stream, shard)
        make = error_maker(error, message, status)
        return self._add(
            Failure(name=name, operation=operation, make=make, delay=late, times=times, after=after, **where)
        )

    def delay(  # noqa: PLR0913 - what, when and where
        self,
        operation: Operation | None,
        by: timedelta | float,
        *,
        times: int | None = 1,
        after: int = 0,
        stream: Stream | str | None = None,
        shard: Shard | str | None = None,
    ) -> Fault:
        """Answer calls at the time at which they came, and let the answers arrive late.

        An iterator in such an answer is that much older when it arrives. If the process clock is frozen, by this mock
        or another library, it is moved; else the thread of the caller waits, and with it an event loop that it runs.
        ``delay(None, 0.02, times=None)`` lets each request take 20 milliseconds, also one that a later fault refuses.

        Args:
            operation: ListStreams, DescribeStream, GetShardIterator or GetRecords; None: any of them.
            by: how late the answers arrive, a timedelta or seconds.
            times: how many calls; None: all of them.
            after: how many good calls pass first.
            stream: only calls about this stream.
            shard: only calls about this shard.

        Returns:
            The fault: `cancel` takes it back.

        Raises:
            InvalidOption: an argument does not fit.
            UnknownStream: there is no such stream or shard.
        """
        late = to_duration("by", by)
        name = f"an answer {late} late"
        where = self._where(stream, shard)
        return self._add(Delay(name=name, operation=operation, delay=late, times=times, after=after, **where))

    def before_call(  # noqa: PLR0913 - what, when and where
        self,
        operation: Operation | None,
        action: Callable[[], object],
        *,
        times: int | None = 1,
        after: int = 0,
        stream: Stream | str | None = None,
        shard: Shard | str | None = None,
        retries: bool = True,
    ) -> Fault:
        """Call a function before a call arrives at the mock: what the function writes, the call can read.

        Calls of other threads are answered meanwhile. An error of the function leaves the client's method as if the
        request was never sent, and the call log has no such call. An Exception that does not reach the test is raised
        when the mock closes. A BaseException of your own is the death of a process: botocore does not retry it.

        Args:
            operation: ListStreams, DescribeStream, GetShardIterator or GetRecords; None: any of them.
            action: the function, such as ``stream.split``; it is called without arguments.
            times: before how many calls; None: before each.
            after: how many calls pass first.
            stream: only calls about this stream.
            shard: only calls about this shard.
            retries: whether botocore's retries count as calls; False: only the first request of each client call.

        Returns:
            The fault: `cancel` takes it back.

        Raises:
            InvalidOption: an argument does not fit.
            UnknownStream: there is no such stream or shard.
        """
        check_function("action", action, _ACTION, arguments=0)
        if not isinstance(retries, bool):
            raise misfit("retries", retries, "True or False")
        name = f"{getattr(action, '__name__', action)} before a call"
        place: dict[str, Any] = {"times": times, "after": after, **self._where(stream, shard)}
        return self._add(ActionBeforeCall(name=name, operation=operation, action=action, retries=retries, **place))

    def after_call(  # noqa: PLR0913 - what, when and where
        self,
        operation: Operation | None,
        action: Callable[[], object],
        *,
        times: int | None = 1,
        after: int = 0,
        stream: Stream | str | None = None,
        shard: Shard | str | None = None,
    ) -> Fault:
        """Call a function right after a call was answered without an error, and before the answer arrives.

        Calls of other threads are answered meanwhile. An error of the function becomes the error of the call; if that
        does not reach the test, it is raised when the mock closes. A BaseException of your own is the death of a
        process: it leaves the client's method, botocore does not retry it, and the answer is lost.

        Args:
            operation: ListStreams, DescribeStream, GetShardIterator or GetRecords; None: any of them.
            action: the function, such as ``stream.split``; it is called without arguments.
            times: after how many calls; None: after each.
            after: how many good calls pass first.
            stream: only calls about this stream.
            shard: only calls about this shard.

        Returns:
            The fault: `cancel` takes it back.

        Raises:
            InvalidOption: an argument does not fit.
            UnknownStream: there is no such stream or shard.
        """
        check_function("action", action, _ACTION, arguments=0)
        name = f"{getattr(action, '__name__', action)} after a call"
        where = self._where(stream, shard)
        return self._add(
            ActionAfterCall(name=name, operation=operation, action=action, times=times, after=after, **where)
        )

    def lose_answers(
        self,
        operation: Operation | None,
        *,
        times: int | None = 1,
        after: int = 0,
        stream: Stream | str | None = None,
        shard: Shard | str | None = None,
    ) -> Fault:
        """Let the service answer calls, and the client see a time-out, which comes at once.

        The error of such a call in the call log is `AnswerLost`. A client of botocore gets botocore's
        ReadTimeoutError, which botocore retries; a client of `requests` gets its ReadTimeout. Over HTTP the connection
        closes without an answer.

        Args:
            operation: ListStreams, DescribeStream, GetShardIterator or GetRecords; None: any of them.
            times: how many answers; None: all of them.
            after: how many good calls pass first.
            stream: only calls about this stream.
            shard: only calls about this shard.

        Returns:
            The fault: `cancel` takes it back.

        Raises:
            InvalidOption: an argument does not fit.
            UnknownStream: there is no such stream or shard.
        """
        return self._add(LostAnswer(operation=operation, times=times, after=after, **self._where(stream, shard)))

    # Inside

    def _add_marker(self, **arguments: Any) -> Fault:
        """Add the fault of the marker of expired iterators; the stream that it names may not exist yet."""
        refuse_unknown("argument", arguments, _MARKER)
        given = {**_MARKER, **arguments}
        for place in ("stream", "shard"):
            if given[place] is not None:
                check_text(place, given[place])
        name = "@pytest.mark.ddbstreams_expired_iterators"
        return self._add(Failure(name=name, operation="GetRecords", make=ExpiredIteratorException, **given))

    def _remove(self, faults: Iterable[Fault]) -> tuple[Fault, ...]:
        """Remove faults, and return those of them that are unused; faults that a reset has removed are passed over."""
        with self._service.lock:
            removed = [fault for fault in faults if fault in self._service.faults]
            for fault in removed:
                self._service.faults.remove(fault)
        return tuple(fault for fault in removed if fault.is_unused)

    def _forget_failure(self, error: Exception) -> None:
        """Report an error of an action no more when the mock closes: the caller raises it."""
        with self._service.lock:
            if error in self._service.findings.failed_actions:
                self._service.findings.failed_actions.remove(error)
