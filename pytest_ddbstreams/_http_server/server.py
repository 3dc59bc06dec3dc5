"""The HTTP server as a test holds it: it starts, gives its URL, and leaves nothing behind when it stops."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Thread
from typing import TYPE_CHECKING

from .._checks import checks_keywords, misfit
from .._environment import environment_of_child
from .._exceptions import InvalidOption, StreamStateError

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from .._api.mock import StreamsMock
    from .connections import Server

_LOCALHOST = "localhost"

_HIGHEST_PORT = 65535

#: How often the thread of the server looks whether it must stop, in seconds.
_POLL = 0.02

_MISSING = "serving over HTTP needs h11, which comes with an extra: pip install 'pytest-ddbstreams[server]'"


@checks_keywords
class StreamsServer:
    """An HTTP server that serves a mock to consumers in other processes and other languages.

    Get one from the fixture ``ddbstreams_server``, or use it as a context manager. It always answers with its own mock,
    whichever mocks are open. While a mock is open in this process, the clients of this process are answered by the mock
    that was opened last, also if their endpoint is this server.

    Args:
        mock: the mock to serve, open or not.
        host: the address to listen on.
        port: the port to listen on; 0: a free one.
        allow_remote: allow an address that other machines reach. Whoever reaches it can read and write the streams and
            move the clock.

    Raises:
        InvalidOption: other machines can reach the host, and `allow_remote` is off; or the port does not fit.
    """

    def __init__(
        self, mock: StreamsMock, *, host: str = "127.0.0.1", port: int = 0, allow_remote: bool = False
    ) -> None:
        if not allow_remote and not is_loopback(host):
            raise InvalidOption(
                f"host={host!r} may be reached from other machines, and they can read and write the streams and move "
                "the clock; if that is meant, pass allow_remote=True (on the command line: --allow-remote), else "
                "leave host out"
            )
        if port not in range(_HIGHEST_PORT + 1):
            raise misfit("port", port, f"an integer from 0 to {_HIGHEST_PORT}")
        self._mock = mock
        self._served_at = self._mock._service.served_at  # noqa: SLF001 - a child process asks the service for its server
        self._address = host, port
        self._may_name = _any_host if allow_remote else is_loopback
        self._running: tuple[Server, Thread] | None = None

    @property
    def mock(self) -> StreamsMock:
        """The mock that the server serves."""
        return self._mock

    @property
    def url(self) -> str:
        """The URL of the server, which clients take as their ``endpoint_url``.

        Raises:
            StreamStateError: the server is not running.
        """
        if self._running is None:
            raise StreamStateError(
                "the server is not running and has no url; start() it, or use it in a with statement"
            )
        return url_of(self._address[0], self._running[0].port)

    @property
    def environment(self) -> dict[str, str]:
        """The environment for a child process whose AWS SDK is to use this server.

        It is the environment of this process, with the URL as ``AWS_ENDPOINT_URL_DYNAMODB_STREAMS``, the region of the
        mock, and dummy credentials unless the mock's option ``mock_credentials`` is off. Where the environment names no
        endpoint for DynamoDB, the URL is that too: the server answers DescribeTable, by which consumers find a stream.

        Raises:
            StreamStateError: the server is not running.
        """
        return environment_of_child(self._mock.options, self.url)

    def start(self) -> Self:
        """Start the server.

        Raises:
            ModuleNotFoundError: an extra is not installed; the text names it.
            StreamStateError: the server is running already.
            OSError: the system does not let this process listen on the address.
        """
        if self._running is not None:
            raise StreamStateError(f"the server is running already, at {self.url}")
        server = self._listen()
        thread = Thread(target=server.serve_forever, args=(_POLL,), name="ddbstreams-server", daemon=True)
        thread.start()
        self._running = server, thread
        self._served_at.append(self.url)
        return self

    def stop(self) -> None:
        """Stop the server and close every connection; if it is not running, do nothing.

        An answer that a fault delays is not waited for.
        """
        if self._running is None:
            return
        self._served_at.remove(self.url)
        (server, thread), self._running = self._running, None
        server.shutdown()
        thread.join()
        server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<StreamsServer {self.url if self._running else 'stopped'}>"

    def _listen(self) -> Server:
        try:
            import h11  # noqa: F401 - to see whether it is installed
        except ModuleNotFoundError:
            raise ModuleNotFoundError(_MISSING, name="h11") from None
        from .application import Application
        from .connections import Server

        return Server(*self._address, Application(self._mock, self._may_name))


def _any_host(_: str) -> bool:
    return True


def is_loopback(host: str) -> bool:
    """Return whether the name or address of a host means this machine, and is reached from no other machine."""
    address = _address(host)
    return host == _LOCALHOST or host.endswith(f".{_LOCALHOST}") if address is None else address.is_loopback


def url_of(host: str, port: int) -> str:
    """Return the URL at which this machine reaches a server that listens on an address."""
    address = _address(host)
    if address is not None and address.is_unspecified:
        host = "::1" if address.version == 6 else "127.0.0.1"  # noqa: PLR2004 - of the Internet Protocol
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
