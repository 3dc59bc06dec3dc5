"""Answers and credentials for botocore and for aiobotocore.

aiobotocore awaits two things that botocore uses as they are: the content of an answer, and the frozen credentials. The
classes here serve both libraries, because ``await`` returns the object itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ReadTimeoutError

from .._children import inheritance
from .._clock import calling
from .._environment import endpoint
from .._exceptions import AnswerLost
from .._wire import answer
from .._work import stale_work
from .http_requests import host_of, http_request_of, is_aws
from .refusals import Refused, refuse_in_child

if TYPE_CHECKING:
    from collections.abc import Generator

    from .._service import Service

#: The URL of a request that was answered: a host that no other mock's handler takes for its own.
ANSWERED = "https://answered.invalid/"


class _Content(bytes):
    """The content of an answer."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, Any, bytes]:
        yield from ()
        return self


class Answer(AWSResponse):
    """An answer that was never on a network."""

    def __init__(self, url: str, status: int, headers: dict[str, str], body: bytes) -> None:
        super().__init__(url, status, headers, None)  # type: ignore[arg-type] # any mapping will do
        self._body = _Content(body)

    @property
    def content(self) -> bytes:
        """The body, which aiobotocore may await."""
        return self._body


def answer_request(request: Any, service: Service, client: object | None) -> Answer:
    """Answer a prepared botocore request.

    Args:
        request: the prepared request.
        service: the service that answers.
        client: an object that lives as long as the client that sends it, or None.
    """
    url = request.url
    try:
        with calling():
            reply = answer(http_request_of(request, client), service)
    except AnswerLost:
        raise ReadTimeoutError(endpoint_url=url) from None
    # Other handlers see the request after this one. moto's would put its exception in place of this answer.
    request.url = ANSWERED
    return Answer(url, reply.status, reply.headers, reply.body)


def redirect_to_server(request: Any, call: str) -> Refused | None:
    """Send a request of a child process to the server of its parent's mock; refuse it if the child knows none.

    In any other process, and where the request goes to a host that is not of AWS, do nothing.
    """
    inherited = inheritance()
    if inherited is None or not is_aws(host_of(request.url)):
        return None
    if stale_work() is None and endpoint():
        request.url = endpoint()
        return None
    request.url = ANSWERED
    return refuse_in_child(call, inherited)


class _FrozenCredentials(ReadOnlyCredentials):
    """The keys of dummy credentials."""

    def __await__(self) -> Generator[Any, Any, ReadOnlyCredentials]:
        yield from ()
        return self


class DummyCredentials:
    """Credentials that sign requests and open nothing."""

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return the credentials, which aiobotocore may await."""
        return _FROZEN


_FROZEN = _FrozenCredentials("testing", "testing", "testing")
_DUMMIES = DummyCredentials()


def sign_with_dummies(request: Any) -> None:
    """Sign a request with dummy credentials, whether its client has credentials or not."""
    signing = request.context.get("signing", {})
    request.context["signing"] = {**signing, "request_credentials": _DUMMIES}
