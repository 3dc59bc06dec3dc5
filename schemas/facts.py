"""Facts about DynamoDB Streams that botocore's model does not have, as a table."""

from __future__ import annotations

from pieces import ABSENT, Schema, at, needs, when, whole

TABLE_NAME = "[a-zA-Z0-9_.-]{3,255}"
REGION = "[a-z0-9-]+"
LABEL = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}"
STREAM_ARN = f"arn:aws[a-z-]*:dynamodb:{REGION}:[0-9]{{12}}:table/{TABLE_NAME}/stream/{LABEL}"
SHARD_ITERATOR = rf"{STREAM_ARN}[|][0-9][|][!-{{}}~]+"  # <arn>|<digit>|<opaque>: visible ASCII
BASE64 = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"

NO_SHARDS = at("Shards", {"maxItems": 0})
CLOSED_SHARDS = at("Shards", {"items": at("SequenceNumberRange", needs("EndingSequenceNumber"))})
SHOWS_THE_NEW = {
    "eventName": ["INSERT", "MODIFY"],
    "dynamodb.StreamViewType": ["NEW_AND_OLD_IMAGES", "NEW_IMAGE"],
}
SHOWS_THE_OLD = {
    "eventName": ["MODIFY", "REMOVE"],
    "dynamodb.StreamViewType": ["NEW_AND_OLD_IMAGES", "OLD_IMAGE"],
}

# Each line narrows a shape of the model ("Shape") or one member of a shape ("Shape.Member"). R: recorded from AWS;
# D: documented by AWS. Two members are left open, because AWS says that they can change (D): clients "must not assume
# that eventVersion will remain at a particular value", and userIdentity may name other services than Time To Live.
FACTS: tuple[tuple[str, Schema], ...] = (
    # --- names and numbers
    ("StreamArn", whole(STREAM_ARN)),  # R
    ("ShardId", whole("shardId-[0-9]{20}-[0-9a-f]{8}")),  # D/R: epoch milliseconds, 8 hex digits
    ("SequenceNumber", whole("[0-9]+")),  # R: decimal; the model has the length
    ("ShardIterator", whole(SHARD_ITERATOR)),  # R
    # --- ListStreams
    ("ListStreamsOutput", needs("Streams")),  # R: without streams it is an empty list
    ("StreamList", {"maxItems": 100}),  # R: the largest page
    ("Stream", needs("StreamArn", "StreamLabel", "TableName")),  # R
    ("Stream.StreamLabel", whole(LABEL)),  # R
    # --- DescribeStream
    ("DescribeStreamOutput", needs("StreamDescription")),  # R
    ("StreamDescription", needs("StreamArn", "StreamLabel", "StreamStatus", "StreamViewType")),  # R
    ("StreamDescription", needs("CreationRequestDateTime", "KeySchema", "Shards", "TableName")),  # R
    ("StreamDescription.StreamLabel", whole(LABEL)),  # R
    ("StreamDescription", when({"StreamStatus": ["ENABLING"]}, NO_SHARDS)),  # R/D
    ("StreamDescription", when({"StreamStatus": ["DISABLED"]}, CLOSED_SHARDS)),  # R/D
    ("KeySchema", {"maxItems": 2}),  # D: a partition key, perhaps a sort key
    ("ShardDescriptionList", {"maxItems": 100}),  # R: the largest page
    ("Shard", needs("SequenceNumberRange", "ShardId")),  # R: a root has no ParentShardId
    ("SequenceNumberRange", needs("StartingSequenceNumber")),  # R: an open shard has no end
    # --- GetShardIterator, GetRecords
    ("GetShardIteratorOutput", needs("ShardIterator")),  # R
    ("GetRecordsOutput", needs("Records")),  # R: always there, perhaps empty
    ("RecordList", {"maxItems": 1000}),  # R: the largest page
    # --- a stream record
    ("Record", needs("awsRegion", "dynamodb", "eventID")),  # R
    ("Record", needs("eventName", "eventSource", "eventVersion")),  # R
    ("Record.awsRegion", whole(REGION)),  # R
    ("Record.eventID", whole("[0-9a-f]{32}")),  # R
    ("Record.eventSource", {"const": "aws:dynamodb"}),  # R
    ("StreamRecord", needs("ApproximateCreationDateTime", "Keys", "SequenceNumber")),  # R
    ("StreamRecord", needs("SizeBytes", "StreamViewType")),  # R
    ("StreamRecord.ApproximateCreationDateTime", {"type": "integer"}),  # R: whole seconds
    ("StreamRecord.Keys", {"minProperties": 1, "maxProperties": 2}),  # D: as KeySchema
    ("StreamRecord.NewImage", {"minProperties": 1}),  # R: absent, never {}
    ("StreamRecord.OldImage", {"minProperties": 1}),  # R: absent, never {}
    # R: which image goes with which view type and which event; an image includes the key at least
    ("StreamRecord", when({"StreamViewType": ["KEYS_ONLY", "OLD_IMAGE"]}, at("NewImage", ABSENT))),
    ("StreamRecord", when({"StreamViewType": ["KEYS_ONLY", "NEW_IMAGE"]}, at("OldImage", ABSENT))),
    ("Record", when({"eventName": ["REMOVE"]}, at("dynamodb.NewImage", ABSENT))),
    ("Record", when({"eventName": ["INSERT"]}, at("dynamodb.OldImage", ABSENT))),
    ("Record", when(SHOWS_THE_NEW, at("dynamodb", needs("NewImage")))),
    ("Record", when(SHOWS_THE_OLD, at("dynamodb", needs("OldImage")))),
    ("Identity", needs("PrincipalId", "Type")),  # R
    ("AttributeValue", {"minProperties": 1, "maxProperties": 1}),  # D: one type descriptor and its value
)

# D: the event of a tumbling window has all of these, any other event none.
WINDOW: Schema = {
    "eventSourceARN": {"$ref": "#/$defs/StreamArn"},
    "isFinalInvokeForWindow": {"type": "boolean"},
    "isWindowTerminatedEarly": {"type": "boolean"},
    "shardId": {"$ref": "#/$defs/ShardId"},
    "state": True,  # the state that the function returned last
    "window": {
        "type": "object",
        "additionalProperties": False,
        "properties": {"end": {"type": "string"}, "start": {"type": "string"}},
        "required": ["end", "start"],
    },
}

# D: an invocation has records, except the last one of a window.
SOME_RECORDS: Schema = {"Records": {"minItems": 1}}

LAMBDA_EVENT: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        # D: the largest BatchSize
        "Records": {"type": "array", "items": {"$ref": "#/$defs/Record"}, "maxItems": 10000},
        **WINDOW,
    },
    "required": ["Records"],
    "if": needs("window"),
    "then": needs(*WINDOW),
    "else": {"properties": dict.fromkeys(WINDOW, ABSENT) | SOME_RECORDS},
}

# R: the member that Lambda adds to a record
LAMBDA_RECORD: Schema = {
    "properties": {"eventSourceARN": {"$ref": "#/$defs/StreamArn"}},
    "required": ["eventSourceARN"],
}
