"""Behaviours of SizeBytes. The sizes were measured on AWS or are documented by AWS, except those of sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.behaviours import behaviour, records_of

if TYPE_CHECKING:
    from conformance.targets import Item, Target

    from pytest_ddbstreams import ViewType

GROUP = "Record sizes"


def sizes(target: Target, *items: Item, view_type: ViewType = "NEW_IMAGE", key: str = "pk") -> list[int]:
    """Return SizeBytes of the records that the puts of these items make."""
    table = target.create_table({key: "S"}, view_type=view_type)
    for item in items:
        table.put(item)
    return [record["dynamodb"]["SizeBytes"] for record in records_of(target.client(), table)]


def value_sizes(target: Target, *values: Item) -> list[int]:
    """Return the number of bytes that each value adds as attribute ``v`` of the new image."""
    items = [{"pk": {"S": str(index)}, "v": value} for index, value in enumerate(values)]
    keys = [len("pk") + len(item["pk"]["S"]) for item in items]
    return [size - 2 * key - len("v") for size, key in zip(sizes(target, *items), keys, strict=True)]


# Counted parts of a record


@behaviour("size-new-image", "R", GROUP)
def test_size_bytes_counts_the_keys_and_the_new_image(target: Target) -> None:
    assert sizes(target, {"id": {"S": "Fred"}}, key="id") == [12]


@behaviour("size-keys-only", "R", GROUP)
def test_size_bytes_of_a_keys_only_record_counts_the_keys_alone(target: Target) -> None:
    item = {"Username": {"S": "Fred"}, "age": {"N": "42"}}

    assert sizes(target, item, view_type="KEYS_ONLY", key="Username") == [12]


@behaviour("size-both-images", "R", GROUP)
def test_size_bytes_counts_every_image_of_a_record(target: Target) -> None:
    old, new = ({"pk": {"S": "k"}, "v": {"S": text}} for text in ("1", "22"))

    assert sizes(target, old, new, view_type="NEW_AND_OLD_IMAGES") == [3 + 5, 3 + 5 + 6]


@behaviour("size-name", "R", GROUP)
def test_the_size_of_an_attribute_name_is_its_utf_8_length(target: Target) -> None:
    [size] = sizes(target, {"pk": {"S": "k"}, "größe": {"S": ""}})

    assert size == 3 + 3 + 7


# Sizes of values

NUMBERS = {
    "0": 1,
    "1": 2,
    "-1": 3,
    "10": 2,
    "100": 2,
    "123": 3,
    "-123": 4,
    "1.5": 3,
    "0.5": 2,
    "0.01": 2,
    "1234.5": 4,
    "12345678": 5,
    "1e10": 2,
    "12345678901234567890123456789012345678": 20,
}


@behaviour("size-text", "R", GROUP)
def test_the_size_of_a_string_is_its_utf_8_length(target: Target) -> None:
    texts = ({"S": text} for text in ("", "Fred", "käse", "日本", "🧀"))

    assert value_sizes(target, *texts) == [0, 4, 5, 6, 4]


@behaviour("size-binary", "R", GROUP)
def test_the_size_of_a_binary_is_its_raw_length(target: Target) -> None:
    assert value_sizes(target, {"B": b""}, {"B": b"\xff"}, {"B": bytes(100)}) == [0, 1, 100]


@behaviour("size-boolean", "R", GROUP)
def test_the_size_of_a_boolean_is_1(target: Target) -> None:
    assert value_sizes(target, {"BOOL": True}, {"BOOL": False}) == [1, 1]


@behaviour("size-number", "R", GROUP)
def test_the_size_of_a_number_is_1_and_1_for_each_pair_of_digits_and_1_for_a_minus(target: Target) -> None:
    sizes = value_sizes(target, *({"N": number} for number in NUMBERS))

    assert dict(zip(NUMBERS, sizes, strict=True)) == NUMBERS


@behaviour("size-null", "D", GROUP)
def test_the_size_of_null_is_1(target: Target) -> None:
    assert value_sizes(target, {"NULL": True}) == [1]


@behaviour("size-list", "D", GROUP)
def test_the_size_of_a_list_is_3_and_1_for_each_element_and_the_elements(target: Target) -> None:
    assert value_sizes(
        target,
        {"L": []},
        {"L": [{"S": "ab"}]},
        {"L": [{"N": "1"}, {"BOOL": True}]},
        {"L": [{"L": [{"S": "a"}]}]},
    ) == [3, 3 + 1 + 2, 3 + 2 + 2 + 1, 3 + 1 + (3 + 1 + 1)]


@behaviour("size-map", "D", GROUP)
def test_the_size_of_a_map_is_3_and_1_for_each_element_and_the_names_and_elements(target: Target) -> None:
    assert value_sizes(
        target,
        {"M": {}},
        {"M": {"ab": {"S": "c"}}},
        {"M": {"a": {"N": "1"}, "b": {"M": {}}}},
    ) == [3, 3 + 1 + 2 + 1, 3 + 2 + (1 + 2) + (1 + 3)]


@behaviour("size-set", "E", GROUP)
def test_the_size_of_a_set_is_the_size_of_its_elements(target: Target) -> None:
    assert value_sizes(target, {"SS": ["a", "bc"]}, {"NS": ["1", "-123"]}, {"BS": [b"a", b"bcd"]}) == [
        1 + 2,
        2 + 4,
        1 + 3,
    ]
