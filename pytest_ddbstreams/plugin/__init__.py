"""The hooks of the pytest plugin.

Pytest imports this module at the start of every run, so it imports few modules: the others wait for their first use.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from .. import _interceptors, _options, _running_tests, _strictness
from .._exceptions import InvalidOption, is_about_the_test
from . import fixtures
from .fixtures import SCENARIO, note_end
from .markers import EXPIRED, MARKERS, OPTIONS, SCENARIOS, STREAM, MarkersOfTest, code_of_item

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime

    from .._service import Service

__tracebackhide__ = is_about_the_test

_MARKERS = (
    (
        f"{OPTIONS}(**options): options of the DynamoDB Streams mock, as those of mock_streams(): "
        f"{', '.join(option.name for option in _options.OPTIONS)}."
    ),
    (
        f'{STREAM}(table_name="test-table", key_schema={{"pk": "S"}}, view_type="NEW_AND_OLD_IMAGES", shards=1, '
        f"region=None, account_id=None, auto_rotate=None): the shape of the stream of the fixture {STREAM}."
    ),
    (
        f"{EXPIRED}(times=1, after=0, stream=None, shard=None): after `after` good calls, the next `times` GetRecords "
        "calls (None: all) are refused with ExpiredIteratorException."
    ),
    (
        f'{SCENARIOS}(*names, item=None, start="TRIM_HORIZON"): run the test once for each of these scenarios, or for '
        "every scenario; start is the position from which the consumer reads its first shards."
    ),
)

#: The title of the section in the report of a failed test.
_TITLE = "DynamoDB Streams"

#: The mocks that a test has used and that no section has shown yet.
_used: pytest.StashKey[list[Service]] = pytest.StashKey()
#: The text about late calls that were made after the last test.
_late = pytest.StashKey[str]()

# A client copies botocore's hooks when it is made, so they must be installed before the code under test is imported.
_interceptors.install()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the ini key of every option."""
    for option in _options.OPTIONS:
        # As text, because pytest's own error for a value of another type does not name the key.
        parser.addini(option.ini_key, option.ini_help, default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Register the fixtures and the markers, and read the ini file."""
    config.pluginmanager.register(fixtures)
    for line in _MARKERS:
        config.addinivalue_line("markers", line)
    texts = {option: config.getini(option.ini_key) for option in _options.OPTIONS}
    given = {option.name: option.read(text) for option, text in texts.items() if text}
    # Also if nothing is given: a pytest run within a pytest run, as pytester starts it, reads its own ini file.
    config.add_cleanup(_options.replace_ini(given))
    try:
        _options.make_options({})
    except InvalidOption as error:
        raise pytest.UsageError(f"in the ini file: ddbstreams_{error}") from None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Open what the markers of a test need, even if the test asks for no fixture."""
    marked = {mark.name for mark in item.iter_markers()}.intersection(MARKERS)
    names = getattr(item, "fixturenames", None)
    if marked and names is not None:
        # A new list: the parameter sets of a test share one, and perhaps only one of them has the marker.
        item.fixturenames = [*fixtures.fixtures_for_markers(item, marked), *names]  # type: ignore[attr-defined] # as pytest's items have it


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each scenario that its marker names."""
    mark = metafunc.definition.get_closest_marker(SCENARIOS)
    if mark is None or SCENARIO not in metafunc.fixturenames:
        return
    from .._scenarios import chosen

    # The fixture reports wrong arguments: an error here would stop the collection of the whole run.
    with suppress(InvalidOption):
        choice = chosen(mark.args, mark.kwargs)
        each = [(name, choice.item, choice.start) for name in choice.names]
        metafunc.parametrize(SCENARIO, each, ids=choice.names, indirect=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Watch which mocks a test uses, from its set-up to its tear-down, for its report if it fails."""
    item.stash[_used] = _running_tests.begin_test(partial(code_of_item, item), _markers_of(item)).mocks
    try:
        return (yield)
    finally:
        _running_tests.end_test()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the mocks that a failed test has used, and note a failure or a skip, which excuses unused faults."""
    used = item.stash.get(_used, [])
    # Read before the report is made: its traceback shows objects of the test, and showing them uses the mocks again.
    seen = [(service, service.time_of_last_use()) for service in used]
    report = yield
    if seen and report.failed:
        _add_section(report, seen, item.config)
    if used and (report.failed or report.when == "teardown"):
        used.clear()
    if report.when == "setup" or not report.passed:
        note_end(item, report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_report_from_serializable(config: pytest.Config) -> Generator[None, Any, Any]:
    """Adapt the section of a test that failed in a worker of pytest-xdist to the terminal of this run."""
    return _dress((yield), config)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Report late calls in the first test that ends after them."""
    if failure := _strictness.late_failure():
        raise failure


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in which late calls came after the last test."""
    if failure := _strictness.late_failure():
        session.config.stash[_late] = str(failure)
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report late calls that came after the last test."""
    failure = terminalreporter.config.stash.get(_late, None)
    if failure is not None:
        terminalreporter.section(_TITLE)
        terminalreporter.write_line(failure)


def _markers_of(item: pytest.Item) -> _running_tests.Markers | None:
    """Return the markers of a test; None if it has none of this package's."""
    if not {mark.name for mark in item.iter_markers()}.intersection(MARKERS):
        return None
    return MarkersOfTest(item)


def _add_section(report: pytest.TestReport, seen: list[tuple[Service, datetime]], config: pytest.Config) -> None:
    """Add a section that shows each mock as it was at an instant."""
    from .._report import failure_text

    report.sections.append((_TITLE, failure_text(seen)))
    _dress(report, config)


def _dress(report: Any, config: pytest.Config) -> Any:
    """Give the section the colours and characters that the terminal of this run has, and return the report."""
    # The terminal of a pytest-xdist worker shows nothing: the report has yet to reach the process that shows it.
    is_worker = hasattr(config, "workerinput")
    terminal = None if is_worker else config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None and any(title == _TITLE for title, _ in getattr(report, "sections", ())):
        from .._report import dress_section

        report.sections[:] = [dress_section(each, _TITLE, terminal.hasmarkup) for each in report.sections]
    return report
