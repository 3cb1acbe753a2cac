"""ParlAI's functions for several machines, as they are on one: there is nobody else."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, TypeVar

_T = TypeVar("_T")


def is_distributed() -> bool:
    """Whether there are others. There are not."""
    return False


def is_primary_worker() -> bool:
    """Whether this is the one that writes. It is."""
    return True


def num_workers() -> int:
    """Return how many there are."""
    return 1


def get_rank() -> int:
    """Return which one this is, from 0."""
    return 0


def get_dist_group() -> None:
    """Return the group of all, which there is none of."""
    return


def sync_object(data: _T, max_size: int = 16384) -> _T:
    """Return what the first one has of it."""
    return data


def sync_parameters(model: Any) -> bool:
    """Say that all have the same."""
    return True


def all_gather_list(data: _T) -> list[_T]:
    """Return what each of them has."""
    return [data]


def check_synced_parameters(model: Any) -> None:
    """All have the same, as there is one."""


def override_print(suppress: bool = False, prefix: str | None = None) -> Any:
    """Return a context in which printing is as ever."""
    return nullcontext()


def distributed_context(*_places: Any, **_how: Any) -> Any:
    """Return a context in which there is nobody else."""
    return nullcontext()
