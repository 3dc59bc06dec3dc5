"""How requests get in: botocore's event hook, and ``requests`` by way of ``responses``.

The only place that another library's release can break. A doorway turns what arrives into an `Arrival`, and the
`Reply` into what its library expects; what is between is `_wire`'s.

Nothing heavy is imported here: the hooks are laid when botocore or requests themselves get imported.
"""

from __future__ import annotations

from functools import cache

from ._waiting import when_imported


@cache
def install() -> None:
    """Lay the hooks, once and for all: they pass everything on while no mock is open."""
    when_imported("botocore.handlers", _lay_botocore_hooks)
    when_imported("requests.sessions", _open_requests_doorway)


def _lay_botocore_hooks() -> None:
    from .botocore_hooks import install as lay

    lay()


def _open_requests_doorway() -> None:
    from .requests_adapter import install as lay

    lay()
