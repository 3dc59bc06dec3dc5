"""Counts what the package does, and fails where that is more than counts.json says. See README.md beside this.

It times nothing, so no busy machine makes it fail. Who makes something cheaper, or dearer with a good reason, lets
``--write`` put the new counts in the file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from counting import kept_of, peak_of, tally_of

if TYPE_CHECKING:
    from costs import Cost
    from counting import Tally

_FILE = Path(__file__).with_name("counts.json")
#: Instructions differ from one Python to the next.
_PYTHON = (3, 12)
#: What a count may be above the one in the file.
_SLACK = 1.04
#: How many times the instructions of the smaller of two sizes the larger may take (a bisection grows a little), and how
#: many bytes more.
_GROWTH = 1.05
_BYTES = 4096
_RECORDS = 10_000
_LINE = "{:<76}{:>12}{:>12}"
_WRITE = "python benchmarks/guard.py --write"

#: By what is counted: how often, or what there is of it.
Counts = dict[str, int | list[str]]


def main() -> int:
    """Count, and compare; 1 if something is more than it was."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the counts of now into counts.json")
    asked = parser.parse_args()
    if sys.version_info[:2] != _PYTHON:
        print("The counts are those of CPython {}.{}; run this with that.".format(*_PYTHON), file=sys.stderr)
        return 2
    told: Counts = json.loads(_FILE.read_text("utf-8")) if _FILE.exists() else {}
    counts = {**_steps(), **_opening_frozen(), **_kept(), **_unused()}
    _print(counts, told)
    if asked.write:
        _FILE.write_text(json.dumps(counts, indent=2) + "\n", "utf-8")
        return 0
    more = _more(counts, told)
    for line in more:
        print(line, file=sys.stderr)
    return 1 if more else 0


def _steps() -> Counts:
    """The instructions of every step at both of its sizes, its calls at the first, and what grows with the size."""
    from costs import COSTS

    counts: Counts = {}
    grows: list[str] = []
    for cost in COSTS:
        with cost.at(cost.sizes[0]) as step:  # loads what waits for the first use
            step()
        small, large = (_tally(cost, size) for size in cost.sizes)
        name, name_of_large = (cost.name.format(f"{size:,}") for size in cost.sizes)
        counts[name] = round(small.instructions / cost.counts)
        counts[f"{name}: calls of JSON and schemas"] = round(small.calls / cost.counts)
        counts[name_of_large] = round(large.instructions / cost.counts)
        if large.instructions > small.instructions * _GROWTH:
            grows.append(f"{cost.name}: instructions")
        if cost.is_answered_alike and _peak(cost, cost.sizes[1]) > _peak(cost, cost.sizes[0]) + _BYTES:
            grows.append(f"{cost.name}: memory")
    return {**counts, "what grows with the size": grows}


def _tally(cost: Cost, size: int) -> Tally:
    with cost.at(size) as step:
        return tally_of(step)


def _peak(cost: Cost, size: int) -> int:
    with cost.at(size) as step:
        return peak_of(step)


def _opening_frozen() -> Counts:
    """What a mock takes that freezes the clock, which looks at all modules, and other libraries load more or fewer."""
    from costs import open_and_close

    frozen = partial(open_and_close, freeze="2026-01-01T00:00:00Z")
    frozen()
    more = tally_of(frozen).instructions - tally_of(open_and_close).instructions
    return {"mock_streams(freeze=...), more than without, for each loaded module": round(more / len(sys.modules))}


def _kept() -> Counts:
    """What memory a record keeps."""
    from items import items

    from pytest_ddbstreams import StreamsMock

    stream = StreamsMock().create_stream("table")
    stream.write_many(islice(items(prefix="warm-up"), 10))
    size, blocks = kept_of(lambda: stream.write_many(islice(items(), _RECORDS)))
    return {
        "a record that is kept, in bytes": round(size / _RECORDS),
        "a hundred records that are kept, in blocks of memory": round(100 * blocks / _RECORDS),
    }


def _unused() -> Counts:
    """What a pytest run pays that uses none of the package."""
    few, many = _run_of(1), _run_of(101)
    return {
        "a run that uses none of it, with one test": few["instructions"],
        "each further test of it": round((many["instructions"] - few["instructions"]) / 100),
        "modules of a run that uses none of it": few["modules"],
    }


def _run_of(tests: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        text = "".join(f"def test_{number}():\n    pass\n\n\n" for number in range(tests))
        Path(folder, "test_nothing.py").write_text(text, "utf-8")
        command = [sys.executable, str(Path(__file__).with_name("unused.py")), folder]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        run = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)  # noqa: S603 - our own words
    counts: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return counts


def _more(counts: Counts, told: Counts) -> list[str]:
    """What is more than the file says, each as a line."""
    if counts.keys() != told.keys():
        return [f"{_FILE.name} is about other things than are counted now; write it anew: {_WRITE}"]
    more = [line for name, now in counts.items() for line in _compared(name, now, told[name])]
    return [*more, f"Where that has to be, put it in {_FILE.name}: {_WRITE}"] if more else []


def _compared(name: str, now: Any, before: Any) -> list[str]:
    if isinstance(now, list):
        return [f"{name}: {new} is new" for new in now if new not in before]
    share = f", {now / before - 1:.1%} more" if before else ""
    return [f"{name}: {now} instead of {before}{share}"] if now > before * _SLACK else []


def _print(counts: Counts, told: Counts) -> None:
    print(_LINE.format("", "now", _FILE.name))
    for name, now in counts.items():
        before = told.get(name, "")
        print(_LINE.format(name, *(len(each) if isinstance(each, list) else each for each in (now, before))))


if __name__ == "__main__":
    sys.exit(main())
