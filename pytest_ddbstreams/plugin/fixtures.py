"""The fixtures: mocks of three scopes, and a stream, a clock, a client and others of the nearest mock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .._exceptions import is_about_the_test
from .markers import (
    EXPIRED,
    OPTIONS,
    SCENARIOS,
    STREAM,
    arguments_of,
    at_the_users_line,
    marked_faults,
    marked_stream,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._api.mock import StreamsMock
    from .._api.stream import Stream
    from .._clock import Clock
    from .._http_server.server import StreamsServer
    from .._scenarios.running import Scenario

__tracebackhide__ = is_about_the_test

# Fixtures
MOCK = "ddbstreams_mock"
SCENARIO = "ddbstreams_scenario"
#: Fixtures that open a mock, nearest scope first.
MOCKS = (MOCK, "ddbstreams_mock_module", "ddbstreams_mock_session")

# Fixtures that are added to a test because of its markers
MARKED_FAULTS = "_ddbstreams_marked_faults"
MISPLACED_OPTIONS = "_ddbstreams_misplaced_options"
MISSING_SCENARIO = "_ddbstreams_missing_scenario"

_ended_early = pytest.StashKey[bool]()


@pytest.fixture
def ddbstreams_mock(request: pytest.FixtureRequest) -> Iterator[StreamsMock]:
    """A fake Amazon DynamoDB Streams (StreamsMock) that answers this process's clients during the test."""
    yield from _opened(request)


@pytest.fixture(scope="module")
def ddbstreams_mock_module(request: pytest.FixtureRequest) -> Iterator[StreamsMock]:
    """The same as ddbstreams_mock, but one mock for all tests of a module."""
    yield from _opened(request)


@pytest.fixture(scope="session")
def ddbstreams_mock_session(request: pytest.FixtureRequest) -> Iterator[StreamsMock]:
    """The same as ddbstreams_mock, but one mock for all tests of the run."""
    yield from _opened(request)


@pytest.fixture
def _ddbstreams_nearest(request: pytest.FixtureRequest) -> StreamsMock:
    """The mock of the narrowest scope that the test asks for; if it asks for none, a mock of the test."""
    name = next((name for name in MOCKS if name in request.fixturenames), MOCK)
    mock: StreamsMock = request.getfixturevalue(name)
    return mock


@pytest.fixture(name=MISPLACED_OPTIONS)
def _misplaced_options(request: pytest.FixtureRequest) -> None:
    """Refuse options for a mock that was opened before the test that has them."""
    from .._exceptions import InvalidOption

    with at_the_users_line(request.node, OPTIONS):
        raise InvalidOption(
            "the mock of this test's module or run was opened before this test, and takes its options from the "
            "module's pytestmark or the ini file; write them there, or ask for ddbstreams_mock"
        )


@pytest.fixture(name=MISSING_SCENARIO)
def _missing_scenario(request: pytest.FixtureRequest) -> None:
    """Refuse scenarios for a test that does not ask for them."""
    from .._exceptions import InvalidOption

    with at_the_users_line(request.node, SCENARIOS):
        raise InvalidOption(f"the test must ask for the fixture {SCENARIO}")


@pytest.fixture
def ddbstreams_stream(request: pytest.FixtureRequest, _ddbstreams_nearest: StreamsMock) -> Iterator[Stream]:
    """A stream, ready to write to; shaped by @pytest.mark.ddbstreams_stream(table_name=…, key_schema=…, …)."""
    stream = marked_stream(request.node, _ddbstreams_nearest)
    yield stream
    # The next test of a wider mock creates a stream of this table too, and a table can have one enabled stream.
    if MOCK not in request.fixturenames and stream in _ddbstreams_nearest.streams and stream.status == "ENABLED":
        stream.disable()


@pytest.fixture
def ddbstreams_clock(_ddbstreams_nearest: StreamsMock) -> Iterator[Clock]:
    """The mock's clock, frozen: tick() and move_to() move it, and sleeping costs no time."""
    clock = _ddbstreams_nearest.clock
    if clock.is_frozen:
        yield clock
    else:
        with clock:
            yield clock


