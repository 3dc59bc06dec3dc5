"""The outcome of an invocation: success, failure of the whole batch, or failure from one record on. D."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .._exceptions import nearest
from .invocations import shortened
from .traps import Trap

if TYPE_CHECKING:
    from .batcher import Batch
    from .invocations import Invocation
    from .settings import Settings

_FAILURES = "batchItemFailures"
_IDENTIFIER = "itemIdentifier"
_STATE = "state"
_RIGHT_IDENTIFIER = '{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}'


class Outcome(NamedTuple):
    """The outcome of an invocation.

    Attributes:
        is_success: whether Lambda counts all of the records as processed.
        failed_from: the lowest sequence number that the function reported as failed, or None.
        traps: the traps in the response.
    """

    is_success: bool
    failed_from: int | None = None
    traps: tuple[Trap, ...] = ()

    @property
    def keeps_state(self) -> bool:
        """Whether the next invocation in the window gets the state of the response."""
        return self.is_success or self.failed_from is not None


def outcome_of(invocation: Invocation, batch: Batch, settings: Settings) -> Outcome:
    """Return the outcome of an invocation that has ended."""
    response = invocation.response
    members = response if isinstance(response, dict) else {}
    if invocation.error is not None:
        return Outcome(is_success=False)
    # The state that the final invocation of a window returns goes to no other invocation (I).
    if batch.window is not None and not batch.is_final and _STATE not in members:
        return Outcome(is_success=False, traps=(_no_state(response),))
    traps = _unread_members(members, settings)
    if not settings.reports_failures or not response:
        return Outcome(is_success=True, traps=traps)
    if _FAILURES in members:
        outcome = _reported(members[_FAILURES], invocation, batch)
        return outcome._replace(traps=(*traps, *outcome.traps))
    # A response may be only the state of a window.
    if members.keys() != {_STATE}:
        traps = (*traps, _no_failures(response))
    return Outcome(is_success=True, traps=traps)


def _reported(failures: Any, invocation: Invocation, batch: Batch) -> Outcome:
    """Return the outcome of an invocation that reported failures.

    An identifier that is not one of the batch fails the whole batch.
    """
    if not failures:
        return Outcome(is_success=True)
    if not isinstance(failures, list):
        return Outcome(is_success=False, traps=(_no_list(failures),))
    numbers = {str(record.number): record.number for record in batch.records}
    failed = [numbers.get(str(_identifier(failure))) for failure in failures]
    known = [number for number in failed if number is not None]
    if len(known) == len(failed):
        return Outcome(is_success=False, failed_from=min(known))
    # An empty identifier is how AWS's samples report a whole batch.
    unknown = [failure for failure, number in zip(failures, failed, strict=True) if number is None]
    meant = all(_identifier(failure) == "" for failure in unknown)
    return Outcome(is_success=False, traps=() if meant else (_unknown_identifier(unknown, invocation),))


def _identifier(failure: Any) -> Any:
    return failure.get(_IDENTIFIER) if isinstance(failure, dict) else None


# Traps


def _unread_members(members: dict[str, Any], settings: Settings) -> tuple[Trap, ...]:
    """Return a trap for each member of a response that the mapping does not read."""
    traps = []
    if _FAILURES in members and not settings.reports_failures:
        text = (
            f"the response has {_FAILURES!r}, and the mapping does not read them: Lambda counts every record as "
            "processed. Set function_response_types=['ReportBatchItemFailures']"
        )
        traps.append(Trap(text, "unread failures"))
    if _STATE in members and not settings.tumbling_window_in_seconds:
        text = (
            f"the response has {_STATE!r}, and the mapping has no tumbling window: Lambda hands it to no other "
            "invocation. Set tumbling_window_in_seconds, to 60 for windows of a minute"
        )
        traps.append(Trap(text, "unread state"))
    return tuple(traps)


def _no_state(response: Any) -> Trap:
    text = (
        f"the mapping has a tumbling window, and the response {shortened(response)} has no {_STATE!r}, so Lambda "
        'retries the whole batch; return {"state": …}, an object that the next invocation of the window gets'
    )
    return Trap(text, "no state")


def _no_failures(response: Any) -> Trap:
    misspelt = [name for name in response if nearest(name, [_FAILURES])] if isinstance(response, dict) else []
    advice = f"; write {_FAILURES!r} instead of {misspelt[0]!r}" if misspelt else ""
    text = (
        f"the function reports batch item failures, but its response {shortened(response)} has no {_FAILURES!r}; "
        f"Lambda takes that for success of the whole batch{advice}"
    )
    return Trap(text, "no failures")


def _no_list(failures: Any) -> Trap:
    text = (
        f"{_FAILURES!r} of the response is {shortened(failures)} and not a list, so Lambda retries the whole batch; "
        f"write a list of {_RIGHT_IDENTIFIER}"
    )
    return Trap(text, "identifier")


def _unknown_identifier(failures: list[Any], invocation: Invocation) -> Trap:
    failure = next(one for one in failures if _identifier(one) != "")
    event_ids = {record["eventID"] for record in invocation.event["Records"]}
    if not isinstance(failure, dict):
        cause = f"{shortened(failure)} in {_FAILURES!r} is not an object"
    elif _IDENTIFIER not in failure:
        cause = f"{shortened(failure)} in {_FAILURES!r} has no {_IDENTIFIER!r}"
    elif failure[_IDENTIFIER] in event_ids:
        cause = f"the {_IDENTIFIER} {failure[_IDENTIFIER]!r} is the eventID of a record"
    else:
        cause = f"the {_IDENTIFIER} {shortened(failure[_IDENTIFIER])} names no record of the batch"
    text = (
        f"{cause}, so Lambda retries the whole batch. "
        f"An {_IDENTIFIER} is the SequenceNumber of the record that failed: write {_RIGHT_IDENTIFIER}"
    )
    return Trap(text, "identifier")
