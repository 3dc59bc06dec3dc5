"""An aiobotocore client that is called like a client of boto3, so that one test body serves both libraries."""

from __future__ import annotations

import asyncio
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Coroutine

#: aiobotocore requires one of a few versions of botocore.
needs_aiobotocore = pytest.mark.skipif(
    find_spec("aiobotocore") is None, reason="aiobotocore cannot be installed beside this botocore"
)


def aio_session() -> Any:
    """Return a session of aiobotocore, which cannot be installed beside the newest botocore."""
    return pytest.importorskip("aiobotocore.session", reason="aiobotocore is not installed").get_session()


class WaitingClient:
    """A client whose methods wait for their answers on an event loop of their own.

    Args:
        loader: a loader of botocore's data, which all sessions can share.
        arguments: arguments of ``create_client`` of a session.
        options: keyword arguments of the same method.
    """

    def __init__(self, loader: Any, *arguments: Any, **options: Any) -> None:
        from aiobotocore.session import get_session

        session = get_session()
        session.register_component("data_loader", loader)
        self._loop = asyncio.new_event_loop()
        self._making = session.create_client(*arguments, **options)
        self._client = self._wait(self._making.__aenter__())

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._client, name)
        return partial(self._call, attribute) if name in self._client.meta.method_to_api_mapping else attribute

    def close(self) -> None:
        self._wait(self._making.__aexit__(None, None, None))
        self._loop.close()

    def _call(self, method: Any, **request: Any) -> Any:
        return self._wait(method(**request))

    def _wait(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(coroutine)