@pytest.fixture
def ddbstreams_scenario(
    request: pytest.FixtureRequest,
    _ddbstreams_nearest: StreamsMock,
    ddbstreams_clock: Clock,  # noqa: ARG001 - frozen, so that no waiting costs time
    ddbstreams_stream: Stream,
) -> Iterator[Scenario]:
    """A scenario (Scenario) that happens to the consumer of ddbstreams_stream; the clock is frozen."""
    from .._exceptions import InvalidOption
    from .._scenarios import chosen, everything
    from .._scenarios.running import Scenario
    from .._strictness import report_unused

    if not hasattr(request, "param"):
        mark = request.node.get_closest_marker(SCENARIOS)
        if mark is None:
            raise InvalidOption(f"{SCENARIO} goes with @pytest.mark.{SCENARIOS}(...), which names the scenarios")
        with at_the_users_line(request.node, SCENARIOS):
            chosen(mark.args, mark.kwargs)
    name, item, start = request.param
    mock = _ddbstreams_nearest
    before = mock.faults
    scenario = Scenario(name, everything()[name], mock, ddbstreams_stream, item, start=start)
    yield scenario
    is_judged = _is_judged(mock, request)
    try:
        if is_judged:
            scenario.finish()
    finally:
        # The next test of a wider mock must not see these faults. If the scenario has not ended, that is reported
        # alone: its unused faults are a consequence.
        unused = scenario._take_away(before)  # noqa: SLF001 - the fixture's half of the scenario
    if is_judged:
        report_unused(unused)


@pytest.fixture
def ddbstreams_client(_ddbstreams_nearest: StreamsMock) -> Any:
    """A dynamodbstreams client in the mock's region: boto3's if that is installed, else botocore's."""
    from .._interceptors.clients import make_client

    return make_client(_ddbstreams_nearest.options.region)


@pytest.fixture
def ddbstreams_server(_ddbstreams_nearest: StreamsMock) -> Iterator[StreamsServer]:
    """The mock, served over HTTP on loopback (StreamsServer: url, environment, mock) for other processes."""
    from .._http_server.server import StreamsServer

    with StreamsServer(_ddbstreams_nearest) as server:
        yield server


@pytest.fixture(name=MARKED_FAULTS)
def _marked_faults(request: pytest.FixtureRequest, _ddbstreams_nearest: StreamsMock) -> Iterator[None]:
    """Add the faults of the marker ddbstreams_expired_iterators, and report those that are unused."""
    from .._strictness import report_unused

    mock = _ddbstreams_nearest
    faults = marked_faults(request.node, mock)
    yield
    unused = mock._remove(faults)  # noqa: SLF001 - as above
    if _is_judged(mock, request):
        with at_the_users_line(request.node, EXPIRED):
            report_unused(unused)


def _opened(request: pytest.FixtureRequest) -> Iterator[StreamsMock]:
    """Yield a mock with the options of the markers, and close it."""
    from .._lifecycle import OpenMock

    with at_the_users_line(request.node, OPTIONS):
        opened = OpenMock(f"the fixture {request.fixturename}", **arguments_of(request.node, OPTIONS))
    yield opened.mock
    if _has_ended_early(request):
        opened.excuse()
    opened.close()


def _is_judged(mock: StreamsMock, request: pytest.FixtureRequest) -> bool:
    """Return whether unused faults of a test are reported."""
    return mock.options.strict and not _has_ended_early(request)


def _has_ended_early(request: pytest.FixtureRequest) -> bool:
    """Return whether the test has failed or was skipped; of a module or a run, whether one of its tests has failed."""
    return bool(request.node.stash.get(_ended_early, False))


def note_end(item: pytest.Item, report: pytest.TestReport) -> None:
    """Note whether a test has failed or was skipped, for the fixtures that are torn down later.

    Args:
        item: the test.
        report: the report of its set-up, or a report that is not passed.
    """
    # A test that runs again, as with pytest-rerunfailures, is the same object.
    item.stash[_ended_early] = not report.passed
    if report.failed:
        for node in item.listchain():  # modules and runs have mocks too
            node.stash[_ended_early] = True


def fixtures_for_markers(item: Any, marked: set[str]) -> list[str]:
    """Return the fixtures to add to a test, so that each of its markers opens what it needs.

    Markers of a test that `mock_streams` decorates act on the decorator's mock instead.

    Args:
        item: the test.
        marked: the names of its markers.
    """
    from .._decorators import is_decorated

    names = item.fixturenames
    missing = [MISSING_SCENARIO] if SCENARIOS in marked and SCENARIO not in names else []
    if is_decorated(getattr(item, "obj", None)):
        return missing
    options = [fixture_for_options(item, names)] if OPTIONS in marked and MOCK not in names else []
    faults = [MARKED_FAULTS] if EXPIRED in marked else []
    stream = [STREAM] if STREAM in marked and STREAM not in names else []
    return [*missing, *options, *faults, *stream]


def fixture_for_options(item: pytest.Item, names: list[str]) -> str:
    """Return the fixture to add to a test, so that the options of its markers are used or refused.

    The mock of a module or a run is opened before the test, so the options of the test or its class come too late.

    Args:
        item: a test that has the marker of options.
        names: the fixtures that the test asks for.
    """
    wider = [name for name in MOCKS if name in names]
    if not wider:
        return MOCK
    marked_kinds = {type(node) for node, _ in item.iter_markers_with_node(OPTIONS)}
    return MISPLACED_OPTIONS if marked_kinds - {pytest.Module, pytest.Package} else wider[0]
