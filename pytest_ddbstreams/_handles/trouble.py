"""The part of the mock that makes trouble: what a test arms, and what it makes happen at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._errors import REFUSALS, Refusal
from .._faults import Fault
from .._operations import OPERATIONS
from .._problems import InvalidOption, refuse_unknown
from ._arguments import check_place, count_of, text_or_none
from .finding import Finder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .shard import Shard
    from .stream import Stream

_EXPIRY = {"times": 1, "after": 0, "stream": None, "shard": None}


class Trouble(Finder):
    """What `StreamsMock` can have go wrong."""

    def expire_iterators(self, *, stream: Stream | str | None = None, shard: Shard | str | None = None) -> None:
        """Make every iterator that was issued so far count as older than 15 minutes.

        Args:
            stream: only those of this stream: itself, its table's name or its ARN.
            shard: only those of this shard: itself or its id.

        Raises:
            UnknownStream: there is no such stream or shard.
        """
        backend = self._backend
        with backend.lock:
            arn, shard_id = self._place(stream, shard)
            for state in backend.registry:
                for found in state.lineage.shards:
                    if arn in {None, state.name.arn} and shard_id in {None, found.id}:
                        found.expired_through = backend.registry.issued

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

        Raises:
            InvalidOption: an argument does not fit.
            UnknownStream: there is no such stream or shard.
        """
        name = error if isinstance(error, str) else type(error).__name__
        place = self._place(stream, shard)
        self._arm(Fault(operation, _maker(error, message), name, times, after, *place))

    # Inside

    def _arm_expiry(self, **arguments: Any) -> Fault:
        """Arm what the marker of expired iterators says; the stream that it names may not exist yet."""
        refuse_unknown("argument", arguments, _EXPIRY)
        code = "ExpiredIteratorException"
        times, after, stream, shard = ({**_EXPIRY, **arguments}[name] for name in _EXPIRY)
        places = text_or_none("stream", stream), text_or_none("shard", shard)
        return self._arm(Fault("GetRecords", _maker(code, None), f"the marker's {code}", times, after, *places))

    def _disarm(self, faults: Iterable[Fault]) -> tuple[Fault, ...]:
        """Take faults away; says which of them were not met."""
        with self._backend.lock:
            for fault in faults:
                self._backend.faults.disarm(fault)
        return tuple(fault for fault in faults if fault.is_unmet)

    def _arm(self, fault: Fault) -> Fault:
        if fault.operation not in OPERATIONS:
            raise InvalidOption(f"operation={fault.operation!r} does not fit; there are: {', '.join(OPERATIONS)}")
        if fault.times is not None:
            count_of("times", fault.times, least=1)
        count_of("after", fault.after, least=0)
        check_place(fault.operation, stream=fault.stream, shard=fault.shard)
        with self._backend.lock:
            return self._backend.faults.arm(fault)


def _maker(error: str | Exception, message: str | None) -> Callable[[], Exception]:
    """What makes the exception of a fault."""
    if isinstance(error, Exception):
        if message is not None:
            raise InvalidOption(f"message={message!r} goes with an error code; {error!r} has a message of its own")
        # Without the traces of earlier strikes, which would grow with each.
        return lambda: error.with_traceback(None)
    refusal: type[Refusal] | None = REFUSALS.get(str(error))
    if refusal is None:
        raise InvalidOption(
            f"error={error!r} does not fit; give an exception, or one of the codes: {', '.join(REFUSALS)}"
        )
    return lambda: refusal(message)
