"""Template files as data: their encoding, JSON and YAML, and files that hold no data."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ... import _json
from ..._exceptions import InvalidOption
from .stack import parts_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

#: The longest marks first, because UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# More levels than a template has, and fewer than Python recurses.
_DEEPEST: Final = 60

# More values than a template has. A few aliases of YAML that show one another stand for more than a computer holds.
_MOST_VALUES: Final = 10_000_000

#: Programs and Terraform's own files, and the command that prints their data.
_COMMANDS = {
    **dict.fromkeys((".ts", ".js", ".cjs", ".mjs"), "cdk synth --json or serverless print --format json"),
    **dict.fromkeys((".py", ".cs", ".java"), "cdk synth --json"),
    **dict.fromkeys((".tf", ".hcl", ".tfplan", ".tfstate"), "terraform show -json"),
}


def read_template(path: str | PathLike[str]) -> Mapping[str, Any]:
    """Return the data of a template.

    Raises:
        InvalidOption: the file is no JSON and no YAML, or no object.
        ImportError: the file is YAML, and PyYAML is not installed.
    """
    path = Path(path)
    if path.suffix in _COMMANDS:
        raise InvalidOption(
            f"{path} is a program or a file of Terraform's own; a template is JSON or YAML. "
            f"Print it with {_COMMANDS[path.suffix]}, and give the path of that output"
        )
    document = read_document(path)
    if not isinstance(document, dict):
        raise InvalidOption(f"{path} is no template: it holds {type(document).__name__}, not an object")
    return document


def read_document(path: Path) -> Any:
    """Return the data of a file in JSON or YAML.

    Raises:
        InvalidOption: the file is neither, or nested too deeply.
        ImportError: the file is YAML, and PyYAML is not installed.
    """
    try:
        document = _decode(path, _text_of(path.read_bytes()))
        _check_depth(document)
        _check_size(document)
    except ValueError as error:
        raise InvalidOption(f"{path} is no template: {error}") from None
    return document


def _text_of(content: bytes) -> str:
    """Return the text of a file, whose encoding is UTF-8 unless its first bytes show another."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding)
    # A template begins with an ASCII character, which has one byte that is zero in UTF-16.
    encodings = {(False, True): "utf-16-le", (True, False): "utf-16-be"}
    return content.decode(encodings.get((content[:1] == b"\0", content[1:2] == b"\0"), "utf-8"))


def _decode(path: Path, text: str) -> Any:
    if path.suffix == ".json":
        return _json.decode(text.encode())
    if text.lstrip().startswith("{"):
        try:
            return _json.decode(text.encode())
        except ValueError:  # YAML may begin so too
            if path.suffix not in {".yml", ".yaml"}:
                raise
    try:
        from .yaml_text import decode_yaml
    except ImportError:
        raise ImportError(
            "templates in YAML are read with PyYAML: python -m pip install 'pytest-ddbstreams[lambda]'"
        ) from None
    return decode_yaml(text)


def _check_depth(document: Any) -> None:
    """Raise if a document is nested too deeply; an alias of YAML may even make it contain itself.

    Raises:
        ValueError: it is.
    """
    level = [document]
    for _ in range(_DEEPEST):
        # By identity, because aliases show one object in many places.
        level = list({id(part): part for whole in level for part in parts_of(whole)}.values())
        if not level:
            return
    raise ValueError(f"it is nested deeper than {_DEEPEST} levels, or an alias contains itself")


def _check_size(document: Any) -> None:
    """Raise if a document stands for too many values.

    Raises:
        ValueError: it does.
    """
    if _count(document, {}) > _MOST_VALUES:
        raise ValueError(f"its aliases show one another more than {_MOST_VALUES} times")


def _count(value: Any, known: dict[int, int]) -> int:
    """Return how many values a value stands for, itself included.

    Args:
        value: the value.
        known: the counts of objects and lists that were counted before, by identity.
    """
    if id(value) not in known:
        known[id(value)] = 1 + sum(_count(part, known) for part in parts_of(value))
    return known[id(value)]
