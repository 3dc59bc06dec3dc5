"""Responses as botocore parses them: the schemas accept every response, and the parser loses no member."""

from __future__ import annotations

import json
from base64 import b64decode
from copy import deepcopy
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import botocore.session
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import generate
from pytest_ddbstreams import ViewType, _schemas, mock_streams
from pytest_ddbstreams._operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from botocore.model import Shape

    from pytest_ddbstreams import Stream, StreamsMock

ITEM: dict[str, Any] = {
    "pk": "o#1",
    "sk": Decimal("-12.50"),
    "photo": bytes(range(256)),
    "paid": True,
    "lost": False,
    "note": None,
    "tags": {"ä", "b"},
    "sizes": {Decimal(1), Decimal("2.5")},
    "thumbs": {b"", b"\x00\xff"},
    "lines": [{"sku": "x", "picture": b"\x01", "more": [[], {}, {"blobs": {b"\x02"}}]}, "y", 3],
    "address": {"street": {"name": "Main"}},
}
KEYS = {"pk": "S", "sk": "N"}


class Exchange(NamedTuple):
    """A response as JSON document and as botocore parsed it."""

    operation: str
    document: dict[str, Any]
    parsed: dict[str, Any]
    shape: Any


class Client:
    """A botocore client that keeps the text of each response beside the parsed response."""

    def __init__(self, *model_folders: str) -> None:
        session = botocore.session.Session()
        session.get_component("data_loader").search_paths[:0] = model_folders
        self._client: Any = session.create_client(
            "dynamodbstreams",
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        self._client.meta.events.register("before-parse.dynamodb-streams", self._keep)

    def ask(self, operation: str, **request: Any) -> Exchange:
        parsed = self._client._make_api_call(operation, request)
        shape = self._client.meta.service_model.operation_model(operation).output_shape
        return Exchange(operation, json.loads(self._text), parsed, shape)

    def _keep(self, response_dict: dict[str, Any], **_: Any) -> None:
        self._text = response_dict["body"]


# The document and the parsed response, side by side


def lost(shape: Shape, document: Any, parsed: Any) -> Iterator[str]:
    """Yield the members that this botocore's model lacks; assert that the parsed response has all others."""
    yield from COMPARISONS.get(shape.type_name, _same)(shape, document, parsed)


def _structure(shape: Any, document: dict[str, Any], parsed: dict[str, Any]) -> Iterator[str]:
    assert parsed.keys() == document.keys() & shape.members.keys(), shape.name
    for name, value in document.items():
        if name in shape.members:
            yield from lost(shape.members[name], value, parsed[name])
        else:
            yield f"{shape.name}.{name}"


def _map(shape: Any, document: dict[str, Any], parsed: dict[str, Any]) -> Iterator[str]:
    assert parsed.keys() == document.keys(), shape.name
    for name, value in document.items():
        yield from lost(shape.value, value, parsed[name])


def _list(shape: Any, document: list[Any], parsed: list[Any]) -> Iterator[str]:
    for one, other in zip(document, parsed, strict=True):
        yield from lost(shape.member, one, other)


def _timestamp(shape: Shape, document: float, parsed: datetime) -> Iterator[str]:
    assert isinstance(parsed, datetime), shape.name
    assert parsed.tzinfo is not None, shape.name
    assert parsed.timestamp() == pytest.approx(document, abs=1e-6, rel=0), shape.name
    return iter(())


def _blob(shape: Shape, document: str, parsed: bytes) -> Iterator[str]:
    assert parsed == b64decode(document, validate=True), shape.name
    return iter(())


def _same(shape: Shape, document: object, parsed: object) -> Iterator[str]:
    assert (type(parsed), parsed) == (type(document), document), shape.name
    return iter(())


COMPARISONS: dict[str, Callable[[Any, Any, Any], Iterator[str]]] = {
    "structure": _structure,
    "map": _map,
    "list": _list,
    "timestamp": _timestamp,
    "blob": _blob,
}


def losses(exchange: Exchange) -> set[str]:
    parsed = {name: value for name, value in exchange.parsed.items() if name != "ResponseMetadata"}
    return {*lost(exchange.shape, exchange.document, parsed)}


# Responses of all shapes


def write_everything(stream: Stream) -> None:
    stream.insert(ITEM)
    stream.modify({**ITEM, "paid": False})
    stream.remove({"pk": ITEM["pk"], "sk": ITEM["sk"]}, old=ITEM)
    stream.insert(ITEM)
    stream.remove({"pk": ITEM["pk"], "sk": ITEM["sk"]}, by_ttl=True)


def read(client: Client, stream: Stream, shard: int, **limit: int) -> list[Exchange]:
    where = {"StreamArn": stream.arn, "ShardId": stream.shards[shard].id, "ShardIteratorType": "TRIM_HORIZON"}
    placed = client.ask("GetShardIterator", **where)
    return [placed, client.ask("GetRecords", ShardIterator=placed.parsed["ShardIterator"], **limit)]


def records_of_every_kind(client: Client, streams: StreamsMock) -> Iterator[Exchange]:
    for number, view_type in enumerate(get_args(ViewType)):
        stream = streams.create_stream(f"table-{number}", key_schema=KEYS, view_type=view_type)
        write_everything(stream)
        yield from read(client, stream, 0)


def pages_of_records(client: Client, streams: StreamsMock) -> Iterator[Exchange]:
    stream = streams.create_stream("orders", key_schema=KEYS)
    yield from read(client, stream, 0)  # empty and open
    write_everything(stream)
    yield from read(client, stream, 0, Limit=2)
    stream.rotate()
    yield from read(client, stream, 0)  # closed, to its end
    yield from read(client, stream, 0, Limit=2)


def descriptions(client: Client, streams: StreamsMock) -> Iterator[Exchange]:
    stream = streams.create_stream("orders", key_schema=KEYS, shards=2)
    yield client.ask("DescribeStream", StreamArn=stream.arn)
    stream.shards[0].split()
    yield client.ask("DescribeStream", StreamArn=stream.arn)
    yield client.ask("DescribeStream", StreamArn=stream.arn, Limit=3)
    yield client.ask("DescribeStream", StreamArn=stream.arn, ExclusiveStartShardId=stream.shards[-1].id)
    stream.disable()
    yield client.ask("DescribeStream", StreamArn=stream.arn)
    yield client.ask("DescribeStream", StreamArn=streams.create_stream("customers").arn)


def listings(client: Client, streams: StreamsMock) -> Iterator[Exchange]:
    yield client.ask("ListStreams")
    streams.create_stream("orders")
    streams.create_stream("customers")
    yield client.ask("ListStreams")
    yield client.ask("ListStreams", Limit=1)


SHAPES = [records_of_every_kind, pages_of_records, descriptions, listings]


def members_of(schemas: dict[str, dict[str, Any]]) -> set[str]:
    """Return ``Structure.Member`` for each member of a response."""
    answers = [schema for file, schema in schemas.items() if file.endswith(".response.json")]
    named = [pair for schema in answers for pair in ((schema["title"], schema), *schema.get("$defs", {}).items())]
    return {f"{name}.{member}" for name, node in named for member in node.get("properties", ())}


MODEL = generate.service_model()
MEMBERS = members_of(generate.checked_in())

#: The members that the schemas have and the installed botocore lacks, if it is older.
UNKNOWN = MEMBERS - members_of(generate.schemas_of(MODEL))


@pytest.fixture(scope="module")
def client() -> Client:
    return Client()


@pytest.mark.parametrize("shapes", SHAPES)
def test_the_schemas_accept_every_response(
    client: Client, ddbstreams_mock: StreamsMock, shapes: Callable[..., Iterator[Exchange]]
) -> None:
    for exchange in shapes(client, ddbstreams_mock):
        assert _schemas.violations(f"{OPERATIONS[exchange.operation].schema}.response", exchange.document) == ()


@pytest.mark.parametrize("shapes", SHAPES)
def test_the_parser_loses_only_members_that_its_model_lacks(
    client: Client, ddbstreams_mock: StreamsMock, shapes: Callable[..., Iterator[Exchange]]
) -> None:
    for exchange in shapes(client, ddbstreams_mock):
        assert losses(exchange) <= UNKNOWN


def test_the_compared_responses_have_every_member_of_the_schemas(client: Client, ddbstreams_mock: StreamsMock) -> None:
    seen: set[str] = set()
    for shapes in SHAPES:
        for exchange in shapes(client, ddbstreams_mock):
            seen |= {f"{exchange.operation} response.{name}" for name in exchange.document}
            seen |= {*members_in(exchange.shape, exchange.document)}
        ddbstreams_mock.reset()
    assert MEMBERS - seen == set()


def members_in(shape: Any, document: Any) -> Iterator[str]:
    """Yield ``Structure.Member`` for each member in a document."""
    if shape.type_name == "structure":
        for name in document.keys() & shape.members.keys():
            yield f"{shape.name}.{name}"
            yield from members_in(shape.members[name], document[name])
    elif shape.type_name in {"list", "map"}:
        member = shape.member if shape.type_name == "list" else shape.value
        for entry in document if shape.type_name == "list" else document.values():
            yield from members_in(member, entry)


NUMBERS = st.integers(-(10**20), 10**20).map(str)

VALUES = st.recursive(
    st.one_of(
        st.fixed_dictionaries({"S": st.text(max_size=8)}),
        st.fixed_dictionaries({"N": NUMBERS}),
        st.fixed_dictionaries({"B": st.binary(max_size=8)}),
        st.fixed_dictionaries({"BOOL": st.booleans()}),
        st.fixed_dictionaries({"NULL": st.just(value=True)}),
        st.fixed_dictionaries({"SS": st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=3, unique=True)}),
        st.fixed_dictionaries({"NS": st.lists(NUMBERS, min_size=1, max_size=3, unique=True)}),
        st.fixed_dictionaries({"BS": st.lists(st.binary(max_size=4), min_size=1, max_size=3, unique=True)}),
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"L": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"M": st.dictionaries(st.text(min_size=1, max_size=4), inner, max_size=3)}),
    ),
    max_leaves=8,
)


