"""The architecture, as a test: who may import whom, which word has which owner, and how long files and functions are.

`LAYERS` reads from the top: a module may import modules of its own room, and of the rooms below. A room is a package or
a module directly below ``pytest_ddbstreams``. Imports under TYPE_CHECKING, and inside functions, count.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import pytest_ddbstreams
from pytest_ddbstreams._service_errors import SERVICE_ERRORS

ROOT = Path(pytest_ddbstreams.__file__).parent

LAYERS = (
    "__init__",  # the front page: every public name
    "plugin",  # pytest's hooks, fixtures and markers
    "__main__",  # the command line
    "_scenarios",  # named hardships, from what users can type too
    "_http_server",  # a mock for other processes
    "_lifecycle",  # opens and closes a mock
    "_decorators",
    "_class_set_up",
    "_moto",  # tables of moto that feed streams
    "_api",  # what tests hold: StreamsMock, Stream, Shard
    "_lambda",  # event source mappings
    "_report",  # the failure report and the timeline
    "_interceptors",  # take requests from client libraries
    "_wire",  # bytes <-> operations
    "_children",  # child processes, and the mock of their parent
    "_work",  # threads, tasks and jobs, and the mock of their start
    "_wrappers",  # around functions of other modules
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
    "_environment",  # environment variables
    "_strictness",  # everything reported at the end of a test
    "_running_tests",  # the tests that run: their mocks and their code
    "_options",  # each option, declared once
    "_clock",
    "_imports",  # functions that run once a module is imported
    "_locks",  # that a forked child can take
    "_checks",  # checks of arguments
    "_exceptions",  # errors that a test can get
)

#: A name in the code, and its owners.
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
    "h11": {"_http_server"},
    "moto": {"_moto"},
    "yaml": {"_lambda"},  # templates
}

#: A text in the code, and its owners: the API's words end at the operations.
TEXTS = {
    "StreamArn": {"_operations", "_lambda"},  # in the latter an attribute of CloudFormation
    "ShardId": {"_operations"},
    "ShardIteratorType": {"_operations"},
    "NextShardIterator": {"_operations"},
    "LatestStreamArn": {"_operations"},
    "x-amz-target": {"_wire"},
    "__type": {"_wire"},
}

#: A word of a language of templates, and the modules of `_lambda/templates` that know it.
TEMPLATE_WORDS = {
    "Fn::Sub": {"intrinsics"},
    "Fn::Equals": {"intrinsics"},
    "Fn::ForEach::": {"loops"},
    "AWS::SQS::Queue": {"references", "terraform"},
    "AWS::Serverless::Function": {"cloudformation"},
    "Globals": {"cloudformation"},
    "Parameters": {"cloudformation", "deployed", "serverless"},
    "batchWindow": {"serverless"},
    "opt": {"serverless_variables"},
    "planned_values": {"terraform"},
    "aws_lambda_function": {"terraform"},
}

#: Where the codes of the service's errors may stand as text, as arguments of `fail`.
SCRIPTS = {"_service_errors", "_scenarios", "_simulation"}

#: JSON that is written by hand in bytes.
JSON_TEXT = re.compile(rb'[{,]"|":')

CLOCKS = {"now", "utcnow", "today", "time", "time_ns"}


@dataclass(frozen=True)
class Module:
    """A module of the package, and what these tests ask of it."""

    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text("utf-8"))

    @property
    def parts(self) -> tuple[str, ...]:
        """Its dotted name below the package; that of a package without ``__init__``."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts

    @property
    def room(self) -> str:
        return self.parts[0]

    @cached_property
    def imports(self) -> set[tuple[str, ...]]:
        """The modules of this package that it imports: at the top, under TYPE_CHECKING, or inside a function."""
        nodes = [node for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom) and node.level]
        return {target for node in nodes for target in self._targets(node)} - {self.parts}

    def _targets(self, node: ast.ImportFrom) -> set[tuple[str, ...]]:
        package = self.path.relative_to(ROOT).parent.parts
        base = (*package[: len(package) - (node.level - 1)], *(node.module or "").split("."))
        base = tuple(part for part in base if part)
        targets = [(*base, alias.name) for alias in node.names]
        return {target if target in BY_NAME else base or ("__init__",) for target in targets}

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
        """Every text in its code."""
        return {value for value in self._constants if isinstance(value, str)}

    @property
    def bytes_texts(self) -> set[bytes]:
        """Every bytes object in its code."""
        return {value for value in self._constants if isinstance(value, bytes)}

    @property
    def clock_calls(self) -> set[str]:
        """Calls that ask Python, and not a mock's clock, for the time."""
        calls = [node.func for node in ast.walk(self.tree) if isinstance(node, ast.Call)]
        asked = [call for call in calls if isinstance(call, ast.Attribute) and call.attr in CLOCKS]
        return {text for call in asked if re.match(r"(dt\.)?(datetime|date)\.|time\.", text := ast.unparse(call))}

    @property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        return [node for node in ast.walk(self.tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]

    @property
    def _constants(self) -> list[object]:
        return [node.value for node in ast.walk(self.tree) if isinstance(node, ast.Constant)]


MODULES = [Module(path) for path in sorted(ROOT.rglob("*.py"))]
BY_NAME = {module.parts: module for module in MODULES}
each_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.path.relative_to(ROOT).as_posix())


def test_every_room_has_a_layer() -> None:
    assert {module.room for module in MODULES} == set(LAYERS)


@each_module
def test_a_module_imports_from_its_own_room_and_from_below(module: Module) -> None:
    assert {target[0] for target in module.imports} <= set(LAYERS[LAYERS.index(module.room) :])


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {module.parts: module.imports for module in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(".".join(parts) for parts in error.args[1]))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_used_by_its_owners_only(name: str) -> None:
    assert {module.room for module in MODULES if name in module.names} <= NAMES[name]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_used_by_its_owners_only(text: str) -> None:
    assert {module.room for module in MODULES if text in module.texts} == TEXTS[text]


@pytest.mark.parametrize("word", TEMPLATE_WORDS)
def test_a_word_of_a_template_is_used_by_its_owners_only(word: str) -> None:
    assert {module.parts[-1] for module in MODULES if word in module.texts} == TEMPLATE_WORDS[word]


@pytest.mark.parametrize("code", SERVICE_ERRORS)
def test_a_code_of_the_service_is_written_by_its_owners_only(code: str) -> None:
    assert {module.room for module in MODULES if code in module.texts} <= SCRIPTS


def test_json_is_written_in_its_own_room_only() -> None:
    assert {module.room for module in MODULES if any(map(JSON_TEXT.search, module.bytes_texts))} <= {"_json"}


def test_python_is_asked_for_the_time_by_the_clock_only() -> None:
    assert {module.room for module in MODULES if module.clock_calls} == {"_clock"}


def test_modules_with_one_name_have_one_subject() -> None:
    """Two rooms may each have a module of the same subject: the API's stream and the model's."""
    names = [module.parts[-1] for module in MODULES if len(module.parts) > 1]
    assert {name for name in names if names.count(name) > 1} <= {"stream", "shard", "faults", "tables"}


@each_module
def test_a_file_has_at_most_350_lines(module: Module) -> None:
    assert len(module.path.read_text("utf-8").splitlines()) <= 350


def test_nine_in_ten_functions_are_under_15_lines() -> None:
    lengths = sorted(length_of(function) for module in MODULES for function in module.functions)
    assert lengths[len(lengths) * 9 // 10] < 15


def length_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function's body, without its docstring."""
    documented = ast.get_docstring(function) is not None
    body = function.body[1:] if documented else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body and body[-1].end_lineno else 0
