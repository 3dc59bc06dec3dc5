"""What makes the exception of a fault: from a code of the service, any other code, or an exception as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._exceptions import InvalidOption
from .._service_errors import SERVICE_ERRORS, service_error_class

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._service_errors import ServiceError

_LOWEST, _HIGHEST = 400, 599


def maker_of(error: object, message: str | None, status: object) -> Callable[[], Exception]:
    """What makes the exception.

    Raises:
        InvalidOption: nothing can be made of these.
    """
    if isinstance(error, Exception):
        for name, value in (("message", message), ("status", status)):
            if value is not None:
                raise InvalidOption(f"{name}={value!r} goes with an error code; {error!r} is raised as it is")
        # Without the traces of earlier strikes, which would grow with each.
        return lambda: error.with_traceback(None)
    refusal = _refusal(error, status)
    return lambda: refusal(message)


def _refusal(code: object, status: object) -> type[ServiceError]:
    if status is not None:
        if not isinstance(code, str) or not isinstance(status, int) or not _LOWEST <= status <= _HIGHEST:
            raise InvalidOption(
                f"error={code!r}, status={status!r} do not fit; status takes an HTTP status from {_LOWEST} to "
                f"{_HIGHEST}, and goes with an error code as text"
            )
        return service_error_class(code, status)
    if str(code) not in SERVICE_ERRORS:
        raise InvalidOption(
            f"error={code!r} does not fit; give an exception, one of the codes: {', '.join(SERVICE_ERRORS)}; or any "
            "other code with its HTTP status: status=400"
        )
    return SERVICE_ERRORS[str(code)]
