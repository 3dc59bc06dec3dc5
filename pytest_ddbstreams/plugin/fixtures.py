"""The fixtures: mocks of three scopes, and what hangs on the nearest of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._api.mock import StreamsMock
    from .._api.stream import Stream
    from .._clock import Clock
    from .._http_server.server import StreamsServer
    from .._scenarios import Scenario

OPTIONS = "ddbstreams"
STREAM = "ddbstreams_stream"
EXPIRED = "ddbstreams_expired_iterators"
SCENARIOS = "ddbstreams_scenarios"
SCENARIO = "ddbstreams_scenario"
MOCK = "ddbstreams_mock"

#: Fixtures that are used for what a test bears, asked for or not.
ARMED = "_ddbstreams_armed"
MISPLACED = "_ddbstreams_misplaced"
#: Fixtures that open a mock, nearest scope first.
MOCKS = (MOCK, "ddbstreams_mock_module", "ddbstreams_mock_session")

_SHAPE = ("table_name", "key_schema", "view_type", "shards", "region", "account_id", "auto_rotate")

_ended_early = pytest.StashKey[bool]()


@pytest.fixture
def ddbstreams_mock(request: pytest.FixtureRequest) -> Iterator[StreamsMock]:
    """A fake Amazon DynamoDB Streams (StreamsMock) that answers this process's clients during the test."""
    yield from _opened(request)


@pytest.fixture(scope="module")
def ddbstreams_mock_module(request: pytest.FixtureRequest) -> Iterator[StreamsMock]:
    """As ddbstreams_mock, one for all tests of a module."""
    yield from _opened(request)


@pytest.fixture(scope="session")
def ddbstreams_mock_session(request: pytest.FixtureRequest) -> Iterator[StreamsMock]:
    """As ddbstreams_mock, one for all tests of the run."""
    yield from _opened(request)


@pytest.fixture
def _ddbstreams_nearest(request: pytest.FixtureRequest) -> StreamsMock:
    """The mock of the narrowest scope that the test asks for; where it asks for none, one of its own."""
    name = next((name for name in MOCKS if name in request.fixturenames), MOCK)
    mock: StreamsMock = request.getfixturevalue(name)
    return mock


@pytest.fixture(name=MISPLACED)
def _misplaced(request: pytest.FixtureRequest) -> None:
    """Refuses options for a mock that was opened before the test that bears them."""
    from .._exceptions import InvalidOption
    from .markers import at_the_users_line

    with at_the_users_line(request.node, OPTIONS):
        raise InvalidOption(
            "the mock of this test's module or run was opened before this test, and takes its options from the "
            "module's pytestmark or the ini file; write them there, or ask for ddbstreams_mock"
        )


@pytest.fixture
def ddbstreams_stream(request: pytest.FixtureRequest, _ddbstreams_nearest: StreamsMock) -> Iterator[Stream]:
    """A stream, ready to write to; shaped by @pytest.mark.ddbstreams_stream(table_name=…, key_schema=…, …)."""
    from .._exceptions import refuse_unknown
    from .markers import arguments_of, at_the_users_line

    shape = {"table_name": "test-table", **arguments_of(request.node, STREAM)}
    with at_the_users_line(request.node, STREAM):
        refuse_unknown("argument", shape, _SHAPE)
        stream = _ddbstreams_nearest.create_stream(**shape)
    yield stream
    # A mock of the module or the run has a stream of this table for the next test too, and a table has one enabled.
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
    """A hardship (Scenario) that happens to whoever reads ddbstreams_stream; the clock is frozen."""
    from .._exceptions import InvalidOption
    from .._scenarios import Scenario
    from .._strictness import failure_of

    if not hasattr(request, "param"):
        raise InvalidOption(f"{SCENARIO} goes with @pytest.mark.{SCENARIOS}(...), which names the hardships")
    name, item = request.param
    mock = _ddbstreams_nearest
    before = mock.faults
    scenario = Scenario(name, mock, ddbstreams_stream, item)
    yield scenario
    is_judged = mock.options.strict and not has_ended_early(request.node)
    try:
        if is_judged:
            scenario.finish()
    finally:
        # For the next test of a module's or the run's mock; and what waited for a step that never came is no news.
        unused = scenario._take_away(before)  # noqa: SLF001 - the fixture's half of the scenario
    if is_judged and (failure := failure_of(unused, {})):
        raise failure


@pytest.fixture
def ddbstreams_client(_ddbstreams_nearest: StreamsMock) -> Any:
    """A dynamodbstreams client in the mock's region: boto3's if that is installed, else botocore's."""
    from .._interceptors.clients import make_client

    return make_client(_ddbstreams_nearest.options.region)


@pytest.fixture
def ddbstreams_server(_ddbstreams_nearest: StreamsMock) -> Iterator[StreamsServer]:
    """The mock, served over HTTP on loopback (StreamsServer: url, environment, streams) for other processes."""
    from .._http_server.server import StreamsServer

    with StreamsServer(_ddbstreams_nearest) as server:
        yield server


@pytest.fixture(name=ARMED)
def _armed(request: pytest.FixtureRequest, _ddbstreams_nearest: StreamsMock) -> Iterator[None]:
    """Arms what the marker ddbstreams_expired_iterators says, and tells when it was hit less often than that."""
    from .._strictness import failure_of
    from .markers import at_the_users_line, marks_of

    mock = _ddbstreams_nearest
    with at_the_users_line(request.node, EXPIRED):
        faults = [mock._arm_expiry(**mark) for mark in marks_of(request.node, EXPIRED)]  # noqa: SLF001 - the marker's half of the mock
    yield
    unused = mock._disarm(faults)  # noqa: SLF001 - as above
    if mock.options.strict and not has_ended_early(request.node) and (failure := failure_of(unused, {})):
        raise failure


def _opened(request: pytest.FixtureRequest) -> Iterator[StreamsMock]:
    from .._lifecycle import OpenMock
    from .markers import arguments_of, at_the_users_line

    with at_the_users_line(request.node, OPTIONS):
        opened = OpenMock(**arguments_of(request.node, OPTIONS))
    yield opened.mock
    if has_ended_early(request.node):
        opened.excuse()
    opened.close()


def has_ended_early(node: Any) -> bool:
    """Whether a test has failed or was skipped, or one of a module's or the run's has failed."""
    return bool(node.stash.get(_ended_early, False))


def note_end(item: pytest.Item, report: pytest.TestReport) -> None:
    """Note whether a test has failed or was skipped, and where; told of each set-up, and of what did not pass."""
    # A test that is run again, as by pytest-rerunfailures, is the same object.
    item.stash[_ended_early] = not report.passed
    if report.failed:
        for node in item.listchain():  # mocks are opened for modules and runs, too
            node.stash[_ended_early] = True
