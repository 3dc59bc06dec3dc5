"""The items of a table as its streams last saw them. A later put or delete is compared with them.

Images are kept encoded, so a caller that changes its dict afterwards changes nothing here. If a record includes the new
image, the encoded record itself is kept, because the stream holds the same bytes already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._items.keys import Identity
    from .._items.values import Item


class LastSeen:
    """The last image of each item, with changes that can be rolled back.

    Args:
        decode: returns the image of the encoded bytes that `remember` took.
    """

    __slots__ = ("_begun", "_changed", "_decode", "_encoded", "_previous")

    def __init__(self, decode: Callable[[bytes], Item]) -> None:
        self._decode = decode
        self._encoded: dict[Identity, bytes] = {}
        # The undo log: the items that changed since the first `begin`, and the encoded image of each before its change.
        self._changed: list[Identity] = []
        self._previous: list[bytes | None] = []
        # The length of the undo log at each `begin` that is neither committed nor rolled back yet.
        self._begun: list[int] = []

    def image(self, identity: Identity) -> Item | None:
        """Return a copy of the last image of an item; None if the item does not exist."""
        encoded = self._encoded.get(identity)
        return None if encoded is None else self._decode(encoded)

    def remember(self, identity: Identity, encoded: bytes | None) -> None:
        """Keep the encoded image of an item; None means that the item was deleted."""
        if self._begun:
            self._changed.append(identity)
            self._previous.append(self._encoded.get(identity))
        self._set(identity, encoded)

    def begin(self) -> None:
        """Begin a group of changes, which `commit` keeps and `rollback` undoes; groups nest."""
        self._begun.append(len(self._changed))

    def commit(self) -> None:
        """Keep the changes since the last `begin`; a `rollback` of an outer group still undoes them."""
        self._begun.pop()
        if not self._begun:
            self._changed.clear()
            self._previous.clear()

    def rollback(self) -> None:
        """Undo the changes since the last `begin`."""
        start = self._begun.pop()
        while len(self._changed) > start:
            self._set(self._changed.pop(), self._previous.pop())

    def _set(self, identity: Identity, encoded: bytes | None) -> None:
        if encoded is None:
            self._encoded.pop(identity, None)
        else:
            self._encoded[identity] = encoded
