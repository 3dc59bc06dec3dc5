"""Which mocks were used while somebody watched: pytest's plugin watches each test, to show them should it fail.

A mock may be closed by the time at which a failure is reported; whoever watches keeps it for that long. Where nobody
watches nothing is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._service import Service

#: One list for each test that runs, innermost last: a pytest run may be part of a test.
_WATCHES: list[list[Service]] = []


def begin() -> list[Service]:
    """Collect the mocks that are opened or used until `end`, each once, in that order."""
    _WATCHES.append([])
    return _WATCHES[-1]


def end() -> None:
    """End what began last."""
    _WATCHES.pop()


def note(service: Service) -> None:
    """A mock is being used."""
    if _WATCHES and service not in _WATCHES[-1]:
        _WATCHES[-1].append(service)
