"""The function: its handler, what Lambda would call it, and what its Python runtime makes of an answer."""

from __future__ import annotations

import re
from datetime import timedelta
from inspect import iscoroutinefunction
from random import Random
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from .. import _json
from .._exceptions import InvalidOption
from .._model.names import partition_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .invocations import Invocation
    from .shard_reader import Source

VERSION: Final = "$LATEST"
#: "The maximum is 900 seconds." D
_TIMEOUT = timedelta(seconds=900)
_MILLISECOND = timedelta(milliseconds=1)
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


class Identity:
    """Of the Cognito user who made the request: none."""

    cognito_identity_id = None
    cognito_identity_pool_id = None


class LambdaContext:
    """What a handler may ask of its invocation; time is the mock's."""

    function_version = VERSION
    memory_limit_in_mb = "128"
    client_context = None

    def __init__(self, name: str, arn: str, request_id: str, source: Source) -> None:
        self.function_name = name
        self.invoked_function_arn = arn
        self.aws_request_id = request_id
        self.log_group_name = f"/aws/lambda/{name}"
        started = source.now()
        self.log_stream_name = f"{started:%Y/%m/%d}/[{VERSION}]{request_id.replace('-', '')}"
        self.identity = Identity()
        self._source = source
        self._deadline: datetime = started + _TIMEOUT

    def get_remaining_time_in_millis(self) -> int:
        """How long the function may still run: 15 minutes when it begins."""
        return max(0, (self._deadline - self._source.now()) // _MILLISECOND)

    def log(self, msg: object) -> None:
        """Write to the function's log, which is standard output."""
        print(msg)  # noqa: T201 - as the runtime does
