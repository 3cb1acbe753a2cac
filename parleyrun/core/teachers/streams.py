"""Episodes that are read as they are needed, and never held whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ...errors import TaskError
from .examples import Example
from .shards import Shard

Opener = Callable[[], Iterator[list[Example]]]


class EpisodeStream:
    """One reading of a task's data, shared by the copies of its teacher within a process.

    A process reads everything and keeps its share of the episodes; its copies take the next one when they need
    it. So every episode comes up once over all copies of all processes, and each process reads only once.
    `endless` begins again at the end. Not for several threads.
    """

    def __init__(self, open_data: Opener, shard: Shard, *, endless: bool, source: str) -> None:
        self._open: Opener | None = open_data
        self.shard = shard
        self._endless = endless
        self._source = source
        self.restart()

    def restart(self) -> None:
        """Begin anew, for all who share it."""
        self._reading: Iterator[list[Example]] | None = None
        self._read = 0
        self.given = 0
        """How many episodes its readers have taken since it began."""
        self._ahead: list[Example] | None = None
        self._looked = False

    @property
    def live(self) -> bool:
        """Whether it can be read from: one that came from another process cannot."""
        return self._open is not None

    def more(self) -> bool:
        """Return whether there is another episode. Reads one ahead."""
        if not self._looked:
            self._ahead = self._next_of_mine()
            self._looked = True
        return self._ahead is not None

    def next(self) -> Sequence[Example]:
        """Return the next episode. Only where `more()`."""
        self.more()
        episode, self._ahead, self._looked = self._ahead, None, False
        if episode is None:
            raise TaskError(f"{self._source} has come to its end")
        self.given += 1
        return episode

    def _next_of_mine(self) -> list[Example] | None:
        assert self._open is not None
        began = 0
        while True:
            if self._reading is None:
                self._reading = self._open()
                began += 1
            for episode in self._reading:
                self._read += 1
                if (self._read - 1) % self.shard.count == self.shard.index:
                    return episode
            if self._read == 0:
                raise TaskError(f"{self._source}: expected examples, got none")
            if not self._endless:
                return None
            # With fewer episodes than processes, a process may have to read several times to come to its own.
            if began > self.shard.count:
                raise TaskError(f"{self._source}: expected the same examples at each reading, got none")
            self._reading = None

    def __getstate__(self) -> dict[str, object]:
        # A file that is being read cannot go to another process, which has a share of its own anyway.
        return {**self.__dict__, "_open": None, "_reading": None, "_ahead": None, "_looked": False, "_read": 0}
