"""Validation of JSON documents against the JSON Schemas in ``schemas/``, and the reason when one does not fit.

This module reads the schemas, and knows no operation and no member of the API.

Two libraries validate. ``jsonschema_rs`` says quickly whether a document fits. ``jsonschema`` explains why a document
does not fit, and also decides where the other has no wheel. Each is imported for the first document that needs it. Both
agree on every JSON document.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._exceptions import ContractViolation, short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

_HERE = Path(__file__).parent
_FOLDERS = (_HERE / "schemas", _HERE.parent / "schemas")  # in a wheel; beside the package in the repository
_LONGEST_VALUE = 80

RECORD = "record"
LAMBDA_EVENT = "lambda-event"


@dataclass(frozen=True, slots=True)
class Violation:
    """One place of a document that breaks one rule of its schema.

    Attributes:
        path: the place, from the document's root; a missing member has a path too.
        rule: the keyword of JSON Schema: "required", "minLength", "enum", "type" … A forbidden member breaks
            "additionalProperties" if the schema does not know it, and "not" if it does not apply there. A value of the
            wrong type breaks "type" and no other rule.
        value: the value at that place; None for a missing member.
        bound: the value of the keyword in the schema: the least length, the tuple of allowed values …
    """

    path: tuple[str | int, ...]
    rule: str
    value: object
    bound: object


def violations(schema: str, document: object) -> tuple[Violation, ...]:
    """Return the violations of a document, in the order of the members' names.

    Args:
        schema: a schema's name: the name of its file, without the suffix.
        document: the document.
    """
    try:
        if _validator(schema)(document):
            return ()
    except ValueError:
        pass  # not JSON: bytes, a key that is a number, half a surrogate pair. The explainer takes these.
    found = {_place_in_order(violation): violation for violation in _objections(schema, document)}
    mistyped = {violation.path for violation in found.values() if violation.rule == "type"}
    ordered = (found[key] for key in sorted(found))
    return tuple(each for each in ordered if each.rule == "type" or each.path not in mistyped)


def check(schema: str, name: str, document: object) -> None:
    """Raise unless a document that this package made fits its schema.

    Args:
        schema: a schema's name.
        name: the name of the document in the error.
        document: the document.

    Raises:
        ContractViolation: the document does not fit.
    """
    found = violations(schema, document)
    if found:
        raise ContractViolation(
            f"{name} breaks the schema of the API. This is a bug in pytest-ddbstreams, not in the code "
            f"under test; please report it with these lines:\n{explain(found)}"
        )


def without_nulls(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document without its members that are null: the service ignores them, at every level.

    A null in a list is an entry, and stays.
    """
    return {
        name: without_nulls(value) if isinstance(value, dict) else value
        for name, value in document.items()
        if value is not None
    }


def explain(found: Iterable[Violation]) -> str:
    """Return one line for each violation: its place, the value, and the rule that it breaks."""
    return "\n".join(f"{_place(violation.path)}: {_objection(violation)}" for violation in found)


# Texts


def _place(path: tuple[str | int, ...]) -> str:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{_cut(step)}" for step in path)
    return steps.removeprefix(".") or "the document"


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_VALUE else f"{name[: _LONGEST_VALUE - 1]}…"


def _objection(violation: Violation) -> str:
    if violation.rule == "required":
        return "is missing (required)"
    value = short(violation.value, _LONGEST_VALUE)
    if violation.rule in {"additionalProperties", "not"}:
        return f"{value} must not be there ({violation.rule})"
    return f"{value} breaks {violation.rule} {violation.bound!r}"


# Validation


def _objections(schema: str, document: Any) -> Iterator[Violation]:
    for error in _explainer(schema).iter_errors(document):
        bound = error.validator_value
        yield Violation(
            path=tuple(error.absolute_path),
            rule=str(error.validator),
            value=error.instance,
            bound=tuple(bound) if isinstance(bound, list) else bound,
        )


def _place_in_order(violation: Violation) -> tuple[tuple[tuple[int, str], ...], str]:
    steps = [(step, "") if isinstance(step, int) else (-1, str(step)) for step in violation.path]
    return tuple(steps), violation.rule


@cache
def _validator(schema: str) -> Callable[[Any], bool]:
    """Return the quicker of the two libraries' functions that say whether a document fits."""
    try:
        import jsonschema_rs
    except ImportError:
        return _explainer(schema).is_valid
    return jsonschema_rs.Draft202012Validator(_read(schema)).is_valid


@cache
def _explainer(schema: str) -> Validator:
    from jsonschema import Draft202012Validator, validators

    keywords = {"additionalProperties": _additional, "pattern": _pattern, "required": _required}
    extend: Any = validators.extend  # its stubs leave it untyped
    explainer: Validator = extend(Draft202012Validator, keywords)(_read(schema))
    return explainer


@cache
def _read(schema: str) -> dict[str, Any]:
    folder = next(folder for folder in _FOLDERS if folder.is_dir())
    document: dict[str, Any] = json.loads((folder / f"{schema}.json").read_text("utf-8"))
    return document


# Three keywords of JSON Schema, of which each error shall name one member


def _additional(validator: Validator, allowed: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    from jsonschema import Draft202012Validator, ValidationError

    if allowed is not False:
        yield from Draft202012Validator.VALIDATORS["additionalProperties"](validator, allowed, instance, schema)
    elif isinstance(instance, dict):
        for name in instance.keys() - schema["properties"].keys():
            yield ValidationError("must not be there", path=(name,), instance=instance[name])


def _required(_validator: Validator, names: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    from jsonschema import ValidationError

    for name in names:
        if isinstance(instance, dict) and name not in instance:
            yield ValidationError("is missing", path=(name,), instance=None)


def _pattern(_validator: Validator, pattern: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    from jsonschema import ValidationError

    # Every pattern in the schemas is anchored at both ends, but Python's own `$` lets one newline follow.
    if isinstance(instance, str) and not re.fullmatch(pattern, instance):
        yield ValidationError("does not match")
