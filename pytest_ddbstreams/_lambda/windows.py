"""Tumbling windows: stretches of time within which a function hands its state on from one invocation to the next.

Their bounds are those of the records' approximate times, counted from the epoch (I).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from .. import _json

#: A state that is larger ends its window early: "The maximum size of the state is 1 MB." D
LARGEST_STATE: Final = 1024 * 1024


@dataclass(slots=True)
class Window:
    """A window of one lane of a shard, and the state that the function made in it.

    Attributes:
        start: when it begins.
        end: when it ends, and the next one begins.
        state: what the function returned last, as JSON text.
    """

    start: datetime
    end: datetime
    state: bytes = b"{}"

    @classmethod
    def at(cls, created: float, seconds: int) -> Window:
        """The window in which a record was written."""
        start = datetime.fromtimestamp(created - created % seconds, timezone.utc)
        return cls(start, start + timedelta(seconds=seconds))

    def holds(self, created: float) -> bool:
        """Whether a record was written in it."""
        return self.start.timestamp() <= created < self.end.timestamp()

    @property
    def is_overfull(self) -> bool:
        """Whether the state is too large to be handed on."""
        return len(self.state) > LARGEST_STATE

    def members(self, shard: str, arn: str, *, is_final: bool) -> bytes:
        """What an event says of it, as JSON text."""
        said: dict[str, Any] = {
            "window": {"start": instant_text(self.start), "end": instant_text(self.end)},
            "state": _json.decode(self.state),
            "shardId": shard,
            "eventSourceARN": arn,
            "isFinalInvokeForWindow": is_final,
            "isWindowTerminatedEarly": is_final and self.is_overfull,
        }
        return _json.encode(said)


def instant_text(instant: datetime) -> str:
    """An instant as Lambda writes it: ISO 8601 in UTC, to the second."""
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
