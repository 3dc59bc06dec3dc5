"""Run the code blocks of Markdown pages: a plugin for pytest, ``pytest -p markdown_blocks README.md docs``.

- A ``python`` block is a test file that passes. One that begins with ``# name.py`` is only saved under that name, for
  the later blocks of its page.
- The ``sh`` blocks of a page are typed into one shell, so that the second finds what the first has exported. Each must
  end with status 0.
- A ``console`` block shows commands, each behind ``$``, with their output; ``...`` stands for any part of an output.
- ``<!-- skip: next -->`` leaves a block out.

Each page has a folder of its own, in which ``pip install pytest-ddbstreams`` installs the wheel that tox has built. The
README's shell stands in a copy of the repository, with a Python environment of its own, because a user's first command
installs into it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser, SkipParser

if TYPE_CHECKING:
    from sybil import Document, Example

REPOSITORY = Path(__file__).parent.parent
README = REPOSITORY / "README.md"

#: Printed behind the output of each block, with the status of its last command.
_END = "--- end of block"


class Shell:
    """A shell that blocks are typed into.

    Args:
        folder: the folder that it stands in.
        environment: its environment variables.
    """

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            ["/bin/bash", "--noprofile", "--norc"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def type(self, commands: str) -> tuple[str, int]:
        """Type commands, and return their output and the status of the last one."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{{ {commands}\n}} </dev/null\nprintf '\\n{_END} %s\\n' $?\n")
        self._process.stdin.flush()
        return self._read()

    def close(self) -> None:
        """End the shell and all that it has started."""
        os.killpg(self._process.pid, 15)
        self._process.communicate()

    def _read(self) -> tuple[str, int]:
        assert self._process.stdout is not None
        lines: list[str] = []
        for line in self._process.stdout:
            if line.startswith(_END):
                return "".join(lines), int(line.split()[-1])
            lines.append(line)
        return "".join(lines), self._process.wait()  # a command has ended the shell


class Page:
    """The folder and the shell in which the blocks of one page run."""

    def __init__(self, path: Path) -> None:
        self.folder = Path(mkdtemp(prefix=f"{path.stem}-"))
        self.shell = _readme_shell(self.folder / "clone") if path == README else Shell(self.folder, _environment())

    def close(self) -> None:
        """End the shell, and remove the folder."""
        self.shell.close()
        shutil.rmtree(self.folder)


def _environment() -> dict[str, str]:
    """Return the environment of a shell, in which pip finds the wheel that tox has built before any release of it."""
    wheel = os.environ.get("TOX_PACKAGE")
    return {**os.environ, **({"PIP_FIND_LINKS": str(Path(wheel).parent)} if wheel else {})}


def _readme_shell(folder: Path) -> Shell:
    """Return a shell that stands in a copy of the repository's files, with a new Python environment."""
    names = subprocess.check_output(["git", "ls-files", "-z"], cwd=REPOSITORY, text=True).split("\0")  # noqa: S607
    for name in filter(None, names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, folder / name)
    environment = folder.parent / "environment"
    venv.create(environment, with_pip=True)
    return Shell(folder, {**os.environ, "PATH": f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"})


def run_python(example: Example) -> None:
    """Run a block as a test file, or save it for the blocks that follow."""
    folder, text = _page_of(example).folder, str(example.parsed)
    named = re.match(r"# (\w+\.py)\n", text)
    name = named[1] if named else "test_block.py"
    (folder / name).write_text(text, "utf-8")
    if not named:
        command = [sys.executable, "-m", "pytest", "--quiet", name]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - our own
        (folder / name).unlink()
        assert done.returncode == 0, done.stdout


def run_shell(example: Example) -> None:
    """Type the commands of a block, each of which must succeed."""
    output, status = _page_of(example).shell.type(str(example.parsed))
    assert status == 0, output


def run_console(example: Example) -> None:
    """Type the commands of a block, and compare what they print."""
    for step in ("\n" + str(example.parsed)).split("\n$ ")[1:]:
        command, _, expected = step.partition("\n")
        output, _ = _page_of(example).shell.type(command)
        fits = OutputChecker().check_output(expected.strip(), output.strip(), ELLIPSIS | NORMALIZE_WHITESPACE)
        assert fits, f"$ {command}\n{output}"


def _page_of(example: Example) -> Page:
    document: Document = example.document
    if "page" not in document.namespace:
        document.namespace["page"] = Page(Path(example.path))
    return document.namespace["page"]  # type: ignore[no-any-return]


def _close(namespace: dict[str, Any]) -> None:
    if "page" in namespace:
        namespace["page"].close()


pytest_collect_file = Sybil(
    parsers=[
        CodeBlockParser("python", run_python),
        CodeBlockParser("sh", run_shell),
        CodeBlockParser("console", run_console),
        SkipParser(),
    ],
    path=str(REPOSITORY),
    patterns=["*.md"],
    teardown=_close,
).pytest()
