"""Write the JSON Schemas beside this file, from botocore's model of DynamoDB Streams and a table of facts.

``python schemas/generate.py`` writes them; with ``--check`` it prints what AWS has changed since.

The schemas describe the JSON documents on the wire: a timestamp is a number, a blob is base64 text. The schemas of
requests have the rules of the model and no others, because the service's framework checks these, and unknown members
pass, as they do at the service. The schemas of responses have the facts too, and are closed.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader

from changes import changes
from facts import BASE64, FACTS, LAMBDA_EVENT, LAMBDA_RECORD
from pieces import at, merged, refs, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pieces import Schema

    Define = Callable[[str], Schema]

HERE = Path(__file__).parent


# From a shape of the model to a schema


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
    pattern = whole(shape["pattern"]) if "pattern" in shape else {}
    return {"type": "string", **values, **pattern, **_bounds(shape, "Length")}


def _blob(_: Schema) -> Schema:
    # The model's bounds count bytes, and a schema can only bound the length of the base64 text.
    return {"type": "string", "contentEncoding": "base64", **whole(BASE64)}


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
    """Return the schema of a shape of requests: the rules of the model and no others."""
    shape = model["shapes"][name]
    return BY_TYPE[shape["type"]](shape)


def closed_shape(model: Mapping[str, Any], name: str) -> Schema:
    """Return the schema of a shape of responses: closed, with the rules of the model and the facts."""
    schema = open_shape(model, name)
    if "properties" in schema:
        schema["additionalProperties"] = False
    for target, fact in FACTS:
        schema = _with_fact(schema, name, target, fact)
    return schema


def _with_fact(schema: Schema, name: str, target: str, fact: Schema) -> Schema:
    shape, _, member = target.partition(".")
    # A botocore that is older than a fact may lack the member.
    if shape != name or (member and member not in schema["properties"]):
        return schema
    return merged(schema, at(member, fact) if member else fact)


def lambda_shape(model: Mapping[str, Any], name: str) -> Schema:
    """Return the schema of a shape of responses as it is in a Lambda event."""
    schema = closed_shape(model, name)
    if name == "Identity":
        return _lower_case(schema)
    return merged(schema, LAMBDA_RECORD) if name == "Record" else schema


def _lower_case(schema: Schema) -> Schema:
    """Return a schema whose members begin with a small letter, as those of ``userIdentity`` do in an event (R)."""
    members = {_small(name): member for name, member in schema["properties"].items()}
    return schema | {"properties": members, "required": [_small(name) for name in schema["required"]]}


def _small(name: str) -> str:
    return name[0].lower() + name[1:]


# From schemas to documents


def _definitions(root: Schema, define: Define) -> Schema:
    found: Schema = {}
    waiting = [*refs(root)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = define(name)
            waiting += refs(found[name])
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
    """Return the installed botocore's model of the service."""
    model: dict[str, Any] = Loader().load_service_model("dynamodbstreams", "service-2")
    return model


def schemas_of(model: Mapping[str, Any]) -> dict[str, Schema]:
    """Return the schemas that follow from a service model, by file name."""
    documents = [*_operation_documents(model), *_record_documents(model)]
    return {file: _document(file, title, root, define) for file, title, root, define in documents}


def text_of(schema: Schema) -> str:
    """Return the text of a schema's file."""
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def checked_in() -> dict[str, Schema]:
    """Return the schemas in the files beside this one, by file name."""
    return {path.name: json.loads(path.read_text("utf-8")) for path in sorted(HERE.glob("*.json"))}


# The command


def write() -> None:
    """Write every schema to its file."""
    for file, schema in schemas_of(service_model()).items():
        (HERE / file).write_text(text_of(schema), "utf-8", newline="\n")


def check() -> int:
    """Print the changes from the files to the installed botocore; return 1 if there are any, else 0."""
    found = changes(schemas_of(service_model()), checked_in())
    for change in found:
        print(change)
    return int(bool(found))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit code."""
    parser = argparse.ArgumentParser(description="Write the JSON Schemas from botocore's service model.")
    parser.add_argument(
        "--check",
        action="store_true",
        help="print the changes by AWS and write no file; exit with 1 if there are any",
    )
    if parser.parse_args(arguments).check:
        return check()
    write()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
