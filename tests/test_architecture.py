"""The architecture, as a test: who may import whom, and which word lives where.

`LAYERS` reads from the top: a module may import what stands below it, or beside it in its own package.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

import pytest_ddbstreams

ROOT = Path(pytest_ddbstreams.__file__).parent

LAYERS = (
    "plugin",  # pytest's hooks, fixtures and markers
    "__main__",  # the command line
    "_scenarios",  # named hardships, from what users can type too
    "__init__",  # the public names
    "_http_server",  # a mock for other processes
    "_lifecycle",  # opens and closes a mock
    "_decorators",
    "_moto",  # tables of moto that feed streams
    "_environment",
    "_api",  # what tests hold: StreamsMock, Stream, Shard
    "_lambda",  # event source mappings
    "_report",  # the failure report and the timeline
    "_interceptors",  # take requests from client libraries
    "_wire",  # bytes <-> operations
    "_service",  # one fake service: streams, call log, faults, lock, clock
    "_call_log",
    "_assertions",  # what a call log proves
    "_faults",
    "_operations",  # the four operations, dict in, dict out
    "_schemas",  # JSON Schemas of requests, responses and records
    "_json",  # JSON text
    "_service_errors",  # every error of the service
    "_model",  # streams, shards, records, iterators: the rules
    "_items",  # items, attribute values, numbers, sizes, keys
    "_strictness",  # everything reported at the end of a test
    "_options",  # each option, declared once
    "_clock",
    "_checks",  # checks of arguments
    "_exceptions",  # errors that a test can get
)

#: A name in the code, and the only rooms that may say it.
NAMES = {
    "pytest": {"plugin"},
    "botocore": {"_interceptors"},
    "boto3": {"_interceptors"},
    "aiobotocore": {"_interceptors"},
    "requests": {"_interceptors", "_operations"},  # in the latter it is a module of that name, not the library
    "responses": {"_interceptors"},
    "json": {"_json", "_schemas"},
    "jsonschema": {"_schemas"},
    "jsonschema_rs": {"_schemas"},
    "freezegun": {"_clock"},
    "time_machine": {"_clock"},
    "environ": {"_environment"},
    "werkzeug": {"_http_server"},
    "moto": {"_moto"},
    "yaml": {"_lambda"},  # templates
}

#: A text in the code, and the only rooms that may say it: the API's words end at the operations.
TEXTS = {
    "StreamArn": {"_operations"},
    "ShardId": {"_operations"},
    "ShardIteratorType": {"_operations"},
    "NextShardIterator": {"_operations"},
    "LatestStreamArn": {"_operations"},
    "x-amz-target": {"_wire"},
    "__type": {"_wire"},
}

#: Who may ask what time it is: the clock, and those who hand its answer down, or out to other processes.
TIMEKEEPERS = {"_clock", "_service", "_lambda", "_http_server"}


@dataclass(frozen=True)
class Module:
    """A module's tree, and what this test asks of it."""

    path: Path
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.path.relative_to(ROOT).with_suffix("").parts[0]

    @property
    def imports(self) -> set[str]:
        """The rooms of this package that it imports when it runs, at the top or inside a function."""
        type_only = {id(node) for block in self._type_checking_blocks() for node in ast.walk(block)}
        return {
            room
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom) and node.level and id(node) not in type_only
            for room in self._rooms(node)
        }

    @property
    def names(self) -> set[str]:
        """Every name in its code: of variables, attributes, and imported modules, part by part."""
        nodes = list(ast.walk(self.tree))
        names = {node.id for node in nodes if isinstance(node, ast.Name)}
        names |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        for node in nodes:
            if isinstance(node, ast.Import):
                names |= {part for alias in node.names for part in alias.name.split(".")}
            elif isinstance(node, ast.ImportFrom):
                names |= set((node.module or "").split("."))
        return names

    @property
    def texts(self) -> set[str]:
        return {
            node.value for node in ast.walk(self.tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }

    @property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        return [node for node in ast.walk(self.tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]

    def _type_checking_blocks(self) -> list[ast.stmt]:
        return [
            statement
            for node in ast.walk(self.tree)
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            for statement in node.body
        ]

    def _rooms(self, node: ast.ImportFrom) -> set[str]:
        package = self.path.relative_to(ROOT).parent.parts
        base = package[: len(package) - (node.level - 1)]
        target = (*base, *(node.module or "").split(".")) if node.module else base
        return {target[0]} if target else {alias.name for alias in node.names}


MODULES = [Module(path, ast.parse(path.read_text("utf-8"))) for path in sorted(ROOT.rglob("*.py"))]
each_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.path.relative_to(ROOT).as_posix())


def test_every_module_has_a_layer() -> None:
    assert {module.room for module in MODULES} <= set(LAYERS)


@each_module
def test_imports_point_down(module: Module) -> None:
    assert module.imports <= set(LAYERS[LAYERS.index(module.room) :])


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_said_in_its_own_room_only(name: str) -> None:
    assert {module.room for module in MODULES if name in module.names} <= NAMES[name]


@pytest.mark.parametrize("text", TEXTS)
def test_each_text_is_said_in_its_own_room_only(text: str) -> None:
    assert {module.room for module in MODULES if text in module.texts} == TEXTS[text]


def test_only_the_timekeepers_ask_for_the_time() -> None:
    asking = {
        module.room
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "now"
    }
    assert asking == TIMEKEEPERS


@each_module
def test_files_stay_readable(module: Module) -> None:
    assert len(module.path.read_text("utf-8").splitlines()) <= 350


def test_nine_in_ten_functions_are_short() -> None:
    lengths = sorted(length_of(function) for module in MODULES for function in module.functions)
    assert lengths[len(lengths) * 9 // 10] < 15


def length_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function's body, without its docstring."""
    documented = ast.get_docstring(function) is not None
    body = function.body[1:] if documented else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body and body[-1].end_lineno else 0
