"""`matches`: one pattern and one record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import Handler, connect

from pytest_ddbstreams import InvalidItem, InvalidOption, MappingWarning, matches, to_lambda_event

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream, StreamsMock

RECORD = {"eventName": "MODIFY", "dynamodb": {"NewImage": {"total": {"N": "9.5"}, "paid": {"BOOL": True}}}}


def image(**attributes: Any) -> dict[str, Any]:
    return {"dynamodb": {"NewImage": attributes}}


def test_matches_accepts_a_record_that_a_stream_returned(ddbstreams_stream: Stream) -> None:
    record = ddbstreams_stream.put({"pk": "o#1", "total": 5})
    assert matches(image(total={"N": ["5"]}), record)
    assert not matches({"eventName": ["REMOVE"]}, record)


def test_matches_accepts_a_record_with_binary_values(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "o#1", "blob": b"abc"})
    assert matches(image(blob={"B": ["YWJj"]}), ddbstreams_stream.records[0])


def test_matches_accepts_a_record_of_an_event(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "o#1"})
    [record] = to_lambda_event(ddbstreams_stream.records, stream=ddbstreams_stream)["Records"]
    assert matches({"eventSourceARN": [ddbstreams_stream.arn]}, record)


@pytest.mark.parametrize("wanted", ["this", "another"])
def test_matches_and_a_mapping_agree_on_the_arn_of_the_stream(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, wanted: str
) -> None:
    another = ddbstreams_mock.create_stream("another")
    pattern = {"eventSourceARN": [{"this": ddbstreams_stream, "another": another}[wanted].arn]}
    mapping = connect(ddbstreams_mock, Handler(), filter_criteria=[pattern])
    record = ddbstreams_stream.put({"pk": "o#1"})
    delivered = bool(mapping.drain())
    assert [matches(pattern, one) for one in (record, ddbstreams_stream.records[0])] == [delivered, delivered]
    assert delivered == (wanted == "this")


def test_matches_knows_the_stream_of_a_record_that_a_client_read(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.put({"pk": "o#1"})
    shard = ddbstreams_stream.shards[0].id
    iterator = ddbstreams_client.get_shard_iterator(
        StreamArn=ddbstreams_stream.arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    ddbstreams_client.get_records(ShardIterator=iterator)
    response: Any = ddbstreams_mock.calls.of("GetRecords")[0].response
    assert matches({"eventSourceARN": [ddbstreams_stream.arn]}, response["Records"][0])


def test_matches_refuses_to_look_for_the_arn_of_the_stream_in_a_record_of_get_records(
    ddbstreams_stream: Stream,
) -> None:
    record = dict(ddbstreams_stream.insert({"pk": "o#1"}))
    with pytest.raises(InvalidItem, match="asks for eventSourceARN, which a record of GetRecords does not have; give"):
        matches({"$or": [{"eventSourceARN": [{"exists": False}]}, {"eventName": ["INSERT"]}]}, record)


def test_matches_accepts_a_part_of_a_record_that_does_not_name_its_stream() -> None:
    assert not matches({"eventSourceARN": ["arn:aws:dynamodb:eu-west-1"]}, {"eventName": "INSERT"})


def test_matches_refuses_a_record_that_is_not_a_mapping() -> None:
    with pytest.raises(InvalidItem, match=r"record is 5 \(int\): give a StreamRecord, or a dict"):
        matches({"eventName": ["INSERT"]}, 5)


def test_matches_refuses_a_pattern_that_breaks_the_syntax() -> None:
    with pytest.raises(InvalidOption, match=r"\['eventName'\] is 'INSERT': give the values that match as a list"):
        matches({"eventName": "INSERT"}, RECORD)


def test_matches_warns_about_a_trap_of_the_pattern() -> None:
    with pytest.warns(MappingWarning, match=r"\['total'\]\['N'\] compares with a number and never matches"):
        assert not matches(image(total={"N": [9.5]}), RECORD)


def test_matches_does_not_warn_about_the_names_in_a_part_of_a_record() -> None:
    assert matches({"sku": ["x"]}, {"sku": "x"})


@pytest.mark.parametrize("record", [RECORD, {"eventName": "MODIFY"}])
def test_the_last_of_repeated_keys_counts_and_warns(record: Any) -> None:
    with pytest.warns(MappingWarning, match="has the key 'eventName' more than once in one object"):
        assert matches('{"eventName": ["INSERT"], "eventName": ["MODIFY"]}', record)


def test_each_call_warns_at_the_line_of_the_test() -> None:
    for _ in range(2):
        with pytest.warns(MappingWarning) as caught:
            matches({"dynamodb": [{"exists": True}]}, RECORD)
        assert [warning.filename for warning in caught] == [__file__]
