"""The patches of moto: they are installed and removed, in any order, and refuse a moto that they do not fit."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import StreamShard, Table
from moto.dynamodb.responses import DynamoHandler
from moto_tables.moto_calls import KEY, OLD, client, shape, specification

from pytest_ddbstreams import (
    StreamsMockError,
    UnsupportedVersion,
    _moto,
    mock_streams,
)
from pytest_ddbstreams._service import OPEN

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

PATCHED = (
    (DynamoHandler, "call_action"),
    (DynamoHandler, "create_table"),
    (DynamoHandler, "update_table"),
    (StreamShard, "add"),
    (Table, "set_stream_specification"),
    (Table, "describe"),
    (DynamoDBBackend, "update_table_streams"),
    (DynamoDBBackend, "delete_table"),
    (DynamoHandler, "batch_write_item"),
    (DynamoHandler, "transact_write_items"),
    (DynamoHandler, "execute_transaction"),
    (DynamoDBBackend, "execute_statement"),
    (DynamoDBBackend, "execute_transaction"),
    (DynamoDBBackend, "update_item"),
)


TABLE = shape("orders", StreamSpecification=specification())


def methods() -> list[Any]:
    return [getattr(owner, name) for owner, name in PATCHED]


# Installing and removing


def test_methods_of_moto_are_patched_only_while_a_mock_is_open() -> None:
    before = methods()
    with mock_streams():
        with mock_streams():
            within = methods()
        assert methods() == within
        assert [one for one, other in zip(before, within, strict=True) if one is other] == []
    assert methods() == before


def test_the_mock_that_closes_last_removes_the_patches() -> None:
    before = methods()
    first, second = mock_streams(), mock_streams()
    first.start()
    second.start()

    first.stop()
    assert methods() != before
    second.stop()
    assert methods() == before


def test_connecting_without_an_open_mock_patches_nothing() -> None:
    before = methods()
    _moto.connect()

    assert methods() == before


def in_a_process_of_its_own(code: str) -> str:
    """Run code in another process, and return what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout + done.stderr


def test_moto_can_be_loaded_after_the_mock_was_opened() -> None:
    code = f"""
import sys
import boto3
from moto import mock_aws
from pytest_ddbstreams import mock_streams
with mock_streams() as streams, mock_aws():
    print("moto.dynamodb" in sys.modules)
    client = boto3.client("dynamodb", region_name="us-east-1")
    client.create_table(**{TABLE!r})
    client.put_item(TableName="orders", Item={OLD!r})
    print(streams.stream("orders").records[0]["dynamodb"]["NewImage"])
"""
    assert in_a_process_of_its_own(code) == f"False\n{OLD}\n"


def test_moto_is_not_patched_if_it_is_loaded_after_the_mock_was_closed() -> None:
    code = """
from pytest_ddbstreams import mock_streams
with mock_streams():
    pass
from moto.dynamodb.responses import DynamoDBBackend
print(hasattr(DynamoDBBackend.delete_table, "__wrapped__"))
with mock_streams():
    print(hasattr(DynamoDBBackend.delete_table, "__wrapped__"))
"""
    assert in_a_process_of_its_own(code) == "False\nTrue\n"


def test_a_mock_does_not_load_moto() -> None:
    code = """
import sys
from pytest_ddbstreams import mock_streams
with mock_streams() as streams:
    streams.create_stream("orders").put({"pk": "1"})
print([name for name in sys.modules if name.split(".")[0] == "moto"])
"""
    assert in_a_process_of_its_own(code) == "[]\n"


# Unsupported releases of moto


# DynamoHandler inherits `call_action` if its own is deleted.
@pytest.mark.parametrize(("owner", "name"), PATCHED[1:], ids=lambda value: getattr(value, "__name__", value))
def test_the_refusal_of_a_moto_without_a_method_names_the_method_and_a_release(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    monkeypatch.delattr(owner, name)

    with pytest.raises(UnsupportedVersion) as refused, mock_streams():
        pytest.fail("it was opened")

    said = str(refused.value)
    assert said.startswith("moto ")
    assert f"{owner.__name__}.{name}(self" in said
    assert "pip install 'moto[dynamodb]==" in said


def test_a_moto_whose_method_has_other_parameters_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def add(self: Any, old: Any, new: Any, more: Any) -> None:
        """Take one parameter more than the method of moto."""

    monkeypatch.setattr(StreamShard, "add", add)

    with pytest.raises(UnsupportedVersion, match=r"StreamShard\.add\(self, old, new\)"), mock_streams():
        pytest.fail("it was opened")


def test_a_moto_without_a_class_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("moto.dynamodb.models.table.StreamShard")

    with pytest.raises(UnsupportedVersion, match=r"StreamShard\.add"), mock_streams():
        pytest.fail("it was opened")


def test_a_mock_that_refuses_moto_restores_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.delattr(StreamShard, "add")
    before = methods_but_for("add")

    with pytest.raises(UnsupportedVersion):
        mock_streams(freeze="2026-01-01").start()

    assert (OPEN, methods_but_for("add")) == ([], before)
    assert "AWS_DEFAULT_REGION" not in os.environ
    assert datetime.now(timezone.utc).isoformat()[:10] != "2026-01-01"


def methods_but_for(left_out: str) -> list[Any]:
    return [getattr(owner, name) for owner, name in PATCHED if name != left_out]


def test_every_opening_of_a_mock_beside_an_unsupported_moto_fails() -> None:
    code = """
import moto.dynamodb.models.table as table
del table.StreamShard.add
from pytest_ddbstreams import UnsupportedVersion, mock_streams
for _ in range(2):
    try:
        with mock_streams():
            print("opened")
    except UnsupportedVersion as error:
        print(error.args[0].partition(" any more")[0][-9:])
"""
    assert in_a_process_of_its_own(code) == "old, new)\n" * 2


def test_unsupported_version_is_an_import_error_of_this_package() -> None:
    assert issubclass(UnsupportedVersion, StreamsMockError)
    assert issubclass(UnsupportedVersion, ImportError)


# Threads


def test_records_of_one_item_are_in_the_order_of_the_writes_of_all_threads(orders: Stream) -> None:
    def count() -> None:
        mine = client()
        for _ in range(10):
            mine.update_item(
                TableName="orders",
                Key=KEY,
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    shown = [record["dynamodb"]["NewImage"]["n"]["N"] for record in orders.records]
    assert shown == [str(number) for number in range(1, 41)]
