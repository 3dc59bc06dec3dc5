from __future__ import annotations

from pytest_ddbstreams._clock import Clock
from pytest_ddbstreams._options import Options
from pytest_ddbstreams._service import Service
from pytest_ddbstreams._watching import begin, end, note


def service() -> Service:
    return Service(Options(), Clock())


def test_a_watch_collects_what_is_used_each_once_in_the_order_of_first_use() -> None:
    first, second = service(), service()
    used = begin()
    for each in (second, first, second):
        note(each)
    end()
    assert used == [second, first]


def test_a_watch_within_a_watch_collects_its_own_part() -> None:
    before, within, after = service(), service(), service()
    outer = begin()
    note(before)
    inner = begin()
    note(within)
    end()
    note(after)
    end()
    assert (outer, inner) == ([before, after], [within])


def test_a_watch_that_is_over_collects_no_more() -> None:
    outer, inner = begin(), begin()
    end()
    note(service())
    end()
    assert (len(outer), inner) == (1, [])
