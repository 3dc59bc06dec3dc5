"""What keeps clients from AWS once their mock is closed: each remembers it.

It listens in place of the hooks that would sign and refuse for a client of the service: each handler that botocore
calls costs a request some microseconds.

A thread or a task that outlives its test polls on, and its next call would leave for AWS with whatever credentials
it finds. What never met a mock, such as the client of an integration test in the same run, is let through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._exceptions import NetworkBlocked
from .._options import how_to_set
from .._service import innermost
from .aws_hosts import is_aws
from .botocore_answer import ANSWERED, Refused, sign_with_dummies
from .leftovers import outlived_by_this_thread, told_of
from .prepared_requests import host_of

if TYPE_CHECKING:
    from .._strictness import LateCalls

_ID = "pytest-ddbstreams-memory"


class ClientMemory:
    """Remembers, for one client, the last mock that was open when the client was made or called."""

    def __init__(self, events: Any) -> None:
        self._mock = told_of(innermost())
        events.register("before-sign", self._on_sign, unique_id=f"{_ID}/sign")
        # Not only once the mock is closed: it may close between a request's signing and its sending.
        events.register_last("before-send", self._on_send, unique_id=f"{_ID}/send")

    def _on_sign(self, request: Any, request_signer: Any, **_: Any) -> None:
        service = innermost()
        if service is not None:
            self._mock = told_of(service)
            if service.options.mock_credentials:
                sign_with_dummies(request)
        # Without credentials it would be told that it has none, and not what is the matter.
        elif getattr(request_signer, "_credentials", None) is None and self._closed() and is_aws(host_of(request.url)):
            sign_with_dummies(request)

    def _on_send(self, request: Any, event_name: str, **_: Any) -> Refused | None:
        if request.url == ANSWERED:
            return None
        closed, host = self._closed(), host_of(request.url)
        if closed is None or not is_aws(host):
            return None
        return Refused(
            NetworkBlocked(
                f"{event_name.partition('.')[2]} would have gone to {host}, but {closed} is closed, and this client or "
                "its thread was made or used while it was open. End what goes on calling before the test ends. To "
                "reach AWS, use a client and a thread that are made while no mock is open, or set "
                f"{how_to_set('block_network', value=False)}"
            ),
            closed,
        )

    def _closed(self) -> LateCalls | None:
        return self._mock or outlived_by_this_thread()
