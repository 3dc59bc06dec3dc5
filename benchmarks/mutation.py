"""Mutation score of the rooms that hold the rules: a seeded sample of mutants, each run against its own tests.

    python benchmarks/mutation.py                    # in about an hour: `tox run -e mutation`
    python benchmarks/mutation.py --mutants 60       # to see that it works
    python benchmarks/mutation.py --keep DIR         # once more, to go on where a run was stopped

cosmic-ray makes the mutants and runs them, in a copy of the checkout. All of them would take hours, so the script draws
a sample, from each room in proportion to its mutants. It leaves out the mutants of annotations: no test can kill them,
because Python does not evaluate annotations here. The tests must pass without a mutant, which is checked first: the
package must be installed, as pytest finds its plugin by the entry point, though the tests import the copy.

The score is the share of mutants that made a test fail, or run ten times as long as without a mutant. The survivors are
listed.
"""

from __future__ import annotations

import argparse
import ast
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PACKAGE = "pytest_ddbstreams"
#: Each room with its tests, the quickest first: the run ends with the first test that fails.
ROOMS = {
    "_items": "tests/items tests/test_model.py",
    "_model": "tests/model tests/test_model.py",
    "_operations": "tests/operations tests/conformance",
    "_lambda": "tests/lambda",
}
#: Conformance tests of the other targets, moto among them, run none of the mutants.
OWN_TARGET = "not moto and not aiobotocore and not endpoint"

_CONFIG = """\
[cosmic-ray]
module-path = ["{room}"]
timeout = {seconds}
excluded-modules = []
test-command = "{command}"
[cosmic-ray.distributor]
name = "local"
"""


@dataclass(frozen=True)
class Room:
    """A package, its tests, and the session of cosmic-ray that holds its mutants."""

    name: str
    tests: str
    copy: Path

    @property
    def session(self) -> Path:
        """Path of the database that holds the mutants and their outcomes."""
        return self.copy / f"{self.name}.sqlite"

    @property
    def config(self) -> Path:
        """Path of cosmic-ray's configuration."""
        return self.copy / f"{self.name}.toml"

    @property
    def command(self) -> str:
        """Command that runs the tests."""
        return f"{sys.executable} -m pytest -x -q -p no:cacheprovider -p no:randomly -k '{OWN_TARGET}' {self.tests}"

    def prepare(self) -> None:
        """Run the tests without a mutant, write the configuration, and find every mutant.

        Raises:
            CalledProcessError: the tests fail without a mutant, so that every mutant would count as killed.
        """
        start = monotonic()
        self._run(shlex.split(self.command))
        seconds = 10 * (monotonic() - start)
        text = _CONFIG.format(room=f"{PACKAGE}/{self.name}", command=self.command, seconds=seconds)
        self.config.write_text(text, "utf-8")
        self._cosmic_ray("init")

    def run(self) -> None:
        """Run the tests once for each mutant that has no outcome yet."""
        self._cosmic_ray("exec")

    def _cosmic_ray(self, command: str) -> None:
        self._run([sys.executable, "-m", "cosmic_ray.cli", command, self.config.name, self.session.name])

    def _run(self, call: list[str]) -> None:
        environment = {**os.environ, "PYTHONPATH": str(self.copy), "PYTHONDONTWRITEBYTECODE": "1"}
        subprocess.run(call, cwd=self.copy, env=environment, check=True)  # noqa: S603 - no text of others is in it

    def query(self, sql: str, *arguments: object) -> list[tuple[str, ...]]:
        """Return the rows of a statement."""
        with closing(sqlite3.connect(self.session)) as connection, connection:
            return connection.execute(sql, arguments).fetchall()


class Survivor(NamedTuple):
    """A mutant that no test killed."""

    place: str
    operator: str
    diff: str


def sample(rooms: Iterable[Room], size: int, seed: int) -> None:
    """Keep a sample of the mutants of all rooms, the same for the same code and seed."""
    mutants = [(room, job) for room in rooms for job in executed_mutants(room)]
    kept = Random(seed).sample(mutants, min(size, len(mutants)))  # noqa: S311 - repeatable, not secret
    for room in {room.name: room for room, _ in mutants}.values():
        jobs = {job for of, job in kept if of.name == room.name}
        for (job,) in room.query("SELECT job_id FROM work_items"):
            if job not in jobs:
                room.query("DELETE FROM mutation_specs WHERE job_id = ?", job)
                room.query("DELETE FROM work_items WHERE job_id = ?", job)


def executed_mutants(room: Room) -> Iterator[str]:
    """Return the ids of the mutants that lie outside of annotations, in an order that depends on the code only."""
    columns = "job_id, module_path, start_pos_row, start_pos_col"
    order = "module_path, operator_name, operator_args, occurrence"
    ignored = {
        path: annotated_places(room.copy / path)
        for (path,) in room.query("SELECT DISTINCT module_path FROM mutation_specs")
    }
    for job, path, row, column in room.query(f"SELECT {columns} FROM mutation_specs ORDER BY {order}"):  # noqa: S608 - our own text
        if (int(row), int(column)) not in ignored[path]:
            yield job


