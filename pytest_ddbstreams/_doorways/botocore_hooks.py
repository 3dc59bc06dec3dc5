"""The event hooks that botocore's clients, sync and async, take over from ``BUILTIN_HANDLERS``.

Clients made before the hooks were laid do not have them; see `attached`. ``before-send`` is emitted to every
handler, and the first answer counts, the more specific event name being first. Imported once botocore is.
"""

from __future__ import annotations

from typing import Any

from botocore.handlers import BUILTIN_HANDLERS, REGISTER_LAST

from .._backend import Backend, innermost
from .._problems import NetworkBlocked
from .._wire import answer
from ._arriving import arrival_of, host_of
from ._botocore_answer import Answer, DummyCredentials, Refused
from ._hosts import is_aws

SEND_EVENT = "before-send.dynamodb-streams"
SIGN_EVENT = "before-sign.dynamodb-streams"

#: Where an answered request points afterwards: a host that no other mock's handler takes for its own.
ANSWERED = "https://answered.invalid/"


def install() -> None:
    """Add the hooks to what every session copies."""
    BUILTIN_HANDLERS.extend(
        [
            (SEND_EVENT, _on_send),
            (SIGN_EVENT, _on_sign),
            # Last, so that the answer of any other mock comes before this refusal.
            ("before-send", _on_send_elsewhere, REGISTER_LAST),
        ]
    )


def answer_request(request: Any, backend: Backend) -> Answer:
    """Answer a prepared botocore request."""
    url = request.url
    reply = answer(arrival_of(request), backend)
    # moto's handler runs after this one, and would put its exception in place of this answer.
    request.url = ANSWERED
    return Answer(url, reply.status, reply.headers, reply.body)


def sign_with_dummies(request: Any) -> None:
    """Have a request signed with dummy credentials, whatever its client has or lacks."""
    signing = request.context.get("signing", {})
    request.context["signing"] = {**signing, "request_credentials": DummyCredentials()}


def _on_send(request: Any, **_: Any) -> Answer | None:
    backend = innermost()
    # An attached client's own handler may have answered before.
    return None if backend is None or request.url == ANSWERED else answer_request(request, backend)


def _on_sign(request: Any, **_: Any) -> None:
    backend = innermost()
    if backend is not None and backend.options.mock_credentials:
        sign_with_dummies(request)


def _on_send_elsewhere(request: Any, event_name: str, **_: Any) -> Refused | None:
    backend = innermost()
    if backend is None or not backend.options.block_network:
        return None
    host = host_of(request.url)
    if not is_aws(host):
        return None
    service, operation = event_name.split(".", 2)[1:]
    return Refused(
        NetworkBlocked(
            f"{service}.{operation} would have gone to {host}, and nothing answered it. Answer it with moto's "
            "mock_aws or botocore's Stubber, or point endpoint_url at loopback; to let it through, set "
            "block_network=False (mock_streams, @pytest.mark.ddbstreams) or ddbstreams_block_network = false (ini)"
        )
    )
