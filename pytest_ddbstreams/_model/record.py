"""A stream record: one change of one item, as the stream keeps it.

Which images a view type shows, and what counts as the record's size. It knows no JSON and no API words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from .._items.sizes import item_size

if TYPE_CHECKING:
    from datetime import datetime

    from .._items.items import Item

INSERT: Final = "INSERT"
MODIFY: Final = "MODIFY"
REMOVE: Final = "REMOVE"

VIEW_TYPES: Final = ("NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY")
SHOWS_NEW: Final = frozenset({"NEW_IMAGE", "NEW_AND_OLD_IMAGES"})
SHOWS_OLD: Final = frozenset({"OLD_IMAGE", "NEW_AND_OLD_IMAGES"})


@dataclass(frozen=True, slots=True)
class UserIdentity:
    """Who made the change, where it was not a user of the table."""

    type: str
    principal_id: str


#: What the service writes on deletions by Time To Live.
TIME_TO_LIVE: Final = UserIdentity("Service", "dynamodb.amazonaws.com")


# Not frozen, which would be a twelfth of a bulk write: the stream keeps a text, so what is done to a record reaches
# no stream. And no tuple: % would take it apart, and pytest show what differs between lists of it in one line.
@dataclass(slots=True)
class StreamRecord:
    """One record of a stream, as ``Stream.insert`` and its siblings return it.

    Attributes:
        event_id: 32 lower-case hex digits.
        event_name: INSERT, MODIFY or REMOVE.
        number: the sequence number as an integer; ``sequence_number`` is the text that the API shows.
        created_at: when it was written; the API shows whole seconds of it.
        keys: the primary key, DynamoDB-typed.
        new_image: the item after the change, if the view type shows it.
        old_image: the item before the change, if the view type shows it.
        size_bytes: size of the keys and of each image shown.
        view_type: the stream's view type.
        region: the stream's region.
        user_identity: set on deletions by Time To Live only.
    """

    event_id: str
    event_name: str
    number: int
    created_at: datetime
    keys: Item
    new_image: Item | None
    old_image: Item | None
    size_bytes: int
    view_type: str
    region: str
    user_identity: UserIdentity | None = None

    @property
    def sequence_number(self) -> str:
        """The sequence number as the API shows it."""
        return str(self.number)


class Change(NamedTuple):
    """What happened to an item, before a stream makes a record of it."""

    event_name: str
    keys: Item
    new: Item | None = None
    old: Item | None = None
    user_identity: UserIdentity | None = None

    @classmethod
    def between(
        cls, keys: Item, old: Item | None, new: Item | None, user_identity: UserIdentity | None = None
    ) -> Change | None:
        """What became of an item that was one thing and is another; None where it is the same, or never was."""
        if old == new:
            return None
        event_name = INSERT if old is None else REMOVE if new is None else MODIFY
        return cls(event_name, keys, new, old, user_identity)

    def seen_by(self, view_type: str) -> tuple[Item | None, Item | None]:
        """The new and the old image that a view type shows of this change."""
        return (
            self.new if view_type in SHOWS_NEW else None,
            self.old if view_type in SHOWS_OLD else None,
        )


def size_of(keys: Item, *images: Item | None) -> int:
    """SizeBytes: the keys and each image that is shown (checked against AWS: ``id=Fred`` as INSERT is 12)."""
    total = item_size(keys)
    for image in images:
        if image is not None:
            total += item_size(image)
    return total
