"""The waits between the attempts of the clients of botocore and aiobotocore.

Under a frozen clock a sleep costs no real time already. Two cases are left. If the clock is not frozen, an open mock
may have the option `instant_retries`. And in the retry mode "adaptive" a token bucket waits for a lock until the time
of its next token, which never comes under a clock that stands still.
"""

from __future__ import annotations

import functools
import sys
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .. import _clock
from .._imports import when_imported
from .._service import OPEN, innermost

if TYPE_CHECKING:
    from .._service import Service

#: The modules that sleep between attempts, and the name under which each has the library whose sleep it calls.
SLEEPERS = (("botocore.endpoint", "time"), ("aiobotocore.endpoint", "asyncio"))

#: A shorter rest of a wait may be rounded to nothing.
_SHORTEST = timedelta(milliseconds=1)


def update() -> None:
    """Skip the sleeps between attempts while an open mock has `instant_retries`, else restore them."""
    wanted = any(service.options.instant_retries for service in OPEN)
    for module_name, name in SLEEPERS:
        module = sys.modules.get(module_name)
        if module is not None:
            library = getattr(module, name)
            library = library.library if isinstance(library, _LibraryWithoutSleep) else library
            setattr(module, name, _LibraryWithoutSleep(library) if wanted else library)
        elif wanted:
            when_imported(module_name, update)


def install_on_bucket() -> None:
    """Wrap `acquire` of botocore's token bucket; its module is imported."""
    from botocore.retries.bucket import TokenBucket

    wrap_acquire(TokenBucket)


def install_on_async_bucket() -> None:
    """Wrap `acquire` of aiobotocore's token bucket; its module is imported."""
    from aiobotocore.retries.bucket import AsyncTokenBucket

    wrap_async_acquire(AsyncTokenBucket)


def wrap_acquire(bucket: Any) -> None:
    """Let a token bucket move a clock that is frozen or moved, or let it give its tokens at once."""
    from botocore.exceptions import CapacityNotAvailableError

    real = bucket.acquire

    @functools.wraps(real)
    def acquire(self: Any, amount: float = 1, block: bool = True) -> Any:  # noqa: FBT001, FBT002 - botocore's
        service = innermost() if block else None
        while service is not None and _clock.is_ruled():
            with suppress(CapacityNotAvailableError):
                return real(self, amount, block=False)
            _wait(self._sleep_amount(amount))
        return _is_instant(service) or real(self, amount, block)

    bucket.acquire = acquire


def wrap_async_acquire(bucket: Any) -> None:
    """Do the same as `wrap_acquire` for a token bucket of aiobotocore."""
    from botocore.exceptions import CapacityNotAvailableError

    real = bucket.acquire

    @functools.wraps(real)
    async def acquire(self: Any, amount: float = 1, block: bool = True) -> Any:  # noqa: FBT001, FBT002 - aiobotocore's
        service = innermost() if block else None
        while service is not None and _clock.is_ruled():
            with suppress(CapacityNotAvailableError):
                return await real(self, amount, block=False)
            _wait(self._sleep_amount(amount))
        return _is_instant(service) or await real(self, amount, block)

    bucket.acquire = acquire


class _LibraryWithoutSleep:
    """Replaces a library in one module; its ``sleep`` returns at once if the innermost mock wants instant retries."""

    def __init__(self, library: Any) -> None:
        self.library = library

    def __getattr__(self, name: str) -> Any:
        return getattr(self.library, name)

    def sleep(self, delay: float, *rest: Any) -> Any:
        return self.library.sleep(0 if _is_instant(innermost()) else delay, *rest)


def _is_instant(service: Service | None) -> bool:
    # A clock that is frozen or moved moves on instead, which costs no time either.
    return service is not None and service.options.instant_retries and not _clock.is_ruled()


def _wait(seconds: float) -> None:
    _clock.wait_until(_clock.now() + max(timedelta(seconds=seconds), _SHORTEST))
