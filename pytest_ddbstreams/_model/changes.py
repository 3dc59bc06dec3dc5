"""Changes of items, and the records that a stream makes of them: view types, images, SizeBytes.

The encoding of a record is an argument (`RecordCodec`), so this module knows no JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol, get_args

from .._items.sizes import item_size

if TYPE_CHECKING:
    from .._items.values import Item

INSERT: Final = "INSERT"
MODIFY: Final = "MODIFY"
REMOVE: Final = "REMOVE"

#: The eventVersion of every record that a stream makes (R). An injected record has the one that it came with.
EVENT_VERSION: Final = "1.1"

#: The images that the records of a stream include.
ViewType = Literal["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"]
VIEW_TYPES: Final[tuple[str, ...]] = get_args(ViewType)
#: The view types whose records include the new image.
SHOWS_NEW: Final = frozenset({"NEW_IMAGE", "NEW_AND_OLD_IMAGES"})
#: The view types whose records include the old image.
SHOWS_OLD: Final = frozenset({"OLD_IMAGE", "NEW_AND_OLD_IMAGES"})


@dataclass(frozen=True, slots=True)
class UserIdentity:
    """The identity of a service that made a change; a change that a user of the table made has no identity.

    Attributes:
        type: the kind of the identity, such as ``Service``.
        principal_id: the name of the service, such as ``dynamodb.amazonaws.com``.
    """

    type: str
    principal_id: str


#: The identity in records of deletions by Time To Live.
TIME_TO_LIVE: Final = UserIdentity("Service", "dynamodb.amazonaws.com")


class Change(NamedTuple):
    """One change of one item, before a stream makes a record of it.

    Attributes:
        event_name: INSERT, MODIFY or REMOVE.
        keys: the primary key.
        new: the item after the change; None after a deletion.
        old: the item before the change; None if it did not exist, or if the writer does not know it.
        user_identity: the service that made the change; None for a user of the table.
    """

    event_name: str
    keys: Item
    new: Item | None = None
    old: Item | None = None
    user_identity: UserIdentity | None = None

    @classmethod
    def between(
        cls, keys: Item, old: Item | None, new: Item | None, user_identity: UserIdentity | None = None
    ) -> Change | None:
        """Return the change from the old item to the new one, or None if they are equal.

        Args:
            keys: the primary key.
            old: the item before the change; None if it did not exist.
            new: the item after the change; None if it was deleted.
            user_identity: the service that made the change; None for a user of the table.
        """
        if old == new:
            return None
        event_name = INSERT if old is None else REMOVE if new is None else MODIFY
        return cls(event_name, keys, new, old, user_identity)

    def images(self, view_type: str) -> tuple[Item | None, Item | None]:
        """Return the new and the old image; an image that the view type does not include is None."""
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
        event_version: the version of the record's format.
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
    event_version: str = EVENT_VERSION


class RecordCodec(Protocol):
    """Encodes records and images for a stream, and decodes the images again."""

    def encode_record(self, record: NewRecord) -> bytes:
        """Return the encoded record, validated against the schema of the API."""

    def encode_image(self, image: Item) -> bytes:
        """Return an encoded new image without its record: records of some view types do not include it."""

    def decode_image(self, encoded: bytes) -> Item:
        """Return the new image of an encoded record, or of an encoded image."""


def record_size(keys: Item, *images: Item | None) -> int:
    """Return the SizeBytes of a record: the size of its keys and of each image that it includes.

    AWS reports 12 for the INSERT of the item ``id=Fred`` with its new image, and so does this function.
    """
    return item_size(keys) + sum(item_size(image) for image in images if image is not None)
