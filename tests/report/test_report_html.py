"""The page: that it stands alone, that nothing in it can do harm, and that it draws what there is."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from assertions.histories import History, histories
from assertions.readers import Direct, Walker, iterator, pages
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_ddbstreams import StreamsMock, mock_streams

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z", strict=False)

SVG = "{http://www.w3.org/2000/svg}"


def drawings(html: str) -> list[ET.Element]:
    """The timelines of a page, which must be well-formed."""
    found = re.findall(r'<svg class="ddbs".*?</svg>', html, re.DOTALL)
    return [ET.fromstring(text) for text in found]  # noqa: S314 - made by ourselves


def count(mock: StreamsMock, kind: str) -> int:
    [drawing] = drawings(mock.to_html())
    return sum(f"ddbs-{kind}" in each.get("class", "").split() for each in drawing.iter())


def titles(mock: StreamsMock) -> list[str]:
    [drawing] = drawings(mock.to_html())
    return [each.text or "" for each in drawing.iter(f"{SVG}title")]


def test_a_page_stands_alone(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    page = ddbstreams_mock.to_html()
    assert page.startswith("<!DOCTYPE html>")
    assert set(re.findall(r"https?://[^\"' ]+", page)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<script|<link|<img|@import|url\(", page)
    assert ddbstreams_stream.table_name in page


def test_a_notebook_shows_the_fragment_of_the_page(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "1"})
    piece = ddbstreams_mock._repr_html_()
    assert piece.startswith('<div class="ddbs-report">')
    assert piece in ddbstreams_mock.to_html()


def test_a_mock_without_streams_is_a_page_too() -> None:
    page = StreamsMock().to_html()
    assert "no streams, no calls" in page
    assert drawings(page) == []
    assert 'ddbs-legend"' not in page


def test_each_stream_is_drawn(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    ddbstreams_mock.create_stream("carts", region="eu-west-1")
    labels = [drawing.get("aria-label") for drawing in drawings(ddbstreams_mock.to_html())]
    assert labels == [f"Shards of {ddbstreams_stream.table_name} over time", "Shards of carts over time"]


def test_each_shard_is_a_bar_in_its_own_row_with_a_line_from_its_parent(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    child, _ = ddbstreams_stream.split()
    child.rotate()
    [drawing] = drawings(ddbstreams_mock.to_html())
    bars = [each for each in drawing.iter(f"{SVG}rect") if "ddbs-bar" in each.get("class", "")]
    assert len({bar.get("y") for bar in bars}) == len(bars) == 4
    assert (count(ddbstreams_mock, "open"), count(ddbstreams_mock, "closed")) == (2, 2)
    assert count(ddbstreams_mock, "branch") == 3


def test_a_child_begins_right_of_where_its_parent_ends_also_at_the_same_instant(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    ddbstreams_stream.rotate()
    [drawing] = drawings(ddbstreams_mock.to_html())
    parent, child = (bar for bar in drawing.iter(f"{SVG}rect"))
    assert float(parent.get("x", 0)) + float(parent.get("width", 0)) < float(child.get("x", 0))


def test_a_trimmed_shard_is_drawn_as_one(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "1"})
    ddbstreams_stream.rotate()
    ddbstreams_stream.trim(records=1)
    assert count(ddbstreams_mock, "trimmed") == 1


def test_records_reads_and_expiries_are_marked(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.put({"pk": "1"})
    token = iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id)
    list(pages(ddbstreams_client, token))
    ddbstreams_mock.expire_iterators()
    ddbstreams_mock.fail("GetRecords", "LimitExceededException", after=1)
    for _ in range(2):
        with pytest.raises(ClientError):
            ddbstreams_client.get_records(ShardIterator=token)
    kinds = ("written", "got", "read-page", "empty-page", "expired", "refused")
    assert [count(ddbstreams_mock, kind) for kind in kinds] == [1, 1, 1, 1, 2, 0]


def test_refusals_other_than_expiry_have_their_own_mark(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.fail("GetShardIterator", "ResourceNotFoundException")
    with pytest.raises(ClientError):
        iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id)
    assert (count(ddbstreams_mock, "expired"), count(ddbstreams_mock, "refused")) == (0, 1)


def test_every_mark_has_a_title(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.write_many([{"pk": "1"}, {"pk": "2"}])
    [shard] = ddbstreams_stream.shards
    token = iterator(ddbstreams_client, ddbstreams_stream.arn, shard.id)
    ddbstreams_client.get_records(ShardIterator=token)
    assert titles(ddbstreams_mock) == [
        f"{shard.id}, open: 2 read; read to …{ddbstreams_stream.records[1]['dynamodb']['SequenceNumber'][-8:]}",
        "2 records written, 2026-01-01T00:00:00.000Z",
        "calls[0] GetShardIterator 2026-01-01T00:00:00.000Z: TRIM_HORIZON",
        "calls[1] GetRecords 2026-01-01T00:00:00.000Z: 2 records",
    ]


def test_one_mark_stands_for_a_crowd_of_its_kind(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    direct = Direct(ddbstreams_mock)
    token = iterator(direct, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id)
    for _ in range(3000):
        direct.get_records(ShardIterator=token)
    assert 200 <= count(ddbstreams_mock, "empty-page") <= 300
    assert len(ddbstreams_mock.to_html()) < 100_000


def test_marks_of_refusals_are_drawn_last(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.fail("GetShardIterator", "ResourceNotFoundException")
    with pytest.raises(ClientError):
        iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id)
    iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id)
    marked = [title.split()[0] for title in titles(ddbstreams_mock)]
    assert marked[1:] == ["calls[1]", "calls[0]"]


def times(mock: StreamsMock) -> list[str]:
    [drawing] = drawings(mock.to_html())
    return [each.text or "" for each in drawing.iter(f"{SVG}text") if each.get("class") == "ddbs-at"]


def test_times_stand_above_where_they_change(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    ddbstreams_mock.clock.tick(hours=1)
    ddbstreams_stream.put({"pk": "1"})
    assert times(ddbstreams_mock) == ["00:00:00.000", "01:00:00.000"]


def test_times_of_several_days_have_their_date(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    ddbstreams_mock.clock.tick(hours=23)
    ddbstreams_stream.put({"pk": "1"})
    ddbstreams_mock.clock.tick(hours=2)
    ddbstreams_stream.rotate()
    assert times(ddbstreams_mock)[0] == "2026-01-01T00:00:00.000Z"


def test_times_leave_each_other_room(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    for number in range(100):
        ddbstreams_mock.clock.tick(seconds=1)
        ddbstreams_stream.put({"pk": str(number)})
        ddbstreams_stream.rotate()
    [drawing] = drawings(ddbstreams_mock.to_html())
    xs = [float(each.get("x", 0)) for each in drawing.iter(f"{SVG}text") if each.get("class") == "ddbs-at"]
    assert min(right - left for left, right in pairwise(xs)) >= 80


def test_the_same_history_makes_the_same_page() -> None:
    def make() -> str:
        with mock_streams(freeze="2026-01-01") as mock:
            stream = mock.create_stream("orders")
            stream.put({"pk": "1"})
            stream.split()
            Walker(Direct(mock), stream.arn).drain()
            return mock.to_html()

    assert make() == make()


def test_the_faults_and_the_calls_stand_below(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    ddbstreams_mock.fail("GetRecords", "LimitExceededException")
    ddbstreams_client.list_streams()
    page = ddbstreams_mock.to_html()
    assert "<h2>calls</h2><pre>  calls[0]  " in page
    assert "<h2>pending faults</h2><pre>  - LimitExceededException on GetRecords" in page


@pytest.mark.parametrize("hostile", ["</pre><script>alert(1)</script>", "\"' onload=x>", "</svg>&", "\x00\ud800"])
def test_texts_that_came_with_requests_are_escaped(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, hostile: str
) -> None:
    direct = Direct(ddbstreams_mock)
    with pytest.raises(direct.exceptions.ServiceError):
        iterator(direct, ddbstreams_stream.arn, hostile, hostile)
    with pytest.raises(direct.exceptions.ServiceError):
        iterator(direct, hostile, ddbstreams_stream.shards[0].id, hostile)
    with pytest.raises(direct.exceptions.ServiceError):
        iterator(direct, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id, hostile)
    ddbstreams_mock.fail("GetShardIterator", "ValidationException", message=hostile)
    with pytest.raises(direct.exceptions.ServiceError):
        iterator(direct, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id)
    page = ddbstreams_mock.to_html()
    assert hostile not in page
    page.encode("utf-8")
    assert len(drawings(page)) == 1


def test_a_table_name_is_escaped_whatever_it_is(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    name = ddbstreams_stream._state.name
    object.__setattr__(name, "table_name", "<b>orders</b>")
    page = ddbstreams_mock.to_html()
    assert "<b>" not in page
    assert page.count("&lt;b&gt;orders") == 2


@settings(max_examples=20)
@given(history=histories, roots=st.integers(1, 5))
def test_any_history_can_be_drawn(history: list[tuple[str, int]], roots: int) -> None:
    with mock_streams(freeze="2026-01-01") as mock:
        stream = mock.create_stream("orders", shards=roots)
        happenings, walker = History(mock, stream), Walker(Direct(mock), stream.arn)
        for step, size in history:
            if step in {"poll", "restart"}:
                walker.poll()
            else:
                happenings.happen(step, size)
        [drawing] = drawings(mock.to_html())
        width, height = float(drawing.get("width", 0)), float(drawing.get("height", 0))
        for each in drawing.iter():
            assert 0 <= float(each.get("x", 0)) <= width
            assert 0 <= float(each.get("y", 0)) <= height


def marks(mock: StreamsMock, kind: str) -> int:
    return mock.to_html().partition('class="ddbs-legend"')[0].count(f'class="ddbs-{kind}"')


def test_records_that_are_trimmed_have_another_mark(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    for number in range(3):
        ddbstreams_stream.write_many({"pk": f"{number}/{index}"} for index in range(2))
        ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)
    ddbstreams_stream.trim(records=3)
    assert (marks(ddbstreams_mock, "gone"), marks(ddbstreams_mock, "written")) == (1, 2)


def test_the_legend_explains_every_mark_and_colour(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert({"pk": "1"})
    page = ddbstreams_mock.to_html()
    styled = set(re.findall(r"\.ddbs-([a-z-]+) \{", page))
    explained = set(re.findall(r"ddbs-([a-z-]+)", page.partition('class="ddbs-legend">')[2]))
    assert {
        "open",
        "closed",
        "trimmed",
        "written",
        "gone",
        "got",
        "read-page",
        "expired",
        "refused",
    } <= styled & explained


def test_a_drawing_has_room_for_its_longest_text(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.write_many({"pk": str(number)} for number in range(3000))
    ddbstreams_stream.trim(records=1000)
    token = iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id)
    ddbstreams_client.get_records(ShardIterator=token)
    [drawing] = drawings(ddbstreams_mock.to_html())
    [text] = [each for each in drawing.iter(f"{SVG}text") if each.get("class") == "ddbs-counts"]
    assert text.text == f"1000 trimmed, 1000 read, 1000 unread; read to …{last_number(ddbstreams_stream, 999)}"
    # A character of an 11 px monospaced font is at most 7 px wide.
    assert float(text.get("x", 0)) + 7 * len(text.text) < float(drawing.get("width", 0))


def last_number(stream: Stream, index: int) -> str:
    return stream.shards[0].records[index].sequence_number[-8:]
