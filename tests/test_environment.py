from __future__ import annotations

import os
import sys

import boto3
import pytest

from pytest_ddbstreams import Clock, mock_streams

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tuple(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)


def aws() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("AWS_")}


def test_dummy_credentials_are_set_while_a_mock_is_open() -> None:
    with mock_streams():
        assert [os.environ[name] for name in CREDENTIALS] == ["testing"] * 3
    assert aws() == {}


def test_no_client_asks_the_instance_metadata_service() -> None:
    with mock_streams():
        assert os.environ["AWS_EC2_METADATA_DISABLED"] == "true"


def test_credentials_of_the_users_own_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CREDENTIALS:
        monkeypatch.setenv(name, f"my {name}")
    before = aws()
    with mock_streams():
        assert os.environ["AWS_ACCESS_KEY_ID"] == "testing"
    assert aws() == before


@pytest.mark.parametrize("name", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CREDENTIAL_EXPIRATION"])
def test_what_would_be_in_the_way_of_the_dummies_is_taken_away_and_comes_back(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "2001-01-01T00:00:00Z")
    with mock_streams():
        assert name not in os.environ
        boto3.Session().client("dynamodbstreams").list_streams()
    assert os.environ[name] == "2001-01-01T00:00:00Z"


def test_without_mock_credentials_only_the_region_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    with mock_streams(mock_credentials=False):
        assert aws() == {"AWS_PROFILE": "mine", "AWS_DEFAULT_REGION": "us-east-1"}
    assert aws() == {"AWS_PROFILE": "mine"}


def test_the_region_is_set_where_none_is() -> None:
    with mock_streams(region="eu-west-1"):
        assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_a_region_of_the_users_own_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    with mock_streams(region="eu-west-1"), mock_streams(region="eu-west-2"):
        assert os.environ["AWS_DEFAULT_REGION"] == "ap-south-1"
    assert os.environ["AWS_DEFAULT_REGION"] == "ap-south-1"


def test_a_mock_within_a_mock_sets_its_own_region_and_the_outers_comes_back() -> None:
    with mock_streams(region="eu-west-1"):
        with mock_streams(region="eu-west-2"):
            assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-2"
        assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert aws() == {}


def test_a_region_that_the_user_sets_within_a_mock_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_streams(region="eu-west-1"), monkeypatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
        with mock_streams(region="eu-west-2"):
            assert os.environ["AWS_DEFAULT_REGION"] == "ap-south-1"


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_mocks_that_close_in_any_order_leave_what_was_there(
    monkeypatch: pytest.MonkeyPatch, order: tuple[int, ...]
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "mine")
    regions = ["eu-west-1", "eu-west-2", "eu-west-3"]
    mocks = [mock_streams(region=region) for region in regions]
    for mock in mocks:
        mock.start()
    open_ones = list(regions)
    for index in order:
        mocks[index].stop()
        open_ones.remove(regions[index])
        assert os.environ.get("AWS_DEFAULT_REGION") == (open_ones[-1] if open_ones else None)
        assert os.environ.get("AWS_ACCESS_KEY_ID") == ("testing" if open_ones else None)
    assert aws() == {"AWS_SESSION_TOKEN": "mine"}


def test_the_default_session_of_boto3_keeps_no_dummies_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with mock_streams():
        boto3.client("dynamodbstreams")
    assert boto3.DEFAULT_SESSION is None


def test_the_default_session_of_boto3_brings_no_credentials_of_before(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = boto3.Session(aws_access_key_id="mine", aws_secret_access_key="mine")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", mine)
    with mock_streams():
        assert boto3.client("s3")._request_signer._credentials.access_key == "testing"
    assert boto3.DEFAULT_SESSION is mine


def test_with_credentials_of_its_own_the_default_session_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = boto3.Session(aws_access_key_id="mine", aws_secret_access_key="mine")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", mine)
    with mock_streams(mock_credentials=False):
        assert boto3.DEFAULT_SESSION is mine


def test_without_boto3_there_is_no_default_session_to_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "boto3")
    with mock_streams():
        pass
    assert "boto3" not in sys.modules


def test_it_is_put_back_although_a_clock_cannot_be_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Clock) -> None:
        raise RuntimeError("others have let go of it before")

    streams = mock_streams()
    streams.start()
    monkeypatch.setattr(Clock, "_release", refuse)
    with pytest.raises(RuntimeError, match="others"):
        streams.stop()
    assert aws() == {}
