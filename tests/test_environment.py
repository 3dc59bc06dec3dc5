from __future__ import annotations

import os

import boto3
import pytest

from pytest_ddbstreams import Clock, mock_streams

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@pytest.fixture(autouse=True)
def _no_aws_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tuple(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)


def aws() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("AWS_")}


def test_dummy_credentials_are_set_while_a_mock_is_open() -> None:
    with mock_streams():
        assert [os.environ[name] for name in CREDENTIALS] == ["testing"] * 3
    assert aws() == {}


def test_the_instance_metadata_service_is_disabled_while_a_mock_is_open() -> None:
    with mock_streams():
        assert os.environ["AWS_EC2_METADATA_DISABLED"] == "true"


def test_the_users_credentials_are_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CREDENTIALS:
        monkeypatch.setenv(name, f"my {name}")
    before = aws()
    with mock_streams():
        assert os.environ["AWS_ACCESS_KEY_ID"] == "testing"
    assert aws() == before


@pytest.mark.parametrize(
    "name",
    [
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ],
)
def test_a_variable_that_overrides_the_dummies_is_removed_and_restored(
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


def test_the_region_is_set_if_none_is_set() -> None:
    with mock_streams(region="eu-west-1"):
        assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_the_users_region_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    with mock_streams(region="eu-west-1"), mock_streams(region="eu-west-2"):
        assert os.environ["AWS_DEFAULT_REGION"] == "ap-south-1"
    assert os.environ["AWS_DEFAULT_REGION"] == "ap-south-1"


def test_an_inner_mock_sets_its_region_and_the_outer_region_is_restored() -> None:
    with mock_streams(region="eu-west-1"):
        with mock_streams(region="eu-west-2"):
            assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-2"
        assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert aws() == {}


def test_a_region_that_the_user_sets_while_a_mock_is_open_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_streams(region="eu-west-1"), monkeypatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
        with mock_streams(region="eu-west-2"):
            assert os.environ["AWS_DEFAULT_REGION"] == "ap-south-1"


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_mocks_that_close_in_any_order_restore_the_environment(
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


def test_the_environment_is_restored_although_releasing_the_clock_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Clock) -> None:
        raise RuntimeError("released already")

    monkeypatch.setattr(Clock, "_release", refuse)
    mock = mock_streams()
    mock.start()
    with pytest.raises(RuntimeError, match="released already"):
        mock.stop()
    assert aws() == {}
