"""The waits between the attempts of botocore's and aiobotocore's clients.

Where they sleep, a frozen clock makes it cost no time already. Left are the clock that is not frozen, if an open mock
was told that waits cost nothing; and the mode adaptive, whose bucket of tokens waits for a lock until the time has
come, and so for ever under a clock that stands still.
"""

from __future__ import annotations

import functools
import sys
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .._service import OPEN, innermost
from . import when_imported

if TYPE_CHECKING:
    from .._service import Service

#: The modules that sleep between attempts, and what they call the library whose sleep that is.
_SLEEPERS = (("botocore.endpoint", "time"), ("aiobotocore.endpoint", "asyncio"))

#: What is left to wait for may round to nothing.
_LEAST = timedelta(milliseconds=1)


def update() -> None:
    """Cut the sleeps between attempts short where an open mock says so, and no longer when none does."""
    wanted = any(service.options.instant_retries for service in OPEN)
    for module_name, name in _SLEEPERS:
        module = sys.modules.get(module_name)
        if module is not None:
            library = getattr(module, name)
            library = library.library if isinstance(library, _Hasty) else library
            setattr(module, name, _Hasty(library) if wanted else library)
        elif wanted:
            when_imported(module_name, update)


def lay_on_the_bucket() -> None:
    """Wrap what botocore's bucket does; called once its module is loaded."""
    from botocore.retries.bucket import TokenBucket

    wrap_acquire(TokenBucket)


def lay_on_the_async_bucket() -> None:
    """As `lay_on_the_bucket`, for aiobotocore's."""
    from aiobotocore.retries.bucket import AsyncTokenBucket

    wrap_async_acquire(AsyncTokenBucket)


def wrap_acquire(bucket: Any) -> None:
    """Have the adaptive mode's bucket wait by a clock that somebody rules, or not at all."""
    from botocore.exceptions import CapacityNotAvailableError

    real = bucket.acquire

    @functools.wraps(real)
    def acquire(self: Any, amount: float = 1, block: bool = True) -> Any:  # noqa: FBT001, FBT002 - botocore's
        service = innermost() if block else None
        while service is not None and service.clock._is_ruled:  # noqa: SLF001 - nothing that users ask
            with suppress(CapacityNotAvailableError):
                return real(self, amount, block=False)
            _wait(service, self._sleep_amount(amount))
        return _is_instant(service) or real(self, amount, block)

    bucket.acquire = acquire


def wrap_async_acquire(bucket: Any) -> None:
    """As `wrap_acquire`, for aiobotocore's."""
    from botocore.exceptions import CapacityNotAvailableError

    real = bucket.acquire

    @functools.wraps(real)
    async def acquire(self: Any, amount: float = 1, block: bool = True) -> Any:  # noqa: FBT001, FBT002 - aiobotocore's
        service = innermost() if block else None
        while service is not None and service.clock._is_ruled:  # noqa: SLF001 - as above
            with suppress(CapacityNotAvailableError):
                return await real(self, amount, block=False)
            _wait(service, self._sleep_amount(amount))
        return _is_instant(service) or await real(self, amount, block)

    bucket.acquire = acquire


class _Hasty:
    """Stands where a module keeps a library, and cuts its sleep short."""

    def __init__(self, library: Any) -> None:
        self.library = library

    def __getattr__(self, name: str) -> Any:
        return getattr(self.library, name)

    def sleep(self, delay: float, *rest: Any) -> Any:
        return self.library.sleep(0 if _is_instant(innermost()) else delay, *rest)


def _is_instant(service: Service | None) -> bool:
    # A clock that is ruled moves instead, at no cost either.
    return service is not None and service.options.instant_retries and not service.clock._is_ruled  # noqa: SLF001


def _wait(service: Service, seconds: float) -> None:
    service.clock._wait(max(timedelta(seconds=seconds), _LEAST))  # noqa: SLF001
