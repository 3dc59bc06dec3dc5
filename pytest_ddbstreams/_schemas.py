"""Holds what comes in and what goes out against the schemas: says yes or no, and when no, where and why.

Knows the JSON Schemas of ``schemas/`` and how to read them, and not one word of the API: which operations and
members there are stands in the schemas only.

Two libraries read them. ``jsonschema_rs`` is quick and says yes or no; ``jsonschema`` is slow and explains,
and serves alone where the other has no wheel. Each is imported by the first document that needs it, and both
give the same verdict on whatever JSON can hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._exceptions import ContractViolation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

_HERE = Path(__file__).parent
_FOLDERS = (_HERE / "schemas", _HERE.parent / "schemas")  # in a wheel; beside the package in the repository
_LONGEST_VALUE = 80
# The first saves the second's slow look at the type wherever it can.
_MAPPINGS = (dict, Mapping)


@dataclass(frozen=True, slots=True)
class Violation:
    """One place of a document that breaks one rule of its schema.

    Attributes:
        path: Where, from the document's root; a member that is missing has a path too.
        rule: The keyword of JSON Schema: "required", "minLength", "enum", "type" … A member that must not be
            there breaks "additionalProperties" if nobody knows it, and "not" if it does not apply here.
            What has the wrong type breaks "type" and nothing else.
        value: What came; None for a member that is missing.
        bound: What the schema says at that keyword: the least length, the tuple of allowed values …
    """

    path: tuple[str | int, ...]
    rule: str
    value: object
    bound: object


def is_request(operation: str, document: object) -> bool:
    """Whether the service's framework has nothing to object to a request that says nothing of null."""
    return _passes(_schema_of(operation, "request"), document)


def request_violations(operation: str, document: Mapping[str, Any]) -> tuple[Violation, ...]:
    """What the service's framework would object to, in the order of the members' names; mostly nothing."""
    schema = _schema_of(operation, "request")
    # A null fits no member, so a document that passes has none where it would matter.
    return () if _passes(schema, document) else _violations(schema, without_nulls(document))


def record_violations(document: object) -> tuple[Violation, ...]:
    """What keeps a document from being a stream record as it is on the wire."""
    return _violations("record", document)


def lambda_event_violations(document: object) -> tuple[Violation, ...]:
    """What keeps a document from being an event as a Lambda function receives it."""
    return _violations("lambda-event", document)


def check_response(operation: str, document: object) -> None:
    """Raise ContractViolation unless this may be an answer of the operation."""
    _check(_schema_of(operation, "response"), f"the response of {operation}", document)


def check_record(document: object) -> None:
    """Raise ContractViolation unless this is a stream record as it is on the wire."""
    _check("record", "a stream record", document)


def check_lambda_event(document: object) -> None:
    """Raise ContractViolation unless this is an event as a Lambda function receives it."""
    _check("lambda-event", "a Lambda event", document)


def without_nulls(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as the service reads it: a member that is null is a member that did not come.

    Members within members too; not the entries of lists, where a null is an entry.
    """
    return {
        name: without_nulls(value) if isinstance(value, _MAPPINGS) else value
        for name, value in document.items()
        if value is not None
    }


def explain(violations: Iterable[Violation]) -> str:
    """One line for each violation: where, what came, which rule it breaks."""
    return "\n".join(f"{_place(violation.path)}: {_objection(violation)}" for violation in violations)


def _check(schema: str, what: str, document: object) -> None:
    if not _passes(schema, document):
        raise ContractViolation(
            f"{what} breaks the schema of the API. This is a bug in pytest-ddbstreams, not in the code "
            f"under test; please report it with these lines:\n{explain(_violations(schema, document))}"
        )


# --- texts


def _place(path: tuple[str | int, ...]) -> str:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return steps.removeprefix(".") or "the document"


def _objection(violation: Violation) -> str:
    if violation.rule == "required":
        return "is missing (required)"
    value = repr(violation.value)
    if len(value) > _LONGEST_VALUE:
        value = f"{value[:_LONGEST_VALUE]}…"
    if violation.rule in {"additionalProperties", "not"}:
        return f"{value} must not be there ({violation.rule})"
    return f"{value} breaks {violation.rule} {violation.bound!r}"


# --- verdicts


def _violations(schema: str, document: Any) -> tuple[Violation, ...]:
    if _passes(schema, document):
        return ()
    found = {_in_order(violation): violation for violation in _objections(schema, document)}
    mistyped = {violation.path for violation in found.values() if violation.rule == "type"}
    told = (found[key] for key in sorted(found))
    return tuple(each for each in told if each.rule == "type" or each.path not in mistyped)


def _objections(schema: str, document: Any) -> Iterator[Violation]:
    for error in _explainer(schema).iter_errors(document):
        yield Violation(
            tuple(error.absolute_path), str(error.validator), error.instance, _frozen(error.validator_value)
        )


def _in_order(violation: Violation) -> tuple[tuple[tuple[int, str], ...], str]:
    steps = [(step, "") if isinstance(step, int) else (-1, str(step)) for step in violation.path]
    return tuple(steps), violation.rule


def _frozen(bound: object) -> object:
    return tuple(bound) if isinstance(bound, list) else bound


def _passes(schema: str, document: Any) -> bool:
    try:
        return _verdict(schema)(document)
    except ValueError:  # no JSON: bytes, a key that is a number, half a surrogate pair. The explainer knows.
        return False


@cache
def _verdict(schema: str) -> Callable[[Any], bool]:
    """The quicker judge of those that are installed."""
    try:
        import jsonschema_rs
    except ImportError:
        return _explainer(schema).is_valid
    return jsonschema_rs.Draft202012Validator(_read(schema)).is_valid


@cache
def _explainer(schema: str) -> Validator:
    from jsonschema import Draft202012Validator, validators

    own = {"additionalProperties": _additional, "pattern": _pattern, "required": _required}
    extend: Any = validators.extend  # its stubs leave it untyped
    explainer: Validator = extend(Draft202012Validator, own)(_read(schema))
    return explainer


@cache
def _schema_of(operation: str, side: str) -> str:
    kebab = re.sub(r"(?<!^)(?=[A-Z])", "-", operation).lower()
    return f"{kebab}.{side}"


@cache
def _read(schema: str) -> dict[str, Any]:
    folder = next(folder for folder in _FOLDERS if folder.is_dir())
    document: dict[str, Any] = json.loads((folder / f"{schema}.json").read_text("utf-8"))
    return document


# --- three keywords, told so that every error names one member, and read as JSON Schema means them


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

    # Every pattern of ours is anchored at both ends, but Python's own `$` lets one newline follow.
    if isinstance(instance, str) and not re.fullmatch(pattern, instance):
        yield ValidationError("does not match")
