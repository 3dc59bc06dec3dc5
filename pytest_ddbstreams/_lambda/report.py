"""The history of a mapping as text."""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .engine import Engine
    from .history import Discarded, Invocation
    from .track import Track


def report_of(engine: Engine) -> str:
    """Each invocation, what was given up, and how far each shard is done."""
    invocations, discarded = engine.invocations, engine.discarding.discarded
    happened: Iterable[Invocation | Discarded] = merge(invocations, discarded, key=lambda one: one.at)
    return "\n".join(
        [
            f"{engine.function.name} on {engine.source.arn}",
            f"{len(invocations)} invocations, {len(discarded)} times discarded",
            *(f"  {one!r}" for one in happened),
            *(_line(track) for track in engine.tracks.values()),
        ]
    )


def _line(track: Track) -> str:
    waiting = sum(len(batch.entries) for lane in track.lanes for batch in lane.pending)
    waiting += sum(len(lane.gathered) for lane in track.lanes)
    said = [f"done through {track.checkpoint}" if track.checkpoint else "nothing done"]
    said += [f"{track.passed_over} passed over"] if track.passed_over else []
    said += [f"{waiting} waiting"] if waiting else []
    return f"{track.shard.id}: {', '.join(said)}"
