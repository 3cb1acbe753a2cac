"""Which examples are answered together where their lengths count."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from ...errors import WorldError
from ..opt import whole_number
from ..teachers.datatype import parse_datatype

MODES = ("full", "batchsort")

BUFFER = 1021
"""How many examples are looked at to find similar ones."""

_NO_LIMIT = 2**31


class LengthChoice:
    """Chooses examples of similar length for a batch, as `opt['dynamic_batching']` says.

    Args:
        opt: The options: `dynamic_batching`, `batchsize`, `truncate`, `dynamic_batch_buffer`; and `seed` and
            `process_index` for whom chance decides, which it does with a datatype that has no end.

    Raises:
        WorldError: One of them cannot be used.
    """

    def __init__(self, opt: Mapping[str, Any]) -> None:
        self._full, self._truncate = _mode(opt)
        self._opt = opt
        self._batchsize = whole_number(opt, "batchsize")
        self._by_chance = parse_datatype(opt.get("datatype") or "train").endless
        self.start_over()

    def start_over(self) -> None:
        """Begin with chance anew."""
        opt = self._opt
        self._random = Random(f"{opt.get('seed')}:{opt.get('process_index')}")  # noqa: S311 - the order of examples is no secret

    def buffer(self, episodes: int | None) -> int:
        """Return from how many examples is chosen, where there are so many episodes; None: nobody knows."""
        wanted = whole_number(self._opt, "dynamic_batch_buffer", min(BUFFER, episodes or BUFFER))
        return max(wanted, self._batchsize)

    def length(self, act: Mapping[str, Any], observation: Any) -> int:
        """Return how long an example is: in tokens if the agent made some of it (`text_vec`), else in words."""
        tokens = observation.get("text_vec") if isinstance(observation, Mapping) else None
        length = len(tokens) if tokens is not None else len((act.get("text") or "").split())
        return min(length, self._truncate)

    def choose(self, lengths: Mapping[int, int]) -> list[int]:
        """Return which examples make up the next batch: neighbours in the order of length.

        Args:
            lengths: How long each is, by its number; at least one.
        """
        order = sorted(lengths, key=lambda number: (lengths[number], number))
        # The longest one says how many there is room for, so the others are shorter ones.
        last = self._random.randrange(len(order)) if self._by_chance else len(order) - 1
        room = self._batchsize
        if self._full:
            room = self._batchsize * self._truncate // max(1, lengths[order[last]])
        return order[max(0, last + 1 - room) : last + 1]


def _mode(opt: Mapping[str, Any]) -> tuple[bool, int]:
    """Return whether batches are filled up by length, and the most that an example's length counts as."""
    mode = opt.get("dynamic_batching")
    truncate = opt.get("truncate") or 0
    if mode not in MODES:
        raise WorldError(f"expected one of {', '.join(MODES)} at 'dynamic_batching' of opt, got {mode!r}")
    if not isinstance(truncate, int) or (mode == "full" and truncate < 1):
        raise WorldError(
            "expected a number of words at 'truncate' of opt, as dynamic_batching 'full' fills by it, "
            f"got {truncate!r}"
        )
    return mode == "full", truncate if truncate > 0 else _NO_LIMIT
