"""What pytest sees: fixtures, markers, options. Thin, and cheap to import: all else waits for its first use."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from . import _doorways, _watching
from ._problems import InvalidOption, StreamsMockError, failure_of, refuse_unknown, unseen

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from ._backend import Backend
    from ._clock import Clock
    from ._handles.mock import StreamsMock
    from ._handles.stream import Stream
    from ._serving.server import StreamsServer

_OPTIONS = "ddbstreams"
_STREAM = "ddbstreams_stream"
_EXPIRED = "ddbstreams_expired_iterators"
_MOCK = "ddbstreams_mock"
_MARKERS = (
    f"{_OPTIONS}(**options): options of the DynamoDB Streams mock, as those of mock_streams().",
    f"{_STREAM}(table_name, key_schema, view_type, shards): the shape of the stream of the fixture {_STREAM}.",
    (
        f"{_EXPIRED}(times=1, after=0, stream=None, shard=None): after that many good calls, that many GetRecords "
        "calls (None: all) are answered with ExpiredIteratorException."
    ),
)

_ARMED = "_ddbstreams_armed"
_MISPLACED = "_ddbstreams_misplaced"
#: Fixtures that open a mock, nearest scope first.
_MOCKS = (_MOCK, "ddbstreams_mock_module", "ddbstreams_mock_session")

_SHAPE = ("table_name", "key_schema", "view_type", "shards", "region", "account_id", "auto_rotate")

#: Every option, named here too so that a run that uses none of them need not load them.
_HELP = {
    "region": "region in which streams are created (us-east-1)",
    "account_id": "owner of the streams (123456789012)",
    "freeze": "instant at which the process clock is frozen in every test that uses the mock",
    "seed": "everything random follows from it (0)",
    "mock_credentials": "put dummy AWS credentials in the environment while a mock is open (true)",
    "block_network": "refuse calls of other AWS services that would reach AWS (true)",
    "strict": "a fault that was never hit, or a call that nothing answered, fails the test (true)",
    "auto_rotate": "continue a shard by a new one when it is four hours old (false)",
    "enforce_rates": "refuse calls above the documented rates (false)",
    "instant_retries": "clients try again at once, also while the clock is not frozen (false)",
}

#: What an ini file may say for True and False, as pytest's own flags do.
_TRUTHS = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)

_ended_early = pytest.StashKey[bool]()
#: The mocks that a test has used and no section has shown yet.
_used: pytest.StashKey[list[Backend]] = pytest.StashKey()
_SECTION = "DynamoDB Streams"

# Clients take over the hooks when they are made, so the hooks must be there before the code under test is imported.
_doorways.install()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Make the options' ini twins known."""
    # As text, read below: what pytest says of a typed one that does not fit leaves out its name.
    for name, meaning in _HELP.items():
        parser.addini(f"ddbstreams_{name}", f"DynamoDB Streams mock: {meaning}", default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known, and read the ini file."""
    config.pluginmanager.register(_Dresser(config))
    for line in _MARKERS:
        config.addinivalue_line("markers", line)
    texts = {name: config.getini(f"ddbstreams_{name}") for name in _HELP}
    given = {name: text for name, text in texts.items() if text}
    # A pytest run within a pytest run, as of pytester, has an ini file of its own, also where that says nothing.
    if given or f"{__package__}._options" in sys.modules:
        _take_over(given, config)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Open a mock for a test that bears a marker of ours, asked for or not."""
    borne = {mark.name for mark in item.iter_markers()} & {_OPTIONS, _EXPIRED}
    names = getattr(item, "fixturenames", None)
    if not borne or names is None:
        return
    ours = [_mock_for(item, names)] if _OPTIONS in borne and _MOCK not in names else []
    ours += [_ARMED] if _EXPIRED in borne else []
    # A list of its own: the parameter sets of a test share theirs, and one of them may bear a marker.
    item.fixturenames = [*ours, *names]  # type: ignore[attr-defined] # as pytest's items have it


def _mock_for(item: pytest.Item, names: list[str]) -> str:
    """The fixture that takes the options which a test bears."""
    wider = [name for name in _MOCKS if name in names]
    its_own = {type(node) for node, _ in item.iter_markers_with_node(_OPTIONS)} - {pytest.Module, pytest.Package}
    if not wider:
        return _MOCK
    return _MISPLACED if its_own else wider[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Watch which mocks a test uses, from its set-up to its tear-down, for its report if it fails."""
    with _watching.watch() as used:
        item.stash[_used] = used
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note which tests have failed or were skipped, and where: what their faults met is then no news.

    A failure's report gets a section that shows the mocks which the test has used.
    """
    used = item.stash.get(_used, [])
    # The traceback shows the test's objects, which uses them, at a time that is not the test's any more.
    seen = [(backend, backend.last_moment()) for backend in used]
    report = yield
    if report.failed and seen:
        from ._report import failure_text

        report.sections.append((_SECTION, failure_text(seen)))
    if report.failed or report.when == "teardown":
        used.clear()
    if not report.passed:
        item.stash[_ended_early] = True
    if report.failed:
        for node in item.listchain():  # mocks are opened for modules and runs, too
            node.stash[_ended_early] = True
    return report


class _Dresser:
    """Has the sections of failed tests shown in the colours and characters that the terminal of this run has."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # A worker of pytest-xdist has one that shows nothing: the report is yet to reach the process that does.
        is_worker = hasattr(self._config, "workerinput")
        terminal = None if is_worker else self._config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None and any(title == _SECTION for title, _ in report.sections):
            from ._report import dress_section

            report.sections[:] = [dress_section(each, _SECTION, terminal.hasmarkup) for each in report.sections]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, None, None]:
    """Tell of calls that came when their mock was closed already, in the first test that ends after them."""
    yield
    backend = sys.modules.get(f"{__package__}._backend")
    if backend is not None and (failure := failure_of((), unseen(backend.take_late()))):
        raise failure


def _take_over(given: dict[str, str], config: pytest.Config) -> None:
    """Make what the ini file says the default of every mock, for as long as pytest runs."""
    from . import _options

    undo = _options.replace_ini({name: _ini_value(name, text, _options.FLAGS) for name, text in given.items()})
    config.add_cleanup(undo)
    try:
        _options.make_options({})
    except InvalidOption as error:
        raise pytest.UsageError(f"in the ini file: ddbstreams_{error}") from None


def _ini_value(name: str, text: str, flags: tuple[str, ...]) -> Any:
    """What a text means; one that means nothing stays what it is, and does not fit."""
    if name in flags:
        return _TRUTHS.get(text.lower(), text)
    return int(text) if name == "seed" and re.fullmatch(r"-?[0-9]+", text) else text


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
    name = next((name for name in _MOCKS if name in request.fixturenames), _MOCK)
    mock: StreamsMock = request.getfixturevalue(name)
    return mock


@pytest.fixture(name=_MISPLACED)
def _misplaced(request: pytest.FixtureRequest) -> None:
    """Refuses options for a mock that was opened before the test that bears them."""
    with _at_the_users_line(request.node, _OPTIONS):
        raise InvalidOption(
            "the mock of this test's module or run was opened before this test, and takes its options from the "
            "module's pytestmark or the ini file; write them there, or ask for ddbstreams_mock"
        )


@pytest.fixture
def ddbstreams_stream(request: pytest.FixtureRequest, _ddbstreams_nearest: StreamsMock) -> Iterator[Stream]:
    """A stream, ready to write to; shaped by @pytest.mark.ddbstreams_stream(table_name=…, key_schema=…, …)."""
    shape = {"table_name": "test-table", **_arguments(request.node, _STREAM)}
    with _at_the_users_line(request.node, _STREAM):
        refuse_unknown("argument", shape, _SHAPE)
        stream = _ddbstreams_nearest.create_stream(**shape)
    yield stream
    # A mock of the module or the run has a stream of this table for the next test too, and a table has one enabled.
    if _MOCK not in request.fixturenames and stream in _ddbstreams_nearest.streams and stream.status == "ENABLED":
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
def ddbstreams_client(_ddbstreams_nearest: StreamsMock) -> Any:
    """A dynamodbstreams client in the mock's region: boto3's if that is installed, else botocore's."""
    from ._doorways.clients import make_client

    return make_client(_ddbstreams_nearest.options.region)


@pytest.fixture
def ddbstreams_server(_ddbstreams_nearest: StreamsMock) -> Iterator[StreamsServer]:
    """The mock, served over HTTP on loopback (StreamsServer: url, environment, streams) for other processes."""
    from ._serving.server import StreamsServer

    with StreamsServer(_ddbstreams_nearest) as server:
        yield server


@pytest.fixture(name=_ARMED)
def _armed(request: pytest.FixtureRequest, _ddbstreams_nearest: StreamsMock) -> Iterator[None]:
    """Arms what the marker ddbstreams_expired_iterators says, and tells when it was never hit."""
    mock = _ddbstreams_nearest
    with _at_the_users_line(request.node, _EXPIRED):
        faults = [mock._arm_expiry(**mark) for mark in _marks(request.node, _EXPIRED)]  # noqa: SLF001 - the marker's half of the mock
    yield
    unused = mock._disarm(faults)  # noqa: SLF001 - as above
    if mock.options.strict and not _has_ended_early(request.node) and (failure := failure_of(unused, ())):
        raise failure


def _opened(request: pytest.FixtureRequest) -> Iterator[StreamsMock]:
    from ._mock import MockStreams

    with _at_the_users_line(request.node, _OPTIONS):
        opened = MockStreams(**_arguments(request.node, _OPTIONS)).open()
    yield opened.mock
    if _has_ended_early(request.node):
        opened.excuse()
    opened.close()


def _arguments(node: Any, marker: str) -> dict[str, Any]:
    """The arguments of all markers of a name, the nearest one winning."""
    merged: dict[str, Any] = {}
    for arguments in reversed(_marks(node, marker)):
        merged.update(arguments)
    return merged


def _marks(node: Any, marker: str) -> list[dict[str, Any]]:
    """The arguments of each marker of a name, nearest first."""
    with _at_the_users_line(node, marker):
        return [_keywords(mark) for mark in node.iter_markers(marker)]


def _keywords(mark: pytest.Mark) -> dict[str, Any]:
    if mark.args:
        raise InvalidOption(f"it takes keywords only, not {mark.args!r}")
    return dict(mark.kwargs)


@contextmanager
def _at_the_users_line(node: Any, marker: str) -> Iterator[None]:
    """Have wrong arguments of a marker fail where the user wrote it, not in here."""
    try:
        yield
    except StreamsMockError as error:
        file, line, _ = getattr(node, "location", (node.nodeid, None, ""))
        place = file if line is None else f"{file}:{line + 1}"
        raise pytest.fail.Exception(f"{place}: @pytest.mark.{marker}: {error}", pytrace=False) from None


def _has_ended_early(node: Any) -> bool:
    """Whether a test has failed or was skipped, or one of a module's or the run's has failed."""
    return bool(node.stash.get(_ended_early, False))
