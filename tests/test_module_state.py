"""Objects of the package that change while it runs and belong to the process, not to a mock: _lifecycle lists them."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest_ddbstreams
from pytest_ddbstreams import _lifecycle

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(pytest_ddbstreams.__file__).parent
TREES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(ROOT.rglob("*.py"))}

#: What changes by being used.
CHANGEABLE = {
    "Condition",
    "Counter",
    "Event",
    "Lock",
    "RLock",
    "WeakKeyDictionary",
    "WeakSet",
    "defaultdict",
    "deque",
    "dict",
    "list",
    "make_lock",
    "set",
}
CHANGES = {"add", "append", "clear", "extend", "insert", "pop", "popleft", "remove", "setdefault", "update"}


def test_the_list_of_module_state_in_lifecycle_is_complete() -> None:
    listed = re.findall(r"^- `([\w.]+)`: .", _lifecycle.__doc__ or "", re.MULTILINE)
    assert sorted(listed) == sorted(name for path, tree in TREES.items() for name in names_of_state(path, tree))


def names_of_state(path: Path, tree: ast.Module) -> Iterator[str]:
    parts = path.relative_to(ROOT).with_suffix("").parts
    module = ".".join(part for part in parts if part != "__init__")
    yield from (f"{module}.{name}" for statement in tree.body for name in state_in(statement, tree))


def state_in(statement: ast.stmt, tree: ast.Module) -> Iterator[str]:
    """Yield the names that a statement of a module binds to an object that changes."""
    if isinstance(statement, ast.FunctionDef):
        if any("cache" in ast.unparse(decorator) for decorator in statement.decorator_list):
            yield statement.name
    elif isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        yield from (name for name in names if is_changeable(statement.value) or is_changed(name, tree))


def is_changeable(value: ast.expr) -> bool:
    """Return whether an expression makes an empty container, a lock, or an object whose methods change it."""
    if isinstance(value, (ast.List, ast.Set)):
        return not value.elts
    if isinstance(value, ast.Dict):
        return not value.keys
    if isinstance(value, ast.Call) and isinstance(value.func, (ast.Name, ast.Attribute)):
        name = value.func.id if isinstance(value.func, ast.Name) else value.func.attr
        return name in CHANGEABLE or name in CLASSES_THAT_CHANGE
    return False


def is_changed(name: str, tree: ast.Module) -> bool:
    """Return whether a function of the module changes the object of a name."""
    return any(
        (isinstance(node, ast.Global) and name in node.names)
        or (isinstance(node, ast.Call) and changes(node.func, name))
        or (isinstance(node, ast.Subscript) and is_named(node.value, name) and not isinstance(node.ctx, ast.Load))
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
    )


def changes(function: ast.expr, name: str) -> bool:
    return isinstance(function, ast.Attribute) and function.attr in CHANGES and is_named(function.value, name)


def is_named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def is_class_that_changes(node: ast.ClassDef) -> bool:
    """Return whether methods of a class change its objects after they were made."""
    methods = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name not in MAKERS]
    return any(changes_self(each) for method in methods for each in ast.walk(method))


def changes_self(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return is_named(node.value, "self") and not isinstance(node.ctx, ast.Load)
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES
    return is_method and ast.unparse(node).startswith("self.")


MAKERS = {"__init__", "__new__", "__post_init__"}
CLASSES_THAT_CHANGE = {
    node.name
    for tree in TREES.values()
    for node in ast.walk(tree)
    if isinstance(node, ast.ClassDef) and is_class_that_changes(node)
}
