"""Paging: a listing is followed to its end, and an expired iterator is not used again.

A page that names a last evaluated entry has more entries behind it. A later request must start there, or list all
entries again. "A shard iterator expires 15 minutes after it is returned": to be refused once is no fault, because that
is how a reader learns of it; to use the iterator again is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._exceptions import is_about_the_test
from .._operations.calls import is_expired, listing_of, token_of
from .evidence import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._operations.calls import ListingPage
    from .evidence import Evidence

    Pages = list[tuple[int, ListingPage]]

__tracebackhide__ = is_about_the_test


def check_listings(evidence: Evidence) -> None:
    """Raise AssertionError unless every listing was followed to its end."""
    found = [line for pages in _listings(evidence).values() for line in _unfollowed(evidence, pages)]
    if found:
        heading = "a listing was not followed to its end:"
        cure = "Ask again, starting behind the last evaluated entry, until a page names none."
        raise AssertionError("\n".join([heading, *listed(found, "listings"), cure]))


def _listings(evidence: Evidence) -> dict[tuple[str, ...], Pages]:
    listings: dict[tuple[str, ...], Pages] = {}
    for index, call in enumerate(evidence.calls):
        page = listing_of(call)
        if page is not None:
            listings.setdefault(page.listing, []).append((index, page))
    return listings


def _unfollowed(evidence: Evidence, pages: Pages) -> Iterator[str]:
    """Yield the first page of a listing that was not followed, if there is one."""
    for place, (index, page) in enumerate(pages):
        end = page.stopped_at and _end_of(page.stopped_at, pages, place + 1)
        if end:
            missed = f"no call asked for the entries behind {end}{_next_entry(evidence, index, end)}"
            yield f"  {evidence.named(index)}\n    {missed}"
            return


def _end_of(reached: str, pages: Pages, start: int) -> str | None:
    """Return the last entry that the pages from a place on show; None: they leave none out."""
    for place in range(start, len(pages)):
        _, page = pages[place]
        if page.after > reached:
            continue
        if page.is_answered and page.stopped_at is not None:
            reached = max(reached, page.stopped_at)
        elif page.is_answered or page.after == reached:
            # To ask is enough: a refusal is not the reader's fault.
            return None
    return reached


def _next_entry(evidence: Evidence, index: int, end: str) -> str:
    """Name the first entry that was not seen: a shard and its first sequence number, or a stream."""
    arn = evidence.calls[index].stream
    for stream in sorted(evidence.streams, key=lambda stream: stream.name.arn):
        if arn is None and stream.name.arn > end:
            return f": stream {stream.name.arn}"
        if stream.name.arn == arn:
            hidden = next((shard for shard in stream.lineage.shards if shard.id > end), None)
            return f": shard {hidden.id}, from sequence number {hidden.starting_number} on" if hidden else ""
    return ""


def check_expired_iterators(evidence: Evidence) -> None:
    """Raise AssertionError if an iterator was used again after it was refused as expired."""
    refused, reused = _uses(evidence)
    if reused:
        found = [_reuse(evidence, token, refused[token], uses) for token, uses in reused.items()]
        heading = "an iterator was used again after it had been refused as expired:"
        cure = "Get a new iterator by GetShardIterator, AFTER_SEQUENCE_NUMBER of the last record that was handled."
        raise AssertionError("\n".join([heading, *listed(found, "iterators"), cure]))


def _uses(evidence: Evidence) -> tuple[dict[str, int], dict[str, list[int]]]:
    """Return the call that refused each iterator token, and the calls that used the token afterwards."""
    refused: dict[str, int] = {}
    reused: dict[str, list[int]] = {}
    for index, call in enumerate(evidence.calls):
        token = token_of(call)
        # A retry is the SDK's, not the reader's.
        if token in refused and call.attempt == 1:
            reused.setdefault(token, []).append(index)
        elif token is not None and is_expired(call):
            refused.setdefault(token, index)
    return refused, reused


def _reuse(evidence: Evidence, token: str, refused: int, uses: list[int]) -> str:
    iterator = evidence.calls[refused].iterator
    where = f"shard {iterator.shard_id}, at sequence number {iterator.number}" if iterator else repr(token)
    times = f", and {len(uses) - 1} more times" if uses[1:] else ""
    return (
        f"  an iterator of {where}\n"
        f"    refused by {evidence.named(refused)}\n"
        f"    used again by {evidence.named(uses[0])}{times}"
    )
