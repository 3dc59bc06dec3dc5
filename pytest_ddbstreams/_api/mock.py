"""The mock as a test sees it: its streams, its clock, its log, its faults."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .._clock import Clock
from .._exceptions import StreamStateError
from .._items.keys import KeySchema
from .._options import Options, make_options
from .._service import Service
from .arguments import (
    count_of,
    options_of,
    table_name_of,
    view_type_of,
)
from .faults import Trouble
from .mappings import Mappings
from .stream import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import Unpack

    from .._call_log import Calls
    from .._options import OptionArguments


class StreamsMock(Mappings, Trouble):
    """A fake Amazon DynamoDB Streams.

    Get one from the ``ddbstreams_mock`` fixture or from `mock_streams`, which open it: from then on it answers
    the clients of this process. One that is made by hand answers only the clients given to `attach`.

    Args:
        options: as those of `mock_streams`.

    Raises:
        InvalidOption: an option is unknown or does not fit.
    """

    def __init__(self, **options: Unpack[OptionArguments]) -> None:
        self._service = Service(make_options(options), Clock())
        #: Set by who opened this mock and leaves it to the test to close it.
        self._closer: Callable[[], None] | None = None

    @property
    def options(self) -> Options:
        """The options in force."""
        return self._service.options

    @property
    def clock(self) -> Clock:
        """The process clock, and the levers to freeze and move it."""
        return self._service.clock

    @property
    def calls(self) -> Calls:
        """What came in, in order."""
        return self._service.calls

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
        service = self._service
        schema = KeySchema.parse({"pk": "S"} if key_schema is None else key_schema)
        own = options_of(service, region=region, account_id=account_id, auto_rotate=auto_rotate)
        shape = {
            "view_type": view_type_of(view_type),
            "shards": count_of("shards", shards, least=1),
            "auto_rotate": own.auto_rotate,
        }
        name, place, account = table_name_of(table_name), own.region, own.account_id
        with service.lock:
            enabled = service.registry.enabled(name, place, account)
            if enabled is not None:
                raise StreamStateError(
                    f"table {name!r} has an enabled stream: {enabled.name.arn}. "
                    f"Get it by ddbstreams_mock.stream({name!r}), or disable() it first"
                )
            state = service.registry.create(name, place, account, schema, service.look(), **shape)
            return Stream(service, state)

    # Tables

    def expire_items(self) -> int:
        """Delete what Time To Live would delete by now from every table that has it enabled.

        The service takes hours or days for it; here it happens at once, and only when asked for. The streams of the
        tables get REMOVE records that name the service in their ``userIdentity``.

        Returns:
            How many items were deleted.

        Raises:
            StreamStateError: there are no tables; streams alone have no Time To Live.
        """
        tables = self._service.tables
        if tables is None:
            raise StreamStateError(
                "expire_items() needs tables, and there are none: pip install 'pytest-ddbstreams[moto]', and make them "
                "under moto's mock_aws. For a stream without a table: stream.remove(key, by_ttl=True)"
            )
        return tables.expire_items()

    # Doors

    def attach(self, client: Any) -> None:
        """Answer a client that no hook can reach, such as one of a session made without botocore's handlers.

        Args:
            client: a botocore, boto3 or aiobotocore client of the ``dynamodbstreams`` service.

        Raises:
            InvalidOption: it is a client of another service, or none.
        """
        from .._interceptors.attached import attach

        attach(client, self._service)

    def stop(self) -> None:
        """Close the mock that ``mock_streams(...).start()`` opened.

        Raises:
            StreamStateError: it is closed already, or whoever opened it closes it too.
            UnusedFault: a fault was met less often than it says, and the mock is strict.
            UnansweredCall: nothing answered a call, and the mock is strict.
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
        self._service.reset()

    # Showing

    def __str__(self) -> str:
        """Shard trees, the last calls and the pending faults: what a failed test shows."""
        from .._report import printable, show

        return printable(show(self._service, self._service.moment()), sys.stdout)

    def to_html(self) -> str:
        """The lineage of every stream as an SVG timeline, with the last calls and the pending faults.

        Returns:
            A page of HTML that stands alone: write it to a file, and open that in a browser.
        """
        from .._report import page

        return page(self._service, self._service.moment())

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from .._report import fragment

        return fragment(self._service, self._service.moment())

    def __repr__(self) -> str:
        names = ", ".join(stream.table_name for stream in self.streams)
        return f"<StreamsMock streams=[{names}] calls={len(self.calls)}>"
