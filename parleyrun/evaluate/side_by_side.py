"""Copies of a world side by side, each stepped on a thread of its own: their agents mostly wait for a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ..core.asking import shut_down
from ..core.metrics.metrics import Report, add_reports
from ..core.sharing import create_world_from_shared, override_opts_in_shared
from ..core.worlds.world import World
from .thread_crew import ThreadCrew


class SideBySideWorld(World):
    """Copies of a world that share its examples out as processes do, and go through them at the same time.

    One `parley()` is all of it: it returns once every copy is through. What one of them raises ends the others,
    and is raised here; so does Ctrl-C. Answers that are under way then are not waited for.

    Args:
        opt: The options, any mapping; it is never changed.
        world: What to make copies of. It makes no step itself, and is shut down with them.
        copies: How many.
    """

    def __init__(self, opt: Mapping[str, Any], world: World, copies: int) -> None:
        super().__init__(opt, world.agents)
        self.world = world
        self.worlds = copies_of(world, copies)
        self._crew = ThreadCrew([partial(_go_through, copy) for copy in self.worlds])

    def parley(self) -> None:
        """Go through everything."""
        self._crew.run()

    def epoch_done(self) -> bool:
        return all(world.epoch_done() for world in self.worlds)

    def report(self) -> Report:
        """Return what all copies measured."""
        return add_reports(self.world.report(), *(world.report() for world in self.worlds))

    def get_total_exs(self) -> int:
        """Return how many examples are done so far. Any thread."""
        return sum(world.get_total_exs() for world in self.worlds)

    def getID(self) -> str:
        return self.world.getID()

    def num_examples(self) -> int | None:
        return self.world.num_examples()

    def num_episodes(self) -> int | None:
        return self.world.num_episodes()

    def shutdown(self) -> None:
        """Shut the copies down, but for those whose thread has not ended, and the world they are copies of."""
        at_rest = [copy for number, copy in enumerate(self.worlds) if self._crew.is_at_rest(number)]
        shut_down((*at_rest, self.world))


def copies_of(world: World, copies: int) -> list[Any]:
    """Return copies of a world, of which each has its share of the episodes."""
    table = world.share()
    return [
        create_world_from_shared(override_opts_in_shared(table, {"process_index": index, "processes": copies}))
        for index in range(copies)
    ]


def _go_through(world: World, is_over: Callable[[], bool]) -> None:
    while not is_over() and not world.epoch_done():
        world.parley()
