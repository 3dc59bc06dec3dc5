"""Checks of arguments that name a table, a view type, a sequence number, or a fault."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeGuard

from .._checks import check_choice, check_count, is_integer, misfit
from .._exceptions import InvalidOption, short
from .._model.changes import VIEW_TYPES
from .._operations import OPERATIONS
from .._operations.records import StreamRecord
from .._service_errors import SERVICE_ERRORS, service_error_class

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._faults.fault import Fault
    from .._service_errors import ServiceError

_TABLE_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")

#: The API's model of SequenceNumber has at most 40 digits; Python reads no text of thousands.
_SEQUENCE_NUMBER = re.compile(r"[0-9]{1,40}")

#: The codes of AWS's services are names like ThrottlingException or AuthFailure.ServiceLinkedRole.
_ERROR_CODE = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,255}")

#: The HTTP status codes that an error can have.
_STATUSES = range(400, 600)


def check_table_name(name: object) -> str:
    """Return `name` if it is a table's name by the rules of DynamoDB.

    Raises:
        InvalidOption: it is not.
    """
    if isinstance(name, str) and _TABLE_NAME.fullmatch(name):
        return name
    raise InvalidOption(
        f"table_name={short(name)} does not fit; a table's name has 3 to 255 of the characters a-zA-Z0-9_.-"
    )


def check_view_type(name: object) -> str:
    """Return `name` if it is one of the four view types.

    Raises:
        InvalidOption: it is not.
    """
    return check_choice("view_type", name, VIEW_TYPES)


def to_sequence_number(name: str, value: object) -> int:
    """Return the sequence number that a record, or a text as GetRecords gives it, means.

    Raises:
        InvalidOption: the value of the argument `name` is neither.
    """
    if isinstance(value, StreamRecord):
        return int(value.sequence_number)
    if isinstance(value, str) and _SEQUENCE_NUMBER.fullmatch(value):
        return int(value)
    raise misfit(
        name,
        value,
        "a sequence number as GetRecords gives it, or the StreamRecord that insert() returns; put() returns None where "
        "it wrote no record",
    )


def check_fault(fault: Fault) -> Fault:
    """Return a fault if it can trigger.

    Raises:
        InvalidOption: its operation does not exist, its counts do not fit, or no call of its operation names a stream
            or shard.
    """
    if fault.operation is not None:
        check_choice("operation", fault.operation, OPERATIONS)
    if fault.times is not None:
        check_count("times", fault.times, least=1)
    check_count("after", fault.after, least=0)
    if fault.operation == "ListStreams" and (fault.stream or fault.shard):
        raise InvalidOption("calls of ListStreams name no stream and no shard; leave stream= and shard= out")
    if fault.operation == "DescribeStream" and fault.shard:
        raise InvalidOption("calls of DescribeStream name no shard; leave shard= out")
    return fault


def error_maker(error: object, message: str | None, status: object) -> Callable[[], Exception]:
    """Return a function that makes the exception of a fault.

    Args:
        error: an error code, or an exception, which is raised as it is.
        message: the message that goes with an error code; None: the service's own.
        status: the HTTP status that goes with an error code which the service does not have.

    Raises:
        InvalidOption: the arguments make no exception.
    """
    if isinstance(error, Exception):
        for name, value in (("message", message), ("status", status)):
            if value is not None:
                raise InvalidOption(f"{name}={short(value)} goes with an error code; {short(error)} is raised as it is")
        # Without its traceback, which would grow each time that it is raised.
        return lambda: error.with_traceback(None)
    kind = _service_error(error, status)
    return lambda: kind(message)


def _is_error_code(code: object) -> TypeGuard[str]:
    return isinstance(code, str) and _ERROR_CODE.fullmatch(code) is not None


def _service_error(code: object, status: object) -> type[ServiceError]:
    if status is not None:
        if not is_integer(status) or status not in _STATUSES or not _is_error_code(code):
            raise InvalidOption(
                f"error={short(code)}, status={short(status)} do not fit; status takes an HTTP status from "
                f"{_STATUSES[0]} to {_STATUSES[-1]}, and goes with an error code, a name in letters and digits"
            )
        return service_error_class(code, status)
    if str(code) not in SERVICE_ERRORS:
        raise InvalidOption(
            f"error={short(code)} does not fit; give an exception, one of the codes: {', '.join(SERVICE_ERRORS)}; or "
            "any other code with its HTTP status: status=400"
        )
    return SERVICE_ERRORS[str(code)]
