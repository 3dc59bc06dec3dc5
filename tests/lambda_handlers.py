"""Handlers for the tests of event source mappings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_ddbstreams._lambda.invocations import Invocation
    from pytest_ddbstreams._lambda.on_failure import Discarded


class Handler:
    """Notes what it gets, and fails where it is told to.

    Args:
        poison: partition keys whose records fail every batch that they are in.
        failures: how many invocations fail whatever they hold.
        response: what it returns.
    """

    def __init__(self, *, poison: Iterable[str] = (), failures: int = 0, response: Any = None) -> None:
        self.poison = set(poison)
        self.failures = failures
        self.response = response
        self.batches: list[list[str]] = []

    def __call__(self, event: dict[str, Any], _context: Any) -> Any:
        self.batches.append(keys_of(event))
        if self.failures:
            self.failures -= 1
            raise ValueError("told to fail")
        if self.poison & set(self.batches[-1]):
            raise ValueError("poison")
        return self.response

    @property
    def delivered(self) -> list[str]:
        return [key for batch in self.batches for key in batch]


def keys_of(event: dict[str, Any]) -> list[str]:
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]


def reasons_of(invocations: Iterable[Invocation]) -> list[str]:
    return [invocation.reason for invocation in invocations]


def given_up(discarded: Iterable[Discarded]) -> list[list[str]]:
    return [keys_of({"Records": one.records}) for one in discarded]


def reporting(*poison: str) -> Any:
    """A handler that reports the records of some keys as failed."""

    def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        failed = [record for record in event["Records"] if record["dynamodb"]["Keys"]["pk"]["S"] in poison]
        return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]} for record in failed]}

    return handler
