"""Answers, refusals and credentials for botocore and for aiobotocore.

aiobotocore awaits two things that botocore uses as they are: the content of an answer, and the frozen credentials. The
classes here serve both libraries, because ``await`` returns the object itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from botocore.awsrequest import AWSResponse
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ReadTimeoutError

from .._exceptions import AnswerLost
from .._wire import answer
from .http_requests import http_request_of

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
        reply = answer(http_request_of(request, client), service)
    except AnswerLost:
        raise ReadTimeoutError(endpoint_url=url) from None
    # Other handlers see the request after this one. moto's would put its exception in place of this answer.
    request.url = ANSWERED
    return Answer(url, reply.status, reply.headers, reply.body)


class ErrorLog(Protocol):
    """A log of errors that the code under test may swallow."""

    def append(self, error: Exception, /) -> None:
        """Keep an error that is about to be raised."""


class Refused:
    """A refusal in the place of an answer; reading any attribute raises the error.

    An error that a handler raised would hide the answers of the handlers behind it.

    Args:
        error: says that nothing answered the call, and what to do about it.
        log: keeps the error once it was raised.
    """

    def __init__(self, error: Exception, log: ErrorLog) -> None:
        self._error = error
        self._log: ErrorLog | None = log

    def __getattr__(self, name: str) -> NoReturn:
        log, self._log = self._log, None
        if log is not None:
            log.append(self._error)
        raise self._error


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
