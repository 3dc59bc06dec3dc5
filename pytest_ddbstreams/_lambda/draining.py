"""Draining: polling mappings until nothing is left to deliver, with moves of the clock where only time is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._checks import check_count
from .._exceptions import NotDrained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .invocations import Invocation
    from .poller import Poller


def drain(pollers: Sequence[Poller], max_attempts: int, max_invocations: int) -> tuple[Invocation, ...]:
    """Poll mappings in turns until every record is delivered and no window is open; leave out disabled mappings.

    When every batch has to wait, the clock moves to the end of the shortest wait.

    Args:
        pollers: the pollers; a handler may add to them meanwhile.
        max_attempts: how often one batch fails until `NotDrained` is raised.
        max_invocations: how many invocations there may be.

    Returns:
        The new invocations, in order.

    Raises:
        NotDrained: one of the bounds was reached; the last exception of the handler is its ``__cause__``.
        InvalidOption: a bound is not an integer from 1 on.
    """
    check_count("max_attempts", max_attempts, least=1)
    check_count("max_invocations", max_invocations, least=1)
    drained: list[Invocation] = []
    while True:
        progress = _progress_of(pollers)
        for poller in tuple(pollers):
            invocations = poller.poll(wait_for_retries=True)
            drained += invocations
            _check_stuck(poller, invocations, max_attempts)
            _check_count_of(drained, max_invocations)
        if _progress_of(pollers) == progress and not _wait(pollers):
            return tuple(drained)


def _progress_of(pollers: Sequence[Poller]) -> int:
    return sum(poller.progress for poller in pollers)


def _wait(pollers: Sequence[Poller]) -> bool:
    """Move the clock to the next invocation that is due; return whether there is one."""
    waits = [(due, poller.source) for poller in pollers if (due := poller.due()) is not None]
    if not waits:
        return False
    due, source = min(waits, key=lambda wait: wait[0])
    source.wait_until(due)
    return True


def _check_stuck(poller: Poller, invocations: Sequence[Invocation], max_attempts: int) -> None:
    """Raise `NotDrained` if one of these invocations failed for the `max_attempts`-th time and is to be retried."""
    stuck = poller.stuck(invocations, max_attempts)
    if stuck is not None:
        raise NotDrained(
            f"the handler failed {stuck.attempt} times with the same batch: {stuck!r}. Set maximum_retry_attempts or "
            "maximum_record_age_in_seconds, after which Lambda gives a batch up; drain(max_attempts=…) allows more"
        ) from stuck.error


def _check_count_of(drained: Sequence[Invocation], max_invocations: int) -> None:
    if len(drained) > max_invocations:
        raise NotDrained(
            f"more than {max_invocations} invocations, and records are left; does a handler write to its own "
            "stream? drain(max_invocations=…) allows more"
        ) from drained[-1].error
