"""The interceptors in children that multiprocessing starts without a fork of this process.

Such a child does not load this package, and the environment of a fork server is that of the test that started it. So
the data that multiprocessing sends to prepare a child gets one entry more, whose unpickling installs the interceptors
in the child. coverage.py gets into children in the same way.
"""

from __future__ import annotations

import functools
import multiprocessing.spawn
from typing import TYPE_CHECKING, Any

from .._children import Inheritance, bequest, inherit
from .._service import innermost
from .._wrappers import Wrappers
from . import install

if TYPE_CHECKING:
    from collections.abc import Callable


def receive(inherited: Inheritance, variables: dict[str, str | None]) -> None:
    """Make a mock of the parent known to this process, which was started while the mock was open."""
    inherit(inherited, variables)
    install()


class _Parcel:
    """A value whose unpickling calls `receive`: a child unpickles its data before it does anything else."""

    def __init__(self, *arguments: Any) -> None:
        self._arguments = arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return receive, self._arguments


def _wrap_preparation(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def get_preparation_data(*arguments: Any, **named: Any) -> Any:
        data, service = real(*arguments, **named), innermost()
        # A child ignores the entries that it does not know.
        return data if service is None else {**data, __package__: _Parcel(*bequest(service))}

    return get_preparation_data


#: The wrapped function of multiprocessing.
WRAPPERS = Wrappers([(multiprocessing.spawn.__name__, "", "get_preparation_data", _wrap_preparation)])
