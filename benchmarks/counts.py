"""Counts that say how hard the package is to read: modules, lines, functions, and the hops of a call.

    python benchmarks/counts.py
    python benchmarks/counts.py --checkout DIR     # of another state of the code

A hop is a call of a named function of the package; a comprehension is none. The script counts the hops of one
GetRecords call of a botocore client, and of one ``put`` over an item with a number and a set.
"""

from __future__ import annotations

import argparse
import ast
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

PACKAGE = "pytest_ddbstreams"
SMALL, LARGE = 60, 350


def module_counts(modules: dict[str, str]) -> dict[str, int]:
    """Return how many modules and lines there are, and how many modules are small or large."""
    lines = [len(text.splitlines()) for text in modules.values()]
    return {
        "modules": len(modules),
        "lines": sum(lines),
        f"modules under {SMALL} lines": sum(count < SMALL for count in lines),
        f"modules over {LARGE} lines": sum(count > LARGE for count in lines),
    }


def function_counts(modules: dict[str, str]) -> dict[str, int | str]:
    """Return how many functions there are, and how long their bodies are without docstrings."""
    functions = [
        (length_of(node), f"{name}:{node.name}")
        for name, text in modules.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    lengths = sorted(length for length, _ in functions)
    longest, name = max(functions)
    return {
        "functions": len(functions),
        "lines of the median function": int(median(lengths)),
        "lines that nine in ten functions do not exceed": lengths[len(lengths) * 9 // 10],
        "lines of the longest function": f"{longest} ({name})",
    }


def length_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function's body, without its docstring."""
    documented = ast.get_docstring(function) is not None
    body = function.body[1:] if documented else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body and body[-1].end_lineno else 0


@dataclass
class Hops:
    """A profile function that counts the calls of the package's functions."""

    root: str
    count: int = 0
    modules: set[str] = field(default_factory=set)

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        """Count a call of a named function of the package."""
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(self.root) and not code.co_name.startswith("<"):
            self.count += 1
            self.modules.add(code.co_filename)

    def during(self, run: Callable[[], object]) -> str:
        """Return the hops of a run, and the number of modules that they lie in."""
        sys.setprofile(self)
        try:
            run()
        finally:
            sys.setprofile(None)
        return f"{self.count} in {len(self.modules)} modules"


def hop_counts(root: str) -> dict[str, str]:
    """Return the hops of one GetRecords and of one put, both after a first one that imports what it needs."""
    from decimal import Decimal

    import botocore.session

    from pytest_ddbstreams import mock_streams

    with mock_streams() as mock:
        stream = mock.create_stream("orders")
        first, second = ({"pk": "o#1", "total": Decimal(total), "tags": {"a", "b"}} for total in ("9.5", "9.75"))
        stream.put(first)
        client: Any = botocore.session.get_session().create_client("dynamodbstreams", region_name="us-east-1")
        place = {"StreamArn": stream.arn, "ShardId": stream.shards[0].id, "ShardIteratorType": "TRIM_HORIZON"}
        token = client.get_shard_iterator(**place)["ShardIterator"]
        client.get_records(ShardIterator=token)
        return {
            "hops of one GetRecords": Hops(root).during(lambda: client.get_records(ShardIterator=token)),
            "hops of one put": Hops(root).during(lambda: stream.put(second)),
        }


def main() -> None:
    """Print every count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkout", type=Path, default=Path(__file__).parent.parent)
    checkout = parser.parse_args().checkout.resolve()
    if str(checkout) not in sys.path:
        # In a process of its own, which imports the package of that checkout.
        environment = {**os.environ, "PYTHONPATH": str(checkout)}
        call = [sys.executable, __file__, *sys.argv[1:]]
        raise SystemExit(subprocess.run(call, env=environment, check=False).returncode)  # noqa: S603 - our own text
    root = checkout / PACKAGE
    modules = {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in sorted(root.rglob("*.py"))}
    for name, count in {**module_counts(modules), **function_counts(modules), **hop_counts(str(root))}.items():
        print(f"{name:48} {count}")


if __name__ == "__main__":
    main()
