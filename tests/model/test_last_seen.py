from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pytest_ddbstreams._items.items import typed_item
from pytest_ddbstreams._model.last_seen import LastSeen
from pytest_ddbstreams._operations.documents import DocumentCodec


class Seen(RuleBasedStateMachine):
    """LastSeen beside a dict, and copies of the dict for nested bulk writes."""

    def __init__(self) -> None:
        super().__init__()
        self.items = LastSeen(DocumentCodec.decode_image)
        self.model: dict[str, Any] = {}
        self.before: list[dict[str, Any]] = []

    @rule(name=st.sampled_from("abcd"), value=st.none() | st.integers(0, 3))
    def remember(self, name: str, value: int | None) -> None:
        image = None if value is None else typed_item({"v": value})
        self.items.remember(name, None if image is None else DocumentCodec.encode_image(image))
        self.model[name] = image

    @rule()
    def begin(self) -> None:
        self.items.begin()
        self.before.append(dict(self.model))

    @precondition(lambda self: self.before)
    @rule()
    def commit(self) -> None:
        self.items.commit()
        self.before.pop()

    @precondition(lambda self: self.before)
    @rule()
    def rollback(self) -> None:
        self.items.rollback()
        self.model = self.before.pop()

    @invariant()
    def images_are_those_of_the_dict(self) -> None:
        assert {name: self.items.image(name) for name in "abcd"} == {name: self.model.get(name) for name in "abcd"}


TestSeen = Seen.TestCase


def test_a_remembered_image_is_returned_as_a_copy() -> None:
    items = LastSeen(DocumentCodec.decode_image)
    items.remember("a", DocumentCodec.encode_image(typed_item({"v": 1})))
    image = items.image("a")
    assert image is not None
    image.clear()
    assert items.image("a") == typed_item({"v": 1})
