"""The part of the mock that finds: its streams, and the places that arguments name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._exceptions import UnknownStream
from .shard import Shard
from .stream import Stream

if TYPE_CHECKING:
    from .._service import Service


class Finder:
    """What `StreamsMock` can be asked for."""

    _service: Service

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Every stream, of every region, oldest first."""
        with self._service.lock:
            return tuple(Stream(self._service, state) for state in self._service.registry)

    def stream(self, name: str | Stream) -> Stream:
        """The newest stream of a table, or the stream of an ARN.

        Args:
            name: a table's name or a stream's ARN; a stream stands for its ARN.

        Raises:
            UnknownStream: there is none; the text lists those that there are.
        """
        if isinstance(name, Stream):
            name = name.arn
        for stream in reversed(self.streams):
            if name in {stream.table_name, stream.arn}:
                return stream
        there_are = ", ".join(f"{stream.table_name!r} ({stream.arn})" for stream in self.streams) or "none"
        if str(name).startswith("arn:"):
            raise UnknownStream(f"no stream {name!r}; there are: {there_are}")
        raise UnknownStream(
            f"no stream of table {name!r}; there are: {there_are}. "
            f'Create it first: ddbstreams_mock.create_stream({name!r}, key_schema={{"pk": "S"}})'
        )

    def _place(self, stream: Stream | str | None, shard: Shard | str | None) -> tuple[str | None, str | None]:
        """The ARN and the shard id that are meant, each None where any will do."""
        arn = None if stream is None else self.stream(stream).arn
        wanted = shard.id if isinstance(shard, Shard) else shard
        among = [state for state in self._service.registry if arn in {None, state.name.arn}]
        if wanted is not None and not any(state.lineage.by_id.get(wanted) for state in among):
            who = "no stream has a" if arn is None else f"stream {arn} has no"
            raise UnknownStream(f"{who} shard {wanted!r}; stream.shards lists them")
        return arn, wanted
