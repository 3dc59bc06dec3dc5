"""Run every behaviour on every available target, and count the behaviours that each target gets right.

``python tests/conformance/scoreboard.py`` prints the table that the README shows; ``--write`` puts it there, and
``--details`` lists the wrong behaviours. It exits with 1 if this fake gets a behaviour wrong.

A behaviour with several examples counts once: it is wrong if one of them is wrong, and right if all are right. Only
behaviours that AWS documents or that were recorded from AWS count, because an emulator may be wrong itself. No
behaviour is an error that the test itself scripted: that would prove nothing about the target.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HERE = Path(__file__).parent
README = HERE.parent.parent / "README.md"
BEGIN, END = "<!-- scoreboard -->\n", "<!-- /scoreboard -->"

#: Each outweighs those before it.
KINDS = ("right", "cannot", "wrong")
SHOWN = ("right", "wrong", "cannot")
COUNTED_MARKS = frozenset("RD")
#: Behaviours of this fake are tested through two kinds of clients, and count for one.
ONE_KIND = ("-k", "not aiobotocore")


@dataclass(frozen=True)
class Finding:
    """The outcome of one example of a behaviour on one target. The conftest puts it into pytest's report."""

    identity: str
    mark: str
    group: str
    target: str
    version: str
    kind: str
    reason: str

    @property
    def column(self) -> str:
        """The title of the target's column."""
        return f"{self.target} {self.version}"

    @property
    def counts(self) -> bool:
        """Whether AWS is known to behave like this."""
        return self.mark in COUNTED_MARKS


class Gatherer:
    """A pytest plugin that gathers the findings, and the tests that failed before there was a finding."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.broken: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        said = (value for name, value in report.user_properties if name == "finding")
        found = [Finding(**value) for value in said if isinstance(value, dict)]
        self.findings += found
        if report.failed and not found:
            self.broken.append(f"{report.nodeid} ({report.when})")


def verdicts(findings: Iterable[Finding]) -> list[Finding]:
    """Return the finding that outweighs the others, for each behaviour and target."""
    worst: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        best = worst.setdefault((finding.identity, finding.target), finding)
        worst[finding.identity, finding.target] = max(best, finding, key=lambda found: KINDS.index(found.kind))
    return list(worst.values())


def table(findings: Iterable[Finding]) -> str:
    """Return the scoreboard in Markdown: a row for each group, a column for each target."""
    counted = [verdict for verdict in verdicts(findings) if verdict.counts]
    columns = list(dict.fromkeys(verdict.column for verdict in counted))
    groups = dict.fromkeys(verdict.group for verdict in counted)
    rows = [_row(group, columns, [verdict for verdict in counted if verdict.group == group]) for group in groups]
    return "".join(
        [_line("group", *columns), _line(*["---"] * (1 + len(columns))), *rows, _row("all", columns, counted)]
    )


def _row(title: str, columns: Sequence[str], among: Sequence[Finding]) -> str:
    return _line(title, *(_cell(verdict.kind for verdict in among if verdict.column == column) for column in columns))


def _cell(kinds: Iterable[str]) -> str:
    counts = Counter(kinds)
    return ", ".join(f"{counts[kind]} {kind}" for kind in SHOWN if counts[kind])


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def details(findings: Iterable[Finding]) -> str:
    """Return a line with the reason for each behaviour that a target gets wrong, also for those that do not count."""
    wrong = [verdict for verdict in verdicts(findings) if verdict.kind == "wrong"]
    return "".join(
        f"{verdict.target}: {verdict.identity} ({verdict.mark}{'' if verdict.counts else ', not counted'}): "
        f"{' '.join(verdict.reason.split())[:160]}\n"
        for verdict in wrong
    )


def written_into(text: str, board: str) -> str:
    """Return the text of a README with the scoreboard between its markers."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"no {BEGIN.strip()} that is followed by {END} in the README")
    return f"{head}{begin}{board}{end}{tail}"


def run(paths: Sequence[str]) -> tuple[int, Gatherer]:
    """Run the behaviours in these files and folders, with pytest's output on standard error."""
    gatherer = Gatherer()
    options = ["-m", "behaviour", *ONE_KIND, "-q", "-rN", "-p", "no:cacheprovider"]
    with redirect_stdout(sys.stderr):
        status = pytest.main([*paths, *options], plugins=[gatherer])
    return int(status), gatherer


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit code."""
    parser = argparse.ArgumentParser(description="Count the behaviours that each target gets right.")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    parser.add_argument("--details", action="store_true", help="list the wrong behaviours, with reasons")
    options = parser.parse_args(arguments)
    status, gatherer = run([str(HERE)])
    if status not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED} or gatherer.broken:
        raise SystemExit("\n".join(["nothing is counted: not every behaviour could be tried", *gatherer.broken]))
    board = f"{_made_with()}\n\n{table(gatherer.findings)}"
    if options.write:
        README.write_text(written_into(README.read_text("utf-8"), board), "utf-8")
    print(board + ("\n" + details(gatherer.findings) if options.details else ""))  # noqa: T201 - it is a command
    return status


def _made_with() -> str:
    today = datetime.now(timezone.utc).date()
    return f"Counted on {today} with botocore {version('botocore')} and Python {sys.version.partition(' ')[0]}:"


if __name__ == "__main__":
    sys.exit(main())
