"""`mock_streams`: opens a mock and closes it, as a context manager, by hand, or around tests.

A mock is an object, and several can be open. The following state belongs to the process instead; a test compares the
list with the code.

Open mocks. Clients of the process find a mock through these, and mocks may close in any order:

- `_service.OPEN`: the open mocks. The hooks in botocore are installed once, and ask for the innermost mock.
- `_environment._ENTERED`: the environment variables that open mocks have replaced. A process has one environment.
- `_interceptors.child_processes.WRAPPERS`: the function of multiprocessing that is wrapped while a mock is open.
- `_interceptors.sessions.WRAPPERS`: the functions of botocore that are wrapped while a mock is open.
- `_interceptors.process_state._REPLACED`: the default sessions that open mocks have replaced. boto3 has one.
- `_moto.lambda_mappings.PATCHES`: the methods of moto's Lambda that are patched while a mock is open.
- `_moto.patches._PATCHES`: the methods of moto that are patched while a mock is open.
- `_moto.patches._WRITES`: the writes of the call that moto handles now, because moto's methods know no mock.

Threads, tasks, jobs and child processes. They outlive mocks, or have a copy of one:

- `_work.WRAPPERS`: the methods that start threads, tasks and jobs, wrapped while a mock is open.
- `_work._TASKS`: the tasks that were started while a mock was open. A task of asyncio takes no attribute.
- `_children._INHERITED`: in a child process, the mock that was open in its parent.
- `_locks._LOCKS`: the locks of mocks and of the clock, which a forked child releases.

The clock. All mocks freeze the same process clock:

- `_clock.sleepers.LOCK`: held by the thread that freezes, moves or releases the clock, or that looks whether a sleeper
  wakes.
- `_clock.freezes._held`: the freezes that are in force.
- `_clock.freezes._sleepers`: the threads that sleep on the frozen clock, have slept, or have called a mock.
- `_clock.freezegun_freezes._places`: what freezegun returned for each freeze.
- `_clock.freezegun_freezes._loaded`: the modules whose lazy names were loaded before the clock was frozen.

State of a pytest run:

- `_options.INI`: the values of the ini file.
- `_scenarios.REGISTERED`: the scenarios that users have registered.
- `_strictness._LATE`: the closed mocks with late calls to report. Their tests are over when the calls come.
- `_running_tests._RUNNING`: the tests that run, with the mocks that they have used and the code that belongs to them.

Caches. Their content follows from their arguments, or from installed files:

- `_interceptors.sessions.loaded_from`: what botocore's loaders have loaded, by the folders that they search.
- `_interceptors.sessions._KEPT`: an emitter with botocore's built-in handlers, which sessions copy.
- `_interceptors.install`: whether the hooks are installed.
- `_lambda.filters._compiled`: recent filter patterns, compiled.
- `_schemas._read`: the JSON Schemas that were read.
- `_schemas._validator`: the validators of the schemas.
- `_schemas._explainer`: the validators that explain a violation.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, overload
from unittest import SkipTest

from . import _interceptors, _moto, _work
from ._api.mock import StreamsMock
from ._clock import forget_threads
from ._decorators import decorate
from ._environment import Environment, current_test
from ._exceptions import StreamStateError, is_about_the_test
from ._interceptors import child_processes, retry_waits, sessions
from ._interceptors.process_state import DefaultSession
from ._options import make_options
from ._running_tests import is_in_test, markers_of, note_use
from ._service import OPEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Concatenate, ParamSpec

    from typing_extensions import Unpack

    from ._options import OptionArguments
    from ._service import Service

    Rest = ParamSpec("Rest")
    Owner = TypeVar("Owner")
    Result = TypeVar("Result")

__tracebackhide__ = is_about_the_test

Target = TypeVar("Target", bound="Callable[..., Any]")
Class = TypeVar("Class", bound="type[Any]")

# A client copies botocore's hooks when it is made, so they must be installed before the code under test makes one.
_interceptors.install()


class OpenMock:
    """A mock that answers the clients of this process until it is closed; a context manager.

    Args:
        opened_by: what opens it, for a report that shows several mocks.
        options: the options of the mock.

    Raises:
        InvalidOption: an option is unknown or does not fit.
        UnsupportedVersion: moto is loaded, in a release that this package does not support.
    """

    def __init__(self, opened_by: str = "mock_streams()", /, **options: Unpack[OptionArguments]) -> None:
        self.mock = StreamsMock(**options)
        self._service = self.mock._service  # noqa: SLF001 - this module opens what the mock's class describes
        self._service.opened_by = opened_by
        with ExitStack() as steps:
            self._open(steps)
            self._steps = steps.pop_all()

    def _open(self, steps: ExitStack) -> None:
        """Open everything that a mock needs; closing undoes each step, the last one first, even if one fails."""
        options, clock, service = self.mock.options, self.mock.clock, self._service
        # The code under test may freeze the clock too, so it is released in any case.
        steps.callback(clock._release)  # noqa: SLF001 - as above
        if options.freeze is not None:
            clock._freeze_until_release(options.freeze)  # noqa: SLF001 - as above
        steps.enter_context(Environment(options))
        if options.mock_credentials:
            steps.enter_context(DefaultSession())
        steps.enter_context(_answering(service))
        steps.callback(_moto.disconnect, service)
        _moto.connect()

    def excuse(self) -> None:
        """Report only a broken schema from now on: the test has failed already, or has ended early on purpose."""
        self._service.findings.excuse()

    @contextmanager
    def excused_by_failure(self) -> Iterator[StreamsMock]:
        """Excuse the mock if the block raises, and add its report to the error; the mock stays open."""
        try:
            yield self.mock
        except BaseException as error:
            self._fail(error)
            raise

    def _fail(self, error: BaseException) -> None:
        """Excuse the mock, because an error ends its test; outside pytest, show the mock's report with the error."""
        self.excuse()
        if isinstance(error, Exception) and not isinstance(error, SkipTest) and not is_in_test():
            from ._report import add_to

            add_to(error, self._service)

    def close(self) -> None:
        """Stop answering, restore the process as it was, then report the findings.

        Raises:
            UnusedFault: a fault triggered less often than its `times`, and the mock is strict.
            UnansweredCall: nothing answered a call, and the mock is strict.
            ContractViolation: a response broke the API's schema.
            Exception: an action of a fault raised it, and it did not reach the test.
        """
        self._steps.close()
        self._service.findings.report(self._service.faults.unused)

    def __enter__(self) -> StreamsMock:
        return self.mock

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._fail(error)
        self.close()


