"""No iterator is used again by who was told that it has expired.

"A shard iterator expires 15 minutes after it is returned." Being refused once is no fault: that is how a reader
learns of it. An expired iterator never gets better, so asking again with it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._operations.calls import is_expired, token_of
from .._operations.iterator_tokens import decode
from .evidence import listed

if TYPE_CHECKING:
    from .evidence import Evidence


def check(evidence: Evidence) -> None:
    """Every iterator that was refused as expired was given up.

    Raises:
        AssertionError: one was not.
    """
    refused, reused = _uses(evidence)
    if reused:
        found = [_told(evidence, token, refused[token], uses) for token, uses in reused.items()]
        heading = "an iterator was used again after it had been refused as expired:"
        cure = "Get a new iterator by GetShardIterator, AFTER_SEQUENCE_NUMBER of the last record that was handled."
        raise AssertionError("\n".join([heading, *listed(found, "iterators"), cure]))


def _uses(evidence: Evidence) -> tuple[dict[str, int], dict[str, list[int]]]:
    """For each iterator the call that was refused, and those that used it afterwards."""
    refused: dict[str, int] = {}
    reused: dict[str, list[int]] = {}
    for index, call in enumerate(evidence.calls):
        token = token_of(call)
        # An attempt of the SDK's own is not the reader's doing.
        if token in refused and call.attempt == 1:
            reused.setdefault(token, []).append(index)
        elif token is not None and is_expired(call):
            refused.setdefault(token, index)
    return refused, reused


def _told(evidence: Evidence, token: str, refused: int, uses: list[int]) -> str:
    position = decode(token)
    where = f"shard {position.shard_id}, at sequence number {position.number}" if position else repr(token)
    times = f", and {len(uses) - 1} more times" if uses[1:] else ""
    return (
        f"  an iterator of {where}\n"
        f"    refused by {evidence.told(refused)}\n"
        f"    used again by {evidence.told(uses[0])}{times}"
    )
