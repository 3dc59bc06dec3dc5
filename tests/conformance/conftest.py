"""The fixture `target`, which runs each behaviour on every available target, and the findings of the scoreboard."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from aio_clients import needs_aiobotocore
from conformance.targets import ENDPOINT_VARIABLE, TARGETS, AsyncFakeTarget, Cannot, EndpointTarget, FakeTarget, Target

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "behaviour(identity, mark, group): a behaviour that the test proves.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse an id that two behaviours share, because the scoreboard counts by id."""
    owners: dict[str, str] = {}
    for item in items:
        marker = item.get_closest_marker("behaviour")
        if marker is not None:
            function = item.nodeid.partition("[")[0]
            identity = marker.kwargs["identity"]
            if owners.setdefault(identity, function) != function:
                raise pytest.UsageError(f"two tests prove behaviour {identity!r}: {owners[identity]} and {function}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Skip a behaviour that a target cannot cause, and fail a wrong one only if this package is the target.

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
        if not isinstance(target, FakeTarget):
            report.outcome = "skipped"
            report.wasxfail = f"{target.name} gets it wrong: {call.excinfo.exconly()[:200]}"
    report.user_properties += _findings(item, target, finding, call.excinfo)
    return report


def _findings(
    item: pytest.Item, target: Target, kind: str, excinfo: pytest.ExceptionInfo[BaseException] | None
) -> list[tuple[str, Any]]:
    """Return the properties of a report that become a `scoreboard.Finding`; none for calls through aiobotocore."""
    if isinstance(target, AsyncFakeTarget):
        return []
    reason = "" if excinfo is None else excinfo.exconly()
    findings = {"target": target.name, "version": target.version, "kind": kind, "reason": reason}
    return [("finding", {**marker.kwargs, **findings}) for marker in item.iter_markers("behaviour")][:1]


@pytest.fixture(
    params=[pytest.param(name, marks=needs_aiobotocore) if name == AsyncFakeTarget.name else name for name in TARGETS]
)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """Open each available target for one test, without tables and streams."""
    if request.param == EndpointTarget.name and ENDPOINT_VARIABLE not in os.environ:
        pytest.skip(f"{ENDPOINT_VARIABLE} names no endpoint")
    opened = TARGETS[request.param]()
    opened.open()
    try:
        yield opened
    finally:
        opened.close()
