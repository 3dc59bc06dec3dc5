"""Tables that moto makes from backups, other tables and objects of S3. AWS makes all of them without a stream.

The developer guide of DynamoDB lists the stream among the settings that must be made again for a restored table.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from moto_tables.moto_calls import client, shape, specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import Stream, StreamsMock


def from_backup(dynamodb: Any) -> None:
    backup = dynamodb.create_backup(TableName="orders", BackupName="nightly")["BackupDetails"]
    dynamodb.restore_table_from_backup(TargetTableName="copy", BackupArn=backup["BackupArn"])


def to_point_in_time(dynamodb: Any) -> None:
    dynamodb.restore_table_to_point_in_time(SourceTableName="orders", TargetTableName="copy")


def from_bucket(dynamodb: Any) -> None:
    """Import a table, and wait for moto's thread."""
    s3 = client("s3")
    s3.create_bucket(Bucket="exports")
    s3.put_object(Bucket="exports", Key="items.json", Body=b'{"Item": {"pk": {"S": "1"}}}\n')
    parameters = shape("copy")
    arn = dynamodb.import_table(
        S3BucketSource={"S3Bucket": "exports"}, InputFormat="DYNAMODB_JSON", TableCreationParameters=parameters
    )["ImportTableDescription"]["ImportArn"]
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and type(thread).__name__ == "TableImport":
            thread.join()
    assert dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]["ImportStatus"] == "COMPLETED"


MADE = pytest.mark.parametrize("make", [from_backup, to_point_in_time, from_bucket])


@MADE
def test_a_restored_or_imported_table_has_no_stream_and_its_items_make_no_records(
    ddbstreams_mock: StreamsMock, dynamodb: Any, orders: Stream, make: Callable[[Any], None]
) -> None:
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "1"}})
    make(dynamodb)
    assert ddbstreams_mock.streams == (orders,)
    assert len(orders.records) == 1
    assert dynamodb.scan(TableName="copy")["Count"] == 1


@MADE
def test_a_restored_or_imported_table_feeds_the_stream_that_is_enabled_for_it(
    ddbstreams_mock: StreamsMock, dynamodb: Any, orders: Stream, make: Callable[[Any], None]
) -> None:
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "1"}})
    make(dynamodb)
    dynamodb.update_table(TableName="copy", StreamSpecification=specification())
    dynamodb.put_item(TableName="copy", Item={"pk": {"S": "1"}, "v": {"S": "new"}})
    [record] = ddbstreams_mock.stream("copy").records
    assert record.event_name == "MODIFY"
    assert len(orders.records) == 1
