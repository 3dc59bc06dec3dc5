from __future__ import annotations

import pytest

from pytest_ddbstreams._environment import environment_of_child
from pytest_ddbstreams._options import Options

URL = "http://127.0.0.1:4566"


def test_the_child_has_the_endpoints_of_dynamodb_streams_and_dynamodb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB", raising=False)
    child = environment_of_child(Options(), URL)
    assert (child["AWS_ENDPOINT_URL_DYNAMODB_STREAMS"], child["AWS_ENDPOINT_URL_DYNAMODB"]) == (URL, URL)
    assert "AWS_ENDPOINT_URL" not in child


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"])
def test_the_child_keeps_the_endpoint_that_the_environment_names_for_dynamodb(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable in ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(name, "http://127.0.0.1:8000")
    child = environment_of_child(Options(), URL)
    assert child.get("AWS_ENDPOINT_URL_DYNAMODB", child.get("AWS_ENDPOINT_URL")) == "http://127.0.0.1:8000"
    assert child["AWS_ENDPOINT_URL_DYNAMODB_STREAMS"] == URL


def test_the_child_does_not_ignore_configured_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" not in environment_of_child(Options(), URL)


def test_the_child_has_the_region_of_the_mock_in_both_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    child = environment_of_child(Options(region="eu-west-1"), URL)
    assert {child["AWS_REGION"], child["AWS_DEFAULT_REGION"]} == {"eu-west-1"}


def test_the_child_has_dummy_credentials_and_no_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of the machine")
    monkeypatch.setenv("AWS_PROFILE", "production")
    child = environment_of_child(Options(), URL)
    assert child["AWS_ACCESS_KEY_ID"] == "testing"
    assert "AWS_PROFILE" not in child


def test_the_child_keeps_the_credentials_without_mock_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of the machine")
    monkeypatch.setenv("AWS_PROFILE", "production")
    child = environment_of_child(Options(mock_credentials=False), URL)
    assert (child["AWS_ACCESS_KEY_ID"], child["AWS_PROFILE"]) == ("of the machine", "production")


@pytest.mark.parametrize(("before", "after"), [("", "127.0.0.1"), ("internal.example", "internal.example,127.0.0.1")])
def test_the_child_uses_no_proxy_for_the_server(monkeypatch: pytest.MonkeyPatch, before: str, after: str) -> None:
    monkeypatch.setenv("NO_PROXY", before)
    monkeypatch.delenv("no_proxy", raising=False)
    child = environment_of_child(Options(), URL)
    assert (child["NO_PROXY"], child["no_proxy"]) == (after, "127.0.0.1")


def test_the_child_has_all_other_variables_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_TEST", "1")
    assert environment_of_child(Options(), URL)["OF_THE_TEST"] == "1"
