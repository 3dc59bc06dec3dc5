"""The variables of the Serverless Framework, such as ``${self:custom.size, 10}``, as far as they need no cloud. D."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ... import _json
from .stack import members
from .template_file import read_document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: The innermost variables of a text.
_INNERMOST = re.compile(r"\$\{([^${}]*)\}")
#: The sources of a variable, which commas separate; commas in quotes and parentheses separate nothing.
_SOURCES = re.compile(r"""(?:'[^']*'|"[^"]*"|\([^)]*\)|[^,'"(])+""")
#: ``self:custom.size``, ``file(./sizes.yml):small``; two colons are CloudFormation's, as in ``AWS::Region``.
_SOURCE = re.compile(r"([a-zA-Z]\w*)(?:\(([^)]*)\))?(?::(?!:)(.*)|(?<=\)))", re.DOTALL)
#: Stands in a text for a value that is not text. No template has this character.
_PLACEHOLDER = re.compile("\0([0-9]+)\0")
_MISSING: Final = object()
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_DATA_FILES = frozenset({".json", ".yaml", ".yml"})


class Variables:
    """The variables of one service. A value that only the cloud has becomes a reference, ``{"Ref": "ssm:/size"}``.

    Args:
        document: the data of ``serverless.yml``.
        folder: its folder.
        given: values by source, such as ``{"opt:stage": "live"}``.

    Attributes:
        met: the sources of the variables that were met.
    """

    def __init__(self, document: Mapping[str, Any], folder: Path, given: Mapping[str, Any]) -> None:
        self.met: set[str] = set()
        self._document = document
        self._folder = folder
        self._given = given
        #: Sources that have no value.
        self._missing: set[str] = set()
        #: Sources whose value is being computed.
        self._pending: list[str] = []
        self._readers: dict[str, Callable[[str, str], Any]] = {
            "self": lambda _, address: self._walk(self._document, address),
            "file": self._file,
            "opt": lambda _, address: self._option(address),
            "env": lambda *_: _MISSING,  # else a test would depend on the machine that it runs on
            "sls": lambda _, address: self.stage() if address == "stage" else _MISSING,
            "aws": self._aws,
            "param": lambda _, address: self._param(address),
            "strToBool": lambda text, _: _BOOLEANS.get(text.strip().strip("'\"").lower(), _MISSING),
        }

    def resolve(self, value: Any) -> Any:
        """Return a value of the service without variables."""
        if isinstance(value, str):
            return self._resolve_text(value)
        if isinstance(value, list):
            return [self.resolve(one) for one in value]
        if isinstance(value, Mapping):
            return {name: self.resolve(member) for name, member in value.items()}
        return value

    def stage(self) -> Any:
        """Return the stage."""
        return self._provided("stage", "dev")

    def _provided(self, name: str, default: str) -> Any:
        """Return an option of the command line, else the provider's setting of that name, else its default."""
        option = self._option(name)
        provided = self._walk(self._document, f"provider.{name}") if option is _MISSING else option
        return default if provided is _MISSING else self.resolve(provided)

    def _resolve_text(self, text: str) -> Any:
        text = text.replace("\0", "")
        values: list[Any] = []

        def replaced(found: re.Match[str]) -> str:
            values.append(self._value(found[1], values))
            return f"\0{len(values) - 1}\0"

        before = None
        while text != before:
            before, text = text, _INNERMOST.sub(replaced, text)
        parts = [values[int(part)] if is_value else part for part, is_value in _parts_of(text)]
        if len(parts) == 1:
            return parts[0]
        if all(not isinstance(part, (Mapping, list)) for part in parts):
            return "".join(map(_text, parts))
        return {"Fn::Join": ["", [part for part in parts if part != ""]]}

    def _value(self, content: str, values: list[Any]) -> Any:
        """Return the value of a variable from its sources; those of the variables in it are known already."""
        sources = [source.strip() for source in _SOURCES.findall(content)]
        if not any(map(_SOURCE.fullmatch, sources)):
            return f"${{{_with_values(content, values)}}}"  # a variable of Fn::Sub
        self.met.update(source for source in sources if _SOURCE.fullmatch(source) and "\0" not in source)
        missing = []
        for source in sources:
            value = self._candidate(source, values)
            if not self._is_missing(value):
                return value
            missing.append(value)
        return missing[0]

    def _candidate(self, source: str, values: list[Any]) -> Any:
        """Return the value of a source, or a reference to it."""
        whole = _PLACEHOLDER.fullmatch(source)
        if whole:
            return values[int(whole[1])]
        inner = [values[int(index)] for index in _PLACEHOLDER.findall(source)]
        unknown = next((value for value in inner if isinstance(value, (Mapping, list))), None)
        return self._read(_with_values(source, values)) if unknown is None else unknown

    def _is_missing(self, value: Any) -> bool:
        name = members(value).get("Ref")
        return isinstance(name, str) and name in self._missing

    def _read(self, name: str) -> Any:
        """Return the value of one source, or a reference to it if it is missing or in the cloud."""
        found = _SOURCE.fullmatch(name)
        value = self._read_source(name, found) if found else _literal(name)
        if value is _MISSING:
            self._missing.add(name)
            return {"Ref": name}
        return value

    def _read_source(self, name: str, found: re.Match[str]) -> Any:
        self.met.add(name)
        if name in self._given:
            return self._given[name]
        if found[1] not in self._readers:
            return {"Ref": name}
        if name in self._pending:
            return _MISSING
        self._pending.append(name)
        try:
            value = self._readers[found[1]](found[2] or "", found[3] or "")
            return value if value is _MISSING else self.resolve(value)
        finally:
            self._pending.remove(name)

    def _walk(self, value: Any, address: str) -> Any:
        """Return the value at a dotted address, ``custom.sizes.0``."""
        for step in filter(None, address.split(".")):
            value = self.resolve(value) if isinstance(value, str) else value
            if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            else:
                value = members(value).get(step)
        return _MISSING if value is None else value

    def _aws(self, _: str, address: str) -> Any:
        return self._provided("region", "us-east-1") if address == "region" else {"Ref": f"aws:{address}"}

    def _option(self, name: str) -> Any:
        self.met.add(f"opt:{name}")
        return self._given.get(f"opt:{name}", _MISSING)

    def _param(self, name: str) -> Any:
        stages = members(self._document.get("stages"))
        for stage in (str(self.stage()), "default"):
            for params in (members(self._document.get("params")).get(stage), members(stages.get(stage)).get("params")):
                if name in members(params):
                    return members(params)[name]
        return _MISSING

    def _file(self, name: str, address: str) -> Any:
        path = self._folder / name
        if path.suffix not in _DATA_FILES:
            return _MISSING
        try:
            return self._walk(read_document(path), address)
        except OSError:
            return _MISSING


def _parts_of(text: str) -> list[tuple[str, bool]]:
    """Return the parts of a text, and for each whether it is the index of a value."""
    parts = [(part, index % 2 == 1) for index, part in enumerate(_PLACEHOLDER.split(text))]
    return [(part, is_value) for part, is_value in parts if part or is_value] or [("", False)]


def _with_values(text: str, values: list[Any]) -> str:
    """Return a text with the values of the variables in it."""
    return _PLACEHOLDER.sub(lambda found: _text(values[int(found[1])]), text)


def _literal(text: str) -> Any:
    if text[:1] in {"'", '"'}:
        return text[1:-1]
    try:
        return _json.decode(text.encode())
    except ValueError:
        return _MISSING


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return _json.encode(value).decode()
    return str(value)
