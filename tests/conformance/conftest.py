"""Each test of a behaviour runs on every target that is available."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from aio_clients import needs_aiobotocore
from conformance.targets import ENDPOINT_VARIABLE, TARGETS, Cannot, Endpoint, Own, OwnAsync, Target

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "behaviour(identity, mark, group): what a conformance test proves.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Raise if two behaviours share an id, because the scoreboard counts by it."""
    owners: dict[str, str] = {}
    for item in items:
        marker = item.get_closest_marker("behaviour")
        if marker is not None:
            function = item.nodeid.partition("[")[0]
            identity = marker.kwargs["identity"]
            if owners.setdefault(identity, function) != function:
                raise pytest.UsageError(f"behaviour {identity} is both {owners[identity]} and {function}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Skip a behaviour that a target cannot cause, and expect failures of other targets than this fake.

    The report carries the finding for the scoreboard.
    """
    report = yield
    target = getattr(item, "funcargs", {}).get("target")
    if call.when != "call" or target is None:
        return report
    finding = "right"
    if call.excinfo is not None and call.excinfo.errisinstance(Cannot):
        finding = "cannot"
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, f"{target.name} cannot {call.excinfo.value}")
    elif call.excinfo is not None:
        finding = "wrong"
        if not isinstance(target, Own):
            report.outcome = "skipped"
            report.wasxfail = f"{target.name} gets it wrong: {call.excinfo.exconly()[:200]}"
    report.user_properties += _findings(item, target, finding, call.excinfo)
    return report


def _findings(
    item: pytest.Item, target: Target, kind: str, excinfo: pytest.ExceptionInfo[BaseException] | None
) -> list[tuple[str, Any]]:
    """Return the finding of a report, for `scoreboard.Finding`. This fake counts once, through boto3."""
    if isinstance(target, OwnAsync):
        return []
    reason = "" if excinfo is None else excinfo.exconly()
    said = {"target": target.name, "version": target.version, "kind": kind, "reason": reason}
    return [("finding", {**marker.kwargs, **said}) for marker in item.iter_markers("behaviour")][:1]


@pytest.fixture(
    params=[pytest.param(name, marks=needs_aiobotocore) if name == OwnAsync.name else name for name in TARGETS]
)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """Return an open target without streams."""
    if request.param == Endpoint.name and ENDPOINT_VARIABLE not in os.environ:
        pytest.skip(f"{ENDPOINT_VARIABLE} names no endpoint")
    made = TARGETS[request.param]()
    made.open()
    try:
        yield made
    finally:
        made.close()
