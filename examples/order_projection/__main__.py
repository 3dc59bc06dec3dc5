"""Follow the stream of an orders table: `python -m order_projection --table orders`."""

from __future__ import annotations

import argparse
import logging
import math
import signal
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import boto3

from . import Consumer, JsonCheckpoints, OrderTotals, Stream
from .api import find_stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Follow the stream until it ends or SIGTERM comes, then print the totals."""
    options = _parser().parse_args(arguments)
    client = boto3.client("dynamodbstreams", region_name=options.region)
    arn = options.stream_arn or find_stream(client, options.table)
    with closing(OrderTotals(options.database)) as totals:
        consumer = Consumer(Stream(client, arn), totals.apply, JsonCheckpoints(options.checkpoints))
        with _stopped_by_sigterm(consumer):
            consumer.run(until_idle=options.until_idle)
        for customer, total in totals.by_customer().items():
            print(f"{customer}\t{total}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="order_projection", description=__doc__)
    stream = parser.add_mutually_exclusive_group(required=True)
    stream.add_argument("--table", help="follow the newest stream of this table")
    stream.add_argument("--stream-arn", help="follow this stream")
    parser.add_argument("--region", help="default: the one of your AWS configuration")
    parser.add_argument("--checkpoints", default="checkpoints.json", metavar="FILE", help="default: %(default)s")
    parser.add_argument("--database", default="totals.sqlite", metavar="FILE", help="default: %(default)s")
    parser.add_argument("--until-idle", type=float, default=math.inf, metavar="SECONDS", help="default: never")
    return parser


@contextmanager
def _stopped_by_sigterm(consumer: Consumer) -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, lambda *_: consumer.stop())
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    main()
