from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_ddbstreams._assertions.evidence import Spans

numbers = st.integers(0, 30)
pairs = st.tuples(numbers, numbers).map(sorted)


def made_of(added: list[list[int]]) -> tuple[Spans, set[int]]:
    spans, model = Spans(), set()
    for low, high in added:
        spans.add(low, high)
        model |= set(range(low, high + 1))
    return spans, model


@given(added=st.lists(pairs), number=numbers)
def test_spans_hold_the_numbers_that_were_added(added: list[list[int]], number: int) -> None:
    spans, model = made_of(added)
    assert (number in spans) == (number in model)


@given(added=st.lists(pairs), asked=pairs)
def test_spans_cover_what_was_added_in_pieces_that_touch(added: list[list[int]], asked: list[int]) -> None:
    spans, model = made_of(added)
    low, high = asked
    assert spans.covers(low, high) == (set(range(low, high + 1)) <= model)


@given(added=st.lists(pairs), asked=pairs)
def test_gaps_are_what_was_not_added(added: list[list[int]], asked: list[int]) -> None:
    spans, model = made_of(added)
    low, high = asked
    gaps = [number for start, stop in spans.gaps(low, high) for number in range(start, stop + 1)]
    assert gaps == [number for number in range(low, high + 1) if number not in model]
