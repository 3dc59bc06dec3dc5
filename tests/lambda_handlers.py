"""Handlers and helpers for the tests of event source mappings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_ddbstreams import Discarded, EventSourceMapping, Invocation, Stream, StreamsMock

REPORTS = {"function_response_types": ["ReportBatchItemFailures"]}


class Handler:
    """Keeps the keys of each event, and fails where a test asks for it.

    Args:
        poison: partition keys whose records fail each batch that has one of them.
        failures: how many invocations fail, whatever their records are.
        response: the response of an invocation that does not fail.
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
            raise ValueError("failure")
        if self.poison & set(self.batches[-1]):
            raise ValueError("poison")
        return self.response

    @property
    def delivered(self) -> list[str]:
        return [key for batch in self.batches for key in batch]


def connect(mock: StreamsMock, handler: Any, **settings: Any) -> EventSourceMapping:
    """Return a mapping of the table ``test-table``, from TRIM_HORIZON by default."""
    return mock.event_source_mapping("test-table", handler, **{"starting_position": "TRIM_HORIZON", **settings})


def fill(stream: Stream, count: int, *, start: int = 0, **attributes: Any) -> list[str]:
    """Write items ``o#0``, ``o#1`` and so on, and return their keys."""
    keys = [f"o#{number}" for number in range(start, start + count)]
    stream.write_many({"pk": key, **attributes} for key in keys)
    return keys


def keys_of(event: dict[str, Any]) -> list[str]:
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]


def numbers_of(stream: Stream) -> list[str]:
    return [record.sequence_number for record in stream.records]


def reasons_of(invocations: Iterable[Invocation]) -> list[str]:
    return [invocation.reason for invocation in invocations]


def given_up(discarded: Iterable[Discarded]) -> list[list[str]]:
    return [keys_of({"Records": one.records}) for one in discarded]


def reporting(*poison: str) -> Any:
    """Return a handler that reports the records of some keys as failed."""

    def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        failed = [record for record in event["Records"] if record["dynamodb"]["Keys"]["pk"]["S"] in poison]
        return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]} for record in failed]}

    return handler
