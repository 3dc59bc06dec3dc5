"""What an invocation comes to: success, failure of the whole batch, or of the records from one on. D."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .._exceptions import warn

if TYPE_CHECKING:
    from .batcher import Batch
    from .invocations import Invocation
    from .settings import Settings

_FAILURES = "batchItemFailures"
_IDENTIFIER = "itemIdentifier"
_STATE = "state"


class Outcome(NamedTuple):
    """A verdict.

    Attributes:
        is_success: whether all records are done.
        failed_from: the sequence number from which on they are not; None where none is.
    """

    is_success: bool
    failed_from: int | None = None

    @property
    def keeps_state(self) -> bool:
        """Whether the state that the function returned counts: some of its records may be done."""
        return self.is_success or self.failed_from is not None


SUCCESS = Outcome(is_success=True)
FAILURE = Outcome(is_success=False)


def judge(settings: Settings, batch: Batch, invocation: Invocation) -> Outcome:
    """What an invocation comes to.

    Warns of a response that Lambda takes for success although the function may have meant to report failures.
    """
    response = invocation.response
    if invocation.error is not None:
        return FAILURE
    # What the last invocation of a window returns is nobody's state any more (I).
    if batch.window is not None and not batch.is_final and not (isinstance(response, dict) and _STATE in response):
        return FAILURE
    if not settings.reports_failures or not response:
        return SUCCESS
    if not isinstance(response, dict) or _FAILURES not in response:
        if not isinstance(response, dict) or response.keys() != {_STATE}:
            _warn_of(response)
        return SUCCESS
    return _reported(response[_FAILURES], batch)


def _reported(failures: Any, batch: Batch) -> Outcome:
    if not failures:
        return SUCCESS
    if not isinstance(failures, list):
        return FAILURE
    numbers = {str(entry.number): entry.number for entry in batch.entries}
    named = [numbers.get(str(_identifier(failure))) for failure in failures]
    known = [number for number in named if number is not None]
    return Outcome(is_success=False, failed_from=min(known)) if len(known) == len(named) else FAILURE


def _identifier(failure: Any) -> Any:
    return failure.get(_IDENTIFIER) if isinstance(failure, dict) else None


def _warn_of(response: Any) -> None:
    shown = repr(response)
    warn(
        f"the function reports batch item failures and returned {shown[:200]}, in which there is no {_FAILURES!r}; "
        "Lambda takes that for success of the whole batch"
    )
