"""What botocore and aiobotocore get back: one class for both.

aiobotocore awaits what botocore just takes: the content of an answer, the frozen credentials. An object that is
the thing and can also be awaited for itself serves both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.credentials import ReadOnlyCredentials

if TYPE_CHECKING:
    from collections.abc import Generator, ItemsView, Iterator


#: Where an answered request points afterwards: a host that no other mock's handler takes for its own.
ANSWERED = "https://answered.invalid/"


class _Content(bytes):
    __slots__ = ()

    def __await__(self) -> Generator[Any, Any, bytes]:
        yield from ()
        return self


class _Headers(HeadersDict):
    """As its base, which makes an object of every name that is set or asked for; here each is a text in lower case."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._dict = {name.lower(): headers[name] for name in headers}

    def __getitem__(self, name: str) -> str:
        return self._dict[name.lower()]

    def __setitem__(self, name: str, value: str) -> None:
        self._dict[name.lower()] = value

    def __delitem__(self, name: str) -> None:
        del self._dict[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._dict)

    # The base has these two from Mapping, which goes by way of the others.

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._dict

    def items(self) -> ItemsView[str, str]:
        return self._dict.items()


class Answer(AWSResponse):
    """An answer that was never on a network."""

    def __init__(self, url: str, status: int, headers: dict[str, str], body: bytes) -> None:
        # What the base would do, but for the headers.
        self.url = url
        self.status_code = status
        self.headers = _Headers(headers)
        self.raw = None
        self._content = _Content(body)


class Kept(Protocol):
    """Where errors are kept that may be swallowed."""

    def append(self, error: Exception, /) -> None:
        """Keep one that is about to be raised."""


class Refused:
    """Stands where an answer would be; whoever looks at it gets the error.

    Raising it in a handler instead would hide the answers of handlers that come later.

    Args:
        error: says that nothing answered, and what to do about it.
        kept: where it is kept once it was raised, because a consumer's ``except Exception`` swallows it.
    """

    def __init__(self, error: Exception, kept: Kept) -> None:
        self._error = error
        self._kept: Kept | None = kept

    def __getattr__(self, name: str) -> NoReturn:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.append(self._error)
        raise self._error


class _FrozenCredentials(ReadOnlyCredentials):
    def __await__(self) -> Generator[Any, Any, ReadOnlyCredentials]:
        yield from ()
        return self


class DummyCredentials:
    """Credentials that sign and open nothing."""

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        return _FROZEN


_FROZEN = _FrozenCredentials("testing", "testing", "testing")
_DUMMIES = DummyCredentials()


def sign_with_dummies(request: Any) -> None:
    """Have a request signed with dummy credentials, whatever its client has or lacks."""
    signing = request.context.get("signing", {})
    request.context["signing"] = {**signing, "request_credentials": _DUMMIES}
