"""Events of a stream, in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream, StreamsMock

steps = st.one_of(
    st.tuples(st.just("put"), st.integers(1, 5)),
    st.tuples(st.sampled_from(["split", "rotate"]), st.integers(0, 9)),
    st.tuples(st.just("tick"), st.sampled_from([1, 16, 250, 25 * 60])),
    st.tuples(st.just("trim"), st.integers(1, 8)),
    st.tuples(st.sampled_from(["expire", "restart", "poll", "poll"]), st.just(0)),
)
histories = st.lists(steps, max_size=25)
writes = st.lists(st.tuples(st.sampled_from(["put", "split", "rotate"]), st.integers(1, 5)), max_size=8)


class History:
    """Lets a history happen to a stream."""

    def __init__(self, mock: StreamsMock, stream: Stream) -> None:
        self._mock = mock
        self._stream = stream
        self._written = 0

    def happen(self, step: str, size: int) -> None:
        getattr(self, f"_{step}")(size)

    def _put(self, size: int) -> None:
        for _ in range(size):
            self._written += 1
            self._stream.put({"pk": str(self._written % 7), "n": self._written})

    def _split(self, size: int) -> None:
        self._stream.split(self._stream.open_shards[size % len(self._stream.open_shards)])

    def _rotate(self, size: int) -> None:
        self._stream.rotate(self._stream.open_shards[size % len(self._stream.open_shards)])

    def _tick(self, size: int) -> None:
        self._mock.clock.tick(minutes=size)

    def _trim(self, size: int) -> None:
        self._stream.trim(records=size)

    def _expire(self, _: int) -> None:
        self._mock.expire_iterators()