def annotated_places(path: Path) -> set[tuple[int, int]]:
    """Return each line and column that lies in an annotation of a module."""
    text = path.read_text("utf-8")
    lines = text.splitlines()
    return {place for node in annotations_of(ast.parse(text)) for place in places_of(node, lines)}


def annotations_of(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield each annotation of a module, of variables, arguments and results."""
    for node in ast.walk(tree):
        found = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        yield from (each for each in found if isinstance(each, ast.expr))


def places_of(node: ast.expr, lines: list[str]) -> Iterator[tuple[int, int]]:
    """Yield each line and column of an expression."""
    last_line, last_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    for line in range(node.lineno, last_line + 1):
        start = node.col_offset if line == node.lineno else 0
        stop = last_column if line == last_line else len(lines[line - 1])
        yield from ((line, column) for column in range(start, stop + 1))


def report(room: Room) -> tuple[Counter[str], list[Survivor]]:
    """Return how many mutants had each outcome, and the survivors."""
    rows = room.query(
        "SELECT CASE output WHEN 'timeout' THEN 'TIMEOUT' ELSE test_outcome END, "
        "module_path, start_pos_row, operator_name, diff FROM work_results "
        "JOIN mutation_specs USING (job_id) ORDER BY module_path, start_pos_row"
    )
    outcomes = Counter(outcome for outcome, *_ in rows)
    survivors = [
        Survivor(f"{path}:{row}", operator.removeprefix("core/"), changed_lines(diff))
        for outcome, path, row, operator, diff in rows
        if outcome == "SURVIVED"
    ]
    return outcomes, survivors


def changed_lines(diff: str) -> str:
    """Return the lines that a mutant takes away and adds."""
    lines = [line for line in diff.splitlines() if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}]
    return "\n".join(f"    {line}" for line in lines)


def show(rooms: Iterable[Room]) -> None:
    """Print the score of each room and of all, then the survivors."""
    total: Counter[str] = Counter()
    found: list[Survivor] = []
    for room in rooms:
        outcomes, survivors = report(room)
        print(f"{room.name:12} {score(outcomes)}")
        total += outcomes
        found += survivors
    print(f"{'all':12} {score(total)}")
    for survivor in found:
        print(f"{survivor.place} {survivor.operator}\n{survivor.diff}")


def score(outcomes: Mapping[str, int]) -> str:
    """Return how many mutants were killed, and how many of them by the time limit."""
    count = sum(outcomes.values())
    killed = count - outcomes.get("SURVIVED", 0)
    timed_out = outcomes.get("TIMEOUT", 0)
    return f"{killed:4} of {count:4} killed, {100 * killed / max(1, count):.1f} % ({timed_out} by the time limit)"


def fill(copy: Path, checkout: Path) -> None:
    """Copy the files of the repository, so that a mutant never stands in the checkout itself."""
    git = shutil.which("git") or "git"
    listed = subprocess.run([git, "ls-files", "-z"], cwd=checkout, check=True, capture_output=True)  # noqa: S603 - as above
    for name in filter(None, listed.stdout.decode().split("\0")):
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(checkout / name, target)


@contextmanager
def folder(kept: Path | None) -> Iterator[Path]:
    """Yield the folder of the copy, which is removed afterwards unless it is to be kept."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="mutation-") as name:
        yield Path(name)


def prepare(rooms: list[Room], given: argparse.Namespace) -> None:
    """Draw the sample, or keep the one that a stopped run has drawn."""
    drawn = rooms[0].copy / "sample-drawn"
    # A run that was stopped may have left a mutant in the copy.
    fill(rooms[0].copy, given.checkout)
    if drawn.exists():
        return
    for room in rooms:
        room.session.unlink(missing_ok=True)
        room.prepare()
    sample(rooms, given.mutants, given.seed)
    drawn.touch()


def main() -> None:
    """Draw the sample, run it, and print the score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=600, help="size of the sample (600)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the sample (0)")
    parser.add_argument("--checkout", type=Path, default=Path(__file__).parent.parent, help="another state of the code")
    parser.add_argument("--room", action="append", default=[], metavar="ROOM=TESTS", help="other rooms than the usual")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="folder that keeps the sample and its outcomes")
    given = parser.parse_args()
    named = dict(room.split("=", 1) for room in given.room) or ROOMS
    with folder(given.keep) as copy:
        rooms = [Room(name, tests, copy) for name, tests in named.items()]
        prepare(rooms, given)
        for room in rooms:
            room.run()
        show(rooms)


if __name__ == "__main__":
    main()
