"""The memory of each client, which keeps it from AWS once its mock is closed.

A thread or a task that outlives its test polls on, and its next call would leave for AWS with any credentials that it
finds. A client that never met a mock, such as that of an integration test in the same run, is let through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._exceptions import NetworkBlocked
from .._options import how_to_set
from .._service import innermost
from .botocore_answer import ANSWERED, Refused, sign_with_dummies
from .http_requests import host_of, is_aws
from .process_state import late_calls_of, outlived_by_this_thread

if TYPE_CHECKING:
    from .._strictness import LateCalls

_ID = "pytest-ddbstreams-memory"


class ClientMemory:
    """The last mock that was open when one client was made or called.

    It listens in place of the hooks that sign and refuse for clients of all services, because each handler costs a
    request some microseconds.
    """

    def __init__(self, events: Any) -> None:
        self._late_calls = late_calls_of(innermost())
        events.register("before-sign", self._on_sign, unique_id=f"{_ID}/sign")
        # Also while the mock is open: it may close between the signing of a request and its sending.
        events.register_last("before-send", self._on_send, unique_id=f"{_ID}/send")

    def _on_sign(self, request: Any, request_signer: Any, **_: Any) -> None:
        service = innermost()
        if service is not None:
            self._late_calls = late_calls_of(service)
            if service.options.mock_credentials:
                sign_with_dummies(request)
        # Without credentials botocore's error would name the credentials, and not the closed mock.
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
                "its thread was made or used while it was open. Stop the code that goes on calling before the test "
                "ends. To reach AWS, use a client and a thread that are made while no mock is open, or set "
                f"{how_to_set('block_network', value=False)}"
            ),
            closed,
        )

    def _closed(self) -> LateCalls | None:
        return self._late_calls or outlived_by_this_thread()
