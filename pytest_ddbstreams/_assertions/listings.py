"""Listings are followed to the end: a page is not the list.

A page that names a last evaluated entry has more behind it. Somebody must ask for that, with a request that starts
there or by listing all of it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._operations.calls import listing_of
from .evidence import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._operations.calls import Listing
    from .evidence import Evidence

    Pages = list[tuple[int, Listing]]


def check(evidence: Evidence) -> None:
    """Every listing was followed to its end.

    Raises:
        AssertionError: one was not.
    """
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
            listings.setdefault(page.what, []).append((index, page))
    return listings


def _unfollowed(evidence: Evidence, pages: Pages) -> Iterator[str]:
    """The first page of a listing that was not followed."""
    for place, (index, page) in enumerate(pages):
        end = page.stopped_at and _end_of(page.stopped_at, pages, place + 1)
        if end:
            missed = f"no call asked for what comes behind {end}{_behind(evidence, index, end)}"
            yield f"  {evidence.told(index)}\n    {missed}"
            return


def _end_of(reached: str, pages: Pages, start: int) -> str | None:
    """Where the pages from a place on leave off; None where they leave nothing out."""
    for place in range(start, len(pages)):
        _, page = pages[place]
        if page.after > reached:
            continue
        if page.is_answered and page.stopped_at is not None:
            reached = max(reached, page.stopped_at)
        elif page.is_answered or page.after == reached:
            # Having asked is enough: a refusal is not the reader's fault.
            return None
    return reached


def _behind(evidence: Evidence, index: int, end: str) -> str:
    """What was not seen: the next shard and where it begins, or the next stream."""
    arn = evidence.calls[index].stream
    for stream in sorted(evidence.streams, key=lambda stream: stream.name.arn):
        if arn is None and stream.name.arn > end:
            return f": stream {stream.name.arn}"
        if stream.name.arn == arn:
            hidden = next((shard for shard in stream.lineage.shards if shard.id > end), None)
            return f": shard {hidden.id}, from sequence number {hidden.starting_number} on" if hidden else ""
    return ""
