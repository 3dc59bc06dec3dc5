"""A fake Amazon DynamoDB Streams for tests.

Every public name is importable from here. Its module is imported when the name is first used, because pytest imports
this package at the start of every run.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._api.lambda_functions import LambdaFunctions
    from ._api.mock import StreamsMock
    from ._api.shard import Shard
    from ._api.stream import Stream
    from ._call_log import Calls
    from ._clock import Clock
    from ._exceptions import (
        AnswerLost,
        ContractViolation,
        InvalidItem,
        InvalidOption,
        MappingWarning,
        NetworkBlocked,
        NotDrained,
        StreamsMockError,
        StreamStateError,
        UnansweredCall,
        UnknownStream,
        UnsupportedVersion,
        UnusedFault,
    )
    from ._faults.fault import Fault
    from ._http_server.server import StreamsServer
    from ._lambda.filters import matches
    from ._lambda.invocations import Invocation
    from ._lambda.made_events import lambda_event, to_lambda_event
    from ._lambda.mapping import EventSourceMapping
    from ._lambda.on_failure import Discarded, S3Destination
    from ._lambda.settings import StartingPosition
    from ._lifecycle import mock_streams
    from ._model.changes import UserIdentity, ViewType
    from ._operations import Operation
    from ._operations.calls import Call
    from ._operations.records import RecordKeys, StreamRecord
    from ._options import Options
    from ._scenarios import scenario
    from ._scenarios.running import Scenario

__version__ = "0.1.0"

__all__ = [
    "AnswerLost",
    "Call",
    "Calls",
    "Clock",
    "ContractViolation",
    "Discarded",
    "EventSourceMapping",
    "Fault",
    "InvalidItem",
    "InvalidOption",
    "Invocation",
    "LambdaFunctions",
    "MappingWarning",
    "NetworkBlocked",
    "NotDrained",
    "Operation",
    "Options",
    "RecordKeys",
    "S3Destination",
    "Scenario",
    "Shard",
    "StartingPosition",
    "Stream",
    "StreamRecord",
    "StreamStateError",
    "StreamsMock",
    "StreamsMockError",
    "StreamsServer",
    "UnansweredCall",
    "UnknownStream",
    "UnsupportedVersion",
    "UnusedFault",
    "UserIdentity",
    "ViewType",
    "lambda_event",
    "matches",
    "mock_streams",
    "scenario",
    "to_lambda_event",
]

#: The module of each public name, without the errors: they are in `_exceptions`.
_HOMES = {
    "Call": "._operations.calls",
    "Calls": "._call_log",
    "Clock": "._clock",
    "Discarded": "._lambda.on_failure",
    "EventSourceMapping": "._lambda.mapping",
    "Fault": "._faults.fault",
    "Invocation": "._lambda.invocations",
    "LambdaFunctions": "._api.lambda_functions",
    "Operation": "._operations",
    "Options": "._options",
    "RecordKeys": "._operations.records",
    "S3Destination": "._lambda.on_failure",
    "Scenario": "._scenarios.running",
    "Shard": "._api.shard",
    "StartingPosition": "._lambda.settings",
    "Stream": "._api.stream",
    "StreamRecord": "._operations.records",
    "StreamsMock": "._api.mock",
    "StreamsServer": "._http_server.server",
    "UserIdentity": "._model.changes",
    "ViewType": "._model.changes",
    "lambda_event": "._lambda.made_events",
    "matches": "._lambda.filters",
    "mock_streams": "._lifecycle",
    "scenario": "._scenarios",
    "to_lambda_event": "._lambda.made_events",
}


# A checker that sees this function takes each misspelt name for one that exists.
if not TYPE_CHECKING:  # pragma: no branch - only a checker takes the other one

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        # The object is not kept here: a pytest run within a pytest run, as pytester starts it, forgets the modules that
        # it imported, and the outer run must then get its own objects.
        return getattr(import_module(_HOMES.get(name, "._exceptions"), __name__), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
