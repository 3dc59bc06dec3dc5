from __future__ import annotations

from pytest_ddbstreams._backend import Backend
from pytest_ddbstreams._clock import Clock
from pytest_ddbstreams._options import Options
from pytest_ddbstreams._watching import note, watch


def backend() -> Backend:
    return Backend(Options(), Clock())


def test_a_watch_collects_what_is_used_each_once_in_the_order_of_first_use() -> None:
    first, second = backend(), backend()
    with watch() as used:
        for each in (second, first, second):
            note(each)
    assert used == [second, first]


def test_a_watch_within_a_watch_collects_its_own_part() -> None:
    before, within, after = backend(), backend(), backend()
    with watch() as outer:
        note(before)
        with watch() as inner:
            note(within)
        note(after)
    assert (outer, inner) == ([before, after], [within])


def test_a_watch_that_is_over_collects_no_more() -> None:
    with watch() as outer:
        with watch() as inner:
            pass
        note(backend())
    assert (len(outer), inner) == (1, [])
