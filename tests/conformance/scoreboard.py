"""Runs every behaviour on every target at hand, and counts who gets how many right.

``python tests/conformance/scoreboard.py`` prints the table that the README shows; ``--write`` puts it there, and
``--details`` lists what was wrong. It exits with 1 if this fake has anything wrong.

A behaviour is one, in however many examples it is tried: it is wrong if any of them is, and right if all are. Only
what AWS documents or what was recorded from it is counted: what is known from emulators alone may be wrong itself.
No behaviour is an error that the test itself had the target answer with: that would show nothing about the target.
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

#: From what outweighs nothing to what outweighs all.
KINDS = ("right", "cannot", "wrong")
SHOWN = ("right", "wrong", "cannot")
COUNTED_MARKS = frozenset("RD")
#: This fake is asked through two kinds of client; one of them is enough to count.
ONE_KIND = ("-k", "not aiobotocore")


@dataclass(frozen=True)
class Finding:
    """What one example of a behaviour showed on one target; the conftest puts them into pytest's reports."""

    identity: str
    mark: str
    group: str
    target: str
    version: str
    kind: str
    reason: str

    @property
    def column(self) -> str:
        """What heads the target's column."""
        return f"{self.target} {self.version}"

    @property
    def counts(self) -> bool:
        """Whether AWS is known to behave like that."""
        return self.mark in COUNTED_MARKS


class Gatherer:
    """A pytest plugin that gathers the findings, and what broke before there was one."""

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
    """For each behaviour and target the finding that outweighs the others."""
    worst: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        best = worst.setdefault((finding.identity, finding.target), finding)
        worst[finding.identity, finding.target] = max(best, finding, key=lambda found: KINDS.index(found.kind))
    return list(worst.values())


def table(findings: Iterable[Finding]) -> str:
    """The scoreboard in Markdown: a row for each group, a column for each target."""
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
    """A line for each behaviour that a target gets wrong, and why; also for those that are not counted."""
    wrong = [verdict for verdict in verdicts(findings) if verdict.kind == "wrong"]
    return "".join(
        f"{verdict.target}: {verdict.identity} ({verdict.mark}{'' if verdict.counts else ', not counted'}): "
        f"{' '.join(verdict.reason.split())[:160]}\n"
        for verdict in wrong
    )


def written_into(text: str, board: str) -> str:
    """A README's text with the board between its markers."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"no {BEGIN.strip()} that is followed by {END} in the README")
    return f"{head}{begin}{board}{end}{tail}"


def run(paths: Sequence[str]) -> tuple[int, Gatherer]:
    """Run the behaviours in these files and folders; pytest's own words go to standard error."""
    gatherer = Gatherer()
    options = ["-m", "behaviour", *ONE_KIND, "-q", "-rN", "-p", "no:cacheprovider"]
    with redirect_stdout(sys.stderr):
        status = pytest.main([*paths, *options], plugins=[gatherer])
    return int(status), gatherer


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print and, if told to, write."""
    parser = argparse.ArgumentParser(description="Counts which targets get which behaviours right.")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    parser.add_argument("--details", action="store_true", help="list what was wrong, and why")
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
