"""What it takes to open a mock, and to leave nothing behind when it closes."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from . import _interceptors, _moto
from ._environment import Environment, current_test
from ._interceptors.leftovers import Leftovers
from ._service import OPEN
from ._strictness import note_use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._api.mock import StreamsMock


class OpenMock:
    """A mock while it answers the clients of this process."""

    def __init__(self, mock: StreamsMock) -> None:
        self.mock = mock
        self._service = mock._service  # noqa: SLF001 - opening is the other half of the mock
        if mock.options.freeze is not None:
            mock.clock._freeze_for_all(mock.options.freeze)  # noqa: SLF001 - as above
        self._environment = Environment(mock.options)
        self._environment.enter()
        test = current_test()
        if test is not None:
            self._service.findings.late_calls.title = f"the mock that was opened in {test}"
        self._leftovers = Leftovers()
        OPEN.append(self._service)
        note_use(self._service)
        _interceptors.update()
        try:
            _moto.connect()
        except BaseException:
            self._leave()
            raise

    def excuse(self) -> None:
        """Report no consequences of a failure: the test has failed already, or has ended early on purpose."""
        self._service.findings.excuse()

    @contextmanager
    def excused_by_failure(self) -> Iterator[StreamsMock]:
        """A block whose failure excuses what it leaves behind."""
        try:
            yield self.mock
        except BaseException:
            self.excuse()
            raise

    def close(self) -> None:
        """Stop answering, restore the clock and the environment, then report what went wrong."""
        self._leave()
        self._service.findings.report(self._service.faults.unused)

    def _leave(self) -> None:
        self._service.closed_at = self._service.last_moment()
        OPEN.remove(self._service)
        # From the last one to the first, whichever of them fails: a clock may, that others have let go of before.
        with ExitStack() as leaving:
            leaving.callback(self._environment.leave)
            leaving.callback(self.mock.clock._release)  # noqa: SLF001 - as above
            leaving.callback(_interceptors.update)
            leaving.callback(self._leftovers.remember, self._service)
            leaving.callback(_moto.disconnect, self._service)
