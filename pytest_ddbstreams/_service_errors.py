"""The errors of the service: code, HTTP status and sentence of each.

Any module below the wire raises them, and `_wire` encodes them. Tests compare messages with the constants here.

Marks: R recorded from AWS, D from AWS's documentation or API model, E seen in an emulator only, I inferred. A sentence
marked E or I may differ from AWS's own; its code does not.
"""

from __future__ import annotations

from typing import ClassVar

MODELLED = "com.amazonaws.dynamodb.v20120810"
VALIDATION = "com.amazon.coral.validate"
AVAILABILITY = "com.amazon.coral.availability"
FRAMEWORK = "com.amazon.coral.service"


class ServiceError(Exception):
    """An error that the service answers with; the name of its class is the error code."""

    status: ClassVar[int] = 400
    namespace: ClassVar[str] = MODELLED
    sentence: ClassVar[str]

    def __init__(self, message: str | None = None) -> None:
        self.message = self.sentence if message is None else message
        super().__init__(self.message)

    @property
    def code(self) -> str:
        """The error code."""
        return type(self).__name__


def service_error_class(code: str, status: int) -> type[ServiceError]:
    """Return the class of an error that this module does not have."""
    return type(code, (ServiceError,), {"status": status, "namespace": FRAMEWORK, "sentence": ""})


class ResourceNotFoundException(ServiceError):
    """The stream or the shard does not exist, or no longer exists. R."""

    sentence = "Requested resource not found"


class ExpiredIteratorException(ServiceError):
    """The iterator is older than 15 minutes. R."""

    sentence = "Shard iterator has expired"


class TrimmedDataAccessException(ServiceError):
    """The position is before the trim horizon. D."""

    sentence = "The data you are trying to access has been trimmed"


class LimitExceededException(ServiceError):
    """More than two readers of one shard. D; sentence I."""

    sentence = "There are too many concurrent readers of this shard"


class InternalServerError(ServiceError):
    """An internal error of the service, which clients retry. D."""

    status = 500
    sentence = "Internal server error"


class ValidationException(ServiceError):
    """The request breaks a rule. The API model lacks it, so no client has a typed exception for it. R."""

    namespace = VALIDATION
    sentence = "One or more parameter values were invalid"


class ThrottlingException(ServiceError):
    """Too many calls. R."""

    namespace = AVAILABILITY
    sentence = "Rate exceeded"


class SerializationException(ServiceError):
    """The body is not JSON of the types that the operation reads. D; sentences I."""

    namespace = FRAMEWORK
    sentence = "Start of structure or map found where not expected."


class UnknownOperationException(ServiceError):
    """The target header names no operation of this service. D."""

    namespace = FRAMEWORK
    sentence = "The requested operation is not recognized by the service."


class MissingAuthenticationTokenException(ServiceError):
    """The request has no signature. D."""

    namespace = FRAMEWORK
    sentence = "Missing Authentication Token"


# The fake never raises these by itself; a test can add them as faults. Codes D, sentences I.


class AccessDeniedException(ServiceError):
    """The caller's policies do not allow the operation."""

    namespace = FRAMEWORK
    sentence = "User is not authorized to perform this operation"


class ExpiredTokenException(ServiceError):
    """The caller's session has ended."""

    namespace = FRAMEWORK
    sentence = "The security token included in the request is expired"


class UnrecognizedClientException(ServiceError):
    """The credentials belong to no user."""

    namespace = FRAMEWORK
    sentence = "The security token included in the request is invalid."


class InvalidSignatureException(ServiceError):
    """The signature does not match the request, or is too old."""

    namespace = FRAMEWORK
    sentence = "The request signature we calculated does not match the signature you provided."


class ProvisionedThroughputExceededException(ServiceError):
    """Too many calls of one table or shard; clients retry."""

    sentence = "The level of configured provisioned throughput for one or more shards was exceeded"


class RequestLimitExceeded(ServiceError):
    """Too many calls of the whole account; clients retry in the modes standard and adaptive."""

    sentence = "Throughput exceeds the current throughput limit for your account"


