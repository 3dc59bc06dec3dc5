"""The process clock, and how it is frozen: the one place that asks what time it is.

Everything below is told the time. The clock follows whatever rules ``datetime.now``: nobody, this mock (through
freezegun), or a freezegun, pytest-freezer or time-machine of the test's own.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

from .._exceptions import InvalidOption
from . import freezes, rulers

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

Instant = dt.datetime | str


class Clock:
    """The process clock as a mock sees it, and the levers that freeze and move it.

    While it is frozen by `freeze`, ``time.sleep`` and ``asyncio.sleep`` advance it and return at once.
    """

    def __init__(self) -> None:
        self._frozen: list[freezes.Freeze] = []
        # The freeze that a with statement, if one follows at once, is to let go of at its end.
        self._fresh: freezes.Freeze | None = None

    #: What time it is, aware and in UTC.
    now = staticmethod(freezes.now)

    @property
    def is_frozen(self) -> bool:
        """Whether this clock was frozen by `freeze`, `tick` or `move_to` and not let go since."""
        return bool(self._frozen)

    def freeze(self, at: Instant | None = None) -> Self:
        """Stop the process clock, with freezegun; asyncio's event loops stay alive.

        Args:
            at: the instant to stop it at, a datetime or ISO 8601 text, in UTC unless it says otherwise; None: now.

        Returns:
            The clock, so that ``with clock.freeze(...):`` lets it go at the end of the block.

        Raises:
            InvalidOption: ``at`` is no instant.
        """
        instant = self.now() if at is None else instant_of(at)
        with freezes.LOCK:
            self._fresh = freezes.hold(instant)
            self._frozen.append(self._fresh)
        return self

    def unfreeze(self) -> None:
        """Undo the last `freeze`; where nothing is frozen, do nothing."""
        with freezes.LOCK:
            self._fresh = None
            if self._frozen:
                freezes.let_go(self._frozen.pop())

    def tick(
        self,
        delta: dt.timedelta | None = None,
        *,
        seconds: float = 0,
        minutes: float = 0,
        hours: float = 0,
    ) -> dt.datetime:
        """Move the clock on; a clock that nobody froze is frozen first.

        Args:
            delta: how far; added to what the others say.
            seconds: seconds more.
            minutes: minutes more.
            hours: hours more.

        Returns:
            The new time.

        Raises:
            InvalidOption: nothing says how far, or ``delta`` is no timedelta.
        """
        more = dt.timedelta(seconds=seconds, minutes=minutes, hours=hours)
        if delta is None:
            delta = dt.timedelta()
        if not isinstance(delta, dt.timedelta):
            raise InvalidOption(
                f"tick() takes a timedelta, not {delta!r}; write tick(seconds=…), tick(minutes=…) or tick(hours=…)"
            )
        if not delta and not more:
            raise InvalidOption("tick() was not told how far; write tick(minutes=16), for instance")
        return self._move_frozen(self.now() + delta + more)

    def move_to(self, instant: Instant) -> dt.datetime:
        """Set the clock, forwards or back; a clock that nobody froze is frozen there.

        Args:
            instant: a datetime or ISO 8601 text, in UTC unless it says otherwise.

        Returns:
            The new time.

        Raises:
            InvalidOption: ``instant`` is no instant.
        """
        return self._move_frozen(instant_of(instant))

    def __enter__(self) -> Self:
        # `with clock.freeze(...)` made its freeze; a bare `with clock` makes one of its own, so that the end of the
        # block leaves those of others alone.
        if self._fresh is None:
            self.freeze()
        self._fresh = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unfreeze()

    def __repr__(self) -> str:
        return f"<Clock {self.now().isoformat()}{' frozen' if self._frozen else ''}>"

    def _freeze_for_all(self, at: Instant | None = None) -> None:
        """Freeze for as long as the mock is open: no with statement lets go of it."""
        self.freeze(at)
        self._fresh = None

    def _move_frozen(self, instant: dt.datetime) -> dt.datetime:
        with freezes.LOCK:
            self._fresh = None
            if rulers.is_ruled():
                rulers.move_to(instant)
            else:
                self._freeze_for_all(instant)
        return self.now()

    @property
    def _is_ruled(self) -> bool:
        """Whether anybody has stopped or moved the process clock."""
        return rulers.is_ruled()

    def _wait(self, delta: dt.timedelta) -> None:
        """Let time pass: move a clock that is ruled by anybody, else wait."""
        self._wait_until(self.now() + delta)

    def _wait_until(self, instant: dt.datetime) -> None:
        """As `_wait`, until an instant; nothing where it is later already."""
        with freezes.LOCK:
            left = instant - self.now()
            ruled = rulers.is_ruled()
            if ruled and left > dt.timedelta():
                rulers.move_to(instant)
        if not ruled:
            time.sleep(max(0.0, left.total_seconds()))

    def _release(self) -> None:
        """Undo every freeze of this clock: its mock closes."""
        while self._frozen:
            self.unfreeze()


def instant_of(value: object) -> dt.datetime:
    """An aware instant in UTC from a datetime or ISO 8601 text.

    Raises:
        InvalidOption: it is neither.
    """
    if isinstance(value, str):
        try:
            # Python 3.10 reads no "Z".
            value = dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            raise InvalidOption(_NO_INSTANT.format(value=value)) from None
    if not isinstance(value, dt.datetime):
        raise InvalidOption(_NO_INSTANT.format(value=value))
    if value.tzinfo is None:
        return value.replace(tzinfo=dt.timezone.utc)
    try:
        return value.astimezone(dt.timezone.utc)
    except OverflowError:
        raise InvalidOption(_NO_INSTANT.format(value=value)) from None


_NO_INSTANT = "{value!r} is no instant; give a datetime or ISO 8601 text such as '2026-01-01T00:00:00Z'"
