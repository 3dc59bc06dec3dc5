"""The waits between the attempts of the clients of botocore and aiobotocore.

Where a client sleeps, a frozen clock makes the wait cost no time already. Two waits are left: those of a clock that is
not frozen, if an open mock has ``instant_retries``; and the retry mode adaptive, whose bucket of tokens waits for a
lock until the time has come, and so for ever under a clock that stands still.
"""

from __future__ import annotations

import functools
import sys
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .. import _clock
from .._service import OPEN, innermost
from . import when_imported

if TYPE_CHECKING:
    from .._service import Service

#: The modules that sleep between attempts, and the name under which each has the library whose sleep it calls.
SLEEPERS = (("botocore.endpoint", "time"), ("aiobotocore.endpoint", "asyncio"))

#: A shorter rest of a wait may be rounded to nothing.
_SHORTEST = timedelta(milliseconds=1)


def update() -> None:
    """Cut the sleeps between attempts short while an open mock has ``instant_retries``, and no longer."""
    wanted = any(service.options.instant_retries for service in OPEN)
    for module_name, name in SLEEPERS:
        module = sys.modules.get(module_name)
        if module is not None:
            library = getattr(module, name)
            library = library.library if isinstance(library, _Impatient) else library
            setattr(module, name, _Impatient(library) if wanted else library)
        elif wanted:
            when_imported(module_name, update)


def install_on_bucket() -> None:
    """Wrap `acquire` of botocore's bucket of tokens; called once its module is imported."""
    from botocore.retries.bucket import TokenBucket

    wrap_acquire(TokenBucket)


def install_on_async_bucket() -> None:
    """Wrap `acquire` of aiobotocore's bucket of tokens; called once its module is imported."""
    from aiobotocore.retries.bucket import AsyncTokenBucket

    wrap_async_acquire(AsyncTokenBucket)


def wrap_acquire(bucket: Any) -> None:
    """Let a bucket of the adaptive mode wait by a clock that is frozen or moved, or not at all."""
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
    """Let a bucket of aiobotocore wait as `wrap_acquire` lets botocore's."""
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


class _Impatient:
    """Stands in a module for a library, and cuts its sleep short."""

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
