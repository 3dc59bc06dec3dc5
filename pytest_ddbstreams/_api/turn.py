"""One turn at the fake: under its lock, at one instant, with all done that the passing of time does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._exceptions import StreamStateError

if TYPE_CHECKING:
    from datetime import datetime

    from typing_extensions import Self

    from .._model.stream import StreamState
    from .._service import Service


class Turn:
    """A context manager; inside it, ``now`` is what time it is.

    Args:
        service: whose lock and clock.
        state: the stream that is to be up to date.
        writing: whether the stream must be enabled.
    """

    __slots__ = ("_service", "_state", "_writing", "now")

    now: datetime

    def __init__(self, service: Service, state: StreamState, *, writing: bool = False) -> None:
        self._service = service
        self._state = state
        self._writing = writing

    def __enter__(self) -> Self:
        self._service.lock.acquire()
        try:
            self._check()
            self.now = self._service.look()
            self._state.advance(self.now)
        except BaseException:
            self._service.lock.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._service.lock.release()

    def _check(self) -> None:
        if not self._service.registry.holds(self._state):
            raise StreamStateError(
                f"stream {self._state.name.arn} is gone since the mock was reset; create_stream() makes a new one"
            )
        if self._writing and self._state.disabled_at is not None:
            raise StreamStateError(
                f"stream {self._state.name.arn} is disabled and takes no records; stream.enable() makes a new one"
            )
