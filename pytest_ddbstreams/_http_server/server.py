"""The server as a test sees it: it starts, says where it is, and stops without leaving anything behind."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Thread
from typing import TYPE_CHECKING, Any

from .._environment import environment_of_child
from .._exceptions import InvalidOption, StreamStateError

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from .._api.mock import StreamsMock

_NAME = "localhost"

#: How soon the server notices that it is to stop, in seconds.
_POLL = 0.02

_HIGHEST_PORT = 65535

_MISSING = "serving over HTTP needs werkzeug, which comes with an extra: pip install 'pytest-ddbstreams[server]'"


class StreamsServer:
    """Serves a mock over HTTP, to consumers in other processes and other languages.

    Get one from the ``ddbstreams_server`` fixture, or use it as a context manager. It answers other processes with its
    own mock, whichever others are open. Clients of this process do not get to it while a mock is open here: the
    innermost answers them, whatever their endpoint.

    Args:
        streams: the mock to serve; it need not be open.
        host: the address to listen on.
        port: the port to listen on; 0: one that is free.
        allow_remote: allow an address that other machines reach. Whoever reaches it can read and write the streams
            and move the clock.

    Raises:
        InvalidOption: the host is not of this machine's loopback, and nothing allows that; or the port is none.
    """

    def __init__(
        self, streams: StreamsMock, *, host: str = "127.0.0.1", port: int = 0, allow_remote: bool = False
    ) -> None:
        if not allow_remote and not is_loopback(host):
            raise InvalidOption(
                f"host={host!r} may be reached from other machines, and whoever reaches it can read and write the "
                "streams and move the clock; if that is meant, pass allow_remote=True (on the command line: "
                "--allow-remote), else leave host out"
            )
        if port not in range(_HIGHEST_PORT + 1):
            raise InvalidOption(f"port={port!r} does not fit; port takes an integer from 0 to {_HIGHEST_PORT}")
        self._streams = streams
        self._address = host, port
        self._allow_remote = allow_remote
        self._running: tuple[Any, Thread] | None = None

    @property
    def streams(self) -> StreamsMock:
        """The mock that it serves."""
        return self._streams

    @property
    def url(self) -> str:
        """Where it is: what clients take as their ``endpoint_url``.

        Raises:
            StreamStateError: it is not running.
        """
        if self._running is None:
            raise StreamStateError(
                "the server is not running and has no url; start() it, or use it in a with statement"
            )
        return url_of(self._address[0], self._running[0].port)

    @property
    def environment(self) -> dict[str, str]:
        """The environment for a child process whose AWS SDK is to find this server.

        It is this process's own, and in it the url as ``AWS_ENDPOINT_URL_DYNAMODB_STREAMS``, the mock's region, and
        dummy credentials unless the mock's ``mock_credentials`` is off.

        Raises:
            StreamStateError: it is not running.
        """
        return environment_of_child(self._streams.options, self.url)

    def start(self) -> Self:
        """Start to serve.

        Raises:
            ModuleNotFoundError: the extra is not installed; says which.
            StreamStateError: it is running already.
            OSError: the address cannot be listened on.
        """
        if self._running is not None:
            raise StreamStateError(f"the server is running already, at {self.url}")
        server = _listen(self._streams, self._address, allow_remote=self._allow_remote)
        thread = Thread(target=server.serve_forever, args=(_POLL,), name="ddbstreams-server", daemon=True)
        thread.start()
        self._running = server, thread
        return self

    def stop(self) -> None:
        """Stop to serve, and close every connection; where it is not running, do nothing.

        An answer that is held back is not waited for.
        """
        if self._running is None:
            return
        (server, thread), self._running = self._running, None
        server.shutdown()
        thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<StreamsServer {self.url if self._running else 'stopped'}>"


def _listen(streams: StreamsMock, address: tuple[str, int], *, allow_remote: bool) -> Any:
    try:
        import werkzeug  # noqa: F401 - whether it is there
    except ModuleNotFoundError:
        raise ModuleNotFoundError(_MISSING, name="werkzeug") from None
    from .application import Application
    from .connections import listen

    return listen(Application(streams, _any_host if allow_remote else is_loopback), *address)


def _any_host(_: str) -> bool:
    return True


def is_loopback(host: str) -> bool:
    """Whether a host's name or address leads to this machine and no other."""
    address = _address(host)
    return host == _NAME or host.endswith(f".{_NAME}") if address is None else address.is_loopback


def url_of(host: str, port: int) -> str:
    """The URL at which this machine reaches a server that listens there."""
    address = _address(host)
    if address is not None and address.is_unspecified:
        host = "::1" if address.version == 6 else "127.0.0.1"  # noqa: PLR2004 - of the Internet Protocol
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