@hypothesis_settings(max_examples=60)
@given(image=st.dictionaries(st.text(min_size=1, max_size=8), VALUES, max_size=4))
def test_the_parser_loses_nothing_of_any_attribute_value(client: Client, image: dict[str, Any]) -> None:
    item = {**image, "pk": {"S": "o#1"}}
    with mock_streams() as streams:
        stream = streams.create_stream("orders")
        stream.insert(item, plain=False)
        *_, page = read(client, stream, 0)
    assert _schemas.violations(f"{OPERATIONS[page.operation].schema}.response", page.document) == ()
    assert losses(page) <= UNKNOWN
    assert page.parsed["Records"][0]["dynamodb"]["NewImage"].keys() == item.keys()


# A botocore with fewer or more members


@pytest.fixture
def model() -> dict[str, Any]:
    """Return a copy of the installed service model, for a test to change."""
    return deepcopy(MODEL)


@pytest.fixture
def client_with(tmp_path: Path, ddbstreams_mock: StreamsMock) -> Callable[[dict[str, Any]], Client]:
    """Return a function that makes a client of a botocore with another service model."""

    def client_with(model: dict[str, Any]) -> Client:
        version = model["metadata"]["apiVersion"]
        folder = tmp_path / "dynamodbstreams" / version
        folder.mkdir(parents=True)
        (folder / "service-2.json").write_text(json.dumps(model), "utf-8")
        return Client(str(tmp_path))

    assert ddbstreams_mock.streams == ()
    return client_with


def test_a_botocore_without_some_members_loses_these_only(
    model: dict[str, Any], client_with: Callable[[dict[str, Any]], Client], ddbstreams_mock: StreamsMock
) -> None:
    del model["shapes"]["Record"]["members"]["userIdentity"]
    del model["shapes"]["AttributeValue"]["members"]["NS"]
    exchanges = records_of_every_kind(client_with(model), ddbstreams_mock)
    assert set().union(*map(losses, exchanges)) - UNKNOWN == {"Record.userIdentity", "AttributeValue.NS"}


def test_a_botocore_with_more_members_loses_nothing(
    model: dict[str, Any], client_with: Callable[[dict[str, Any]], Client], ddbstreams_mock: StreamsMock
) -> None:
    model["shapes"]["Record"]["members"]["colour"] = {"shape": "String"}
    exchanges = [*records_of_every_kind(client_with(model), ddbstreams_mock)]
    assert set().union(*map(losses, exchanges)) <= UNKNOWN
    assert all("colour" in exchange.shape.members["Records"].member.members for exchange in exchanges[1::2])