@contextmanager
def _answering(service: Service) -> Iterator[None]:
    """Answer the clients of this process with a service, unless a service that was opened later is still open."""
    test = current_test()
    if test is not None:
        service.findings.late_calls.title = f"the mock that was opened in {test}"
    if not OPEN:
        forget_threads()
    OPEN.append(service)
    note_use(service)
    _update_patches()
    try:
        yield
    finally:
        # The clock is released after this step, and shows another time from then on.
        service.closed_at = service.time_of_last_use()
        service.findings.late_calls.mock_is_closed = True
        # A mock that a forked child closes is not open there.
        if service in OPEN:
            OPEN.remove(service)
        _update_patches()


def _update_patches() -> None:
    """Patch what must be patched while a mock is open, and restore it when none is."""
    retry_waits.update()
    _work.WRAPPERS.update(wanted=bool(OPEN))
    child_processes.WRAPPERS.update(wanted=bool(OPEN))
    sessions.WRAPPERS.update(wanted=bool(OPEN))


class MockStreams:
    """The object that `mock_streams` returns: opens a mock for a block, between `start` and `stop`, or around a test.

    It can be used any number of times, also within itself; each use opens another mock.
    """

    def __init__(self, **options: Unpack[OptionArguments]) -> None:
        self.options = make_options(options)
        self._given = options
        self._opened: list[OpenMock] = []

    def open(self) -> OpenMock:
        """Open a mock that the caller closes."""
        return OpenMock(**self._given)

    def open_around(self, test: object) -> OpenMock:
        """Open a mock around a decorated test, on which the markers of the test act.

        Args:
            test: the function, or the object whose method it is.
        """
        markers, given = markers_of(test), dict(self._given)
        opened = OpenMock("@mock_streams", **(given if markers is None else markers.options(given)))
        if markers is not None:
            try:
                markers.act_on(opened.mock)
            except BaseException:
                opened.excuse()
                opened.close()
                raise
        return opened

    def start(self) -> StreamsMock:
        """Open a mock and return it; the mock's `stop`, or `stop` of this object, closes it."""
        opened = self.open()
        self._opened.append(opened)
        opened.mock._closer = partial(self._close, opened)  # noqa: SLF001 - so that the mock can close itself
        return opened.mock

    def stop(self) -> None:
        """Close the mock that was started last.

        Raises:
            StreamStateError: none is open.
            UnusedFault: a fault triggered less often than its `times`, and the mock is strict.
            UnansweredCall: nothing answered a call, and the mock is strict.
            ContractViolation: a response broke the API's schema.
            Exception: an action of a fault raised it, and it did not reach the test.
        """
        if not self._opened:
            raise StreamStateError("stop() without start(): no mock is open; call start() first")
        self._close(self._opened[-1])

    def _close(self, opened: OpenMock) -> None:
        self._opened.remove(opened)
        opened.close()

    def __enter__(self) -> StreamsMock:
        self._opened.append(self.open())
        return self._opened[-1].mock

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.pop().__exit__(kind, error, trace)

    if TYPE_CHECKING:

        @overload
        def __call__(self, target: Class, /) -> Class: ...
        @overload
        def __call__(self, target: Callable[Concatenate[StreamsMock, Rest], Result], /) -> Callable[Rest, Result]: ...
        @overload
        def __call__(
            self, target: Callable[Concatenate[Owner, StreamsMock, Rest], Result], /
        ) -> Callable[Concatenate[Owner, Rest], Result]: ...
        @overload
        def __call__(self, target: Target, /) -> Target: ...

    def __call__(self, target: Any, /) -> Any:
        """Open a mock around a function, a coroutine function, a test class or a TestCase."""
        return decorate(self, target)

    async def __aenter__(self) -> StreamsMock:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def __repr__(self) -> str:
        return f"mock_streams({self.options})"


