"""What pytest sees: fixtures, markers, options. Thin, and cheap to import: all else waits for its first use."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from .. import _interceptors, _strictness
from . import fixtures
from .fixtures import (
    ARMED,
    EXPIRED,
    MOCK,
    OPTIONS,
    SCENARIOS,
    STREAM,
    note_end,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from .._service import Service

_OPTIONS = "pytest_ddbstreams._options"

_MARKERS = (
    f"{OPTIONS}(**options): options of the DynamoDB Streams mock, as those of mock_streams().",
    f"{STREAM}(table_name, key_schema, view_type, shards): the shape of the stream of the fixture {STREAM}.",
    (
        f"{EXPIRED}(times=1, after=0, stream=None, shard=None): after that many good calls, that many GetRecords "
        "calls (None: all) are answered with ExpiredIteratorException."
    ),
    f"{SCENARIOS}(*names, item=None): run the test once for each of these hardships, or for all that there are.",
)

#: Every option, named here too so that a run that uses none of them need not load them.
_HELP = {
    "region": "region in which streams are created (us-east-1)",
    "account_id": "owner of the streams (123456789012)",
    "freeze": "instant at which the process clock is frozen in every test that uses the mock",
    "seed": "everything random follows from it (0)",
    "mock_credentials": "put dummy AWS credentials in the environment while a mock is open (true)",
    "block_network": "refuse calls of other AWS services that would reach AWS (true)",
    "strict": "a fault that was hit less often than it says, or a call that nothing answered, fails the test (true)",
    "auto_rotate": "continue a shard by a new one when it is four hours old (false)",
    "enforce_rates": "refuse calls above the documented rates (false)",
    "instant_retries": "clients try again at once, also while the clock is not frozen (false)",
}

#: The mocks that a test has used and no section has shown yet.
_used: pytest.StashKey[list[Service]] = pytest.StashKey()
#: What is to be told at the end of the run.
_late = pytest.StashKey[str]()

# Clients take over the hooks when they are made, so the hooks must be there before the code under test is imported.
_interceptors.install()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Make the options' ini twins known."""
    # As text, read below: what pytest says of a typed one that does not fit leaves out its name.
    for name, meaning in _HELP.items():
        parser.addini(f"ddbstreams_{name}", f"DynamoDB Streams mock: {meaning}", default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known, and read the ini file."""
    config.pluginmanager.register(fixtures)
    for line in _MARKERS:
        config.addinivalue_line("markers", line)
    texts = {name: config.getini(f"ddbstreams_{name}") for name in _HELP}
    given = {name: text for name, text in texts.items() if text}
    # A pytest run within a pytest run, as of pytester, has an ini file of its own, also where that says nothing.
    if given or _OPTIONS in sys.modules:
        from .ini import take_over

        take_over(given, config)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Open a mock for a test that bears a marker of ours, asked for or not."""
    borne = {mark.name for mark in item.iter_markers()} & {OPTIONS, EXPIRED}
    names = getattr(item, "fixturenames", None)
    if not borne or names is None:
        return
    from .markers import mock_for

    ours = [mock_for(item, names)] if OPTIONS in borne and MOCK not in names else []
    ours += [ARMED] if EXPIRED in borne else []
    # A list of its own: the parameter sets of a test share theirs, and one of them may bear a marker.
    item.fixturenames = [*ours, *names]  # type: ignore[attr-defined] # as pytest's items have it


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each hardship that its marker names."""
    mark = metafunc.definition.get_closest_marker(SCENARIOS)
    if mark is None:
        return
    from .markers import parametrize

    parametrize(metafunc, mark)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Watch which mocks a test uses, from its set-up to its tear-down, for its report if it fails."""
    item.stash[_used] = _strictness.begin_watch()
    try:
        return (yield)
    finally:
        _strictness.end_watch()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note which tests have failed or were skipped, and where: what their faults met is then no news.

    A failure's report gets a section that shows the mocks which the test has used.
    """
    used = item.stash.get(_used, [])
    # The traceback shows the test's objects, which uses them, at a time that is not the test's any more.
    seen = [(service, service.last_moment()) for service in used]
    report = yield
    if seen and report.failed:
        from .section import add_section

        add_section(report, seen, item.config)
    if used and (report.failed or report.when == "teardown"):
        used.clear()
    if report.when == "setup" or not report.passed:
        note_end(item, report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_report_from_serializable(config: pytest.Config) -> Generator[None, Any, Any]:
    """Have the section of a test that failed in a worker of pytest-xdist shown as this run's terminal can."""
    from .section import dress

    return dress((yield), config)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Tell of calls that came when their mock was closed already, in the first test that ends after them."""
    if failure := _strictness.late_failure():
        raise failure


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a run fail in which such calls came after its last test."""
    if failure := _strictness.late_failure():
        session.config.stash[_late] = str(failure)
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell of calls that came after the last test."""
    told = terminalreporter.config.stash.get(_late, None)
    if told is not None:
        terminalreporter.section("DynamoDB Streams")
        terminalreporter.write_line(told)
