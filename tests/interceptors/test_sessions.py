"""Models that botocore has loaded are kept from mock to mock; all else of a session is new."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import pytest
from aio_clients import needs_aiobotocore
from botocore import handlers
from botocore.hooks import HierarchicalEmitter
from botocore.loaders import JSONFileLoader, Loader

from pytest_ddbstreams import mock_streams

if TYPE_CHECKING:
    from pathlib import Path

EVENT = "before-sign.dynamodb-streams"


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the files that botocore loads from now on."""
    files: list[str] = []
    load = JSONFileLoader.load_file

    def load_file(self: JSONFileLoader, file_path: str) -> Any:
        files.append(file_path)
        return load(self, file_path)

    monkeypatch.setattr(JSONFileLoader, "load_file", load_file)
    return files


def list_streams() -> Any:
    return boto3.client("dynamodbstreams", region_name="us-east-1").list_streams()["Streams"]


def test_a_client_of_a_second_mock_loads_no_file_of_botocore_again(loaded: list[str]) -> None:
    with mock_streams():
        list_streams()
    loaded.clear()
    with mock_streams():
        assert list_streams() == []
    assert loaded == []


@needs_aiobotocore
def test_a_client_of_aiobotocore_loads_no_file_of_botocore_again(loaded: list[str]) -> None:
    from aiobotocore.session import get_session

    async def main() -> Any:
        async with get_session().create_client("dynamodbstreams", region_name="us-east-1") as client:
            return (await client.list_streams())["Streams"]

    with mock_streams():
        asyncio.run(main())
    loaded.clear()
    with mock_streams():
        assert asyncio.run(main()) == []
    assert loaded == []


def test_a_folder_of_aws_data_path_is_searched_in_the_mock_that_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mock_streams():
        list_streams()
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    with mock_streams():
        assert str(tmp_path) in botocore.session.get_session().get_component("data_loader").search_paths


def test_a_folder_that_the_user_adds_to_a_loader_is_searched_by_this_one_only(tmp_path: Path) -> None:
    with mock_streams():
        first, second = (botocore.session.get_session().get_component("data_loader") for _ in range(2))
        first.load_service_model("dynamodbstreams", "service-2")
        folder = tmp_path / "dynamodbstreams" / "2012-08-10"
        folder.mkdir(parents=True)
        (folder / "service-2.json").write_text('{"metadata": {}}', "utf-8")
        first.search_paths.insert(0, str(tmp_path))
        assert first.load_service_model("dynamodbstreams", "service-2")["metadata"] == {}
        assert second.load_service_model("dynamodbstreams", "service-2")["metadata"] != {}


def test_a_resource_of_boto3_finds_its_model() -> None:
    with mock_streams():
        botocore.session.get_session().create_client("dynamodb", region_name="us-east-1")
        assert boto3.resource("dynamodb", region_name="us-east-1").meta.service_name == "dynamodb"


def test_a_loader_of_the_user_stays() -> None:
    own = Loader()
    with mock_streams():
        session = botocore.session.get_session()
        session.register_component("data_loader", own)
        assert session.get_component("data_loader") is own
        assert botocore.session.get_session().get_component("data_loader") is not own


def test_a_handler_of_the_user_is_not_in_the_session_of_another_mock() -> None:
    called: list[int] = []
    for number in range(2):
        with mock_streams():
            list_streams()
            session = boto3._get_default_session()
            session.events.register(EVENT, lambda number=number, **_: called.append(number))
            list_streams()
    assert called == [0, 1]


def test_a_session_without_built_in_handlers_has_none() -> None:
    with mock_streams():
        botocore.session.get_session()
        session = botocore.session.Session(include_builtin_handlers=False)
        assert session.get_component("event_emitter").emit("getting-started", value=1) == []
        assert session.get_component("event_emitter").emit(EVENT) == []


def test_a_session_with_an_emitter_of_the_user_keeps_its_handlers() -> None:
    called: list[str] = []
    hooks = HierarchicalEmitter()
    hooks.register(EVENT, lambda **_: called.append("own"))
    with mock_streams():
        botocore.session.get_session()
        session = botocore.session.Session(event_hooks=hooks)
        client: Any = session.create_client("dynamodbstreams", region_name="us-east-1")
        assert client.list_streams()["Streams"] == []
    assert called == ["own"]


def test_a_built_in_handler_that_is_added_later_reaches_the_next_session(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    with mock_streams():
        list_streams()
    added = (EVENT, lambda **_: called.append("added"))
    monkeypatch.setattr(handlers, "BUILTIN_HANDLERS", [*handlers.BUILTIN_HANDLERS, added])
    with mock_streams():
        list_streams()
    assert called == ["added"]


def test_the_functions_of_botocore_are_restored_when_the_last_mock_closes() -> None:
    session_class = vars(botocore.session.Session)
    before = botocore.session.create_loader, session_class["_register_builtin_handlers"]
    with mock_streams(), mock_streams():
        assert botocore.session.create_loader is not before[0]
    assert (botocore.session.create_loader, session_class["_register_builtin_handlers"]) == before
