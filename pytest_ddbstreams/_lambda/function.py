"""A Lambda function: its handler, its name and ARN, its context object, and how its response is read."""

from __future__ import annotations

import re
from datetime import timedelta
from inspect import iscoroutinefunction
from random import Random
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from .. import _json
from .._checks import misfit
from .._exceptions import InvalidOption
from .._model.names import partition_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .invocations import Invocation
    from .shard_reader import EventSource

VERSION: Final = "$LATEST"
#: "Response payload size exceeded maximum allowed payload size (6291556 bytes)." R
LARGEST_RESPONSE: Final = 6_291_556

#: "The maximum is 900 seconds." D
_TIMEOUT = timedelta(seconds=900)
_MILLISECOND = timedelta(milliseconds=1)
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]+")
_LONGEST_NAME = 64


class Function:
    """A handler as it would be deployed in the region and the account of its stream.

    Attributes:
        name: the function's name, made from the handler's.
        arn: the function's ARN.
    """

    def __init__(self, handler: Callable[[Any, Any], Any], source: EventSource) -> None:
        _check_handler(handler)
        name = getattr(handler, "__name__", type(handler).__name__)
        self.name = _NOT_IN_NAMES.sub("_", str(name))[:_LONGEST_NAME]
        place = f"{partition_of(source.region)}:lambda:{source.region}:{source.account_id}"
        self.arn = f"arn:{place}:function:{self.name}"
        self._handler = handler
        self._source = source
        self._ids = Random(f"{source.seed}/lambda-requests/{source.arn}/{self.name}")  # noqa: S311 - repeatable

    def request_id(self) -> str:
        """Return the id of a new request."""
        return str(UUID(int=self._ids.getrandbits(128), version=4))

    def call(self, invocation: Invocation) -> None:
        """Call the handler, and set the invocation's response or error.

        Raises:
            BaseException: the handler raised one that is not an Exception, such as KeyboardInterrupt.
        """
        context = LambdaContext(self.name, self.arn, invocation.request_id, self._source)
        try:
            response = self._handler(invocation.event, context)
            invocation.response = None if response is None else _as_json(response)
        except BaseException as error:
            invocation.error = error
            if not isinstance(error, Exception):
                raise


class Identity:
    """The ``identity`` of a context object, without ids: an event source mapping has no Cognito identity."""

    cognito_identity_id = None
    cognito_identity_pool_id = None


class LambdaContext:
    """The context object of one invocation, with the attributes that Lambda's Python runtime gives it."""

    function_version = VERSION
    memory_limit_in_mb = "128"
    client_context = None

    def __init__(self, name: str, arn: str, request_id: str, source: EventSource) -> None:
        started = source.now()
        self.function_name = name
        self.invoked_function_arn = arn
        self.aws_request_id = request_id
        self.log_group_name = f"/aws/lambda/{name}"
        self.log_stream_name = f"{started:%Y/%m/%d}/[{VERSION}]{request_id.replace('-', '')}"
        self.identity = Identity()
        self._source = source
        self._deadline: datetime = started + _TIMEOUT

    def get_remaining_time_in_millis(self) -> int:
        """Return how many milliseconds of 15 minutes are left, by the mock's clock."""
        return max(0, (self._deadline - self._source.now()) // _MILLISECOND)

    def log(self, msg: object) -> None:
        """Print a message: standard output is the function's log."""
        print(msg)  # noqa: T201 - as the runtime does


def _check_handler(handler: object) -> None:
    if not callable(handler):
        raise misfit("handler", handler, "a function of (event, context)")
    if iscoroutinefunction(handler) or iscoroutinefunction(type(handler).__call__):
        raise InvalidOption(
            f"handler={handler!r} is a coroutine function, which Lambda's Python runtime does not run; "
            "give a plain function that calls asyncio.run(...)"
        )


def _as_json(response: Any) -> Any:
    """Return the JSON data that Lambda reads in a response.

    Raises:
        TypeError: the response is not JSON data.
        ValueError: the response is too large.
    """
    try:
        text = _json.encode_response(response)
    except (TypeError, ValueError) as error:
        raise TypeError(f"Unable to marshal response: {error}") from error
    if len(text) > LARGEST_RESPONSE:
        raise ValueError(f"Response payload size exceeded maximum allowed payload size ({LARGEST_RESPONSE} bytes).")
    return _json.decode_response(text)
