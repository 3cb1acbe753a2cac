"""Copies of a world side by side, each stepped on a thread of its own: their agents mostly wait for a server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from ..core.asking import shut_down
from ..core.metrics.metrics import Report, add_reports
from ..core.sharing import create_world_from_shared, override_opts_in_shared
from ..core.thinking import SURROUNDINGS, CallLater, Thinking
from ..core.worlds.world import World
from ..errors import WorldError

END_SECONDS = 2.0
"""How long those who are being asked are waited for once one of them has failed."""


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
        table = world.share()
        self._crew = _Crew(
            [
                create_world_from_shared(
                    override_opts_in_shared(table, {"process_index": index, "processes": copies})
                )
                for index in range(copies)
            ]
        )

    def parley(self) -> None:
        """Go through everything."""
        self._crew.run()

    def epoch_done(self) -> bool:
        return all(world.epoch_done() for world in self._crew.worlds)

    def report(self) -> Report:
        """Return what all copies measured."""
        return add_reports(self.world.report(), *(world.report() for world in self._crew.worlds))

    def get_total_exs(self) -> int:
        """Return how many examples are done so far. Any thread."""
        return sum(world.get_total_exs() for world in self._crew.worlds)

    def getID(self) -> str:
        return self.world.getID()

    def num_examples(self) -> int | None:
        return self.world.num_examples()

    def num_episodes(self) -> int | None:
        return self.world.num_episodes()

    def shutdown(self) -> None:
        """Shut the copies down, but for those whose thread has not ended, and the world they are copies of."""
        shut_down((*self._crew.at_rest(), self.world))


class _Crew:
    """A thread for each world."""

    def __init__(self, worlds: list[Any]) -> None:
        self.worlds = worlds
        self._changed = threading.Condition()  # guards the two below
        self._busy: set[int] = set()
        self._failure: BaseException | None = None
        self._asking = _Asking()

    def run(self) -> None:
        """Step each world to the end of its epoch, all at the same time."""
        self._asking = _Asking()
        try:
            for number in range(len(self.worlds)):
                self._start(number)
            with self._changed:
                self._changed.wait_for(lambda: self._failure is not None or not self._busy)
        finally:
            # Where all went well nobody is left to be told; else, after Ctrl-C too, the others are to let go.
            self._asking.end()
            with self._changed:
                self._changed.wait_for(lambda: not self._busy, END_SECONDS)
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def at_rest(self) -> list[Any]:
        """Return the worlds that nobody steps any more."""
        with self._changed:
            return [world for number, world in enumerate(self.worlds) if number not in self._busy]

    def _start(self, number: int) -> None:
        # A daemon, as the answer of a slow server must not keep the process from ending.
        thread = threading.Thread(
            target=self._go_through, args=(number,), name=f"parleyrun-eval-{number}", daemon=True
        )
        with self._changed:
            try:
                thread.start()
            except RuntimeError as error:
                raise WorldError(
                    f"expected {len(self.worlds)} threads, and the system gives {number}: lower the concurrency"
                ) from error
            self._busy.add(number)

    def _go_through(self, number: int) -> None:
        asking, world = self._asking, self.worlds[number]
        SURROUNDINGS.set(asking)
        failure: BaseException | None = None
        try:
            while not asking.is_over() and not world.epoch_done():
                world.parley()
        except BaseException as error:  # raised again on the thread that waits for it
            failure = error
        with self._changed:
            self._busy.discard(number)
            if not asking.is_over():
                self._failure = self._failure or failure
            self._changed.notify_all()


class _Asking:
    """The surroundings of agents that are asked side by side: all end together. Any thread."""

    bots = None

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the two below
        self._is_over = False
        self._wakes: set[threading.Event] = set()

    def end(self) -> None:
        """Nobody waits for an answer any more."""
        with self._lock:
            self._is_over = True
            wakes = list(self._wakes)
        for wake in wakes:
            wake.set()

    def think(self, work: Callable[[Thinking], Any]) -> Any:
        return work(self)

    def is_over(self) -> bool:
        return self._is_over

    def wait(self, seconds: float, call_later: CallLater) -> None:
        wake = threading.Event()
        with self._lock:
            if self._is_over:
                return
            self._wakes.add(wake)
        call_later(seconds, wake.set)
        wake.wait()
        with self._lock:
            self._wakes.discard(wake)
