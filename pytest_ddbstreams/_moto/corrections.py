"""Corrections of moto's writes, where they differ from DynamoDB's and records would differ too.

Each correction names the newest release of moto that needs it, and the test of this package that passes without the
correction once moto is right: the correction can go when the lowest supported moto is such a release.
"""

from __future__ import annotations

from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from functools import partial
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Any, NamedTuple

from .._clock import now
from .methods import MODELS, RESPONSES, Patch
from .tables import item_at, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from .._items.values import Item
    from .feeds import ItemPlace

#: How long a ClientRequestToken stands for its first request, by the API reference of TransactWriteItems.
TOKEN_LIFETIME = timedelta(minutes=10)

#: The attribute of moto's backend that has the answered tokens. A reset of moto clears it together with the tables.
_ANSWERED = "_ddbstreams_answered_tokens"

#: Why an INSERT is refused in a batch or in a transaction, by the API reference of BatchStatementError.
_DUPLICATE_ITEM = "DuplicateItem"


class Answered(NamedTuple):
    """A transaction that was answered.

    Attributes:
        at: when it was answered.
        request: its operation and its parameters.
        answer: the answer of moto.
    """

    at: datetime
    request: tuple[str, dict[str, Any]]
    answer: Any


def corrections(note: Callable[[ItemPlace, Callable[[], Item | None]], None]) -> tuple[Patch, ...]:
    """Return the corrections.

    Args:
        note: notes that a call writes to an item; records follow the order of these notes.
    """
    return (
        Patch(RESPONSES, "DynamoHandler", "batch_write_item", ("self",), partial(_order_batch, note)),
        Patch(RESPONSES, "DynamoHandler", "transact_write_items", ("self",), _answer_once),
        Patch(RESPONSES, "DynamoHandler", "execute_transaction", ("self",), _answer_once),
        Patch(MODELS, "DynamoDBBackend", "execute_statement", _STATEMENT, _refuse_second_insert),
        Patch(MODELS, "DynamoDBBackend", "execute_transaction", ("self", "statements"), _roll_back),
        Patch(MODELS, "DynamoDBBackend", "update_item", _UPDATE, _update_missing_item),
    )


_STATEMENT = ("self", "statement", "parameters")
_UPDATE = (
    "self",
    "table_name",
    "key",
    "update_expression",
    "expression_attribute_names",
    "expression_attribute_values",
    "attribute_updates",
    "expected",
    "condition_expression",
    "return_values_on_condition_check_failure",
)


# BatchWriteItem


def _order_batch(note: Callable[..., None], batch_write_item: Callable[[Any], Any]) -> Any:
    """Record a batch in the order of its request, and refuse a batch that has a key twice.

    moto 5.2.5 writes all puts before all deletions. It compares whole items, puts and deletions apart, and those of all
    tables together. Tests: those of batches in `test_corrections`.
    """

    def replacement(self: Any) -> Any:
        places = _places_of_batch(self)
        if len(set(places)) < len(places):
            raise _validation_error("Provided list of item keys contains duplicates")
        for place in places:
            note(place, partial(item_at, place))
        # moto makes a handler for each request, so this turns off moto's comparison for this batch alone.
        self._contains_duplicates = _has_no_duplicates
        return batch_write_item(self)

    return replacement


def _has_no_duplicates(_: list[str]) -> bool:
    return False


def _places_of_batch(handler: Any) -> list[ItemPlace]:
    """Return the places of a batch in the order of its request; moto refuses requests that lack their key."""
    places = (
        place_of(handler.dynamodb_backend.get_table(name), request.get("Item") or request.get("Key") or {})
        for name, entries in handler.body["RequestItems"].items()
        for entry in entries
        for request in entry.values()
    )
    return [place for place in places if place is not None]


# ClientRequestToken


def _answer_once(handle: Callable[[Any], Any]) -> Any:
    """Answer a transaction that repeats a ClientRequestToken with the first answer, and write nothing.

    A transaction that was refused or canceled is tried again. moto 5.2.5 ignores tokens. Tests: those of tokens in
    `test_corrections`.
    """

    def replacement(self: Any) -> Any:
        token = self.body.get("ClientRequestToken")
        answered = _answered_tokens(self.dynamodb_backend)
        # moto puts values of the request into its tables, where later updates change them.
        request = (handle.__name__, deepcopy(self.body))
        if token in answered:
            if answered[token].request != request:
                # The service's text is not documented.
                raise _error(
                    "IdempotentParameterMismatchException", "The ClientRequestToken was used with other parameters"
                )
            return answered[token].answer
        answer = handle(self)
        if token is not None:
            answered[token] = Answered(now(), request, answer)
        return answer

    return replacement


def _answered_tokens(moto_backend: Any) -> dict[str, Answered]:
    """Return the tokens of a region that still stand for their first request."""
    known: dict[str, Answered] = vars(moto_backend).setdefault(_ANSWERED, {})
    time = now()
    # A test may move the clock back: a request of the future is not repeated.
    for token in [token for token, first in known.items() if not timedelta(0) <= time - first.at < TOKEN_LIFETIME]:
        del known[token]
    return known


# PartiQL


