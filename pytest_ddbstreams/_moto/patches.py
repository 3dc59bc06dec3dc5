"""The seam to moto: all that is known here of its insides, and whatever a release of moto can break.

While it is laid, six methods of moto's DynamoDB are wrapped. moto's own streams go on beneath, so that nothing is
missing there when the seam is lifted.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import partial, wraps
from http import HTTPStatus
from importlib import import_module
from importlib.metadata import version
from inspect import unwrap
from typing import TYPE_CHECKING, Any, NamedTuple

from .._exceptions import UnsupportedVersion
from .._model.changes import TIME_TO_LIVE
from .._operations.tables import check_update, show_stream, view_type_asked_for
from .._service import OPEN
from .._service_errors import ServiceError
from .feeds import Feed, ItemPlace, StreamingTable, Units
from .tables import expire_due, item_at, item_of, moto_tables, name_of, streaming_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from .._model.stream import StreamState
    from .._service import Service

#: The newest moto that the tests have passed with.
KNOWN = "5.2.5"


class Method(NamedTuple):
    """A method, with the parameters that the wrapper counts on.

    Attributes:
        wrapper: makes what stands in its place of what stood there.
    """

    module: str
    owner: str
    name: str
    parameters: tuple[str, ...]
    wrapper: Callable[[Callable[..., Any]], Callable[..., Any]]

    def __str__(self) -> str:
        return f"{self.module}.{self.owner}.{self.name}({', '.join(self.parameters)})"

    @property
    def holder(self) -> Any:
        """The class that has it."""
        return getattr(import_module(self.module), self.owner, None)

    @property
    def has_moved(self) -> bool:
        """Whether it is not where it was, or takes other parameters."""
        function: Any = getattr(self.holder, self.name, None)
        code = getattr(unwrap(function), "__code__", None)
        return code is None or code.co_varnames[: code.co_argcount] != self.parameters


class Wrapping:
    """Methods that are wrapped together."""

    def __init__(self, methods: Iterable[Method]) -> None:
        self._methods = tuple(methods)
        self._laid: list[tuple[type, str, Any]] = []

    @property
    def moved(self) -> list[Method]:
        """The methods that cannot be wrapped."""
        return [method for method in self._methods if method.has_moved]

    @property
    def is_laid(self) -> bool:
        """Whether the methods are wrapped now."""
        return bool(self._laid)

    def lay(self) -> None:
        """Wrap the methods."""
        for method in self._methods:
            original = getattr(method.holder, method.name)
            self._laid.append((method.holder, method.name, original))
            setattr(method.holder, method.name, wraps(original)(method.wrapper(original)))

    def lift(self) -> None:
        """Put the methods back as they were."""
        while self._laid:
            setattr(*self._laid.pop())


class MotoTables:
    """The tables of moto, as feeds know them."""

    @staticmethod
    def streaming_tables() -> Iterator[StreamingTable]:
        """Every table that has a stream enabled."""
        for table in moto_tables():
            # Without the bridge moto takes specifications that the service refuses; such a table has no stream.
            with suppress(ServiceError):
                view_type = view_type_asked_for(table.stream_specification)
                if view_type is not None:
                    yield streaming_table(table, view_type)

    @staticmethod
    def expire_items(now: datetime) -> int:
        """Delete what Time To Live would delete by now; says how many items there were."""
        with _UNITS.unit(TIME_TO_LIVE):
            return sum(expire_due(table, now) for table in moto_tables())


def connect() -> None:
    """Have all tables feed all mocks that are open.

    Raises:
        UnsupportedVersion: a method is not where it was.
    """
    if not _SEAM.is_laid:
        _refuse_if_moved()
        _SEAM.lay()
    for service in OPEN:
        if service.tables is None:
            service.tables = Feed(service, MotoTables())
            service.tables.begin()


def disconnect(service: Service) -> None:
    """Let no table feed a mock that was closed."""
    service.tables = None
    if not _feeds():
        _SEAM.lift()


def _refuse_if_moved() -> None:
    moved = ", ".join(map(str, _SEAM.moved))
    if moved:
        raise UnsupportedVersion(
            f"moto {version('moto')} has no {moved} any more, by which its tables feed the streams of this mock. "
            f"Update pytest-ddbstreams, or go back: pip install 'moto[dynamodb]=={KNOWN}'"
        )


def _feeds() -> list[Feed]:
    """One for each open mock, the innermost last."""
    return [service.tables for service in OPEN if isinstance(service.tables, Feed)]


def _newest(table: Any) -> StreamState | None:
    """A table's newest stream, as the innermost mock has it."""
    if not _has_had_stream(table):
        return None
    return next((feed.newest(name_of(table)) for feed in reversed(_feeds())), None)


