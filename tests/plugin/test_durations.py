"""The durations that pytest shows of frozen tests are real, also without pytest-freezer, whose import repairs them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def test_the_durations_of_a_frozen_test_are_real(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.mark.ddbstreams(freeze="2020-01-01")
        def test_it(ddbstreams_mock):
            ddbstreams_mock.clock.move_to("2031-01-01")

        def test_clock(ddbstreams_clock):
            ddbstreams_clock.tick(hours=5)
    """)

    result = pytester.runpytest_subprocess("--durations=0", "-vv")

    result.assert_outcomes(passed=2)
    durations = re.findall(r"^(\d+\.\d+)s (?:setup|call|teardown)", result.stdout.str(), re.MULTILINE)
    assert len(durations) == 6
    assert all(float(duration) < 3600 for duration in durations)
