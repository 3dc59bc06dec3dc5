"""The targets of the conformance tests.

The test of a behaviour uses a `Target` and its tables, never the API of this package. So it runs on this fake, on moto,
on any endpoint and on AWS.
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
