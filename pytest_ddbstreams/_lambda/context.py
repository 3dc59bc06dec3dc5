"""The context object that a handler gets beside its event, with the attributes that Lambda's Python runtime gives."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from .source import Source

VERSION: Final = "$LATEST"
#: "The maximum is 900 seconds." D
_TIMEOUT = timedelta(seconds=900)
_MILLISECOND = timedelta(milliseconds=1)


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
