"""The mock as a test sees it: its streams, its clock, its log, its faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._backend import Backend
from .._clock import Clock
from .._errors import REFUSALS, Refusal
from .._faults import Fault
from .._operations import OPERATIONS
from .._options import Options, make_options
from .._problems import InvalidOption, StreamStateError, UnknownStream, refuse_unknown
from .._streams.keys import KeySchema
from ._arguments import check_place, count_of, options_of, table_name_of, text_or_none, view_type_of
from .shard import Shard
from .stream import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .._calls import Calls


_EXPIRY = {"times": 1, "after": 0, "stream": None, "shard": None}


class StreamsMock:
    """A fake Amazon DynamoDB Streams.

    Get one from the ``ddbstreams_mock`` fixture or from `mock_streams`, which open it: from then on it answers
    the clients of this process. One that is made by hand answers only the clients given to `attach`.

    Args:
        options: as those of `mock_streams`.

    Raises:
        InvalidOption: an option is unknown or does not fit.
    """

    def __init__(self, **options: Any) -> None:
        self._backend = Backend(make_options(options), Clock())
        #: Set by who opened this mock and leaves it to the test to close it.
        self._closer: Callable[[], None] | None = None

    @property
    def options(self) -> Options:
        """The options in force."""
        return self._backend.options

    @property
    def clock(self) -> Clock:
        """The process clock, and the levers to freeze and move it."""
        return self._backend.clock

    @property
    def calls(self) -> Calls:
        """What came in, in order."""
        return self._backend.calls

    # Streams

    def create_stream(  # noqa: PLR0913 - the shape of a table and its stream
        self,
        table_name: str,
        *,
        key_schema: Mapping[str, str] | None = None,
        view_type: str = "NEW_AND_OLD_IMAGES",
        shards: int = 1,
        region: str | None = None,
        account_id: str | None = None,
        auto_rotate: bool | None = None,
    ) -> Stream:
        """Enable a stream for a table that has none enabled.

        Args:
            table_name: the table; it need not exist anywhere.
            key_schema: key attributes and their types, first HASH, second RANGE; None: ``{"pk": "S"}``.
            view_type: which images records show: NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES or KEYS_ONLY.
            shards: how many shards it starts with; a fresh provisioned table has one, an on-demand one often four.
            region: where; None: the mock's region.
            account_id: owner; None: the mock's account.
            auto_rotate: whether a shard is continued by a new one when it is four hours old; None: as the option.

        Raises:
            InvalidOption: an argument does not fit.
            StreamStateError: the table has an enabled stream.
        """
        backend = self._backend
        schema = KeySchema.parse({"pk": "S"} if key_schema is None else key_schema)
        own = options_of(backend, region=region, account_id=account_id, auto_rotate=auto_rotate)
        shape = {
            "view_type": view_type_of(view_type),
            "shards": count_of("shards", shards, least=1),
            "auto_rotate": own.auto_rotate,
        }
        name, place, account = table_name_of(table_name), own.region, own.account_id
        with backend.lock:
            enabled = backend.registry.enabled(name, place, account)
            if enabled is not None:
                raise StreamStateError(
                    f"table {name!r} has an enabled stream: {enabled.name.arn}. "
                    f"Get it by ddbstreams_mock.stream({name!r}), or disable() it first"
                )
            state = backend.registry.create(name, place, account, schema, backend.clock.now(), **shape)
            return Stream(backend, state)

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Every stream, of every region, oldest first."""
        with self._backend.lock:
            return tuple(Stream(self._backend, state) for state in self._backend.registry)

    def stream(self, name: str | Stream) -> Stream:
        """The newest stream of a table, or the stream of an ARN.

        Args:
            name: a table's name or a stream's ARN; a stream stands for its ARN.

        Raises:
            UnknownStream: there is none; the text lists those that there are.
        """
        if isinstance(name, Stream):
            name = name.arn
        for stream in reversed(self.streams):
            if name in {stream.table_name, stream.arn}:
                return stream
        there_are = ", ".join(f"{stream.table_name!r} ({stream.arn})" for stream in self.streams) or "none"
        if str(name).startswith("arn:"):
            raise UnknownStream(f"no stream {name!r}; there are: {there_are}")
        raise UnknownStream(
            f"no stream of table {name!r}; there are: {there_are}. "
            f'Create it first: ddbstreams_mock.create_stream({name!r}, key_schema={{"pk": "S"}})'
        )

    # Trouble

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

    # Doors

    def attach(self, client: Any) -> None:
        """Answer a client that no hook can reach, such as one of a session made before this package was loaded.

        Args:
            client: a botocore, boto3 or aiobotocore client of the ``dynamodbstreams`` service.

        Raises:
            InvalidOption: it is a client of another service, or none.
        """
        from .._doorways.attached import attach

        attach(client, self._backend)

    def stop(self) -> None:
        """Close the mock that ``mock_streams(...).start()`` opened.

        Raises:
            StreamStateError: it is closed already, or whoever opened it closes it too.
            UnusedFault: a fault was never met, and the mock is strict.
            ContractViolation: an answer broke the API's schema.
        """
        closer, self._closer = self._closer, None
        if closer is None:
            raise StreamStateError(
                "stop() goes with mock_streams(...).start(), once; this mock is closed by what opened it"
            )
        closer()

    def reset(self) -> None:
        """Forget everything: streams, calls, faults. Options and the clock stay."""
        self._backend.reset()

    def __repr__(self) -> str:
        names = ", ".join(stream.table_name for stream in self.streams)
        return f"<StreamsMock streams=[{names}] calls={len(self.calls)}>"

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

    def _place(self, stream: Stream | str | None, shard: Shard | str | None) -> tuple[str | None, str | None]:
        """The ARN and the shard id that are meant, each None where any will do."""
        arn = None if stream is None else self.stream(stream).arn
        wanted = shard.id if isinstance(shard, Shard) else shard
        among = [state for state in self._backend.registry if arn in {None, state.name.arn}]
        if wanted is not None and not any(state.lineage.get(wanted) for state in among):
            who = "no stream has a" if arn is None else f"stream {arn} has no"
            raise UnknownStream(f"{who} shard {wanted!r}; stream.shards lists them")
        return arn, wanted


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
