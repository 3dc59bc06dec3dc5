"""Warnings about responses that Lambda reads otherwise than the function means them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import REPORTS, Handler, connect, fill, keys_of, numbers_of, reporting

from pytest_ddbstreams import EventSourceMapping, MappingWarning, NotDrained, StreamsMock

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")

WINDOWS = {"tumbling_window_in_seconds": 60}


def texts_of(mapping: EventSourceMapping) -> list[str]:
    """Drain a mapping, and return the texts of its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        mapping.drain()
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize("response", [{"batchItemFailure": [1]}, {"statusCode": 200}, "done", [1]], ids=repr)
def test_a_response_without_batch_item_failures_is_success_with_a_warning(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, response: Any
) -> None:
    fill(ddbstreams_stream, 2)
    mapping = connect(ddbstreams_mock, Handler(response=response), **REPORTS)
    with pytest.warns(MappingWarning, match="has no 'batchItemFailures'; Lambda takes that for success"):
        mapping.drain()
    assert mapping.invocations[0].is_success


@pytest.mark.parametrize("name", ["batchItemFailure", "BatchItemFailures", "batch_item_failures"])
def test_a_warning_about_a_misspelt_list_of_failures_names_the_right_spelling(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, name: str
) -> None:
    fill(ddbstreams_stream, 2)
    [text] = texts_of(connect(ddbstreams_mock, Handler(response={name: []}), **REPORTS))
    assert f"write 'batchItemFailures' instead of '{name}'" in text


@pytest.mark.parametrize("response", [{"batchItemFailures": []}, {"batchItemFailures": [{"itemIdentifier": "1"}]}])
def test_batch_item_failures_that_the_mapping_does_not_read_warn_with_the_setting(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, response: Any
) -> None:
    fill(ddbstreams_stream, 2)
    [text] = texts_of(connect(ddbstreams_mock, Handler(response=response)))
    assert "the response has 'batchItemFailures', and the mapping does not read them" in text
    assert text.endswith("Set function_response_types=['ReportBatchItemFailures']")


def test_a_state_without_a_tumbling_window_warns_with_the_setting(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 2)
    [text] = texts_of(connect(ddbstreams_mock, Handler(response={"state": {"seen": 2}})))
    assert "the response has 'state', and the mapping has no tumbling window" in text
    assert "Set tumbling_window_in_seconds" in text


def test_a_state_and_batch_item_failures_without_their_settings_warn_of_each(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    response: dict[str, Any] = {"state": {}, "batchItemFailures": []}
    assert len(texts_of(connect(ddbstreams_mock, Handler(response=response)))) == 2


def test_the_state_of_a_final_invocation_does_not_warn(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    assert texts_of(connect(ddbstreams_mock, Handler(response={"state": {}}), **WINDOWS)) == []


@pytest.mark.parametrize("response", [None, {"State": {}}])
def test_a_response_without_state_in_a_tumbling_window_warns_with_the_right_form(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, response: Any
) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(response=response), maximum_retry_attempts=1, **WINDOWS)
    [text] = texts_of(mapping)
    assert f"the response {response} has no 'state', so Lambda retries the whole batch; return" in text


def test_a_mapping_warns_of_one_kind_of_response_once(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 3)
    assert len(texts_of(connect(ddbstreams_mock, reporting("o#1", "o#2"), batch_size=1))) == 1


def test_each_mapping_warns_of_its_own_function(ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    unconnected = EventSourceMapping(starting_position="TRIM_HORIZON")
    mappings = [unconnected.connect(ddbstreams_stream, reporting()) for _ in range(2)]
    assert [len(texts_of(mapping)) for mapping in mappings] == [1, 1]


def test_a_warning_about_a_response_points_at_the_line_of_the_test(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    with pytest.warns(MappingWarning) as caught:
        connect(ddbstreams_mock, reporting()).poll()
    assert [warning.filename for warning in caught] == [__file__]


def test_a_mapping_goes_on_behind_a_batch_whose_warning_is_an_error(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 2)
    mapping = connect(ddbstreams_mock, reporting(), batch_size=1)
    with pytest.raises(MappingWarning):
        mapping.drain()
    mapping.drain()
    assert [keys_of(invocation.event) for invocation in mapping.invocations] == [["o#0"], ["o#1"]]


@pytest.mark.parametrize(
    ("failures", "cause"),
    [
        ([{"itemIdentifier": None}], "the itemIdentifier None names no record of the batch"),
        ([{"itemIdentifier": "5"}], "the itemIdentifier '5' names no record of the batch"),
        ([{"itemIdentifer": "1"}], "{'itemIdentifer': '1'} in 'batchItemFailures' has no 'itemIdentifier'"),
        ([{"ItemIdentifier": "1"}], "{'ItemIdentifier': '1'} in 'batchItemFailures' has no 'itemIdentifier'"),
        (["1"], "'1' in 'batchItemFailures' is not an object"),
        ([{"itemIdentifier": ""}, "1"], "'1' in 'batchItemFailures' is not an object"),
        ({"itemIdentifier": "1"}, "'batchItemFailures' of the response is {'itemIdentifier': '1'} and not a list"),
    ],
    ids=repr,
)
def test_an_identifier_that_names_no_record_warns_with_the_right_form(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, failures: Any, cause: str
) -> None:
    fill(ddbstreams_stream, 2)
    handler = Handler(response={"batchItemFailures": failures})
    [text] = texts_of(connect(ddbstreams_mock, handler, maximum_retry_attempts=1, **REPORTS))
    assert text.startswith(f"{cause}, so Lambda retries the whole batch")
    assert text.endswith('{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}')


def test_an_identifier_that_is_an_event_id_warns_in_those_words(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    [record] = ddbstreams_stream.records
    handler = Handler(response={"batchItemFailures": [{"itemIdentifier": record["eventID"]}]})
    [text] = texts_of(connect(ddbstreams_mock, handler, maximum_retry_attempts=0, **REPORTS))
    assert text.startswith(f"the itemIdentifier {record['eventID']!r} is the eventID of a record, so Lambda retries")


def test_an_empty_identifier_reports_the_whole_batch_without_a_warning(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 2)
    handler = Handler(response={"batchItemFailures": [{"itemIdentifier": ""}]})
    mapping = connect(ddbstreams_mock, handler, maximum_retry_attempts=0, **REPORTS)
    assert texts_of(mapping) == []
    assert len(mapping.discarded) == 1


def test_a_known_identifier_does_not_warn(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 2)
    failures = [{"itemIdentifier": numbers_of(ddbstreams_stream)[1]}]
    handler = Handler(response={"batchItemFailures": failures})
    assert texts_of(connect(ddbstreams_mock, handler, batch_size=2, maximum_retry_attempts=0, **REPORTS)) == []


@pytest.mark.filterwarnings("ignore::pytest_ddbstreams.MappingWarning")
def test_not_drained_says_what_an_identifier_is(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 2)
    handler = Handler(response={"batchItemFailures": ["o#1"]})
    mapping = connect(ddbstreams_mock, handler, **REPORTS)
    with pytest.raises(NotDrained, match="An itemIdentifier is the SequenceNumber of the record that failed"):
        mapping.drain(max_attempts=3)


def test_an_invocation_has_the_warnings_about_its_response(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 2)
    mapping = connect(ddbstreams_mock, reporting(), batch_size=1)
    texts = texts_of(mapping)
    assert [list(invocation.warnings) for invocation in mapping.invocations] == [texts, texts]
