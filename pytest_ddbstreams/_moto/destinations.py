"""On-failure destinations of moto: queues, topics and buckets that get what a mapping gives up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import _json
from .._lambda.on_failure import S3Destination
from .._model.names import partition_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Destination = Callable[[dict[str, Any]], object] | S3Destination


def destination_of(config: Any, function_arn: str) -> Destination | None:
    """Return the on-failure destination of a mapping, or None if it has none.

    Args:
        config: the DestinationConfig of the mapping, or None.
        function_arn: the ARN of its function, whose account has the bucket: the ARN of a bucket names none.
    """
    arn = ((config or {}).get("OnFailure") or {}).get("Destination")
    if not arn:
        return None
    service = arn.split(":")[2]
    if service == "s3":
        return _bucket(arn, function_arn)
    return {"sqs": _queue, "sns": _topic}[service](arn)


def _queue(arn: str) -> Callable[[dict[str, Any]], object]:
    *_, region, account, name = arn.split(":")

    def send(document: dict[str, Any]) -> None:
        from moto.sqs.models import sqs_backends

        sqs_backends[account][region].send_message(name, _text(document))

    return send


def _topic(arn: str) -> Callable[[dict[str, Any]], object]:
    *_, region, account, _ = arn.split(":")

    def publish(document: dict[str, Any]) -> None:
        from moto.sns.models import sns_backends

        sns_backends[account][region].publish(_text(document), arn=arn)

    return publish


def _bucket(arn: str, function_arn: str) -> S3Destination:
    region, account = function_arn.split(":")[3:5]

    def put(key: str, document: dict[str, Any]) -> None:
        from moto.s3.models import s3_backends

        s3_backends[account][partition_of(region)].put_object(arn.rpartition(":")[2], key, _text(document).encode())

    return S3Destination(put)


def _text(document: dict[str, Any]) -> str:
    return _json.encode_response(document).decode()
