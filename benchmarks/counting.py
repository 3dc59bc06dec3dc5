"""Counts what the package's own code does: instructions, calls that take long, and memory; a busy machine changes none.

Instructions are those of Python's bytecode. What C code does within one of them is not seen; so the calls are counted
by which texts are made, read and held against schemas, and of what is copied the memory.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

PACKAGE = "pytest_ddbstreams"

#: New in Python 3.12.
_monitoring: Any = getattr(sys, "monitoring", None)
_TOOL = 3  # the first number that belongs to no kind of tool


#: What takes as long as hundreds of instructions.
_LONG = frozenset({"json", "jsonschema", "jsonschema_rs"})


class Tally:
    """How many instructions of the package have run, and how often it has called JSON's code and that of schemas."""

    def __init__(self) -> None:
        spec = find_spec(PACKAGE)  # which does not import it
        if spec is None or spec.origin is None:
            raise RuntimeError(f"{PACKAGE} is not installed: pip install -e .")
        self._root = str(Path(spec.origin).parent)
        self.instructions = 0
        self.calls = 0

    def see(self, code: CodeType, _offset: int) -> Any:
        """Count an instruction that is about to run; of other code, never hear of it again."""
        if not code.co_filename.startswith(self._root):
            return _monitoring.DISABLE
        self.instructions += 1
        return None

    def see_call(self, code: CodeType, _offset: int, called: Any, _argument: Any) -> Any:
        """Count a call that is about to happen, if it takes long; of other code as above."""
        if not code.co_filename.startswith(self._root):
            return _monitoring.DISABLE
        module = getattr(called, "__module__", None) or type(getattr(called, "__self__", None)).__module__
        self.calls += module.partition(".")[0].removeprefix("_") in _LONG
        return None


@contextmanager
def counted() -> Iterator[Tally]:
    """Count the instructions of a block, and its calls."""
    tally = Tally()
    events = _monitoring.events
    _monitoring.use_tool_id(_TOOL, __name__)
    _monitoring.register_callback(_TOOL, events.INSTRUCTION, tally.see)
    _monitoring.register_callback(_TOOL, events.CALL, tally.see_call)
    _monitoring.set_events(_TOOL, events.INSTRUCTION | events.CALL)
    try:
        yield tally
    finally:
        _monitoring.set_events(_TOOL, 0)
        _monitoring.register_callback(_TOOL, events.INSTRUCTION, None)
        _monitoring.register_callback(_TOOL, events.CALL, None)
        _monitoring.free_tool_id(_TOOL)


def tally_of(step: Callable[[], object]) -> Tally:
    """What a step does."""
    with counted() as tally:
        step()
    return tally


def peak_of(step: Callable[[], object]) -> int:
    """How many bytes more than before were in use at once during a step."""
    with _traced():
        step()
        return tracemalloc.get_traced_memory()[1]


def kept_of(step: Callable[[], object]) -> tuple[int, int]:
    """How many bytes, and how many blocks of them, are in use after a step that were not before."""
    with _traced():
        kept = step()
        gc.collect()
        traced = tracemalloc.take_snapshot().traces
        del kept
        return sum(trace.size for trace in traced), len(traced)


@contextmanager
def _traced() -> Iterator[None]:
    gc.collect()
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()
