"""A batch of records, on its way to the function for as long as it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .history import Invocation
    from .source import Entry
    from .windows import Window

#: Why the function was invoked.
FULL: Final = "full"
PAYLOAD: Final = "payload"
WINDOW: Final = "window"
AVAILABLE: Final = "available"
RETRY: Final = "retry"
BISECT: Final = "bisect"
DUPLICATE: Final = "duplicate"
TUMBLED: Final = "tumbled"
FINAL: Final = "final"


@dataclass(slots=True)
class Batch:
    """Records that go in one event.

    Attributes:
        entries: the records.
        reason: why the function is to be invoked with them: a constant of this module.
        attempts: how often it was.
        window: the tumbling window that they are of, if there is one.
        last: the invocation with them that was the last one.
        is_duplicate: whether they were delivered already.
    """

    entries: list[Entry]
    reason: str
    attempts: int = 0
    window: Window | None = None
    last: Invocation | None = None
    is_duplicate: bool = False

    @property
    def is_final(self) -> bool:
        """Whether it ends a tumbling window."""
        return self.window is not None and not self.entries

    def halves(self) -> list[Batch]:
        """The batch, split in two: the first half is not the smaller one."""
        middle = (len(self.entries) + 1) // 2
        return [self.part(self.entries[:middle], BISECT), self.part(self.entries[middle:], BISECT)]

    def part(self, entries: list[Entry], reason: str) -> Batch:
        """A batch of some of its records, never tried before."""
        return Batch(entries, reason, window=self.window, is_duplicate=self.is_duplicate or reason == DUPLICATE)
