"""Child processes of a test: a mock answers only the process that opened it.

A forked child has a copy of the mock. If the copy answered, the child would not see what the test writes afterwards,
and the test would not see what the child calls. So the calls of the child go to a server of the mock if there was one
when the child was started, or to the endpoint that its environment names. Its other calls are refused.

Any kind of child gets the same `Inheritance`: a forked one after the fork, one that multiprocessing starts in another
way with the data that it unpickles first. A program that ``subprocess`` starts gets its environment and nothing else.

This module does not know how a call is redirected or refused.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from ._environment import current_variables, environment_of_child, set_variables, variables_of_sdks
from ._service import OPEN, innermost
from ._work import stale_work

if TYPE_CHECKING:
    from ._service import Service


class Inheritance(NamedTuple):
    """A child's knowledge of the mock that was the innermost one in its parent when the child was started.

    Attributes:
        title: names the mock in errors.
        blocks_network: whether that mock has the option `block_network`.
    """

    title: str
    blocks_network: bool


#: What this process has inherited: at most one, because a newer inheritance replaces the older.
_INHERITED: list[Inheritance] = []


def inheritance() -> Inheritance | None:
    """Return what this process has inherited; None if no mock was open in its parent when it was started."""
    return _INHERITED[-1] if _INHERITED else None


def inherit(inherited: Inheritance, variables: dict[str, str | None]) -> None:
    """Take over, in a child, an inheritance and the environment variables that belong to it."""
    _INHERITED[:] = [inherited]
    set_variables(variables)


def bequest(service: Service) -> tuple[Inheritance, dict[str, str | None]]:
    """Return the arguments of `inherit` for a child that is started now."""
    work = stale_work(service)
    if work is not None:
        return Inheritance(str(work.late_calls), work.blocks_network), current_variables(with_endpoint=False)
    inherited = Inheritance(str(service.findings.late_calls), service.options.block_network)
    if not service.served_at:
        return inherited, current_variables(with_endpoint=True)
    return inherited, variables_of_sdks(environment_of_child(service.options, service.served_at[-1]))


# Forked children


def _after_fork() -> None:
    service = innermost()
    if service is not None:
        inherit(*bequest(service))
        # The copies are open no more; the child may open mocks of its own.
        OPEN.clear()


# Windows has no fork.
if hasattr(os, "register_at_fork"):  # pragma: no branch
    os.register_at_fork(after_in_child=_after_fork)
