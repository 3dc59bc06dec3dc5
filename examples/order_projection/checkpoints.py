"""Checkpoints: the position up to which each shard was read.

A consumer keeps its checkpoints in any mutable mapping from shard id to `Checkpoint`. A dict loses them at the end of
the process, `JsonCheckpoints` keeps them in a file, and a mapping over a database table shares them between machines.
"""

from __future__ import annotations

import json
import os
from collections.abc import MutableMapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Checkpoint:
    """A position in a shard: behind the record `after`, at the trim horizon if that is None, or past the end."""

    after: str | None = None
    is_finished: bool = False


class JsonCheckpoints(MutableMapping[str, Checkpoint]):
    """Checkpoints of one stream in a JSON file. The file is replaced whole, so a crash cannot damage it."""

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        stored = json.loads(self._path.read_text()) if self._path.exists() else {}
        self._checkpoints = {shard_id: Checkpoint(**fields) for shard_id, fields in stored.items()}

    def __getitem__(self, shard_id: str) -> Checkpoint:
        return self._checkpoints[shard_id]

    def __setitem__(self, shard_id: str, checkpoint: Checkpoint) -> None:
        self._checkpoints[shard_id] = checkpoint
        self._store()

    def __delitem__(self, shard_id: str) -> None:
        del self._checkpoints[shard_id]
        self._store()

    def __iter__(self) -> Iterator[str]:
        return iter(self._checkpoints)

    def __len__(self) -> int:
        return len(self._checkpoints)

    def _store(self) -> None:
        draft = self._path.with_name(f"{self._path.name}.draft")
        with draft.open("w") as file:
            json.dump({shard_id: asdict(each) for shard_id, each in self._checkpoints.items()}, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
