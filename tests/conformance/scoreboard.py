"""Run every behaviour on every available target, and count how many each target gets right.

``python tests/conformance/scoreboard.py`` prints the table. ``--write`` writes it into the page of the documentation,
and its totals into the README; ``--details`` lists the wrong behaviours. The exit status is 1 if this package gets a
behaviour wrong.

A behaviour with several examples counts once: it is right if all examples are right, and wrong if one is wrong. Only
behaviours that AWS documents, or that were recorded from AWS, are counted, because an emulator may be wrong. An error
that a test scripted is never counted as a behaviour, because it proves nothing about the target.
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
PAGE = HERE.parent.parent / "docs" / "explanation" / "faithful.md"
BEGIN, END = "<!-- scoreboard -->\n", "<!-- /scoreboard -->"

#: The kinds of findings, each one outweighing those before it.
KINDS = ("right", "cannot", "wrong")
#: The kinds in the order of a cell of the table.
SHOWN = ("right", "wrong", "cannot")
COUNTED_MARKS = frozenset("RD")
#: The behaviours run on this package through boto3 and through aiobotocore, and are counted once.
WITHOUT_AIOBOTOCORE = ("-k", "not aiobotocore")


@dataclass(frozen=True)
class Finding:
    """The result of one example of a behaviour on one target. The conftest puts it into a report of pytest."""

    identity: str
    mark: str
    group: str
    target: str
    version: str
    kind: str
    reason: str

    @property
    def column(self) -> str:
        """Return the title of the target's column."""
        return f"{self.target} {self.version}"

    @property
    def counts(self) -> bool:
        """Return whether the behaviour is known from AWS."""
        return self.mark in COUNTED_MARKS


class FindingCollector:
    """A pytest plugin that collects the findings, and the tests that failed before they had one."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.broken: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        values = (value for name, value in report.user_properties if name == "finding")
        found = [Finding(**value) for value in values if isinstance(value, dict)]
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
    """Return the scoreboard in Markdown, with a row for each group and a column for each target."""
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
    """Return a line for each behaviour that a target gets wrong, with the reason, whether or not it is counted."""
    wrong = [verdict for verdict in verdicts(findings) if verdict.kind == "wrong"]
    return "".join(
        f"{verdict.target}: {verdict.identity} ({verdict.mark}{'' if verdict.counts else ', not counted'}): "
        f"{' '.join(verdict.reason.split())[:160]}\n"
        for verdict in wrong
    )


def totals(board: str) -> str:
    """Return a scoreboard without the rows of its groups."""
    *head, last = board.splitlines(keepends=True)
    return "".join([*head[:4], last])


def replace_board(text: str, board: str) -> str:
    """Return the text of a page with this board between its two markers.

    Raises:
        SystemExit: the text does not have both markers, in order.
    """
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise SystemExit(
            f"the page has no {BEGIN.strip()} that is followed by {END}; add both lines where the scoreboard belongs"
        )
    return f"{head}{begin}{board}{end}{tail}"


def run(paths: Sequence[str]) -> tuple[int, FindingCollector]:
    """Run the behaviours in these files and folders, with the output of pytest on standard error."""
    collector = FindingCollector()
    options = ["-m", "behaviour", *WITHOUT_AIOBOTOCORE, "-q", "-rN", "-p", "no:cacheprovider"]
    with redirect_stdout(sys.stderr):
        status = pytest.main([*paths, *options], plugins=[collector])
    return int(status), collector


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the behaviours, print the scoreboard, and write it into the pages with ``--write``."""
    parser = argparse.ArgumentParser(description="Count how many behaviours each target gets right.")
    parser.add_argument("--write", action="store_true", help="write the table into the documentation")
    parser.add_argument("--details", action="store_true", help="list the wrong behaviours with their reasons")
    options = parser.parse_args(arguments)
    status, collector = run([str(HERE)])
    if status not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED} or collector.broken:
        raise SystemExit(
            "\n".join(["nothing is counted, because these tests failed before they had a result:", *collector.broken])
        )
    board = f"{_counted_with()}\n\n{table(collector.findings)}"
    if options.write:
        PAGE.write_text(replace_board(PAGE.read_text("utf-8"), board), "utf-8")
        README.write_text(replace_board(README.read_text("utf-8"), totals(board)), "utf-8")
    print(board + ("\n" + details(collector.findings) if options.details else ""))  # noqa: T201 - it is a command
    return status


def _counted_with() -> str:
    today = datetime.now(timezone.utc).date()
    return f"Counted on {today} with botocore {version('botocore')} and Python {sys.version.partition(' ')[0]}:"


if __name__ == "__main__":
    sys.exit(main())
