"""Compares the package with botocore, botocore's Stubber and moto, and prints the ratios.

The exit code is 1 if a figure or a ratio is over its limit. See README.md beside this file.
"""

from __future__ import annotations

import platform
import sys
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, Namespace
from importlib.metadata import version
from typing import TYPE_CHECKING

import integrating
import reading
import starting
import writing
from measuring import Scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from measuring import Result, Section

_NAME = "{:<54}{:>12}"
_COLUMN = "{:>18}"
_WRITES = (1, 1000, 100_000, 1_000_000)
_VERSIONS = ("pytest", "boto3", "botocore", "moto", "freezegun", "jsonschema-rs")


def main() -> int:
    """Measure the selected rows, and return 1 if a row is over a limit."""
    given = _parser().parse_args()
    scale = _scale(given)
    print(_versions())
    sections = [
        *reading.sections(scale),
        *writing.sections(scale),
        *starting.sections(),
        *integrating.sections(scale),
    ]
    over = [line for section in sections for line in _print(section, given.only, scale.divisor)]
    print()
    for line in over:
        print(f"over its limit: {line}", file=sys.stderr)
    return 1 if over else 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(description=__doc__, formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument(
        "--records", type=int, default=1_000_000, help="records in the large shard, and written at most"
    )
    parser.add_argument("--only", default="", metavar="TEXT", help="only the rows whose name contains this")
    parser.add_argument(
        "--quick", action="store_true", help="small sizes and few rounds: to see it work, not to compare"
    )
    return parser


def _scale(given: Namespace) -> Scale:
    records, listed, divisor = (10_000, 1000, 10) if given.quick else (given.records, 10_000, 1)
    return Scale(records, listed, [size for size in _WRITES if size <= records], divisor)


def _print(section: Section, only: str, divisor: int) -> Iterator[str]:
    """Print each selected row as soon as it is measured, and yield a line for each limit that it is over."""
    rows = [row for row in section.rows if only in row.name]
    if rows:
        print("\n" + _line(section.title, f"ours, {section.unit}", section.columns))
    for row in rows:
        result = row.measure(divisor)
        cells = [_ratio(result, column) for column in section.columns]
        print(_line(row.name, _cell(result.figure, result.ceiling), cells), flush=True)
        yield from result.over


def _line(name: str, figure: str, cells: Sequence[str]) -> str:
    return (_NAME.format(name, figure) + "".join(map(_COLUMN.format, cells))).rstrip()


def _ratio(result: Result, column: str) -> str:
    ratio = result.ratios.get(column)
    return "" if ratio is None else _cell(ratio, result.limits.get(column))


def _cell(number: float, limit: float | None) -> str:
    """Return a number, and its limit if there is one."""
    if limit is None:
        return f"{number:.4g}"
    return f"{number:.4g} {'>' if number > limit else '<'} {limit:.4g}"


def _versions() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in _VERSIONS)
    return f"{platform.python_implementation()} {platform.python_version()}, {libraries}"


if __name__ == "__main__":
    sys.exit(main())
