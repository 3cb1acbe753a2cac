"""The order in which a copy of a teacher goes through its episodes."""

from __future__ import annotations

from array import array
from random import Random

from .shards import Shard

_KEPT = 4


class Shuffles:
    """The order of each epoch, made from a seed when it is first asked for.

    One object serves all copies in a process; the few orders that copies stand in at the same time are kept.
    """

    def __init__(self, count: int, seed: int) -> None:
        self._count = count
        self._seed = seed
        self._orders: dict[int, array[int]] = {}

    def order(self, epoch: int) -> array[int]:
        """Return the numbers of all episodes, in the order of that epoch (counted from 0)."""
        order = self._orders.get(epoch)
        if order is None:
            order = array("Q", range(self._count))
            # A string is hashed the same way everywhere, so the order is too.
            Random(f"{self._seed}:{epoch}").shuffle(order)  # noqa: S311 - an order of examples is no secret
            while len(self._orders) >= _KEPT:
                del self._orders[next(iter(self._orders))]
            self._orders[epoch] = order
        return order

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_orders": {}}


class EpisodeOrder:
    """One copy's way through `count` episodes.

    All copies together go along one sequence, epoch after epoch (or a single pass, if not `endless`): copy k of
    n has the places k, k + n, k + 2n of it. So in a single pass every episode comes up once in all, whatever n.
    """

    def __init__(self, count: int, shard: Shard, *, endless: bool, shuffles: Shuffles | None = None) -> None:
        self._count = count
        self._step = shard.count
        self._place = shard.index
        self._endless = endless and count > 0
        self._shuffles = shuffles

    def more(self) -> bool:
        """Return whether there is another episode for this copy."""
        return self._endless or self._place < self._count

    def next(self) -> int:
        """Return the number of the next episode. Only where `more()`."""
        place = self._place
        self._place = place + self._step
        if not self._endless:
            return place
        epoch, place = divmod(place, self._count)
        return place if self._shuffles is None else self._shuffles.order(epoch)[place]
