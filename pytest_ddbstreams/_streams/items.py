"""What a stream last saw of each item: enough to say what a later put or delete changes.

Images are kept encoded, so that what a caller does to its own dicts never reaches back, and a large table stays
small. Encoding is given from outside; this room knows no JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .attributes import Item
    from .keys import Identity


class LastSeen:
    """A map from an item's key to its image, with one level of undo."""

    __slots__ = ("_decode", "_encode", "_images", "_undo")

    def __init__(self, encode: Callable[[Item], bytes], decode: Callable[[bytes], Item]) -> None:
        self._encode = encode
        self._decode = decode
        self._images: dict[Identity, bytes] = {}
        self._undo: dict[Identity, bytes | None] | None = None

    def image(self, identity: Identity) -> Item | None:
        text = self._images.get(identity)
        return None if text is None else self._decode(text)

    def remember(self, identity: Identity, image: Item | None) -> None:
        """Keep an item's new image; None says that the item is gone."""
        if self._undo is not None:
            self._undo.setdefault(identity, self._images.get(identity))
        self._set(identity, None if image is None else self._encode(image))

    def begin(self) -> None:
        """From here on everything can be taken back."""
        self._undo = {}

    def commit(self) -> None:
        self._undo = None

    def rollback(self) -> None:
        """Take back everything since ``begin``."""
        undo, self._undo = self._undo or {}, None
        for identity, text in undo.items():
            self._set(identity, text)

    def _set(self, identity: Identity, text: bytes | None) -> None:
        if text is None:
            self._images.pop(identity, None)
        else:
            self._images[identity] = text