# An argument of the mock that comes first, or after self, is supplied, so it is not in the signature any more. One that
# stands elsewhere is supplied too, but Python's types cannot say so.
@overload
def mock_streams(target: Class, /) -> Class: ...
@overload
def mock_streams(target: Callable[Concatenate[StreamsMock, Rest], Result], /) -> Callable[Rest, Result]: ...
@overload
def mock_streams(
    target: Callable[Concatenate[Owner, StreamsMock, Rest], Result], /
) -> Callable[Concatenate[Owner, Rest], Result]: ...
@overload
def mock_streams(target: Target, /) -> Target: ...
@overload
def mock_streams(**options: Unpack[OptionArguments]) -> MockStreams: ...
def mock_streams(target: Any = None, /, **options: Any) -> Any:
    """Fake Amazon DynamoDB Streams: bare or with options as a decorator, or as a context manager.

    Args:
        target: the function, coroutine function, test class or ``unittest.TestCase`` to decorate. An argument named
            ``ddbstreams_mock`` is supplied, and hidden from pytest.
        **options: the options below. One that is not given has the value of the ini file under pytest, else its
            default.

    - ``region``: region in which streams are created, and AWS_DEFAULT_REGION if none is set
    - ``account_id``: account that owns the streams
    - ``freeze``: instant at which the process clock is frozen while the mock is open
    - ``seed``: number that all random choices follow from, such as ids and the placement of items
    - ``mock_credentials``: set dummy AWS credentials in the environment while the mock is open, and sign requests with
      them
    - ``block_network``: refuse calls of other AWS services that no mock answers and that would reach AWS
    - ``strict``: report an error at the end if a fault triggered less often than its times, or if nothing answered a
      call
    - ``auto_rotate``: close a shard that is four hours old and continue it with a new one, as the service does
    - ``enforce_rates``: refuse calls above the documented rates, by the clock of the mock
    - ``instant_retries``: let botocore's clients retry at once, also while the clock is not frozen

    Raises:
        InvalidOption: an option is unknown or does not fit.
    """
    mock = MockStreams(**options)
    return mock if target is None else mock(target)
