"""`mock_streams`: opens a mock and closes it, as a context manager, by hand, or around tests."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, overload

from . import _interceptors
from ._api.mock import StreamsMock
from ._decorators import decorate
from ._exceptions import StreamStateError
from ._opening import OpenMock
from ._options import make_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from types import TracebackType

Target = TypeVar("Target", bound="Callable[..., Any]")

# Clients take over the hooks when they are made, so the hooks must be there before.
_interceptors.install()


class MockStreams:
    """What `mock_streams` returns: opens a mock for a block, between `start` and `stop`, or around a test.

    It can be used any number of times, also within itself; each use opens a mock of its own.
    """

    def __init__(self, **options: Any) -> None:
        self.options = make_options(options)
        self._given = options
        self._opened: list[OpenMock] = []

    def open(self) -> OpenMock:
        """Open a mock that whoever asks will close."""
        return OpenMock(StreamsMock(**self._given))

    @contextmanager
    def around(self) -> Iterator[StreamsMock]:
        """A mock for a block; unlike the object itself safe where blocks overlap, as coroutines do."""
        opened = self.open()
        try:
            with opened.excused_by_failure() as streams:
                yield streams
        finally:
            opened.close()

    def start(self) -> StreamsMock:
        """Open a mock and return it; its own `stop`, or the one here, closes it."""
        opened = self.open()
        self._opened.append(opened)
        opened.mock._closer = partial(self._close, opened)  # noqa: SLF001 - opening is the other half of the mock
        return opened.mock

    def stop(self) -> None:
        """Close the mock that was opened last.

        Raises:
            StreamStateError: none is open.
            UnusedFault: a fault was met less often than it says, and the mock is strict.
            UnansweredCall: nothing answered a call, and the mock is strict.
            ContractViolation: an answer broke the API's schema.
        """
        if not self._opened:
            raise StreamStateError("stop() without start(): this mock is not open")
        self._close(self._opened[-1])

    def _close(self, opened: OpenMock) -> None:
        self._opened.remove(opened)
        opened.close()

    def __enter__(self) -> StreamsMock:
        self._opened.append(self.open())
        return self._opened[-1].mock

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        opened = self._opened.pop()
        if error is not None:
            opened.excuse()
        opened.close()

    def __call__(self, target: Target, /) -> Target:
        """Open a mock around a function, a coroutine function, a test class or a TestCase."""
        decorated: Target = decorate(self, target)
        return decorated

    def __repr__(self) -> str:
        return f"mock_streams({self.options})"


@overload
def mock_streams(target: Target, /) -> Target: ...


@overload
def mock_streams(
    *,
    region: str = ...,
    account_id: str = ...,
    freeze: datetime | str | None = ...,
    seed: int = ...,
    mock_credentials: bool = ...,
    block_network: bool = ...,
    strict: bool = ...,
    auto_rotate: bool = ...,
    enforce_rates: bool = ...,
    instant_retries: bool = ...,
) -> MockStreams: ...


def mock_streams(target: Any = None, /, **options: Any) -> Any:
    """Fake Amazon DynamoDB Streams: bare or with options as a decorator, or as a context manager.

    Args:
        target: what to decorate: a function, a coroutine function, a test class or a ``unittest.TestCase``. An
            argument named ``ddbstreams_mock`` is supplied, and hidden from pytest.
        options: region, account_id, freeze, seed, mock_credentials, block_network, strict, auto_rotate,
            enforce_rates, instant_retries; what is not given here comes from the ini file under pytest, else from
            the defaults.

    Raises:
        InvalidOption: an option is unknown or does not fit.
    """
    mock = MockStreams(**options)
    return mock if target is None else mock(target)
