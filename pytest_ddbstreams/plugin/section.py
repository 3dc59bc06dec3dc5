"""The section of a failed test's report; what draws it is loaded for the first test that fails having used a mock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    import pytest

    from .._service import Service

_TITLE = "DynamoDB Streams"


def add_section(report: pytest.TestReport, seen: list[tuple[Service, datetime]], config: pytest.Config) -> None:
    """Show the mocks that a test has used, each as it was at an instant."""
    from .._report import failure_text

    report.sections.append((_TITLE, failure_text(seen)))
    dress(report, config)


def dress(report: Any, config: pytest.Config) -> Any:
    """Have the section shown in the colours and characters that the terminal of this run has; gives the report."""
    # A worker of pytest-xdist has one that shows nothing: the report is yet to reach the process that does.
    is_worker = hasattr(config, "workerinput")
    terminal = None if is_worker else config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None and any(title == _TITLE for title, _ in getattr(report, "sections", ())):
        from .._report import dress_section

        report.sections[:] = [dress_section(each, _TITLE, terminal.hasmarkup) for each in report.sections]
    return report
