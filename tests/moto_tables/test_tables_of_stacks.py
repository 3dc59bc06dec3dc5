"""Tables that moto makes without a request of DynamoDB, as CloudFormation does, and tables of a closed mock of moto."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from moto.dynamodb.models.table import Table

from pytest_ddbstreams import StreamsMock, _moto, mock_streams

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT, REGION = "123456789012", "us-east-1"
PROPERTIES = {
    "TableName": "orders",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
}


def make(**changes: Any) -> Any:
    """Make a table as a stack does: moto's CloudFormation calls this method."""
    resource = {"Properties": {**PROPERTIES, **changes}}
    return Table.create_from_cloudformation_json("orders", resource, ACCOUNT, REGION)


@pytest.fixture
def _open_moto() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.mark.usefixtures("_open_moto")
def test_a_table_of_a_stack_feeds_a_stream_although_its_specification_has_no_stream_enabled(
    ddbstreams_mock: StreamsMock,
) -> None:
    table = make()
    boto3.client("dynamodb", REGION).put_item(TableName="orders", Item={"pk": {"S": "1"}})
    [stream] = ddbstreams_mock.streams
    assert (stream.view_type, len(stream.records)) == ("NEW_IMAGE", 1)
    # This is what GetAtt StreamArn returns; moto asks for the packages of CloudFormation there.
    assert table.describe()["TableDescription"]["LatestStreamArn"] == stream.arn


@pytest.mark.usefixtures("_open_moto")
def test_a_table_of_a_stack_that_is_deleted_disables_its_stream(ddbstreams_mock: StreamsMock) -> None:
    make()
    Table.delete_from_cloudformation_json("orders", {}, ACCOUNT, REGION)
    assert [stream.status for stream in ddbstreams_mock.streams] == ["DISABLED"]


@pytest.mark.usefixtures("_open_moto")
def test_a_table_of_a_stack_that_was_made_before_the_mock_feeds_a_stream() -> None:
    make()
    with mock_streams() as mock:
        assert [stream.table_name for stream in mock.streams] == ["orders"]


def update(table: Any, **changes: Any) -> Any:
    """Update a table as a stack does, and return the table that the stack then has."""
    resource = {"Properties": {**PROPERTIES, **changes}}
    return Table.update_from_cloudformation_json(
        original_resource=table,
        new_resource_name=resource["Properties"]["TableName"],
        cloudformation_json=resource,
        account_id=ACCOUNT,
        region_name=REGION,
    )


@pytest.mark.usefixtures("_open_moto")
def test_a_stack_that_changes_the_view_type_enables_another_stream_of_the_table(ddbstreams_mock: StreamsMock) -> None:
    assert update(make(), StreamSpecification={"StreamViewType": "KEYS_ONLY"}).name == "orders"
    first, second = ddbstreams_mock.streams
    assert [first.status, second.status, second.view_type] == ["DISABLED", "ENABLED", "KEYS_ONLY"]


@pytest.mark.usefixtures("_open_moto")
def test_a_stack_that_takes_the_specification_away_disables_the_stream(ddbstreams_mock: StreamsMock) -> None:
    update(make(), StreamSpecification=None)
    assert [stream.status for stream in ddbstreams_mock.streams] == ["DISABLED"]


@pytest.mark.usefixtures("_open_moto")
def test_a_stack_that_adds_a_specification_enables_a_stream(ddbstreams_mock: StreamsMock) -> None:
    update(make(StreamSpecification=None))
    assert [stream.view_type for stream in ddbstreams_mock.streams] == ["NEW_IMAGE"]


@pytest.mark.usefixtures("_open_moto")
def test_a_stack_that_changes_something_else_keeps_the_stream(ddbstreams_mock: StreamsMock) -> None:
    update(make(), Tags=[])
    assert [stream.status for stream in ddbstreams_mock.streams] == ["ENABLED"]


@pytest.mark.usefixtures("_open_moto")
@pytest.mark.parametrize(
    "changes",
    [
        {"TableName": "orders-2"},
        {
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        },
    ],
    ids=["name", "key"],
)
def test_a_stack_that_changes_the_name_or_the_key_replaces_the_table_and_its_stream(
    ddbstreams_mock: StreamsMock, changes: dict[str, Any]
) -> None:
    name = update(make(), **changes).name
    first, second = ddbstreams_mock.streams
    assert [first.status, second.status, second.table_name] == ["DISABLED", "ENABLED", name]
    assert boto3.client("dynamodb", REGION).list_tables()["TableNames"] == [name]


def test_moto_has_no_update_of_tables_after_the_mock_is_closed() -> None:
    with mock_streams(), mock_aws():
        make()
        assert not hasattr(Table.update_from_cloudformation_json, "__isabstractmethod__")
    assert hasattr(Table.update_from_cloudformation_json, "__isabstractmethod__")


def test_a_table_of_a_stack_feeds_a_stream_if_it_is_the_first_thing_in_the_process() -> None:
    code = f"""
from moto import mock_aws
from pytest_ddbstreams import mock_streams
with mock_streams() as mock, mock_aws():
    from moto.dynamodb.models import Table
    table = Table.create_from_cloudformation_json("orders", {{"Properties": {PROPERTIES}}}, "{ACCOUNT}", "{REGION}")
    print(table.describe()["TableDescription"]["LatestStreamArn"] == mock.stream("orders").arn)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_a_table_that_a_closed_mock_of_moto_left_behind_has_no_stream() -> None:
    left = mock_aws()
    left.start()
    make()
    left.stop()
    with mock_streams() as mock:
        assert mock.streams == ()
        assert mock.create_stream("orders").status == "ENABLED"
        assert mock.expire_items() == 0


def test_the_module_of_requests_is_imported_if_moto_has_loaded_its_tables_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    imported: list[str] = []
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.delitem(sys.modules, "moto.dynamodb.responses")
    monkeypatch.setattr(_moto, "import_module", imported.append)
    with mock_streams():
        assert imported == ["moto.dynamodb.responses"]
