"""Which share of a task's episodes belongs to which of its copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import TaskError


@dataclass(frozen=True, slots=True)
class Shard:
    """Copy `index` of `count`: it has the episodes index, index + count, index + 2 * count and so on."""

    index: int = 0
    count: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.index < self.count:
            raise TaskError(f"expected the number of a copy from 0 to {self.count - 1}, got {self.index}")


def process_shard(opt: Mapping[str, Any]) -> Shard:
    """Return the share of the process, from `process_index` and `processes`."""
    if opt.get("process_index") is None:
        return Shard()
    return Shard(int(opt["process_index"]), int(opt.get("processes") or 1))


def shard_of(opt: Mapping[str, Any]) -> Shard:
    """Return the share of one copy among all in all processes.

    `batchindex` and `batchsize` number the copies within a process. An opt without `batchindex` is no copy in
    a batch, whatever its `batchsize`, and has all that its process has.
    """
    process = process_shard(opt)
    if opt.get("batchindex") is None:
        return process
    batch = Shard(int(opt["batchindex"]), int(opt.get("batchsize") or 1))
    return Shard(process.index * batch.count + batch.index, process.count * batch.count)
