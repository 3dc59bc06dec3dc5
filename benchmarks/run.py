"""Prints how we compare, as a table of ratios; fails when one is over its limit. See README.md beside this."""

from __future__ import annotations

import platform
import sys
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from importlib.metadata import version
from typing import TYPE_CHECKING

import bridging
import delivering
import opening
import reading
import starting
import writing
from measuring import Result, measure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from measuring import Row

_COLUMNS = "{:<50} {:>9} {:>9} {:>6} {:>5}  {}"
_VERSIONS = ("pytest", "boto3", "botocore", "moto", "jsonschema-rs")


def main() -> int:
    """Measure the rows that were asked for; 1 if one is over its limit."""
    asked = _arguments().parse_args()
    rows = [*reading.rows(asked.records), *opening.rows(), *starting.rows(), *writing.rows()]
    rows += [*bridging.rows(), *delivering.rows(100_000)]
    print(_setting(), end="\n\n")
    print(_COLUMNS.format("", "ours, ms", "other, ms", "ratio", "limit", "compared with"))
    results = list(_measured(row for row in rows if asked.only in row.name))
    over = [result for result in results if result.is_over]
    for result in over:
        print(f"over its limit: {result.row.name}: {result.ratio:.3f} > {result.row.limit}", file=sys.stderr)
    return 1 if over else 0


def _arguments() -> ArgumentParser:
    parser = ArgumentParser(description=__doc__, formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000, help="records in the large shard")
    parser.add_argument("--only", default="", metavar="TEXT", help="only the rows whose name contains this")
    return parser


def _measured(rows: Iterable[Row]) -> Iterable[Result]:
    for row in rows:
        result = measure(row)
        limit = row.limit or ""
        print(
            _COLUMNS.format(
                row.name, _time(result.ours), _time(result.other), f"{result.ratio:.3f}", limit, row.versus
            ),
            flush=True,
        )
        yield result


def _setting() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in _VERSIONS)
    return f"{platform.python_implementation()} {platform.python_version()}, {libraries}"


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.3f}"


if __name__ == "__main__":
    sys.exit(main())
