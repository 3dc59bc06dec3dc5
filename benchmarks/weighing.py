"""What records take of memory, while they are written and when they are."""

from __future__ import annotations

import gc
import json
import tracemalloc
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from clients import MOTO, table_of_moto
from items import items, stream_of
from measuring import Result, Section

if TYPE_CHECKING:
    from collections.abc import Callable

    from measuring import Scale

_ENCODED = "encoded"
_LIMIT = 1.6
#: moto writes them one by one, through a client.
_MOTOS_PUTS = 2000


def section(scale: Scale) -> Section:
    """The table about memory: the peak of writing records, for each of them."""
    size = min(scale.records, 100_000)
    rows = [
        Weighed(f"{size:,} records of a small item", size, 0),
        Weighed(f"{size:,} records of an item of 1 KB", size, 1000),
    ]
    return Section("Peak memory, a record", "bytes", (_ENCODED, MOTO), rows)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A row in bytes.

    Attributes:
        name: what is weighed.
        records: how many are written.
        text: how many characters each has beside a key and a number.
    """

    name: str
    records: int
    text: int

    def measure(self, _hurry: int) -> Result:
        """Weigh the records, and their texts alone, and those of moto."""
        peak, encoded = self._ours()
        ratios = {_ENCODED: peak / encoded, MOTO: peak / self._moto()}
        return Result(self.name, peak, ratios, None, {_ENCODED: _LIMIT})

    def _ours(self) -> tuple[float, float]:
        from pytest_ddbstreams import StreamsMock

        streams = StreamsMock()
        stream_of(streams, islice(items(self.text), 10), "warmed-up")
        peak = _peak(lambda: stream_of(streams, islice(items(self.text), self.records)))
        texts = [json.dumps(record.to_dict(), separators=(",", ":")) for record in streams.stream("table").records]
        return peak / self.records, sum(map(len, texts)) / self.records

    def _moto(self) -> float:
        with table_of_moto() as table:
            new = items(self.text)

            def put(count: int) -> None:
                for item in islice(new, count):
                    table.put_item(Item=item)

            put(10)
            return _peak(lambda: put(_MOTOS_PUTS)) / _MOTOS_PUTS


def _peak(write: Callable[[], object]) -> int:
    """How many bytes more than before were in use at once."""
    gc.collect()
    tracemalloc.start()
    try:
        write()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
