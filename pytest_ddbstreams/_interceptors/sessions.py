"""Parts of botocore's sessions that are kept from mock to mock, because making them takes most of a test's time.

A mock removes boto3's default session, so each test makes a new one. What a session loads from botocore's files is the
same each time: the models of services, endpoints and partitions. So are its built-in handlers. Credentials, region,
profile, configuration and the user's own handlers are new with each session. Of a test that makes a client and three
calls, loading takes two thirds, and registering the handlers a sixth.
"""

from __future__ import annotations

import functools
from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple

from .._wrappers import Wrappers

if TYPE_CHECKING:
    from collections.abc import Callable

_SESSION = "botocore.session"

#: The most folders of models (AWS_DATA_PATH) that a process uses with one set of loaded files for each.
_MOST_PATHS = 8


@functools.lru_cache(_MOST_PATHS)
def loader(make: Callable[[str | None], Any], path: str | None) -> Any:
    """Return the loader of botocore's files, and of those in further folders; it keeps all that it has loaded.

    Args:
        make: makes a loader.
        path: the further folders, as AWS_DATA_PATH lists them; None: none.
    """
    return make(path)


def _share_loader(make: Callable[[str | None], Any]) -> Any:
    @functools.wraps(make)
    def create_loader(search_path_string: str | None = None) -> Any:
        kept = loader(make, search_path_string)
        # Each session of boto3 adds the folder of boto3.
        kept.search_paths[:] = dict.fromkeys(kept.search_paths)
        return kept

    return create_loader


class _Kept(NamedTuple):
    """An emitter with botocore's built-in handlers.

    Attributes:
        handlers: the handlers.
        events: the emitter of a session that has these handlers alone.
    """

    handlers: tuple[Any, ...]
    events: Any


#: The emitter that sessions copy; empty before the first session of a mock.
_KEPT: list[_Kept] = []


def _copy_handlers(register: Callable[[Any, Any], None]) -> Any:
    @functools.wraps(register)
    def _register_builtin_handlers(self: Any, events: Any) -> None:
        from botocore.handlers import BUILTIN_HANDLERS

        handlers = tuple(BUILTIN_HANDLERS)
        if not _is_new(self, events):
            register(self, events)
        elif _KEPT and _KEPT[-1].handlers == handlers:
            self._events = copy(_KEPT[-1].events)
            self._original_handler = self._events._emitter  # noqa: SLF001 - botocore has no public way
        else:
            register(self, events)
            _KEPT[:] = [_Kept(handlers, copy(self._events))]

    return _register_builtin_handlers


def _is_new(session: Any, events: Any) -> bool:
    """Return whether a session has made its own emitter, which has no handler yet."""
    from botocore.hooks import HierarchicalEmitter

    emitter = session._original_handler  # noqa: SLF001 - botocore has no public way
    return events is session._events and type(emitter) is HierarchicalEmitter and not _has_handlers(emitter)  # noqa: SLF001


def _has_handlers(emitter: Any) -> bool:
    empty: Any = type(emitter)()
    return bool(vars(emitter._handlers) != vars(empty._handlers))  # noqa: SLF001 - as above


#: The functions of botocore that are wrapped while a mock is open.
WRAPPERS = Wrappers(
    [
        (_SESSION, "", "create_loader", _share_loader),
        (_SESSION, "Session", "_register_builtin_handlers", _copy_handlers),
    ]
)
