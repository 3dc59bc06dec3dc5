"""The targets of the conformance tests: what answers DynamoDB Streams, and how writes are caused on it.

A behaviour is written against a `Target` and its tables, never against this package's own API, so that one body
runs on this fake, on moto, on any endpoint and on AWS.
"""

from __future__ import annotations

from conformance.bases import Cannot, Item, Table, Target
from conformance.bridged_target import Bridged
from conformance.own_target import Own, OwnAsync
from conformance.table_targets import ENDPOINT_VARIABLE, Endpoint, Moto

__all__ = [
    "ENDPOINT_VARIABLE",
    "TARGETS",
    "Bridged",
    "Cannot",
    "Endpoint",
    "Item",
    "Moto",
    "Own",
    "OwnAsync",
    "Table",
    "Target",
]

TARGETS: dict[str, type[Target]] = {target.name: target for target in (Own, OwnAsync, Bridged, Moto, Endpoint)}
