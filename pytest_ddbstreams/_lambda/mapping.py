"""`EventSourceMapping`: the settings of a mapping, and, once it is connected, its invocations of a handler."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from heapq import merge
from typing import TYPE_CHECKING, Any

from .._checks import checks_keywords, misfit, to_duration
from .._exceptions import InvalidOption, StreamStateError, refuse_unknown
from .draining import drain
from .event_source import source_of
from .function import Configuration, Function
from .on_failure import sender_of
from .poller import Poller
from .settings import CHANGEABLE, LATEST, NAMES, Settings
from .traps import Warner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import timedelta
    from os import PathLike

    from typing_extensions import Self, Unpack

    from .event_source import EventSource
    from .invocations import Invocation
    from .on_failure import Discarded, S3Destination
    from .settings import ChangedSettings
    from .shard_reader import ShardReader
    from .traps import Trap

    Handler = Callable[[Any, Any], Any]
    Destination = Callable[[dict[str, Any]], object] | list[dict[str, Any]] | S3Destination
    Destinations = Destination | Mapping[str, Destination]


#: The value of an argument that was not given, where None has a meaning.
_AS_BEFORE: Any = object()


@checks_keywords
class EventSourceMapping(Settings):
    """An event source mapping between a stream and a handler.

    ``ddbstreams_mock.event_source_mapping(...)`` returns a connected one. Each setting is an attribute. Other
    readers still get every record, and the reads of a mapping are not in the call log.

    Args:
        starting_position: position from which the first shards are read: TRIM_HORIZON or LATEST.
        batch_size: largest number of records in an event, 1 to 10000.
        maximum_batching_window_in_seconds: how long a batch waits until it is full, 0 to 300.
        parallelization_factor: how many batches of one shard may be under way at once, 1 to 10.
        maximum_retry_attempts: how often a failed batch is tried again, 0 to 10000; -1: until its records expire.
        maximum_record_age_in_seconds: largest age of a record that is delivered, 60 to 604800; -1: any age.
        bisect_batch_on_function_error: whether a failed batch is split in two.
        tumbling_window_in_seconds: length of the windows in which a function hands on its state, up to 900; 0: none.
        function_response_types: ``["ReportBatchItemFailures"]`` for functions that report which records failed.
        filter_criteria: patterns, or the API's FilterCriteria; records that match none are passed over.
        enabled: whether the mapping delivers.

    Raises:
        InvalidOption: Lambda does not accept a setting; the text names Lambda's limits.
    """

    #: The configuration of the function. `from_template` sets the one that the template gives.
    _configuration: Configuration = Configuration()
    #: The names of the on-failure destination in the template.
    _destinations: tuple[str, ...] = ()
    _poller: Poller | None = None
    _warner: Warner

    def __post_init__(self) -> None:
        super().__post_init__()
        self._warner = Warner()
        self._warner.warn(self.traps)

    @classmethod
    def from_template(
        cls,
        path: str | PathLike[str],
        function: str,
        event: str | None = None,
        *,
        parameters: Mapping[str, Any] | None = None,
    ) -> Self:
        """Return the mapping that a template deploys, not connected yet.

        The template is one of SAM, CloudFormation or CDK (``cdk synth --json``), a ``serverless.yml``, or what
        ``terraform show -json`` prints of a plan or a state.

        Args:
            path: the template: YAML, for which the extra ``lambda`` is needed, or JSON.
            function: the function: its logical id, its name in ``serverless.yml``, its address in Terraform, or its
                FunctionName; or the logical id of the mapping.
            event: the mapping: the name of the event (SAM), the name of the table (Serverless), the logical id or the
                address; None: the only one of the function that reads a stream of DynamoDB.
            parameters: values that the template does not say: of its parameters, which else have their defaults, of
                pseudo parameters (``"AWS::Region"``), of attributes (``"Custom.Size"``), of variables
                (``"opt:stage"``, ``"env:SIZE"``).

        Raises:
            InvalidOption: the template has no such mapping, or Lambda does not accept its settings, or one of them is
                known only after deployment; the text says which, and how to give it.
        """
        from .templates.languages import deployed_mapping

        deployed = deployed_mapping(path, function, event, {} if parameters is None else parameters)
        mapping = cls(**deployed.settings)
        mapping._set("_configuration", deployed.configuration)
        mapping._set("_destinations", deployed.destinations)
        return mapping

    def connect(  # noqa: PLR0913 - what a deployment decides, what a test decides
        self,
        stream: Any,
        handler: Handler,
        *,
        timeout: timedelta | float | None = None,
        on_failure: Destinations | None = None,
        duplicate: float = 0,
        lag: timedelta | float = 0,
    ) -> Self:
        """Return a mapping with these settings between a stream and a handler.

        Args:
            stream: the stream: a `Stream`, or its table's name or its ARN in the mock that was opened last.
            handler: function that is called as ``handler(event, context)``.
            timeout: how long an invocation may take by the mock's clock, 1 to 900 whole seconds; None: as long as the
                template says (3 seconds by default), and 900 seconds without a template.
            on_failure: gets the on-failure record of each batch that is given up: a callable, a list to append to, or
                an `S3Destination`, which gets the event too. Or several by their names in the template, of which the
                template chooses one: ``{"FailureQueue": []}``.
            duplicate: share of the delivered batches that is delivered once more, 0 to 1; the seed draws them.
            lag: how long after now a mapping from LATEST starts to read; it misses earlier records.

        Raises:
            InvalidOption: an argument does not fit.
            UnknownStream: the mock has no such stream; the text lists the streams that it has.
            StreamStateError: no mock is open in which a name could be looked up.
        """
        connected = copy(self)
        source = source_of(stream)
        warner = Warner(self._warner.given)
        warner.warn(self._all_traps(source))
        connected._poller = Poller(  # noqa: SLF001
            connected,
            source,
            Function(handler, source, self._configuration_with(timeout)),
            send=sender_of(self._chosen(on_failure)),
            duplicate=_share_of(duplicate),
            lag=_lag_of(lag, self.starting_position),
            warner=warner,
        )
        connected._warner = warner  # noqa: SLF001
        source.connect(connected._poller)  # noqa: SLF001
        return connected

    def poll(self) -> tuple[Invocation, ...]:
        """Read each shard once, and invoke the handler at most once for each concurrent batch.

        A failed batch is tried again at once, whatever the clock says; batching and tumbling windows follow the clock.

        Returns:
            The new invocations, which are also in `invocations`.

        Raises:
            StreamStateError: the mapping is not connected, or the handler itself polls it.
        """
        return self._connected().poll(wait_for_retries=False)

    def drain(self, *, max_attempts: int = 100, max_invocations: int = 100_000) -> tuple[Invocation, ...]:
        """Poll until every record is delivered and no window is open.

        When every batch has to wait, this method moves the clock to the end of the wait, and freezes it there if it was
        not frozen. A failed batch waits a quarter of a second before its first retry, twice as long before each further
        one, and at most a minute. Other waits are the rest of a batching or tumbling window, and the lag.

        Args:
            max_attempts: how often one batch fails until `NotDrained` is raised.
            max_invocations: how many invocations there may be.

        Returns:
            The new invocations, which are also in `invocations`.

        Raises:
            NotDrained: one of the bounds was reached; the last exception of the handler is its ``__cause__``.
            InvalidOption: a bound is not an integer from 1 on.
            StreamStateError: the mapping is not connected, or the handler itself drains it.
        """
        return drain([self._connected()], max_attempts, max_invocations)

    def update(
        self,
        *,
        handler: Handler | None = None,
        timeout: timedelta | float | None = None,
        on_failure: Destinations | None = _AS_BEFORE,
        **settings: Unpack[ChangedSettings],
    ) -> None:
        """Change the mapping as Lambda's UpdateEventSourceMapping does: all but its stream and starting position. D.

        The mapping keeps its position. Records that were read and are not done make new batches by the new settings,
        with all retries (I), so that a stuck shard can be freed: by a lower ``maximum_retry_attempts``, by
        ``bisect_batch_on_function_error``, by a filter that passes the record over. An open tumbling window keeps its
        state, and ends at its end.

        Args:
            handler: another function.
            timeout: how long an invocation may take, 1 to 900 whole seconds.
            on_failure: another destination, as for `connect`; None: no destination.
            settings: the settings to change; the others stay as they are.

        Raises:
            InvalidOption: Lambda does not accept a setting, or does not change it; then nothing is changed.
            StreamStateError: the mapping is not connected, or the handler itself updates it.
        """
        poller, function = self._connected(), self._connected().function
        _check_changeable(settings)
        if not settings and handler is None and timeout is None and on_failure is _AS_BEFORE:
            raise InvalidOption("update() needs a setting to change; write update(maximum_retry_attempts=2), say")
        with poller.alone():
            changed = Settings(**{**{name: getattr(self, name) for name in NAMES}, **settings})
            send = poller.on_failure.send if on_failure is _AS_BEFORE else sender_of(self._chosen(on_failure))
            configuration = function.configuration if timeout is None else function.configuration.with_timeout(timeout)
            function.deploy(handler, configuration)
            poller.on_failure.send = send
            self.__dict__.update(vars(changed))
            poller.restart()
        self._warner.warn(self._all_traps(poller.source))

    def enable(self) -> None:
        """Deliver again, from the position at which the mapping was disabled."""
        self._set("enabled", True)

    def disable(self) -> None:
        """Deliver nothing until the mapping is enabled again; it keeps its position."""
        self._set("enabled", False)

    @property
    def invocations(self) -> tuple[Invocation, ...]:
        """Every call of the handler, in order."""
        return tuple(self._connected().invocations)

    @property
    def discarded(self) -> tuple[Discarded, ...]:
        """The records that were given up, in order."""
        return tuple(self._connected().on_failure.discarded)

    @property
    def checkpoints(self) -> dict[str, str]:
        """For each shard id, the sequence number up to which every record was processed, given up or passed over."""
        readers = self._connected().readers.items()
        return {shard: reader.checkpoint for shard, reader in readers if reader.checkpoint is not None}

    def report(self) -> str:
        """Return the history as text: each invocation, the records that were given up, the position in each shard."""
        return _report_of(self._connected())

    def __repr__(self) -> str:
        if self._poller is None:
            return f"<EventSourceMapping not connected batch_size={self.batch_size}>"
        counts = f"invocations={len(self.invocations)} discarded={len(self.discarded)}"
        return f"<EventSourceMapping {self._poller.source.arn} -> {self._poller.function.name} {counts}>"

    def _all_traps(self, source: EventSource) -> tuple[Trap, ...]:
        return *self.traps, *self.traps_with(source.view_type, source.key_schema)

    def _chosen(self, on_failure: Any) -> Any:
        """Return the on-failure destination that the template chooses of several; any other is returned as it is."""
        return _named_destination(on_failure, self._destinations) if isinstance(on_failure, Mapping) else on_failure

    def _configuration_with(self, timeout: timedelta | float | None) -> Configuration:
        return self._configuration if timeout is None else self._configuration.with_timeout(timeout)

    def _connected(self) -> Poller:
        if self._poller is None:
            raise StreamStateError("the mapping is not connected; mapping.connect(stream, handler) returns one that is")
        return self._poller


def _check_changeable(settings: Iterable[str]) -> None:
    if "starting_position" in settings:
        raise InvalidOption(
            "starting_position cannot be changed, because Lambda keeps the position of a mapping; make a new mapping"
        )
    refuse_unknown("setting", settings, CHANGEABLE)


def _share_of(duplicate: object) -> float:
    if isinstance(duplicate, (int, float)) and 0 <= duplicate <= 1:
        return float(duplicate)
    raise misfit("duplicate", duplicate, "a share of the batches, 0 to 1")


def _named_destination(given: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    chosen = next((given[name] for name in names if name in given), None)
    if chosen is None:
        raise InvalidOption(
            f"on_failure has {', '.join(map(repr, given)) or 'no names'}; the on-failure destination in the template "
            f"is {repr(names[0]) if names else 'not set'}. Give that name, or a callable or a list alone"
        )
    return chosen


def _lag_of(given: object, starting_position: str) -> timedelta:
    lag = to_duration("lag", given)
    if lag and starting_position != LATEST:
        raise InvalidOption(
            f"lag={given!r} does not fit; lag needs starting_position='LATEST': from TRIM_HORIZON nothing is missed"
        )
    return lag


def _report_of(poller: Poller) -> str:
    invocations, discarded = poller.invocations, poller.on_failure.discarded
    history: Iterable[Invocation | Discarded] = merge(invocations, discarded, key=lambda event: event.at)
    return "\n".join(
        [
            f"{poller.function.name} on {poller.source.arn}",
            f"{len(invocations)} invocations, {len(discarded)} times discarded",
            *(f"  {event!r}" for event in history),
            *(_report_line(reader) for reader in poller.readers.values()),
        ]
    )


def _report_line(reader: ShardReader) -> str:
    facts = [f"done through {reader.checkpoint}" if reader.checkpoint else "nothing done"]
    facts += [f"{reader.passed_over} passed over"] if reader.passed_over else []
    facts += [f"{reader.waiting} waiting"] if reader.waiting else []
    return f"{reader.shard.id}: {', '.join(facts)}"
