"""The command line: ``python -m pytest_ddbstreams serve`` serves a mock over HTTP until it is told to end."""

from __future__ import annotations

import argparse
import signal
import sys
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

from ._exceptions import InvalidOption, StreamsMockError
from ._http_server.server import StreamsServer
from ._lifecycle import mock_streams

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: How soon an end is noticed where no signal wakes a thread that waits, in seconds.
_POLL = 0.5

_ABOUT = """\
Serve a fake Amazon DynamoDB Streams over HTTP. The first line on standard output is its URL: what AWS SDKs take as
AWS_ENDPOINT_URL_DYNAMODB_STREAMS (any credentials will do). Streams are made, written to, split, trimmed and so on by
POST to <URL>/_ddbstreams/<verb>. Ends by SIGINT or SIGTERM, with status 0.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: what was typed after the name; None: what this process was called with.

    Returns:
        The process's exit status.
    """
    parser = _parser()
    given = vars(parser.parse_args(arguments))
    del given["command"]
    address = {name: given.pop(name) for name in ("host", "port", "allow_remote")}
    try:
        return _serve(given, address)
    except (InvalidOption, ModuleNotFoundError, OSError) as error:
        parser.error(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m pytest_ddbstreams", description="pytest-ddbstreams outside of pytest.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    serve = commands.add_parser(
        "serve",
        help="serve a mock over HTTP",
        description=_ABOUT,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on")
    serve.add_argument("--port", type=int, default=0, help="port to listen on; 0: one that is free")
    serve.add_argument(
        "--allow-remote",
        action="store_true",
        help="allow a --host that other machines reach: whoever reaches it can read and write the streams",
    )
    _add_options(serve)
    return parser


def _add_options(serve: argparse.ArgumentParser) -> None:
    """Add the twins of the mock's options."""
    serve.add_argument("--region", default="us-east-1", help="where streams are created")
    serve.add_argument("--account-id", default="123456789012", help="owner of the streams")
    serve.add_argument("--freeze", metavar="INSTANT", help="freeze the server's clock there, as 2026-01-01T00:00:00Z")
    serve.add_argument("--seed", type=int, default=0, help="everything random follows from it")
    serve.add_argument(
        "--auto-rotate", action="store_true", help="continue a shard that is four hours old by a new one"
    )
    serve.add_argument("--enforce-rates", action="store_true", help="refuse calls above the documented rates")
    serve.add_argument(
        "--strict",
        action="store_true",
        help="end with status 1 if a fault was met less often than it says, or a call was none of DynamoDB Streams",
    )


def _serve(options: dict[str, Any], address: dict[str, Any]) -> int:
    """Serve until a signal comes."""
    try:
        with _told_to_end() as told, mock_streams(**options) as streams, StreamsServer(streams, **address) as server:
            sys.stdout.write(f"{server.url}\n")
            sys.stdout.flush()
            while not told.wait(_POLL):
                pass
    except InvalidOption:
        raise
    except StreamsMockError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


@contextmanager
def _told_to_end() -> Iterator[Event]:
    """Have signals set an event, which ends the process in good order."""
    told = Event()
    before = {number: signal.signal(number, lambda *_: told.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":  # pragma: no cover - runs in processes of its own, which are not measured
    sys.exit(main())
