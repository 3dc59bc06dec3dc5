"""Refusals: why nothing answers a call, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, Protocol

from .._children import inheritance
from .._exceptions import NetworkBlocked
from .._options import how_to_set
from .._service import innermost
from .._work import stale_work

if TYPE_CHECKING:
    from .._children import Inheritance
    from .._service import Service
    from .._strictness import LateCalls


class ErrorLog(Protocol):
    """A log of errors that the code under test may swallow."""

    def append(self, error: Exception, /) -> None:
        """Keep an error that is about to be raised."""


class Refused:
    """A refusal in the place of an answer; reading any attribute raises the error.

    An error that a handler raised would hide the answers of the handlers behind it.

    Args:
        error: says that nothing answered the call, and what to do about it.
        log: keeps the error once it was raised; None in a child process, whose errors no test reports.
    """

    def __init__(self, error: Exception, log: ErrorLog | None = None) -> None:
        self._error = error
        self._log = log

    def __getattr__(self, name: str) -> NoReturn:
        self.fail()

    def fail(self) -> NoReturn:
        """Log the error, and raise it."""
        log, self._log = self._log, None
        if log is not None:
            log.append(self._error)
        raise self._error


def refuse_stale(call: str, service: Service | None = None) -> Refused | None:
    """Return the refusal of a call that stale work makes; None: the work here is not stale.

    Args:
        call: names the call.
        service: the service that would answer; None: no mock is open, and the call would leave for AWS.
    """
    work = stale_work(service)
    if work is None or (service is None and not work.blocks_network):
        return None
    return Refused(
        NetworkBlocked(
            f"{call} was called by {work}, and that mock is closed. Join the thread, cancel the task or wait for the "
            "job before the test ends. Clients and pools may be used on, with work that is started while a mock is open"
        ),
        work.late_calls,
    )


def refuse_closed(call: str, host: str, closed: LateCalls) -> Refused:
    """Return the refusal of a call whose client was made or called while a mock was open that is closed now."""
    return Refused(
        NetworkBlocked(
            f"{call} would have gone to {host}, but {closed} is closed, and this client was made or used while it was "
            "open. Stop the code that goes on calling before the test ends. To reach AWS, use a client that is made "
            f"while no mock is open, or set {how_to_set('block_network', value=False)}"
        ),
        closed,
    )


def refuse_in_child(call: str, inherited: Inheritance) -> Refused:
    """Return the refusal of a call in a child process that knows no server of its parent's mock."""
    return Refused(
        NetworkBlocked(
            f"{call} was called in a child process, and {inherited.title} answers only the process that opened it. "
            "Use the fixture ddbstreams_server, or `with StreamsServer(mock)`, before the child is started: then its "
            "calls go there"
        )
    )


def refuse_elsewhere(call: str, host: str) -> Refused | None:
    """Return the refusal of a call of another service, which nothing answered; None: no mock blocks the network."""
    stale = refuse_stale(call, innermost())
    if stale is not None:
        return stale
    service, inherited = innermost(), inheritance()
    if service is not None:
        return Refused(_unanswered(call, host), service.findings.unanswered) if service.options.block_network else None
    return Refused(_unanswered(call, host)) if inherited is not None and inherited.blocks_network else None


def _unanswered(call: str, host: str) -> NetworkBlocked:
    return NetworkBlocked(
        f"{call} would have gone to {host}, and nothing answered it. Answer it with moto's "
        "mock_aws or botocore's Stubber, or point endpoint_url at loopback; to let it through, to a cassette of vcrpy "
        "for instance, set "
        f"{how_to_set('block_network', value=False)}"
    )
