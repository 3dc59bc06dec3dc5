from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st

from pytest_ddbstreams._model import names

INSTANT = datetime(2026, 1, 2, 3, 4, 5, 678_999, tzinfo=timezone.utc)
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-02T03:04:05.678"

instants = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(timezone.utc))  # noqa: DTZ001 - Hypothesis adds the zone
numbers = st.integers(names.NUMBER_BASE, 10**38)
offsets = st.integers(0, names.NUMBER_BASE - 1)


def test_a_label_is_iso_8601_with_milliseconds_and_no_offset() -> None:
    assert names.label_of(INSTANT) == "2026-01-02T03:04:05.678"


def test_a_label_is_in_utc() -> None:
    assert names.label_of(INSTANT.astimezone(timezone(timedelta(hours=9)))) == names.label_of(INSTANT)


def test_a_label_shows_milliseconds_that_are_zero() -> None:
    assert names.label_of(INSTANT.replace(microsecond=0)) == "2026-01-02T03:04:05.000"


def test_an_arn_names_region_account_table_and_label() -> None:
    assert names.stream_arn("us-east-1", "123456789012", "orders", names.label_of(INSTANT)) == ARN


def test_every_region_of_botocore_is_in_its_partition() -> None:
    loader: object = Loader()
    partitions = loader.load_data("partitions")["partitions"]  # type: ignore[attr-defined] # its stubs know less
    known = {region: partition["id"] for partition in partitions for region in partition["regions"]}
    assert {region: names.partition_of(region) for region in known if not region.endswith("-global")} == {
        region: partition for region, partition in known.items() if not region.endswith("-global")
    }


@given(
    st.sampled_from(["us-east-1", "cn-north-1", "us-gov-west-1", "us-isob-east-1", "eusc-de-east-1"]),
    st.from_regex(r"[0-9]{12}", fullmatch=True),
    st.from_regex(r"[a-zA-Z0-9_.-]{3,255}", fullmatch=True),
    instants,
)
def test_a_made_stream_arn_has_the_shape_of_a_stream_arn(
    region: str, account: str, table: str, instant: datetime
) -> None:
    assert names.is_stream_arn(names.stream_arn(region, account, table, names.label_of(instant)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "orders",
        ARN.removesuffix("/stream/2026-01-02T03:04:05.678"),
        ARN + "\n",
        ARN + "0",
        " " + ARN,
        ARN.replace("dynamodb", "kinesis"),
        ARN.replace("123456789012", "12345678901"),
        ARN.replace("orders", "or"),
        ARN.replace("orders", "or/ders"),
        ARN.replace("2026", "\u0662\u0660\u0662\u0666"),
        ARN.replace("us-east-1", "cn-north-1"),
        ARN.replace("us-east-1", "us-gov-west-1"),
        ARN.replace("arn:aws:", "arn:aws-cn:"),
        ARN.replace("arn:aws:", "arn:aws-nowhere:"),
    ],
)
def test_a_text_of_another_shape_or_with_the_partition_of_another_region_is_no_stream_arn(text: str) -> None:
    assert not names.is_stream_arn(text)


@pytest.mark.parametrize("name", ["orders", ARN])
def test_a_stream_is_named_by_its_table_and_by_its_arn(name: str) -> None:
    assert names.names_stream(name, ARN)


@pytest.mark.parametrize("name", ["order", "rders", "customers", "stream", ARN + "0", ""])
def test_a_stream_is_not_named_by_anything_else(name: str) -> None:
    assert not names.names_stream(name, ARN)


def test_a_table_name_names_no_stream_without_an_arn() -> None:
    assert not names.names_stream("orders", None)


@given(instants)
def test_milliseconds_are_counted_and_counted_back(instant: datetime) -> None:
    whole = instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    assert names.from_milliseconds(names.milliseconds(instant)) == whole


@given(instants)
def test_microseconds_are_counted_and_counted_back(instant: datetime) -> None:
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert epoch + timedelta(microseconds=names.microseconds(instant)) == instant


def test_a_shard_id_shows_milliseconds_and_a_suffix() -> None:
    assert names.shard_id(1_767_323_045_678, 0xBEEF) == "shardId-00000001767323045678-0000beef"


@given(st.integers(0, 10**15), st.integers(0, 10**15), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_shard_ids_sort_by_the_time_of_opening(early: int, late: int, one: int, other: int) -> None:
    if early < late:
        assert names.shard_id(early, one) < names.shard_id(late, other)


@given(numbers, offsets)
def test_the_next_sequence_number_is_higher_at_any_offset(number: int, offset: int) -> None:
    assert names.next_number(number, offset) > number


@given(numbers, offsets)
def test_the_lower_digits_of_a_sequence_number_are_its_offset(number: int, offset: int) -> None:
    assert names.next_number(number, offset) % names.NUMBER_BASE == offset


@given(numbers, offsets)
def test_a_sequence_number_has_21_to_40_digits(number: int, offset: int) -> None:
    assert 21 <= len(str(names.next_number(number, offset))) <= 40
