"""The outcome of an invocation: success, failure of the whole batch, or failure from one record on. D."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .._exceptions import warn
from .invocations import shortened

if TYPE_CHECKING:
    from .batcher import Batch
    from .invocations import Invocation
    from .settings import Settings

_FAILURES = "batchItemFailures"
_IDENTIFIER = "itemIdentifier"
_STATE = "state"


class Outcome(NamedTuple):
    """The outcome of an invocation.

    Attributes:
        is_success: whether Lambda counts all of the records as processed.
        failed_from: the lowest sequence number that the function reported as failed, or None.
    """

    is_success: bool
    failed_from: int | None = None

    @property
    def keeps_state(self) -> bool:
        """Whether the next invocation in the window gets the state of the response."""
        return self.is_success or self.failed_from is not None


SUCCESS = Outcome(is_success=True)
FAILURE = Outcome(is_success=False)


def outcome_of(invocation: Invocation, batch: Batch, settings: Settings) -> Outcome:
    """Return the outcome of an invocation that has ended.

    Warns if the mapping has ReportBatchItemFailures and the response lacks the list: Lambda takes that for success.
    """
    response = invocation.response
    has_state = isinstance(response, dict) and _STATE in response
    # The state that the final invocation of a window returns goes to no other invocation (I).
    needs_state = batch.window is not None and not batch.is_final
    if invocation.error is not None or (needs_state and not has_state):
        return FAILURE
    if not settings.reports_failures or not response:
        return SUCCESS
    if isinstance(response, dict) and _FAILURES in response:
        return _reported(response[_FAILURES], batch)
    # No warning about a response that is only the state of a window.
    if not has_state or len(response) > 1:
        warn(
            f"the function reports batch item failures, but its response {shortened(response)} has no {_FAILURES!r}; "
            "Lambda takes that for success of the whole batch"
        )
    return SUCCESS


def _reported(failures: Any, batch: Batch) -> Outcome:
    """Return the outcome of an invocation that reported failures.

    An identifier that is not one of the batch fails the whole batch.
    """
    if not failures:
        return SUCCESS
    if not isinstance(failures, list):
        return FAILURE
    numbers = {str(record.number): record.number for record in batch.records}
    failed = [numbers.get(str(_identifier(failure))) for failure in failures]
    known = [number for number in failed if number is not None]
    return Outcome(is_success=False, failed_from=min(known)) if len(known) == len(failed) else FAILURE


def _identifier(failure: Any) -> Any:
    return failure.get(_IDENTIFIER) if isinstance(failure, dict) else None