class ServiceUnavailable(ServiceError):
    """The service is unavailable; clients retry."""

    status = 503
    namespace = AVAILABILITY
    sentence = "The service is unavailable. Please try again."


SERVICE_ERRORS: dict[str, type[ServiceError]] = {
    error.__name__: error
    for error in (
        ResourceNotFoundException,
        ExpiredIteratorException,
        TrimmedDataAccessException,
        LimitExceededException,
        InternalServerError,
        ValidationException,
        ThrottlingException,
        SerializationException,
        UnknownOperationException,
        MissingAuthenticationTokenException,
        AccessDeniedException,
        ExpiredTokenException,
        UnrecognizedClientException,
        InvalidSignatureException,
        ProvisionedThroughputExceededException,
        RequestLimitExceeded,
        ServiceUnavailable,
    )
}

# Recorded from AWS (R).
STREAM_NOT_FOUND = "Requested resource not found: Stream: {arn} not found"
SHARD_NOT_FOUND = "Requested resource not found: Shard does not exist"
TABLE_NOT_FOUND = "Requested resource not found: Table: {table} not found"
INVALID_STREAM_ARN = "Invalid StreamArn"
TABLE_HAS_STREAM = "Table already has an enabled stream: TableName: {table}"
TABLE_HAS_NO_STREAM = "Table has no stream to disable: TableName: {table}"
VIEW_TYPE_MISSING = (
    "One or more parameter values were invalid: If stream is being enabled then UpdateViewType is required"
)

# R
VIEW_TYPE_OF_DISABLED_STREAM = (
    "One or more parameter values were invalid: Table is being created with a stream disabled, UpdateViewType should "
    "not be specified"
)
# R for disabling, I for enabling
STREAM_AND_CAPACITY = (
    "One or more parameter values were invalid: You cannot modify stream status while updating table IOPS"
)

# The framework's sentences (R for DynamoDB).
ONE_VIOLATION = "1 validation error detected: {violations}"
VIOLATIONS = "{count} validation errors detected: {violations}"
VIOLATION = "Value {value} at '{field}' failed to satisfy constraint: Member must {rule}"
RULES = {
    "required": "not be null",
    "minimum": "have value greater than or equal to {bound}",
    "minLength": "have length greater than or equal to {bound}",
    "maxLength": "have length less than or equal to {bound}",
    "pattern": "satisfy regular expression pattern: {bound}",
    "enum": "satisfy enum value set: [{bound}]",
}

# Codes R, sentences E: seen in an emulator, AWS's own text is unknown.
_INVALID = "One or more parameter values were invalid: "
LIST_STREAMS_LIMIT = _INVALID + "Limit cannot be greater than the maximum allowed size: 100"
DESCRIBE_STREAM_LIMIT = _INVALID + "Limit cannot be greater than the maximum: 100"
GET_RECORDS_LIMIT = _INVALID + "Limit should be less than or equal to 1000"
INVALID_ITERATOR = "Invalid ShardIterator"
INVALID_ITERATOR_TYPE = "Invalid ShardIteratorType."
INVALID_SEQUENCE_NUMBER = _INVALID + "Invalid SequenceNumber"
SEQUENCE_NUMBER_NOT_ALLOWED = _INVALID + "SequenceNumber should not be passed for this iterator type"
SEQUENCE_NUMBER_OUTSIDE_SHARD = _INVALID + "Invalid SequenceNumber for the shard"

# Codes D or R, sentences I: built like their neighbours.
TIMESTAMP_MISSING = _INVALID + "Invalid Timestamp"
TIMESTAMP_NOT_ALLOWED = _INVALID + "Timestamp should not be passed for this iterator type"
TIMESTAMP_IN_THE_FUTURE = _INVALID + "Timestamp should not be in the future"
INVALID_SHARD_FILTER = _INVALID + "ShardFilter needs both Type and ShardId"
WRONG_TYPE = "{came} can not be converted to {wanted}"


def stream_not_found(arn: str) -> ResourceNotFoundException:
    """Return the error for a stream that does not exist."""
    return ResourceNotFoundException(STREAM_NOT_FOUND.format(arn=arn))
