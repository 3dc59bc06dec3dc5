from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

from pytest_ddbstreams._options import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SERVE = [sys.executable, "-m", "pytest_ddbstreams", "serve"]


def main(*arguments: str) -> int:
    status: int = import_module("pytest_ddbstreams.__main__").main(["serve", *arguments])
    return status


def call_verb(url: str, verb: str, **arguments: Any) -> Any:
    asked = Request(f"{url}/_ddbstreams/{verb}", json.dumps(arguments).encode(), method="POST")  # noqa: S310
    with urlopen(asked, timeout=20) as answer:  # noqa: S310 - the URL is our server's
        return json.load(answer)["result"]


class Output(io.StringIO):
    """A standard output that calls a function once the first line is written, and then sends SIGTERM."""

    def __init__(self, meanwhile: Callable[[str], Any]) -> None:
        super().__init__()
        self.meanwhile = meanwhile
        self.gave: Any = None

    def flush(self) -> None:
        self.gave = self.meanwhile(self.getvalue().strip())
        signal.raise_signal(signal.SIGTERM)


@pytest.fixture
def during(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that runs the command line in this process, and returns its status and a result."""

    def during(meanwhile: Callable[[str], Any], *arguments: str) -> tuple[int, Any]:
        output = Output(meanwhile)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", output)
            status = main(*arguments)
        return status, output.gave

    return during


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command line as a process, and yield it with its first line."""
    with subprocess.Popen([*SERVE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_its_url_serves_and_ends_on_a_signal(number: signal.Signals) -> None:
    with serving("--port", "0") as (process, url):
        assert call_verb(url, "create_stream", table_name="orders")["region"] == "us-east-1"
        process.send_signal(number)
        rest, errors = process.communicate(timeout=20)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_the_flags_set_the_options_of_the_mock(during: Any) -> None:
    def meanwhile(url: str) -> Any:
        return call_verb(url, "create_stream", table_name="orders"), call_verb(url, "clock")

    options = ["--region", "eu-west-1", "--account-id", "210987654321", "--freeze", "2026-01-01T00:00:00Z"]
    status, (stream, clock) = during(meanwhile, *options, "--seed", "7", "--auto-rotate")
    assert status == 0
    assert stream["arn"].startswith("arn:aws:dynamodb:eu-west-1:210987654321:table/orders/")
    assert clock == {"now": "2026-01-01T00:00:00+00:00", "is_frozen": True}


def test_every_option_has_a_flag_but_those_of_clients_of_this_process(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main("--help")
    helped = capsys.readouterr().out
    of_clients = {"mock_credentials", "block_network", "instant_retries"}
    missing = [option.name for option in OPTIONS if f"--{option.name.replace('_', '-')}" not in helped]
    assert set(missing) == of_clients


@pytest.mark.parametrize(("option", "status"), [((), 0), (("--strict",), 1)])
def test_an_unused_fault_ends_a_strict_command_with_status_1(
    during: Any, capsys: pytest.CaptureFixture[str], option: tuple[str, ...], status: int
) -> None:
    def meanwhile(url: str) -> None:
        call_verb(url, "fail", operation="ListStreams", error="ThrottlingException")

    assert during(meanwhile, *option)[0] == status
    assert ("ThrottlingException on ListStreams" in capsys.readouterr().err) == bool(status)


def test_the_signal_handlers_are_restored(during: Any) -> None:
    before = signal.getsignal(signal.SIGTERM)
    during(lambda _: None)
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_command_waits_until_a_signal_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    class Impatient:
        waits = 0

        def wait(self, _: float) -> bool:
            self.waits += 1
            return self.waits == 3

    event = Impatient()
    monkeypatch.setattr(import_module("pytest_ddbstreams.__main__"), "Event", lambda: event)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert main() == 0
    assert event.waits == 3


def test_the_command_serves_although_its_standard_output_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("pytest_ddbstreams.__main__"), "Event", Ended)
    monkeypatch.setattr(sys, "stdout", None)
    assert main() == 0


def test_the_command_serves_although_the_reader_of_its_standard_output_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    monkeypatch.setattr(import_module("pytest_ddbstreams.__main__"), "Event", Ended)
    with open(writing, "w", encoding="utf-8") as output:  # noqa: PTH123 - a descriptor
        monkeypatch.setattr(sys, "stdout", output)
        assert main() == 0


def test_a_process_without_a_standard_output_ends_on_a_signal_without_a_traceback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["sh", "-c", f"exec {sys.executable} -m pytest_ddbstreams serve --port {port} >&-"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        pause = threading.Event()
        assert any(answers(port) or pause.wait(0.05) for _ in range(400))
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")


def answers(port: int) -> bool:
    """Return whether a server answers on a port."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=20) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


class Ended:
    """An end event that is set already."""

    def wait(self, _: float) -> bool:
        return True


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the error text for arguments that do not fit."""
    with pytest.raises(SystemExit) as ended:
        main(*arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_an_address_that_other_machines_reach_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "--host", "0.0.0.0")  # noqa: S104 - to be refused
    assert "can read and write the streams" in said
    assert "--allow-remote" in said


def test_an_address_that_other_machines_reach_is_served_if_allowed(during: Any) -> None:
    reached = during(lambda url: call_verb(url, "streams"), "--host", "0.0.0.0", "--allow-remote")  # noqa: S104
    assert reached == (0, [])


def test_options_that_do_not_fit_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "region='Ireland' does not fit" in refused(capsys, "--region", "Ireland")
    assert "freeze='soon' does not fit" in refused(capsys, "--freeze", "soon")


def test_a_port_that_is_taken_or_no_port_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "in use" in refused(capsys, "--port", str(taken.getsockname()[1])).lower()
    assert "port=65536 does not fit; port takes an integer from 0 to 65535" in refused(capsys, "--port", "65536")


def test_the_error_without_h11_names_the_extra(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "h11", None)
    assert "pip install 'pytest-ddbstreams[server]'" in refused(capsys)


def test_the_command_does_not_need_pytest() -> None:
    code = (
        "import sys; sys.modules['pytest'] = None; sys.argv = ['', 'serve', '--help'];"
        "from pytest_ddbstreams.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, "")
