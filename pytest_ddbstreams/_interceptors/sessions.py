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

#: The most lists of folders with models for which a process keeps what was loaded.
_MOST_PATHS = 8


@functools.lru_cache(_MOST_PATHS)
def loaded_from(paths: tuple[str, ...]) -> dict[Any, Any]:  # noqa: ARG001 - the key of the cache
    """Return all that was loaded from a list of folders."""
    return {}


class _Loaded:
    """The cache of one loader: shared with all loaders that search the same folders now.

    A user, and boto3, may change the folders of a loader after it was made.
    """

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def _shared(self) -> dict[Any, Any]:
        return loaded_from(tuple(self._loader.search_paths))

    def __contains__(self, key: object) -> bool:
        return key in self._shared()

    def __getitem__(self, key: object) -> Any:
        return self._shared()[key]

    def __setitem__(self, key: object, value: object) -> None:
        self._shared()[key] = value


def _share_loaded(make: Callable[..., Any]) -> Any:
    @functools.wraps(make)
    def create_loader(*args: Any, **kwargs: Any) -> Any:
        loader = make(*args, **kwargs)
        loader._cache = _Loaded(loader)  # noqa: SLF001 - botocore has no public way
        return loader

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
        (_SESSION, "", "create_loader", _share_loaded),
        (_SESSION, "Session", "_register_builtin_handlers", _copy_handlers),
    ]
)
