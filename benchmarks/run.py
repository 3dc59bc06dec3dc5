"""Prints how we compare, as tables of ratios; fails when one is over its limit. See README.md beside this."""

from __future__ import annotations

import platform
import sys
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, Namespace
from importlib.metadata import version
from typing import TYPE_CHECKING

import bridging
import delivering
import listing
import opening
import reading
import starting
import steering
import weighing
import writing
from measuring import Scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from measuring import Result, Section

_NAME = "{:<52}{:>12}"
_COLUMN = "{:>18}"
_WRITES = (1, 1000, 100_000, 1_000_000)
_VERSIONS = ("pytest", "boto3", "botocore", "moto", "freezegun", "jsonschema-rs")


def main() -> int:
    """Measure the rows that were asked for; 1 if one is over its limit."""
    asked = _arguments().parse_args()
    scale = _scale(asked)
    print(_setting())
    over = [line for section in _sections(scale) for line in _printed(section, asked.only, scale.hurry)]
    print()
    for line in over:
        print(f"over its limit: {line}", file=sys.stderr)
    return 1 if over else 0


def _arguments() -> ArgumentParser:
    parser = ArgumentParser(description=__doc__, formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument(
        "--records", type=int, default=1_000_000, help="records in the large shard, and written at most"
    )
    parser.add_argument("--only", default="", metavar="TEXT", help="only the rows whose name contains this")
    parser.add_argument(
        "--quick", action="store_true", help="small sizes and few rounds: to see it work, not to compare"
    )
    return parser


def _scale(asked: Namespace) -> Scale:
    records, many, hurry = (10_000, 1000, 10) if asked.quick else (asked.records, 10_000, 1)
    return Scale(records, many, [size for size in _WRITES if size <= records], hurry)


def _sections(scale: Scale) -> list[Section]:
    return [
        *reading.sections(scale),
        listing.section(scale),
        writing.section(scale),
        weighing.section(scale),
        steering.section(scale),
        opening.section(),
        starting.section(),
        bridging.section(),
        delivering.section(scale),
    ]


def _printed(section: Section, only: str, hurry: int) -> Iterator[str]:
    """Print the rows that were asked for as they are measured; yields what is over its limit."""
    rows = [row for row in section.rows if only in row.name]
    if rows:
        print("\n" + _line(section.title, f"ours, {section.unit}", section.columns))
    for row in rows:
        result = row.measure(hurry)
        cells = [_ratio(result, column) for column in section.columns]
        print(_line(row.name, _cell(result.figure, result.ceiling), cells), flush=True)
        yield from result.over


def _line(name: str, figure: str, cells: Sequence[str]) -> str:
    return (_NAME.format(name, figure) + "".join(map(_COLUMN.format, cells))).rstrip()


def _ratio(result: Result, column: str) -> str:
    ratio = result.ratios.get(column)
    return "" if ratio is None else _cell(ratio, result.limits.get(column))


def _cell(number: float, limit: float | None) -> str:
    """A number, and what it must not pass."""
    if limit is None:
        return f"{number:.4g}"
    return f"{number:.4g} {'>' if number > limit else '<'} {limit:.4g}"


def _setting() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in _VERSIONS)
    return f"{platform.python_implementation()} {platform.python_version()}, {libraries}"


if __name__ == "__main__":
    sys.exit(main())
