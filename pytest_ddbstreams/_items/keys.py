"""Primary keys: the key schema of a table, and the keys of its items.

Sources: ``KeySchemaElement`` in the API reference (names of 1 to 255 characters), "Quotas" in the developer
guide (a partition key of 2048 bytes at most, a sort key of 1024, no empty text or bytes in either).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from .._exceptions import InvalidItem, InvalidOption, short
from .sizes import text_size
from .typed import DESCRIPTORS
from .values import came

if TYPE_CHECKING:
    from collections.abc import Collection

    from .values import AttributeValue, Item

#: The value of a simple key, or both values of a composite one: hashable, and equal for equal keys of one schema.
Identity: TypeAlias = str | bytes | tuple[str | bytes, str | bytes]

KEY_TYPES = {"S": "text", "N": "a number", "B": "bytes"}
MAX_KEY_NAME = 255
MAX_HASH_BYTES = 2048
MAX_RANGE_BYTES = 1024
_ROLES = ("HASH", "RANGE")

# How many names of attributes a message lists at most, and how many characters of each it shows.
_MOST_SHOWN = 10
_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class KeySchema:
    """The attributes of a table's primary key, and their types.

    Attributes:
        hash_key: the name of the partition key.
        range_key: the name of the sort key; None if the table has none.
        types: the type descriptor of each key attribute, in schema order.
    """

    hash_key: str
    range_key: str | None
    types: Mapping[str, str] = field(hash=False)  # a mapping has no hash

    @classmethod
    def parse(cls, mapping: object) -> KeySchema:
        """Return the schema that users write as ``{"pk": "S", "sk": "N"}``, partition key first.

        Args:
            mapping: one or two names, each with its type.

        Raises:
            InvalidOption: the argument is not such a mapping.
        """
        if not isinstance(mapping, Mapping) or not 1 <= len(mapping) <= len(_ROLES):
            raise InvalidOption(
                f"key_schema is {came(mapping)}: it maps the partition key and, if there is one, the sort "
                "key to their types, as in {'pk': 'S', 'sk': 'N'}"
            )
        types = {_name(name): _kind(name, kind) for name, kind in mapping.items()}
        hash_key, *range_key = types
        return cls(hash_key, range_key[0] if range_key else None, MappingProxyType(types))

    @property
    def elements(self) -> tuple[tuple[str, str], ...]:
        """The names of the key attributes, each with its role: ``HASH``, then ``RANGE``."""
        return tuple(zip(self.types, _ROLES, strict=False))

    def key_of(self, item: Item, what: str = "item") -> Item:
        """Return the key attributes of an item, in schema order.

        Args:
            item: a typed and normalised item.
            what: the item's name in messages.

        Raises:
            InvalidItem: a key attribute is missing, of another type, empty or too long.
        """
        key: Item = {}
        limit = MAX_HASH_BYTES
        for name, kind in self.types.items():
            value = item.get(name)
            if value is None or kind not in value:
                raise InvalidItem(f"{what}{self._missing_or_mistyped(name, value, item)}")
            content = value[kind]
            if kind != "N" and not 0 < _length(content) <= limit:
                raise InvalidItem(f"{what}[{name!r}] {_bad_length(kind, content, limit)}")
            key[name] = {kind: content}
            limit = MAX_RANGE_BYTES
        return key

    def check_key(self, key: Item, what: str = "key") -> Item:
        """Return a key in schema order, or raise InvalidItem if it has not exactly the key attributes.

        Args:
            key: a typed and normalised key.
            what: the key's name in messages.

        Raises:
            InvalidItem: a key attribute is missing, of another type, empty or too long, or the key has others.
        """
        made = self.key_of(key, what)
        if len(made) != len(key):
            extra = _listed([name for name in key if name not in made])
            raise InvalidItem(f"{what} has {extra} besides {self._described()}; a key holds nothing else")
        return made

    def partition_bytes(self, key: Item) -> bytes:
        """Return the bytes of the partition key's type and value: equal for equal values, different otherwise.

        Args:
            key: a key that ``key_of`` returned, or an item.
        """
        kind = self.types[self.hash_key]
        content: str | bytes = key[self.hash_key][kind]
        return kind.encode() + (content.encode() if isinstance(content, str) else content)

    def identity(self, key: Item) -> Identity:
        """Return the identity of a key: hashable, equal for equal keys of this schema, different otherwise.

        Args:
            key: a key that ``key_of`` returned, or an item.
        """
        types = self.types
        first: str | bytes = key[self.hash_key][types[self.hash_key]]
        return first if self.range_key is None else (first, key[self.range_key][types[self.range_key]])

    def _missing_or_mistyped(self, name: str, value: AttributeValue | None, item: Item) -> str:
        if value is None:
            there = _listed(item) or "nothing"
            return f" lacks the key attribute {name!r}: the key is {self._described()}, and there is {there}"
        kind = self.types[name]
        return f"[{name!r}] is {came(value)}: the key takes {KEY_TYPES[kind]} ({kind}){_typed_hint(value)}"

    def _described(self) -> str:
        return ", ".join(f"{name!r} ({kind})" for name, kind in self.types.items())


def _name(name: object) -> str:
    """Return the name of a key attribute as a plain ``str``, which an instance of a subclass becomes."""
    if isinstance(name, str) and 1 <= len(name) <= MAX_KEY_NAME:
        return str.__str__(name)
    raise InvalidOption(f"key_schema has the name {came(name)}: a name is text of 1 to {MAX_KEY_NAME} characters")


def _kind(name: object, kind: object) -> str:
    """Return the type of a key attribute as a plain ``str``, which an instance of a subclass becomes."""
    if isinstance(kind, str) and kind in KEY_TYPES:
        return str.__str__(kind)
    accepted = ", ".join(f"{known!r} ({meaning})" for known, meaning in KEY_TYPES.items())
    raise InvalidOption(f"key_schema[{short(name)}] is {came(kind)}: the type of a key is one of {accepted}")


def _listed(names: Collection[str]) -> str:
    """Return names for a message: the first ones, and how many there are besides."""
    shown = ", ".join(short(name, _LONGEST_SHOWN) for name in islice(names, _MOST_SHOWN))
    return shown if len(names) <= _MOST_SHOWN else f"{shown} and {len(names) - _MOST_SHOWN} more"


def _length(content: str | bytes) -> int:
    return text_size(content) if isinstance(content, str) else len(content)


def _bad_length(kind: str, content: str | bytes, limit: int) -> str:
    size = f"{_length(content)} bytes"
    return f"is {came(content)} of {size}: {KEY_TYPES[kind]} in this part of a key takes 1 to {limit} bytes"


def _typed_hint(value: AttributeValue) -> str:
    nested: Any = value.get("M", {})
    if len(nested) == 1 and next(iter(nested)) in DESCRIPTORS:
        return "; the item was taken for plain Python, pass plain=False to see which value in it is not typed"
    return ""