def _refuse_second_insert(execute_statement: Callable[..., Any]) -> Any:
    """Refuse an INSERT over an item, and one into a table that does not exist.

    moto 5.2.5 replaces the item, and raises KeyError for the table. Tests: those of INSERT in `test_corrections`.
    """

    def replacement(self: Any, statement: str, parameters: list[dict[str, Any]]) -> Any:
        for name, item in _insertions(statement, parameters):
            table = self.get_table(name)
            place = place_of(table, item)
            if place is not None and table.get_item(*place.key) is not None:
                raise _duplicate_item()
        return execute_statement(self, statement, parameters)

    return replacement


def _insertions(statement: str, parameters: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the table and the item of an INSERT; nothing for other statements."""
    from moto.dynamodb.parsing import partiql

    if not statement.lower().startswith("insert"):
        return
    _, changes = partiql.query(statement, {}, parameters)
    for name, pairs in changes.items():
        yield from ((name, new) for _, new in pairs if new is not None)


def _roll_back(execute_transaction: Callable[..., Any]) -> Any:
    """Write all statements of a transaction or none; refused ones cancel it, and have the reasons.

    moto 5.2.5 keeps the writes of the statements before the one that it refuses. Tests: those of PartiQL transactions
    in `test_corrections`.
    """

    def replacement(self: Any, statements: list[dict[str, Any]]) -> Any:
        with _restoring_tables(self):
            found: list[Any] = []
            reasons = [_reason(partial(execute_transaction, self, [each]), found) for each in statements]
            if any(code is not None for code, _, _ in reasons):
                raise _canceled(reasons)
            return found

    return replacement


def _reason(execute: Callable[[], list[Any]], found: list[Any]) -> tuple[str | None, str | None, None]:
    """Execute a statement and add the items that it finds; return the reason for which it cancels, if any."""
    from moto.dynamodb.exceptions import DynamodbException

    try:
        found += execute()
    except DynamodbException as refusal:
        code = _DUPLICATE_ITEM if refusal.name == _DUPLICATE_ITEM else "ValidationError"
        return code, refusal.message, None
    return None, None, None


@contextmanager
def _restoring_tables(moto_backend: Any) -> Iterator[None]:
    """Restore all tables of a region if the block raises, as moto does for TransactWriteItems."""
    tables = deepcopy(moto_backend.tables)
    try:
        yield
    except BaseException:
        moto_backend.tables.update(tables)
        raise


# UpdateItem


def _update_missing_item(update_item: Callable[..., Any]) -> Any:
    """Create no item by an update that only removes attributes, and one by an update that says nothing.

    moto 5.2.5 creates an item by the first, and fails with AttributeError at the second. Tests: those of updates in
    `test_corrections`.
    """

    def replacement(*arguments: Any, **options: Any) -> Any:
        call = signature(update_item).bind(*arguments, **options)
        call.apply_defaults()
        given = call.arguments
        expression, updates = given["update_expression"], given["attribute_updates"] or {}
        given["attribute_updates"] = updates
        update = partial(update_item, *call.args, **call.kwargs)
        table = given["self"].get_table(given["table_name"])
        place = place_of(table, given["key"])
        if place is not None and table.get_item(*place.key) is None and _only_removes(expression, updates):
            return _without_effect(update, table, place)
        return update()

    return replacement


def _only_removes(update_expression: str, attribute_updates: dict[str, Any]) -> bool:
    """Return whether an update removes attributes, and does nothing else.

    The expression's DELETE, which takes elements out of a set, is left to moto: what the service does is not known.
    For the legacy DELETE, see the API reference of UpdateItem, AttributeValueUpdate.
    """
    if not update_expression:
        return {update.get("Action") for update in attribute_updates.values()} == {"DELETE"}
    # Not imported by their names: moto's types leave these modules out.
    nodes = import_module("moto.dynamodb.parsing.ast_nodes")
    parser = import_module("moto.dynamodb.parsing.expressions").UpdateExpressionParser
    others = [getattr(nodes, f"UpdateExpression{clause}Clause") for clause in ("Set", "Add", "Delete")]
    return not parser.make(update_expression).find_clauses(others)


def _without_effect(update: Callable[[], Any], table: Any, place: ItemPlace) -> Any:
    """Let moto check and make an update, then delete the item that it has created; no stream has a record of it."""
    shard, table.stream_shard = table.stream_shard, None
    try:
        item = update()
        table.delete_item(*place.key)
    finally:
        table.stream_shard = shard
    item.attrs.clear()
    return item


# Errors. moto turns its own classes into answers.


def _error(code: str, message: str) -> Exception:
    from moto.dynamodb.exceptions import ERROR_TYPE_PREFIX, DynamodbException

    error: Exception = DynamodbException(ERROR_TYPE_PREFIX + code, message)
    return error


def _validation_error(message: str) -> Exception:
    from moto.dynamodb.exceptions import MockValidationException

    return MockValidationException(message)


def _duplicate_item() -> Exception:
    """Return the error of an INSERT over an item, in the service's recorded words."""
    from moto.dynamodb.exceptions import ERROR_TYPE_PREFIX, DynamodbException

    class DuplicateItem(DynamodbException):  # type: ignore[misc, unused-ignore]
        # moto's BatchExecuteStatement takes the code of a refused statement from here.
        name = _DUPLICATE_ITEM

    return DuplicateItem(ERROR_TYPE_PREFIX + "DuplicateItemException", "Duplicate primary key exists in table")


def _canceled(reasons: list[tuple[str | None, str | None, None]]) -> Exception:
    from moto.dynamodb.exceptions import TransactionCanceledException

    error: Exception = TransactionCanceledException(reasons)
    return error
