"""The command line: ``python -m pytest_ddbstreams serve`` serves a mock over HTTP until a signal ends it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

from ._exceptions import InvalidOption, StreamsMockError
from ._http_server.server import StreamsServer
from ._lifecycle import mock_streams
from ._options import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ._options import Option

#: How long the process waits between two looks at the end event, in seconds: on some systems no signal wakes a thread
#: that waits.
_POLL = 0.5

_ABOUT = """\
Serve a fake Amazon DynamoDB Streams over HTTP. The first line on standard output is the URL of the server, which AWS
SDKs take as AWS_ENDPOINT_URL_DYNAMODB_STREAMS (any credentials will do). POST to <URL>/_ddbstreams/<verb> creates
streams, writes to them, splits them, trims them and so on. SIGINT or SIGTERM ends the server with status 0, or with
status 1 and the error if --strict reports one.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: the words after the name of the program; None: those that this process was called with.

    Returns:
        The exit status of the process.
    """
    parser = _make_parser()
    given = vars(parser.parse_args(arguments))
    del given["command"]
    address = {name: given.pop(name) for name in ("host", "port", "allow_remote")}
    try:
        return _serve(given, address)
    except (InvalidOption, ModuleNotFoundError, OSError) as error:
        parser.error(str(error))


def _make_parser() -> argparse.ArgumentParser:
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
    for option in OPTIONS:
        if option.on_command_line:
            _add_option(serve, option)
    return parser


def _add_option(serve: argparse.ArgumentParser, option: Option[Any]) -> None:
    """Add the flag of one option of the mock."""
    flag = f"--{option.name.replace('_', '-')}"
    if option.is_flag:
        serve.add_argument(flag, action="store_true", help=option.help)
    else:
        kind = int if isinstance(option.default, int) else str
        serve.add_argument(flag, type=kind, default=option.default, metavar=option.metavar, help=option.help)


def _serve(options: dict[str, Any], address: dict[str, Any]) -> int:
    """Serve until a signal comes, and return the exit status."""
    try:
        with _end_event() as end, mock_streams(**options) as mock, StreamsServer(mock, **address) as server:
            _announce(server.url)
            while not end.wait(_POLL):
                pass
    except InvalidOption:
        raise
    except StreamsMockError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _announce(url: str) -> None:
    """Write the URL to standard output; whoever started the process may have closed it, and knows the port."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes the rest when it ends, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _end_event() -> Iterator[Event]:
    """Let SIGINT and SIGTERM set an event instead of ending the process at once."""
    end = Event()
    before = {number: signal.signal(number, lambda *_: end.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield end
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":  # pragma: no cover - runs in other processes, which are not measured
    sys.exit(main())
