"""The function: its handler, what Lambda would call it, and what its Python runtime makes of an answer."""

from __future__ import annotations

import re
from inspect import iscoroutinefunction
from random import Random
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from .. import _json
from .._exceptions import InvalidOption
from .._model.names import partition_of
from .context import LambdaContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from .history import Invocation
    from .source import Source

#: "Response payload size exceeded maximum allowed payload size (6291556 bytes)." R
LARGEST_RESPONSE: Final = 6_291_556
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]+")
_LONGEST_NAME = 64


class Function:
    """A handler, as Lambda would have it deployed in the region and account of the stream.

    Attributes:
        name: the handler's name.
        arn: the ARN made of it.
    """

    def __init__(self, handler: Callable[[Any, Any], Any], source: Source) -> None:
        if not callable(handler):
            raise InvalidOption(f"handler={handler!r} does not fit; give what is called as handler(event, context)")
        if iscoroutinefunction(handler) or iscoroutinefunction(type(handler).__call__):
            raise InvalidOption(
                f"handler={handler!r} is called as a coroutine function, which Lambda's Python runtime does not run; "
                "give one that calls asyncio.run(...)"
            )
        said = getattr(handler, "__name__", type(handler).__name__)
        self.name = _NOT_IN_NAMES.sub("_", str(said))[:_LONGEST_NAME]
        place = f"{partition_of(source.region)}:lambda:{source.region}:{source.account}"
        self.arn = f"arn:{place}:function:{self.name}"
        self._handler = handler
        self._source = source
        self._ids = Random(f"{source.seed}/lambda-requests/{source.arn}/{self.name}")  # noqa: S311 - repeatable

    def request_id(self) -> str:
        """The id of a new request."""
        return str(UUID(int=self._ids.getrandbits(128), version=4))

    def call(self, invocation: Invocation) -> None:
        """Invoke the handler, and note what it returned or raised.

        Raises:
            BaseException: what the handler raised and is no Exception, such as KeyboardInterrupt, after it is noted.
        """
        context = LambdaContext(self.name, self.arn, invocation.request_id, self._source)
        try:
            response = self._handler(invocation.event, context)
            invocation.response = None if response is None else _as_json(response)
        except BaseException as error:
            invocation.error = error
            if not isinstance(error, Exception):
                raise


def _as_json(response: Any) -> Any:
    """What Lambda reads of a response.

    Raises:
        TypeError: it is nothing that JSON has, which fails the invocation.
        ValueError: it is too large or too deep, and so does that.
    """
    try:
        text = _json.encode_response(response)
    except (TypeError, ValueError) as error:
        raise TypeError(f"Unable to marshal response: {error}") from error
    if len(text) > LARGEST_RESPONSE:
        raise ValueError(f"Response payload size exceeded maximum allowed payload size ({LARGEST_RESPONSE} bytes).")
    return _json.decode_response(text)
