"""The clock of a mock: the process clock, and the methods that freeze and move it.

It is the clock that ``datetime.now`` reads, so freezegun, pytest-freezer or time-machine in a test moves it too.
Callers get the time here, and pass it to the model as an argument.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from .._checks import checks_keywords, is_integer, misfit
from .._exceptions import InvalidOption, short
from . import freezes
from .freezes import calling, forget_threads, is_ruled, later, now, wait_until
from .sleepers import LOCK

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

__all__ = [
    "Clock",
    "calling",
    "forget_threads",
    "instant_of",
    "is_ruled",
    "later",
    "now",
    "wait_until",
]

Instant = dt.datetime | str


@checks_keywords
class Clock:
    """The process clock of a mock, and the methods that freeze and move it.

    While it is frozen by `freeze`, ``time.sleep``, ``asyncio.sleep``, the sleeps of trio and anyio, and the
    ``threading.Event.wait(timeout)`` of code outside the standard library wait for the frozen clock and cost no real
    time. The clock moves to the earliest waking time once every thread that has called the mock or slept is asleep.
    """

    def __init__(self) -> None:
        self._frozen: list[freezes.Freeze] = []
        # The freeze that a with statement releases at its end, if it follows at once.
        self._fresh: freezes.Freeze | None = None

    def now(self) -> dt.datetime:
        """Return the time of the process clock, aware and in UTC."""
        return freezes.now()

    @property
    def is_frozen(self) -> bool:
        """Whether this clock is frozen by `freeze`, `tick` or `move_to`."""
        return bool(self._frozen)

    def freeze(self, at: Instant | None = None) -> Self:
        """Stop the process clock, with freezegun; asyncio's event loops stay alive.

        Args:
            at: the instant to stop it at, a datetime or ISO 8601 text, in UTC if it has no time zone; None: now.

        Returns:
            The clock, so that ``with clock.freeze(...):`` releases it at the end of the block.

        Raises:
            InvalidOption: ``at`` is not an instant.
        """
        instant = self.now() if at is None else instant_of(at)
        with LOCK:
            self._fresh = freezes.hold(instant)
            self._frozen.append(self._fresh)
        return self

    def unfreeze(self) -> None:
        """Undo the last `freeze`; a clock that is not frozen stays as it is."""
        with LOCK:
            self._fresh = None
            if self._frozen:
                freezes.release(self._frozen.pop())

    def tick(
        self,
        delta: dt.timedelta | float | None = None,
        *,
        seconds: float = 0,
        minutes: float = 0,
        hours: float = 0,
    ) -> dt.datetime:
        """Move the clock on; a clock that is not frozen is frozen first.

        Args:
            delta: how far, a timedelta or seconds; the other arguments are added.
            seconds: seconds to add.
            minutes: minutes to add.
            hours: hours to add.

        Returns:
            The new time.

        Raises:
            InvalidOption: no argument was given, ``delta`` is neither a timedelta nor a number, another argument is not
                a number, or the calendar has no such time.
        """
        for name, value in (("seconds", seconds), ("minutes", minutes), ("hours", hours)):
            if not is_integer(value) and not isinstance(value, float):
                raise misfit(name, value, "a number")
        if not (delta is None or isinstance(delta, (dt.timedelta, float)) or is_integer(delta)):
            raise InvalidOption(
                f"tick() takes seconds or a timedelta, not {short(delta)}; write tick(5) or tick(minutes=16)"
            )
        now = self.now()
        try:
            more = delta if isinstance(delta, dt.timedelta) else dt.timedelta(seconds=delta or 0)
            instant = now + more + dt.timedelta(seconds=seconds, minutes=minutes, hours=hours)
        except (OverflowError, ValueError):  # ValueError: a number is NaN
            raise InvalidOption(
                f"tick() cannot move the clock so far from {now.isoformat()}; the calendar ends there"
            ) from None
        if instant == now:
            raise InvalidOption("tick() needs a duration; write tick(minutes=16), for instance")
        return self._move_frozen(instant)

    def move_to(self, instant: Instant) -> dt.datetime:
        """Set the clock, forwards or back; a clock that is not frozen is frozen there.

        Args:
            instant: a datetime or ISO 8601 text, in UTC if it has no time zone.

        Returns:
            The new time.

        Raises:
            InvalidOption: ``instant`` is not an instant.
        """
        return self._move_frozen(instant_of(instant))

    def __enter__(self) -> Self:
        # `with clock.freeze(...)` has made its freeze; a bare `with clock` makes one here, so that the end of the
        # block leaves other freezes alone.
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

    def _freeze_until_release(self, at: Instant | None = None) -> None:
        """Freeze the clock while the mock is open: no with statement releases this freeze."""
        self.freeze(at)
        self._fresh = None

    def _move_frozen(self, instant: dt.datetime) -> dt.datetime:
        with LOCK:
            self._fresh = None
            if freezes.is_ruled():
                freezes.move_to(instant)
            else:
                self._freeze_until_release(instant)
        return self.now()

    def _release(self) -> None:
        """Undo every freeze of this clock, because its mock closes."""
        while self._frozen:
            self.unfreeze()


def instant_of(value: object) -> dt.datetime:
    """Return an aware instant in UTC.

    Args:
        value: a datetime or ISO 8601 text, in UTC if it has no time zone.

    Raises:
        InvalidOption: the value is neither.
    """
    if isinstance(value, str):
        try:
            # Python 3.10 reads no "Z".
            value = dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            raise InvalidOption(_NO_INSTANT.format(value=short(value))) from None
    if not isinstance(value, dt.datetime):
        raise InvalidOption(_NO_INSTANT.format(value=short(value)))
    if value.tzinfo is None:
        return value.replace(tzinfo=dt.timezone.utc)
    try:
        return value.astimezone(dt.timezone.utc)
    except OverflowError:
        raise InvalidOption(_NO_INSTANT.format(value=short(value))) from None


_NO_INSTANT = "{value} is not an instant; give a datetime or ISO 8601 text such as '2026-01-01T00:00:00Z'"
