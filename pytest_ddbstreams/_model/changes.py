"""Changes of items, and the records that a stream makes of them: view types, images, SizeBytes.

How a record is encoded is an argument (`RecordCodec`): this module knows neither JSON nor the words of the API.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from .._items.sizes import item_size

if TYPE_CHECKING:
    from .._items.values import Item

INSERT: Final = "INSERT"
MODIFY: Final = "MODIFY"
REMOVE: Final = "REMOVE"

VIEW_TYPES: Final = ("NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY")
SHOWS_NEW: Final = frozenset({"NEW_IMAGE", "NEW_AND_OLD_IMAGES"})
SHOWS_OLD: Final = frozenset({"OLD_IMAGE", "NEW_AND_OLD_IMAGES"})


@dataclass(frozen=True, slots=True)
class UserIdentity:
    """The service that made a change; changes by users of the table have none.

    Attributes:
        type: the kind of identity, such as ``Service``.
        principal_id: the service, such as ``dynamodb.amazonaws.com``.
    """

    type: str
    principal_id: str


#: The identity in records of deletions by Time To Live.
TIME_TO_LIVE: Final = UserIdentity("Service", "dynamodb.amazonaws.com")


class Change(NamedTuple):
    """One change of one item, before a stream makes a record of it."""

    event_name: str
    keys: Item
    new: Item | None = None
    old: Item | None = None
    user_identity: UserIdentity | None = None

    @classmethod
    def between(
        cls, keys: Item, old: Item | None, new: Item | None, user_identity: UserIdentity | None = None
    ) -> Change | None:
        """Return the change from the old item to the new one, or None if they are equal; None stands for no item."""
        if old == new:
            return None
        event_name = INSERT if old is None else REMOVE if new is None else MODIFY
        return cls(event_name, keys, new, old, user_identity)

    def images(self, view_type: str) -> tuple[Item | None, Item | None]:
        """Return the new and the old image that a view type includes; None for an image that it leaves out."""
        return (
            self.new if view_type in SHOWS_NEW else None,
            self.old if view_type in SHOWS_OLD else None,
        )


class NewRecord(NamedTuple):
    """A record that a stream is about to encode and to append.

    Attributes:
        event_id: 32 lower-case hex digits.
        event_name: INSERT, MODIFY or REMOVE.
        number: the sequence number.
        created_at: microseconds since the epoch.
        keys: the primary key.
        new_image: the item after the change, if the view type includes it.
        old_image: the item before the change, if the view type includes it.
        size_bytes: size of the keys and of the included images.
        view_type: the stream's view type.
        region: the stream's region.
        user_identity: the service that made the change; None for a user of the table.
    """

    event_id: str
    event_name: str
    number: int
    created_at: int
    keys: Item
    new_image: Item | None
    old_image: Item | None
    size_bytes: int
    view_type: str
    region: str
    user_identity: UserIdentity | None = None


class RecordCodec(Protocol):
    """Encodes records and images for a stream, and decodes the images again."""

    def encode_record(self, record: NewRecord) -> bytes:
        """Return the encoded record, validated against the schema of the API."""

    def encode_image(self, image: Item) -> bytes:
        """Return a new image without its record, for a view type that does not include it."""

    def decode_image(self, encoded: bytes) -> Item:
        """Return the new image in what `encode_record` or `encode_image` returned."""


def size_of(keys: Item, *images: Item | None) -> int:
    """Return the SizeBytes of a record: its keys and each image that it includes.

    Checked against AWS: the INSERT of ``id=Fred`` with its new image has 12.
    """
    return item_size(keys) + sum(item_size(image) for image in images if image is not None)
