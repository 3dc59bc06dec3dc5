"""A mock as a test holds it: its options, clock, call log and streams, and how it is shown, closed and reset."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .._checks import MOST, check_count, checks_keywords
from .._clock import Clock
from .._exceptions import StreamStateError
from .._items.keys import KeySchema
from .._options import Options, make_options
from .._service import Service
from .arguments import check_table_name, check_view_type
from .faults import FaultMethods
from .lambda_functions import LambdaFunctions
from .stream import Stream, find_stream, find_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta

    from typing_extensions import Unpack

    from .._call_log import Calls
    from .._lambda.invocations import Invocation
    from .._lambda.mapping import Destination, EventSourceMapping
    from .._lambda.settings import SettingArguments
    from .._model.changes import ViewType
    from .._options import OptionArguments


@checks_keywords
class StreamsMock(FaultMethods):
    """A fake Amazon DynamoDB Streams.

    Get one from the fixture ``ddbstreams_mock`` or from `mock_streams`, which open it: an open mock answers the clients
    of this process. A mock that you make by hand answers only the clients that are given to `attach`.

    Args:
        options: the options, as for `mock_streams`.

    Raises:
        InvalidOption: an option is unknown or does not fit.
    """

    def __init__(self, **options: Unpack[OptionArguments]) -> None:
        self._service = Service(make_options(options), Clock())
        #: Closes the mock. Set if it was opened by ``start()``, so that `stop` may close it.
        self._closer: Callable[[], None] | None = None

    @property
    def options(self) -> Options:
        """The options in force."""
        return self._service.options

    @property
    def clock(self) -> Clock:
        """The process clock, which can be frozen and moved."""
        return self._service.clock

    @property
    def calls(self) -> Calls:
        """The call log, which has every request that reached the mock, in order."""
        return self._service.calls

    # Streams

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Every stream of every region, oldest first."""
        return find_streams(self._service)

    def stream(self, name: str | Stream) -> Stream:
        """Return the newest stream of a table, or the stream of an ARN.

        Args:
            name: a table's name or a stream's ARN; a `Stream` stands for its ARN.

        Raises:
            UnknownStream: there is no such stream; the text lists the streams that there are.
        """
        return find_stream(self._service, name)

    def create_stream(  # noqa: PLR0913 - the shape of a table and its stream
        self,
        table_name: str,
        *,
        key_schema: Mapping[str, str] | None = None,
        view_type: ViewType = "NEW_AND_OLD_IMAGES",
        shards: int = 1,
        region: str | None = None,
        account_id: str | None = None,
        auto_rotate: bool | None = None,
    ) -> Stream:
        """Enable a stream of a table that has no enabled stream.

        Args:
            table_name: the table's name; no such table needs to exist.
            key_schema: key attributes and their types, first HASH, second RANGE; None: ``{"pk": "S"}``.
            view_type: the images that records include: NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES or KEYS_ONLY.
            shards: the number of open shards, at most 10,000; a new provisioned table has one, an on-demand table
                often four.
            region: the region; None: the mock's.
            account_id: the owner; None: the mock's account.
            auto_rotate: whether a shard closes when it is four hours old, and a new one continues it; None: as the
                mock's option says.

        Raises:
            InvalidOption: an argument does not fit.
            StreamStateError: the table has an enabled stream.
        """
        service = self._service
        schema = KeySchema.parse({"pk": "S"} if key_schema is None else key_schema)
        given: dict[str, Any] = {"region": region, "account_id": account_id, "auto_rotate": auto_rotate}
        # Options checks the values that were given, and supplies those that were not.
        own = service.options.replace({name: value for name, value in given.items() if value is not None})
        shape = {
            "view_type": check_view_type(view_type),
            "shards": check_count("shards", shards, least=1, most=MOST),
            "auto_rotate": own.auto_rotate,
        }
        name = check_table_name(table_name)
        with service.lock:
            enabled = service.registry.enabled(name, own.region, own.account_id)
            if enabled is not None:
                raise StreamStateError(
                    f"table {name!r} has an enabled stream: {enabled.name.arn}. "
                    f"Get it by ddbstreams_mock.stream({name!r}), or disable() it first"
                )
            state = service.registry.create(name, own.region, own.account_id, schema, service.use(), **shape)
            return Stream(service, state)

    def event_source_mapping(  # noqa: PLR0913 - what a deployment decides, what a test decides
        self,
        stream: Stream | str,
        handler: Callable[[Any, Any], Any],
        *,
        timeout: timedelta | float = 900,
        on_failure: Destination | None = None,
        duplicate: float = 0,
        lag: timedelta | float = 0,
        **settings: Unpack[SettingArguments],
    ) -> EventSourceMapping:
        """Return a mapping that delivers the records of a stream to the handler of a Lambda function.

        Args:
            stream: the stream: a `Stream`, its table's name or its ARN.
            handler: function that is called as ``handler(event, context)``, in the thread that polls.
            timeout: how long an invocation may take by the mock's clock, 1 to 900 whole seconds. A handler that takes
                longer is not interrupted; its invocation has failed when it returns.
            on_failure: gets the on-failure record of each batch that is given up: a callable, or a list to append to;
                or an `S3Destination`, which gets the event too.
            duplicate: share of the delivered batches that is delivered once more, 0 to 1; the seed draws them.
            lag: how long after now a mapping from LATEST starts to read; it misses earlier records.
            settings: ``starting_position``, TRIM_HORIZON or LATEST, and the other settings of `EventSourceMapping`.

        Raises:
            InvalidOption: Lambda does not accept a setting; the text names Lambda's limits.
            UnknownStream: the stream does not exist.
        """
        from .._lambda.mapping import EventSourceMapping

        mapping = EventSourceMapping(**settings)
        return mapping.connect(
            self.stream(stream), handler, timeout=timeout, on_failure=on_failure, duplicate=duplicate, lag=lag
        )

    @property
    def lambda_functions(self) -> LambdaFunctions:
        """Handlers by the name or the ARN of a Lambda function, which mappings made through moto call."""
        return LambdaFunctions(self._service)

    def drain(self, *, max_attempts: int = 100, max_invocations: int = 100_000) -> tuple[Invocation, ...]:
        """Drain all event source mappings, in turns, until none has a record to deliver: as `EventSourceMapping.drain`.

        Args:
            max_attempts: how often one batch fails until `NotDrained` is raised.
            max_invocations: how many invocations there may be, of all mappings together.

        Returns:
            The new invocations of all mappings, in order.

        Raises:
            NotDrained: one of the bounds was reached; the last exception of the handler is its ``__cause__``.
            InvalidOption: a bound is not an integer from 1 on.
            StreamStateError: the handler of one of the mappings drains them.
        """
        from .._lambda.draining import drain

        return drain(self._service.pollers, max_attempts, max_invocations)

    def expire_items(self) -> int:
        """Delete the items that Time To Live would delete by now, from every table that has it enabled.

        The service takes hours or days until it deletes an item; this method deletes at once. The streams of the tables
        get REMOVE records with the ``userIdentity`` of the service.

        Returns:
            The number of items that were deleted.

        Raises:
            StreamStateError: no tables feed the streams; a stream alone has no Time To Live.
        """
        tables = self._service.tables
        if tables is None:
            raise StreamStateError(
                "expire_items() needs tables, and there are none: pip install 'pytest-ddbstreams[moto]', and make them "
                "under moto's mock_aws. For a stream without a table: stream.remove(key, by_ttl=True)"
            )
        return tables.expire_items()

    # Opening and closing

    def attach(self, client: Any) -> None:
        """Answer a client that no hook can reach, such as a client of a session without botocore's handlers.

        Args:
            client: a botocore, boto3 or aiobotocore client of the ``dynamodbstreams`` service.

        Raises:
            InvalidOption: it is a client of another service, or no client.
        """
        from .._interceptors.clients import attach

        attach(client, self._service)

    def stop(self) -> None:
        """Close the mock that ``mock_streams(...).start()`` opened.

        Raises:
            StreamStateError: the mock is closed already, or the fixture or block that opened it closes it.
            UnusedFault: a fault triggered less often than its `times`, and the mock is strict.
            UnansweredCall: nothing answered a call, and the mock is strict.
            ContractViolation: a response broke the API's schema.
        """
        closer, self._closer = self._closer, None
        if closer is None:
            raise StreamStateError(
                "stop() goes with mock_streams(...).start(), once; this mock is closed by what opened it"
            )
        closer()

    def reset(self) -> None:
        """Remove all streams, mappings, Lambda functions, calls and faults; options and clock stay as they are."""
        self._service.reset()

    # Showing

    def __str__(self) -> str:
        """Return the lineage of every stream, the last calls and the faults that wait, as a failed test shows them."""
        from .._report import printable, show

        return printable(show(self._service, self._service.current_time()), sys.stdout)

    def to_html(self) -> str:
        """Return a page with the lineage of every stream as a timeline, the last calls, and the faults that wait.

        Returns:
            A page of HTML that needs no other file: write it to a file, and open that in a browser.
        """
        from .._report import page

        return page(self._service, self._service.current_time())

    def _repr_html_(self) -> str:
        """Return the part of the page that a notebook shows."""
        from .._report import fragment

        return fragment(self._service, self._service.current_time())

    def __repr__(self) -> str:
        names = ", ".join(stream.table_name for stream in self.streams)
        return f"<StreamsMock streams=[{names}] calls={len(self.calls)}>"
