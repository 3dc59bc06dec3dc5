"""A Lambda function: its handler, its name and ARN, its context object, and how its response is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from .. import _json
from .._checks import check_function, is_integer, misfit, to_duration
from .._clock import later
from .._model.names import partition_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .event_source import EventSource
    from .invocations import Invocation

VERSION: Final = "$LATEST"
#: "Response payload size exceeded maximum allowed payload size (6291556 bytes)." R
LARGEST_RESPONSE: Final = 6_291_556

#: "The maximum is 900 seconds." D
LONGEST_TIMEOUT: Final = 900
#: MB of a function, by default and at least, and at most. D, API model.
_LEAST_MEMORY = 128
_MOST_MEMORY = 32_768
_MILLISECOND = timedelta(milliseconds=1)
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]+")
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The configuration with which a function is deployed.

    Attributes:
        timeout: how many seconds an invocation may take, 1 to 900.
        memory_size: its memory in MB.
        name: its name; None: a name that is made from the handler's.

    Raises:
        InvalidOption: Lambda does not accept a value.
    """

    timeout: int = LONGEST_TIMEOUT
    memory_size: int = _LEAST_MEMORY
    name: str | None = None

    def __post_init__(self) -> None:
        if not _is_between(self.timeout, 1, LONGEST_TIMEOUT):
            raise misfit("timeout", self.timeout, f"whole seconds, 1 to {LONGEST_TIMEOUT}, as Lambda's Timeout does")
        if not _is_between(self.memory_size, _LEAST_MEMORY, _MOST_MEMORY):
            raise misfit("memory_size", self.memory_size, f"MB, {_LEAST_MEMORY} to {_MOST_MEMORY}")
        if self.name is not None and not _is_name(self.name):
            raise misfit("name", self.name, "up to 64 letters, digits, hyphens and underscores")

    def with_timeout(self, timeout: object) -> Configuration:
        """Return the configuration with another timeout.

        Args:
            timeout: a timedelta or a number of seconds; whole seconds, as in Lambda.

        Raises:
            InvalidOption: Lambda does not accept the timeout.
        """
        seconds: Any = to_duration("timeout", timeout).total_seconds()
        return replace(self, timeout=int(seconds) if seconds.is_integer() else seconds)


class Function:
    """A handler as it would be deployed in the region and the account of its stream.

    Attributes:
        configuration: timeout and memory.
        name: the function's name.
        arn: the function's ARN.
    """

    def __init__(self, handler: Callable[[Any, Any], Any], source: EventSource, configuration: Configuration) -> None:
        self._source = source
        self.deploy(handler, configuration)
        self._ids = Random(f"{source.seed}/lambda-requests/{source.arn}/{self.name}")  # noqa: S311 - repeatable

    def deploy(self, handler: Callable[[Any, Any], Any] | None, configuration: Configuration) -> None:
        """Call another handler from now on, or with None the same one, with another configuration.

        Raises:
            InvalidOption: the handler is no function that Lambda could run.
        """
        if handler is not None:
            check_function("handler", handler, "a function of (event, context)", arguments=2)
            self._handler = handler
        self.configuration = configuration
        self.name = configuration.name or _name_of(self._handler)
        region = self._source.region
        self.arn = f"arn:{partition_of(region)}:lambda:{region}:{self._source.account_id}:function:{self.name}"

    def request_id(self) -> str:
        """Return the id of a new request."""
        return random_uuid(self._ids)

    def call(self, invocation: Invocation) -> None:
        """Call the handler, and set the invocation's response or error.

        A handler that takes longer than the timeout is not interrupted. Its invocation has failed when it returns.

        Raises:
            BaseException: the handler raised one that is not an Exception, such as KeyboardInterrupt.
        """
        context = LambdaContext(self, invocation, self._source)
        try:
            response = self._handler(invocation.event, context)
            invocation.response = None if response is None else _as_json(response)
        except BaseException as error:
            invocation.error = error
            if not isinstance(error, Exception):
                raise
        if self._source.now() - invocation.at > timedelta(seconds=self.configuration.timeout):
            invocation.response, invocation.error = None, self._timed_out(invocation)

    def _timed_out(self, invocation: Invocation) -> TimeoutError:
        """Return the error of an invocation that timed out, in Lambda's words (R); its cause is the handler's error."""
        error = TimeoutError(f"{invocation.request_id} Task timed out after {self.configuration.timeout:.2f} seconds")
        error.__cause__ = invocation.error
        return error


class Identity:
    """The ``identity`` of a context object, without ids: an event source mapping has no Cognito identity."""

    cognito_identity_id = None
    cognito_identity_pool_id = None


class LambdaContext:
    """The context object of one invocation, with the attributes that Lambda's Python runtime gives it."""

    function_version = VERSION
    client_context = None

    def __init__(self, function: Function, invocation: Invocation, source: EventSource) -> None:
        self.function_name = function.name
        self.memory_limit_in_mb = str(function.configuration.memory_size)
        self.invoked_function_arn = function.arn
        self.aws_request_id = invocation.request_id
        self.log_group_name = f"/aws/lambda/{function.name}"
        self.log_stream_name = f"{invocation.at:%Y/%m/%d}/[{VERSION}]{invocation.request_id.replace('-', '')}"
        self.identity = Identity()
        self._source = source
        self._deadline = later(invocation.at, timedelta(seconds=function.configuration.timeout))

    def get_remaining_time_in_millis(self) -> int:
        """Return how many milliseconds of the timeout are left, by the mock's clock."""
        return max(0, (self._deadline - self._source.now()) // _MILLISECOND)

    def log(self, msg: object) -> None:
        """Print a message: standard output is the function's log."""
        print(msg)  # noqa: T201 - as the runtime does


def random_uuid(random: Random) -> str:
    """Return the text of a random UUID."""
    return str(UUID(int=random.getrandbits(128), version=4))


def _is_between(value: object, least: int, most: int) -> bool:
    return is_integer(value) and least <= value <= most


def _is_name(value: object) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _name_of(handler: object) -> str:
    """Return a function's name that is made from the handler's."""
    name = getattr(handler, "__name__", type(handler).__name__)
    return _NOT_IN_NAMES.sub("_", str(name))[:_LONGEST_NAME]


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
