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
    when_imported("botocore.retries.bucket", _lay_on_the_bucket)
    when_imported("aiobotocore.retries.bucket", _lay_on_the_async_bucket)


def update() -> None:
    """Do for botocore's clients what the mocks that are open by now say: to be called when one opens or closes."""
    from .retry_waits import update as update_waits

    update_waits()


def _lay_botocore_hooks() -> None:
    from .botocore_hooks import install as lay

    lay()


def _open_requests_doorway() -> None:
    from .requests_adapter import install as lay

    lay()


def _lay_on_the_bucket() -> None:
    from botocore.retries.bucket import TokenBucket

    from .retry_waits import wrap_acquire

    wrap_acquire(TokenBucket)


def _lay_on_the_async_bucket() -> None:
    from aiobotocore.retries.bucket import AsyncTokenBucket

    from .retry_waits import wrap_async_acquire

    wrap_async_acquire(AsyncTokenBucket)
