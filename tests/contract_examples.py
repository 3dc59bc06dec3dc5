"""Valid documents of the service, and functions that spoil them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"
LABEL = "2026-01-01T00:00:00.000"
SHARD = "shardId-00000001767225600000-0a1b2c3d"
CHILD = "shardId-00000001767240000000-4e5f6a7b"
NUMBER = "100000000003218256368"
ITERATOR = f"{ARN}|1|AAAAAAAAAAH+/w=="

IMAGE: dict[str, Any] = {
    "pk": {"S": "o#1"},
    "total": {"N": "9.50"},
    "photo": {"B": "AAECAw=="},
    "paid": {"BOOL": True},
    "note": {"NULL": True},
    "tags": {"SS": ["a", "b"]},
    "sizes": {"NS": ["1", "2"]},
    "thumbs": {"BS": ["AAE=", ""]},
    "lines": {"L": [{"M": {"sku": {"S": "x"}, "count": {"N": "2"}}}, {"L": []}]},
    "address": {"M": {}},
}

INSERT: dict[str, Any] = {
    "awsRegion": "us-east-1",
    "dynamodb": {
        "ApproximateCreationDateTime": 1767225600,
        "Keys": {"pk": {"S": "o#1"}},
        "NewImage": IMAGE,
        "SequenceNumber": NUMBER,
        "SizeBytes": 120,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    },
    "eventID": "0123456789abcdef0123456789abcdef",
    "eventName": "INSERT",
    "eventSource": "aws:dynamodb",
    "eventVersion": "1.1",
}

REQUESTS: dict[str, dict[str, Any]] = {
    "ListStreams": {"TableName": "orders", "Limit": 100, "ExclusiveStartStreamArn": ARN},
    "DescribeStream": {
        "StreamArn": ARN,
        "Limit": 1,
        "ExclusiveStartShardId": SHARD,
        "ShardFilter": {"Type": "CHILD_SHARDS", "ShardId": SHARD},
    },
    "GetShardIterator": {
        "StreamArn": ARN,
        "ShardId": SHARD,
        "ShardIteratorType": "AT_SEQUENCE_NUMBER",
        "SequenceNumber": NUMBER,
    },
    "GetRecords": {"ShardIterator": ITERATOR, "Limit": 1000},
}

RESPONSES: dict[str, dict[str, Any]] = {
    "ListStreams": {
        "Streams": [{"StreamArn": ARN, "StreamLabel": LABEL, "TableName": "orders"}],
        "LastEvaluatedStreamArn": ARN,
    },
    "DescribeStream": {
        "StreamDescription": {
            "CreationRequestDateTime": 1767225600.123,
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "LastEvaluatedShardId": CHILD,
            "Shards": [
                {
                    "SequenceNumberRange": {"EndingSequenceNumber": NUMBER, "StartingSequenceNumber": NUMBER},
                    "ShardId": SHARD,
                },
                {
                    "ParentShardId": SHARD,
                    "SequenceNumberRange": {"StartingSequenceNumber": NUMBER},
                    "ShardId": CHILD,
                },
            ],
            "StreamArn": ARN,
            "StreamLabel": LABEL,
            "StreamStatus": "ENABLED",
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            "TableName": "orders",
        }
    },
    "GetShardIterator": {"ShardIterator": ITERATOR},
    "GetRecords": {"Records": [INSERT], "NextShardIterator": ITERATOR},
}


def spoiled(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy with the value at the dotted path."""
    copy = deepcopy(document)
    *parents, last = path.split(".")
    _down(copy, parents)[_step(last)] = deepcopy(value)
    return copy


def lacking(document: dict[str, Any], path: str) -> dict[str, Any]:
    """Return a copy without the member at the dotted path."""
    copy = deepcopy(document)
    *parents, last = path.split(".")
    del _down(copy, parents)[_step(last)]
    return copy


def _down(node: Any, steps: list[str]) -> Any:
    for step in steps:
        node = node[_step(step)]
    return node


def _step(step: str) -> str | int:
    return int(step) if step.isdigit() else step


MODIFY = spoiled(spoiled(INSERT, "eventName", "MODIFY"), "dynamodb.OldImage", {"pk": {"S": "o#1"}})
REMOVE = lacking(spoiled(MODIFY, "eventName", "REMOVE"), "dynamodb.NewImage")
EXPIRY = spoiled(REMOVE, "userIdentity", {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"})

EVENT = {"Records": [spoiled(INSERT, "eventSourceARN", ARN)]}
EXPIRY_EVENT = {
    "Records": [
        EXPIRY
        | {
            "eventSourceARN": ARN,
            "userIdentity": {"principalId": "dynamodb.amazonaws.com", "type": "Service"},
        }
    ]
}
WINDOW_EVENT = {
    "Records": [],
    "eventSourceARN": ARN,
    "isFinalInvokeForWindow": True,
    "isWindowTerminatedEarly": False,
    "shardId": SHARD,
    "state": {"o#1": 3},
    "window": {"end": "2026-01-01T00:02:00Z", "start": "2026-01-01T00:00:00Z"},
}
