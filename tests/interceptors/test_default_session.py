"""boto3's default session while a mock is open, and afterwards."""

from __future__ import annotations

import sys

import boto3
import pytest

from pytest_ddbstreams import mock_streams


def test_a_default_session_made_while_a_mock_is_open_is_removed_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with mock_streams():
        boto3.client("dynamodbstreams", region_name="us-east-1")
    assert boto3.DEFAULT_SESSION is None


def test_a_default_session_from_before_the_mock_is_restored_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mine = boto3.Session(aws_access_key_id="mine", aws_secret_access_key="mine")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", mine)
    with mock_streams():
        boto3.client("dynamodbstreams", region_name="us-east-1")
        assert boto3.DEFAULT_SESSION.get_credentials().access_key == "testing"
    assert boto3.DEFAULT_SESSION is mine


def test_without_mock_credentials_the_default_session_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = boto3.Session(aws_access_key_id="mine", aws_secret_access_key="mine")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", mine)
    with mock_streams(mock_credentials=False):
        assert boto3.DEFAULT_SESSION is mine


def test_boto3_is_not_imported_by_a_mock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "boto3")
    with mock_streams():
        pass
    assert "boto3" not in sys.modules


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["first in first out", "last in first out"])
def test_mocks_that_close_in_any_order_restore_the_default_session(
    monkeypatch: pytest.MonkeyPatch, order: tuple[int, int]
) -> None:
    mine = boto3.Session(aws_access_key_id="mine", aws_secret_access_key="mine")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", mine)
    mocks = [mock_streams(), mock_streams()]
    for mock in mocks:
        mock.start()
        boto3.client("dynamodbstreams", region_name="us-east-1")
    first, last = order
    mocks[first].stop()
    assert boto3.DEFAULT_SESSION.get_credentials().access_key == "testing"
    mocks[last].stop()
    assert boto3.DEFAULT_SESSION is mine
