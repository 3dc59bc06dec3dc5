"""Write the JSON Schemas beside this file, from botocore's model of DynamoDB Streams and a table of facts.

``python schemas/generate.py`` writes them; with ``--check`` it says what AWS changed since.

The schemas describe the JSON documents on the wire: a timestamp is a number, a blob is base64 text. Requests
hold what the model says and no more, because that is what the service's framework checks before it answers,
and they let unknown members pass as the service does. Responses are closed, and hold the facts as well.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Schema = dict[str, Any]
    Define = Callable[[str], Schema]

HERE = Path(__file__).parent

TABLE_NAME = "[a-zA-Z0-9_.-]{3,255}"
REGION = "[a-z0-9-]+"
LABEL = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}"
STREAM_ARN = f"arn:aws[a-z-]*:dynamodb:{REGION}:[0-9]{{12}}:table/{TABLE_NAME}/stream/{LABEL}"
SHARD_ITERATOR = rf"{STREAM_ARN}[|][0-9][|][!-{{}}~]+"  # <arn>|<digit>|<opaque>: visible ASCII
BASE64 = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"


def _whole(pattern: str) -> Schema:
    return {"pattern": f"^(?:{pattern})$"}


def _merged(schema: Schema, more: Schema) -> Schema:
    """Lay ``more`` over ``schema``: members and conditions add up, anything else is replaced."""
    joined = {key: _joined(key, schema[key], more[key]) for key in schema.keys() & more.keys()}
    return schema | more | joined


def _joined(key: str, old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return _merged(old, new)
    if key == "required":
        return sorted({*old, *new})
    return [*old, *new] if key == "allOf" else new


def _at(path: str, schema: Schema) -> Schema:
    """A schema for what stands at the dotted path."""
    for name in reversed(path.split(".")):
        schema = {"properties": {name: schema}}
    return schema


def _having(path: str, values: Sequence[str]) -> Schema:
    """The document has one of these values at the dotted path."""
    schema: Schema = {"enum": sorted(values)}
    for name in reversed(path.split(".")):
        schema = {"properties": {name: schema}, "required": [name]}
    return schema


def _needs(*names: str) -> Schema:
    return {"required": sorted(names)}


def _when(conditions: Mapping[str, Sequence[str]], then: Schema) -> Schema:
    condition: Schema = {}
    for path, values in conditions.items():
        condition = _merged(condition, _having(path, values))
    return {"allOf": [{"if": condition, "then": then}]}


ABSENT: Schema = {"not": {}}
NO_SHARDS = _at("Shards", {"maxItems": 0})
CLOSED_SHARDS = _at("Shards", {"items": _at("SequenceNumberRange", _needs("EndingSequenceNumber"))})
SHOWS_THE_NEW = {
    "eventName": ["INSERT", "MODIFY"],
    "dynamodb.StreamViewType": ["NEW_AND_OLD_IMAGES", "NEW_IMAGE"],
}
SHOWS_THE_OLD = {
    "eventName": ["MODIFY", "REMOVE"],
    "dynamodb.StreamViewType": ["NEW_AND_OLD_IMAGES", "OLD_IMAGE"],
}

# What the model leaves open, and the service never does. R: recorded from AWS; D: documented by AWS.
# A line speaks of a shape of the model ("Shape") or of one member of it ("Shape.Member"); shapes not named
# here are as the model has them.
FACTS: tuple[tuple[str, Schema], ...] = (
    # --- names and numbers
    ("StreamArn", _whole(STREAM_ARN)),  # R
    ("ShardId", _whole("shardId-[0-9]{20}-[0-9a-f]{8}")),  # D/R: epoch milliseconds, 8 hex digits
    ("SequenceNumber", _whole("[0-9]+")),  # R: decimal; the model has the length
    ("ShardIterator", _whole(SHARD_ITERATOR)),  # R
    # --- ListStreams
    ("ListStreamsOutput", _needs("Streams")),  # R: without streams it is an empty list
    ("StreamList", {"maxItems": 100}),  # R: the largest page
    ("Stream", _needs("StreamArn", "StreamLabel", "TableName")),  # R
    ("Stream.StreamLabel", _whole(LABEL)),  # R
    # --- DescribeStream
    ("DescribeStreamOutput", _needs("StreamDescription")),  # R
    ("StreamDescription", _needs("StreamArn", "StreamLabel", "StreamStatus", "StreamViewType")),  # R
    ("StreamDescription", _needs("CreationRequestDateTime", "KeySchema", "Shards", "TableName")),  # R
    ("StreamDescription.StreamLabel", _whole(LABEL)),  # R
    ("StreamDescription", _when({"StreamStatus": ["ENABLING"]}, NO_SHARDS)),  # R/D
    ("StreamDescription", _when({"StreamStatus": ["DISABLED"]}, CLOSED_SHARDS)),  # R/D
    ("KeySchema", {"maxItems": 2}),  # D: a partition key, perhaps a sort key
    ("ShardDescriptionList", {"maxItems": 100}),  # R: the largest page
    ("Shard", _needs("SequenceNumberRange", "ShardId")),  # R: a root has no ParentShardId
    ("SequenceNumberRange", _needs("StartingSequenceNumber")),  # R: an open shard has no end
    # --- GetShardIterator, GetRecords
    ("GetShardIteratorOutput", _needs("ShardIterator")),  # R
    ("GetRecordsOutput", _needs("Records")),  # R: always there, perhaps empty
    ("RecordList", {"maxItems": 1000}),  # R: the largest page
    # --- a stream record
    ("Record", _needs("awsRegion", "dynamodb", "eventID")),  # R
    ("Record", _needs("eventName", "eventSource", "eventVersion")),  # R
    ("Record.awsRegion", _whole(REGION)),  # R
    ("Record.eventID", _whole("[0-9a-f]{32}")),  # R
    ("Record.eventSource", {"const": "aws:dynamodb"}),  # R
    ("Record.eventVersion", {"const": "1.1"}),  # R
    ("StreamRecord", _needs("ApproximateCreationDateTime", "Keys", "SequenceNumber")),  # R
    ("StreamRecord", _needs("SizeBytes", "StreamViewType")),  # R
    ("StreamRecord.ApproximateCreationDateTime", {"type": "integer"}),  # R: whole seconds
    ("StreamRecord.Keys", {"minProperties": 1, "maxProperties": 2}),  # D: as KeySchema
    ("StreamRecord.NewImage", {"minProperties": 1}),  # R: absent, never {}
    ("StreamRecord.OldImage", {"minProperties": 1}),  # R: absent, never {}
    # R: which image goes with which view type and which event; one that applies holds the key at least
    ("StreamRecord", _when({"StreamViewType": ["KEYS_ONLY", "OLD_IMAGE"]}, _at("NewImage", ABSENT))),
    ("StreamRecord", _when({"StreamViewType": ["KEYS_ONLY", "NEW_IMAGE"]}, _at("OldImage", ABSENT))),
    ("Record", _when({"eventName": ["REMOVE"]}, _at("dynamodb.NewImage", ABSENT))),
    ("Record", _when({"eventName": ["INSERT"]}, _at("dynamodb.OldImage", ABSENT))),
    ("Record", _when(SHOWS_THE_NEW, _at("dynamodb", _needs("NewImage")))),
    ("Record", _when(SHOWS_THE_OLD, _at("dynamodb", _needs("OldImage")))),
    (
        "Record",
        _when({"eventName": ["INSERT", "MODIFY"]}, _at("userIdentity", ABSENT)),
    ),  # R: on a REMOVE only
    ("Identity", _needs("PrincipalId", "Type")),  # R: only Time To Live leaves its name
    ("Identity.PrincipalId", {"const": "dynamodb.amazonaws.com"}),  # R
    ("Identity.Type", {"const": "Service"}),  # R
    ("AttributeValue", {"minProperties": 1, "maxProperties": 1}),  # D: one type descriptor and its value
)

# D: the event of a tumbling window carries all of these, any other event none.
WINDOW: Schema = {
    "eventSourceARN": {"$ref": "#/$defs/StreamArn"},
    "isFinalInvokeForWindow": {"type": "boolean"},
    "isWindowTerminatedEarly": {"type": "boolean"},
    "shardId": {"$ref": "#/$defs/ShardId"},
    "state": True,  # whatever the function returned last
    "window": {
        "type": "object",
        "additionalProperties": False,
        "properties": {"end": {"type": "string"}, "start": {"type": "string"}},
        "required": ["end", "start"],
    },
}

# D: without records there is no invocation, but for the one that ends a window.
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
    "if": _needs("window"),
    "then": _needs(*WINDOW),
    "else": {"properties": dict.fromkeys(WINDOW, ABSENT) | SOME_RECORDS},
}

# R: what Lambda adds to a record
LAMBDA_RECORD: Schema = {
    "properties": {"eventSourceARN": {"$ref": "#/$defs/StreamArn"}},
    "required": ["eventSourceARN"],
}


# --- from a shape of the model to a schema


def _ref(member: Mapping[str, Any]) -> Schema:
    return {"$ref": f"#/$defs/{member['shape']}"}


def _structure(shape: Schema) -> Schema:
    members = {name: _ref(member) for name, member in shape["members"].items()}
    required = {"required": sorted(shape["required"])} if shape.get("required") else {}
    return {"type": "object", "properties": members, **required}


def _list(shape: Schema) -> Schema:
    return {"type": "array", "items": _ref(shape["member"]), **_bounds(shape, "Items")}


def _map(shape: Schema) -> Schema:
    entries = {"additionalProperties": _ref(shape["value"]), "propertyNames": _ref(shape["key"])}
    return {"type": "object", **entries, **_bounds(shape, "Properties")}


def _string(shape: Schema) -> Schema:
    values = {"enum": sorted(shape["enum"])} if "enum" in shape else {}
    pattern = _whole(shape["pattern"]) if "pattern" in shape else {}
    return {"type": "string", **values, **pattern, **_bounds(shape, "Length")}


def _blob(_: Schema) -> Schema:
    # Its bounds would count bytes, which the length of the base64 text does not tell.
    return {"type": "string", "contentEncoding": "base64", **_whole(BASE64)}


def _integer(shape: Schema) -> Schema:
    return {"type": "integer", **_bounds(shape, "imum")}


def _number(shape: Schema) -> Schema:
    return {"type": "number", **_bounds(shape, "imum")}


def _boolean(_: Schema) -> Schema:
    return {"type": "boolean"}


def _bounds(shape: Schema, noun: str) -> Schema:
    return {f"{end}{noun}": shape[end] for end in ("max", "min") if end in shape}


BY_TYPE: dict[str, Callable[[Schema], Schema]] = {
    "blob": _blob,
    "boolean": _boolean,
    "double": _number,
    "float": _number,
    "integer": _integer,
    "list": _list,
    "long": _integer,
    "map": _map,
    "string": _string,
    "structure": _structure,
    "timestamp": _number,
}


def open_shape(model: Mapping[str, Any], name: str) -> Schema:
    """A shape as the model describes it, and no more: what requests are made of."""
    shape = model["shapes"][name]
    return BY_TYPE[shape["type"]](shape)


def closed_shape(model: Mapping[str, Any], name: str) -> Schema:
    """A shape that has no other members, with the facts laid over it: what responses are made of."""
    schema = open_shape(model, name)
    if "properties" in schema:
        schema["additionalProperties"] = False
    for target, fact in FACTS:
        schema = _with_fact(schema, name, target, fact)
    return schema


def _with_fact(schema: Schema, name: str, target: str, fact: Schema) -> Schema:
    shape, _, member = target.partition(".")
    # A botocore that is older than a fact need not know the member yet.
    if shape != name or (member and member not in schema["properties"]):
        return schema
    return _merged(schema, _at(member, fact) if member else fact)


def lambda_shape(model: Mapping[str, Any], name: str) -> Schema:
    """A shape of a response as a Lambda function receives it."""
    schema = closed_shape(model, name)
    if name == "Identity":
        return _lower_case(schema)
    return _merged(schema, LAMBDA_RECORD) if name == "Record" else schema


def _lower_case(schema: Schema) -> Schema:
    """R: the members of ``userIdentity`` begin with a small letter."""
    members = {_small(name): member for name, member in schema["properties"].items()}
    return schema | {"properties": members, "required": [_small(name) for name in schema["required"]]}


def _small(name: str) -> str:
    return name[0].lower() + name[1:]


# --- from schemas to documents


def _refs(node: Any) -> Iterator[str]:
    """The shapes that a schema speaks of."""
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].rpartition("/")[2]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _refs(child)


def _definitions(root: Schema, define: Define) -> Schema:
    found: Schema = {}
    waiting = [*_refs(root)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = define(name)
            waiting += _refs(found[name])
    return found


def _document(file: str, title: str, root: Schema, define: Define) -> Schema:
    definitions = _definitions(root, define)
    return {
        "$comment": "Generated by schemas/generate.py. Change that, not this.",
        "$id": f"https://pytest-ddbstreams.invalid/schemas/{file}",
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **root,
        **({"$defs": definitions} if definitions else {}),
    }


def _operation_documents(model: Mapping[str, Any]) -> Iterator[tuple[str, str, Schema, Define]]:
    def as_asked(name: str) -> Schema:
        return open_shape(model, name)

    def as_answered(name: str) -> Schema:
        return closed_shape(model, name)

    for operation, described in model["operations"].items():
        stem = re.sub(r"(?<!^)(?=[A-Z])", "-", operation).lower()
        asked, answered = described["input"]["shape"], described["output"]["shape"]
        yield f"{stem}.request.json", f"{operation} request", as_asked(asked), as_asked
        yield f"{stem}.response.json", f"{operation} response", as_answered(answered), as_answered


def _record_documents(model: Mapping[str, Any]) -> Iterator[tuple[str, str, Schema, Define]]:
    def as_read(name: str) -> Schema:
        return closed_shape(model, name)

    def as_invoked(name: str) -> Schema:
        return lambda_shape(model, name)

    yield "record.json", "Stream record", as_read("Record"), as_read
    yield "lambda-event.json", "Lambda event", LAMBDA_EVENT, as_invoked


def service_model() -> dict[str, Any]:
    """The model of the botocore that is installed."""
    model: dict[str, Any] = Loader().load_service_model("dynamodbstreams", "service-2")
    return model


def schemas_of(model: Mapping[str, Any]) -> dict[str, Schema]:
    """Every schema that follows from a service model, by file name."""
    documents = [*_operation_documents(model), *_record_documents(model)]
    return {file: _document(file, title, root, define) for file, title, root, define in documents}


def text_of(schema: Schema) -> str:
    """A schema as it stands in its file."""
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def checked_in() -> dict[str, Schema]:
    """The schemas in the files beside this one, by file name."""
    return {path.name: json.loads(path.read_text("utf-8")) for path in sorted(HERE.glob("*.json"))}


# --- what AWS changed


def changes(fresh: Mapping[str, Schema], kept: Mapping[str, Schema]) -> list[str]:
    """Say in words what ``fresh`` has that ``kept`` lacks or contradicts.

    What only ``kept`` knows is passed over: then the botocore that ``fresh`` came from is the older one.
    """
    return [change for file in sorted(fresh) for change in _document_changes(fresh[file], kept.get(file))]


def _document_changes(fresh: Schema, kept: Schema | None) -> Iterator[str]:
    if kept is None:
        yield f"{fresh['title']}: new"
        return
    places = {fresh["title"]: (fresh, kept)} | _shared_definitions(fresh, kept)
    for place, (new, old) in places.items():
        for change in _node_changes(new, old, fresh.get("$defs", {})):
            yield f"{place}: {change}"


def _shared_definitions(fresh: Schema, kept: Schema) -> dict[str, tuple[Schema, Schema]]:
    # A definition that only the fresh one has belongs to a new member, which is told already.
    new, old = fresh.get("$defs", {}), kept.get("$defs", {})
    return {f"{fresh['title']}, {name}": (new[name], old[name]) for name in sorted(new.keys() & old.keys())}


def _node_changes(fresh: Schema, kept: Schema, definitions: Schema) -> Iterator[str]:
    new, old = fresh.get("properties", {}), kept.get("properties", {})
    yield from _member_changes(new, old, definitions)
    yield from _required_changes(fresh, kept)
    yield from _enum_changes(fresh.get("enum"), kept.get("enum"))
    told_elsewhere = {"$defs", "enum", "properties", "required"}
    yield from _keyword_changes(fresh, kept, sorted((fresh.keys() | kept.keys()) - told_elsewhere))


def _member_changes(new: Schema, old: Schema, definitions: Schema) -> Iterator[str]:
    for name in sorted(new):
        if name not in old:
            yield f"new member {name!r} ({_kind(new[name], definitions)})"
        elif new[name] != old[name]:
            yield f"member {name!r} was {_shape(old[name])}, is {_shape(new[name])}"


def _shape(node: Schema) -> str:
    facts = {keyword: value for keyword, value in node.items() if keyword != "$ref"}
    return " ".join([next(_refs(node)), *([_short(facts)] if facts else [])])


def _kind(node: Schema, definitions: Schema) -> str:
    return str(definitions[next(_refs(node))]["type"])


def _required_changes(fresh: Schema, kept: Schema) -> Iterator[str]:
    new, old = set(fresh.get("required", ())), set(kept.get("required", ()))
    for name in sorted(new - old):
        yield f"member {name!r} is required now"
    for name in sorted((old - new) & fresh.get("properties", {}).keys()):
        yield f"member {name!r} is no longer required"


def _enum_changes(new: list[str] | None, old: list[str] | None) -> Iterator[str]:
    if new is None or old is None:
        yield from _keyword_changes({"enum": new}, {"enum": old}, ["enum"])
        return
    for value in sorted({*new} - {*old}):
        yield f"new enum value {value!r}"


def _keyword_changes(fresh: Schema, kept: Schema, keywords: Sequence[str]) -> Iterator[str]:
    for keyword in keywords:
        new, old = fresh.get(keyword), kept.get(keyword)
        if new != old:
            yield f"{keyword} was {_short(old)}, is {_short(new)}"


def _short(value: Any) -> str:
    return "absent" if value is None else json.dumps(value, sort_keys=True)


# --- the command


def write() -> None:
    """Write every schema to its file."""
    for file, schema in schemas_of(service_model()).items():
        (HERE / file).write_text(text_of(schema), "utf-8", newline="\n")


def check() -> int:
    """Print what the installed botocore has that the files lack or contradict; 1 if anything."""
    found = changes(schemas_of(service_model()), checked_in())
    for change in found:
        print(change)
    return int(bool(found))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the schemas, or check them."""
    parser = argparse.ArgumentParser(description="Write the JSON Schemas from botocore's service model.")
    parser.add_argument("--check", action="store_true", help="only say what AWS changed; exit 1 if it did")
    if parser.parse_args(arguments).check:
        return check()
    write()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
