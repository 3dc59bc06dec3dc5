"""What a stream last saw of each item: enough to say what a later put or delete changes.

Images are kept as texts, so that what a caller does to its own dicts never reaches back. The text of a record that
shows the new image is kept as it is, and takes no room of its own. Reading is given from outside; this room knows no
JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._items.keys import Identity
    from .._items.values import Item


class LastSeen:
    """A map from an item's key to the text that begins with its image; what was begun can be taken back.

    What is begun has a layer of its own above what was there before; None in a layer stands for an item that is gone.
    """

    __slots__ = ("_decode", "_layers")

    def __init__(self, decode: Callable[[bytes], Item]) -> None:
        self._decode = decode
        self._layers: list[dict[Identity, bytes | None]] = [{}]

    def image(self, identity: Identity) -> Item | None:
        for layer in reversed(self._layers):
            if identity in layer:
                text = layer[identity]
                return None if text is None else self._decode(text)
        return None

    def remember(self, identity: Identity, text: bytes | None) -> None:
        """Keep an item's new image; None says that the item is gone."""
        if text is None and len(self._layers) == 1:
            self._layers[0].pop(identity, None)
        else:
            self._layers[-1][identity] = text

    def begin(self) -> None:
        """From here on everything can be taken back."""
        self._layers.append({})

    def commit(self) -> None:
        """Let stand what was remembered since the last ``begin`` that is neither committed nor rolled back."""
        newer, older = self._layers.pop(), self._layers.pop()
        gone = [identity for identity, text in newer.items() if text is None]
        # Whichever holds less moves into the other: the first bulk write fills a stream, later ones add to it.
        if len(newer) <= len(older):
            older.update(newer)
            self._layers.append(older)
        else:
            for identity, text in older.items():
                newer.setdefault(identity, text)
            self._layers.append(newer)
        if len(self._layers) == 1:
            for identity in gone:
                del self._layers[0][identity]

    def rollback(self) -> None:
        """Take back everything since that ``begin``."""
        self._layers.pop()
