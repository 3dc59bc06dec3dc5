"""What happened: each invocation, and each record that was given up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import _json
from .events import event_of_texts, instant_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .events import Entry

_SHOWN = 200


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class Invocation:
    """One call of the handler.

    Attributes:
        shard: id of the shard that the records are of.
        lane: which of the shard's batches under way it was, from 0.
        attempt: 1 for the first time with this batch, more for retries of it.
        reason: why the function was invoked: the batch was ``full``, its ``payload`` was, its batching ``window`` was
            over, or without one records were ``available``; a ``retry``, one part of a ``bisect``, or a ``duplicate``;
            with tumbling windows: the next record ``tumbled`` into another one, or the ``final`` one of a window.
        at: the mock's time.
        request_id: the context's ``aws_request_id``.
        response: what the handler returned, as JSON data; None also when it raised.
        error: what it raised, or None.
        is_success: whether Lambda takes all of its records for done.
    """

    shard: str
    lane: int
    attempt: int
    reason: str
    at: datetime
    request_id: str
    entries: Sequence[Entry]
    arn: str
    members: bytes = b"{}"
    response: Any = None
    error: BaseException | None = None
    is_success: bool = False

    @property
    def event(self) -> dict[str, Any]:
        """The event as the handler got it, made anew: what the handler did to its own does not show."""
        event = event_of_texts([entry.text for entry in self.entries], self.arn)
        event.update(_json.decode(self.members))
        return event

    @property
    def sequence_numbers(self) -> tuple[str, ...]:
        """The records' sequence numbers."""
        return tuple(str(entry.number) for entry in self.entries)

    def __repr__(self) -> str:
        lane = f" lane {self.lane}" if self.lane else ""
        return (
            f"{instant_text(self.at)} {self.shard}{lane} {span(self.entries)}, {self.reason}, "
            f"attempt {self.attempt} -> {self._outcome()}"
        )

    def _outcome(self) -> str:
        if self.error is not None:
            return f"{type(self.error).__name__}: {self.error}"
        return "returned " + _shortened(self.response)


def span(entries: Sequence[Entry]) -> str:
    if not entries:
        return "no records"
    if len(entries) == 1:
        return f"record {entries[0].number}"
    return f"{len(entries)} records {entries[0].number}..{entries[-1].number}"


def _shortened(response: Any) -> str:
    text = repr(response)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
