from __future__ import annotations

import pytest

from pytest_ddbstreams._environment import environment_of_child
from pytest_ddbstreams._options import Options

URL = "http://127.0.0.1:4566"


def test_the_endpoint_is_that_of_this_service_alone() -> None:
    child = environment_of_child(Options(), URL)
    assert child["AWS_ENDPOINT_URL_DYNAMODB_STREAMS"] == URL
    assert "AWS_ENDPOINT_URL" not in child


def test_what_tells_sdks_to_ignore_endpoints_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" not in environment_of_child(Options(), URL)


def test_the_region_is_the_mocks_by_both_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    child = environment_of_child(Options(region="eu-west-1"), URL)
    assert {child["AWS_REGION"], child["AWS_DEFAULT_REGION"]} == {"eu-west-1"}


def test_credentials_are_dummies_and_no_profile_stands_in_their_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of the machine")
    monkeypatch.setenv("AWS_PROFILE", "production")
    child = environment_of_child(Options(), URL)
    assert child["AWS_ACCESS_KEY_ID"] == "testing"
    assert "AWS_PROFILE" not in child


def test_without_mock_credentials_they_stay_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of the machine")
    monkeypatch.setenv("AWS_PROFILE", "production")
    child = environment_of_child(Options(mock_credentials=False), URL)
    assert (child["AWS_ACCESS_KEY_ID"], child["AWS_PROFILE"]) == ("of the machine", "production")


@pytest.mark.parametrize(("before", "after"), [("", "127.0.0.1"), ("internal.example", "internal.example,127.0.0.1")])
def test_no_proxy_stands_between(monkeypatch: pytest.MonkeyPatch, before: str, after: str) -> None:
    monkeypatch.setenv("NO_PROXY", before)
    monkeypatch.delenv("no_proxy", raising=False)
    child = environment_of_child(Options(), URL)
    assert (child["NO_PROXY"], child["no_proxy"]) == (after, "127.0.0.1")


def test_the_rest_is_this_processs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_TEST", "1")
    assert environment_of_child(Options(), URL)["OF_THE_TEST"] == "1"