def _has_had_stream(table: Any) -> bool:
    """Whether a table feeds the streams under its name; beside one that never did, they are made by hand."""
    return table.stream_shard is not None


def _disable(table: Any) -> None:
    for feed in _feeds():
        feed.disable(name_of(table))


# The wrappers: what each does besides what it wraps


def _one_unit(call_action: Callable[[Any], Any]) -> Any:
    """Every call of the API is one unit."""

    def wrapper(self: Any) -> Any:
        with _UNITS.unit() as unit:
            answer = call_action(self)
            unit.is_refused = answer[0] >= HTTPStatus.BAD_REQUEST
            return answer

    return wrapper


def _noting(add: Callable[..., None]) -> Any:
    """Every write of an item is noted; moto itself stumbles where the stream was disabled."""

    def wrapper(self: Any, old: Any, new: Any) -> None:
        if "StreamViewType" in (self.table.stream_specification or {}):
            add(self, old, new)
        item = old if new is None else new
        _UNITS.note(ItemPlace(name_of(self.table), (item.hash_key, item.range_key)), partial(item_of, old))

    return wrapper


def _enabling(set_stream_specification: Callable[..., None]) -> Any:
    """A table that is made or updated with a stream gets one of ours."""

    def wrapper(self: Any, streams: dict[str, Any] | None) -> None:
        with _refusing():
            view_type = view_type_asked_for(streams)
        # moto takes a view type for a wish to enable.
        set_stream_specification(self, streams if view_type else None)
        if view_type is not None:
            for feed in _feeds():
                feed.enable(streaming_table(self, view_type))

    return wrapper


def _updating(_: Callable[..., None]) -> Any:
    """The service's refusals stand in for moto's, which never lets a stream be enabled again."""

    def wrapper(_: Any, table: Any, stream_specification: dict[str, Any]) -> None:
        with _refusing():
            newest = _newest(table)
            enabled = newest if newest is not None and newest.disabled_at is None else None
            check_update(stream_specification, table.name, enabled)
        if enabled is not None:
            _disable(table)
        table.set_stream_specification(stream_specification)

    return wrapper


def _deleting(delete_table: Callable[..., Any]) -> Any:
    """The stream of a table that is deleted is disabled."""

    def wrapper(self: Any, name: str) -> Any:
        table = delete_table(self, name)
        if _has_had_stream(table):
            _disable(table)
        return table

    return wrapper


def _showing(describe: Callable[..., dict[str, Any]]) -> Any:
    """A table's description names its stream here; moto's own name for it stays out of sight."""

    def wrapper(self: Any, base_key: str = "TableDescription") -> dict[str, Any]:
        described = describe(self, base_key)
        newest = _newest(self)
        if newest is not None:
            show_stream(described[base_key], newest)
        return described

    return wrapper


@contextmanager
def _refusing() -> Iterator[None]:
    """Have a refusal of the service leave by moto's way."""
    from moto.dynamodb.exceptions import MockValidationException

    try:
        yield
    except ServiceError as refusal:
        raise MockValidationException(refusal.message) from None


_TABLE, _MODELS, _RESPONSES = "moto.dynamodb.models.table", "moto.dynamodb.models", "moto.dynamodb.responses"
_SEAM = Wrapping(
    (
        Method(_RESPONSES, "DynamoHandler", "call_action", ("self",), _one_unit),
        Method(_TABLE, "StreamShard", "add", ("self", "old", "new"), _noting),
        Method(_TABLE, "Table", "set_stream_specification", ("self", "streams"), _enabling),
        Method(_TABLE, "Table", "describe", ("self", "base_key"), _showing),
        Method(
            _MODELS, "DynamoDBBackend", "update_table_streams", ("self", "table", "stream_specification"), _updating
        ),
        Method(_MODELS, "DynamoDBBackend", "delete_table", ("self", "name"), _deleting),
    )
)
_UNITS = Units(item_at, _feeds)
