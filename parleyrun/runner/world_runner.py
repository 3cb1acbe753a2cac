"""The world runner for programs of an author's own: worlds by their names, and futures of their outcomes."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from types import TracebackType
from typing import Any, Self

from ..core.agents import Agent
from ..core.message import EXIT, Act
from ..core.opt import Opt
from ..core.worlds.function_world import FunctionOnboarding, FunctionOverworld, FunctionTask, world_of_function
from ..errors import WorldError
from ..text import nearest
from .mailbox import Mailbox
from .person import PersonAgent
from .runner import Runner, RunnerSettings
from .timers import ThreadTimers, Timers
from .turn import Outcome, RunIdentity, Turn, outcome_of

log = logging.getLogger(__name__)

SAID_GOODBYE = "the overworld returned EXIT"

AS_PARLAI = RunnerSettings(tick_seconds=0.3)
"""How often ParlAI looks at its worlds."""

FUNCTIONS = {"overworld": FunctionOverworld, "onboarding": FunctionOnboarding, "task": FunctionTask}
"""What a world that is a plain function becomes in each of its three uses."""


class WorldRunner:
    """Runs worlds by their names, as ParlAI's world runner does, for people whom your own program connects.

    `parleyrun.serve` has one inside, with pools, a record and restarts around it. This is for programs that bring
    all that themselves:

        with WorldRunner(Opt(), my_worlds, on_message=show) as runner:
            ann, bob = runner.seat("ann"), runner.seat("bob")
            future = runner.launch_task_world("chat-1", "ChatTaskWorld", [ann, bob])
            ann.put_data({"text": "hello"})
            outcome = future.result()

    Seats may be agents of your own as well, bots among them. What comes to them wakes no world, which then finds
    it when it is looked at next. Constructing starts nothing. All methods are for any thread.
    """

    def __init__(
        self,
        opt: Mapping[str, Any],
        worlds: Any,
        *,
        on_message: Callable[[str, Act], None],
        on_choice: Callable[[Agent, Any], None] = lambda agent, choice: None,
        settings: RunnerSettings = AS_PARLAI,
        timers: Timers | None = None,
    ) -> None:
        """Take what is to be run; nothing is started yet.

        Args:
            opt: Given to every world.
            worlds: Where the worlds are: a module, or anything that has them as attributes.
            on_message: Called with a participant's id and the act, for each one that is shown to the person in a
                seat. On worker threads; for one conversation in order.
            on_choice: Called with the seat and what the overworld's `parley()` returned, once the onboarding is
                over, if there is one. On worker threads. The overworld sleeps until `return_overworld()`.
            settings: How much may run at once. A world is looked at every 0.3 seconds, as in ParlAI, and whenever
                somebody in a seat of this runner says something.
            timers: The clock; whoever gives them starts and closes them. Without them it is this machine's.
        """
        self._opt = opt if isinstance(opt, Opt) else Opt(opt)
        self._worlds = worlds
        self._on_message = on_message
        self._on_choice = on_choice
        self._own_timers: ThreadTimers | None = None
        if timers is None:
            timers = self._own_timers = ThreadTimers()
        self._runner = Runner(timers=timers, commit=self._show, settings=settings)

    def start(self) -> None:
        """Start the clock."""
        if self._own_timers is not None:
            self._own_timers.start()

    def close(self, timeout_seconds: float = 10.0) -> list[RunIdentity]:
        """Stop all runs, and let go of the threads.

        Returns:
            The runs whose worlds did not let go in time.
        """
        stuck = self._runner.close(timeout_seconds)
        if self._own_timers is not None:
            self._own_timers.close()
        return stuck

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def seat(self, participant_id: str, data: dict[str, Any] | None = None) -> PersonAgent:
        """Return a seat for a person. What they say is handed in with its `put_data(act)`.

        Args:
            participant_id: Who sits there.
            data: What your worlds keep of them; the dict itself is used.
        """
        return PersonAgent(participant_id, Mailbox(), data=data)

    def launch_overworld(
        self, task_id: str, world_name: str, onboard_map: Mapping[str, str], agent: Agent
    ) -> Future[Outcome]:
        """Run an overworld for one person, and the onboarding of what they choose.

        Args:
            task_id: What the run is called; no other one may be called so at the same time.
            world_name: The overworld's name.
            onboard_map: The names of onboarding worlds, by what the overworld's `parley()` returns.
            agent: The person's seat.

        Returns:
            How it ended, in the end: once its `parley()` has returned 'EXIT', or it is over by itself.

        Raises:
            WorldError: There is no such world, or the name of the run is taken.
            RunnerClosed: The runner is closed.
        """
        chosen = partial(self._chosen, task_id, dict(onboard_map), agent)
        return self._launch("overworld", task_id, world_name, [agent], chosen)

    def launch_task_world(self, task_id: str, world_name: str, agents: Sequence[Agent]) -> Future[Outcome]:
        """Run a task world for these people.

        Args:
            task_id: What the run is called; no other one may be called so at the same time.
            world_name: The world's name.
            agents: The seats, in order.

        Returns:
            How it ended; `data` of that is the world's. What the world raises is the future's exception. Until
            the world is built, the future can be cancelled.

        Raises:
            WorldError: There is no such world, or the name of the run is taken.
            RunnerClosed: The runner is closed.
        """
        return self._launch("task", task_id, world_name, agents)

    def return_overworld(self, task_id: str) -> bool:
        """Wake an overworld that has sent its person elsewhere, and have its `return_overworld()` called.

        Returns:
            False if there is none that sleeps.
        """
        return self._runner.return_overworld(task_id)

    def person_left(self, task_id: str, agent: PersonAgent) -> None:
        """The person in this seat has gone for good: the world gets their `[DISCONNECT]`."""
        self._runner.person_left(task_id, agent)

    def stop(self, task_id: str, reason: str) -> None:
        """End a run; its `act()` raises `RunStopped`."""
        self._runner.stop(task_id, Outcome("stopped", reason))

    def _launch(
        self,
        use: str,
        task_id: str,
        world_name: str,
        agents: Sequence[Agent],
        on_value: Callable[[Any], None] | None = None,
    ) -> Future[Outcome]:
        world = self._world(world_name, use)
        if self._runner.identity_of(task_id) is not None:
            raise WorldError(f"expected a task_id that no run has at present, got {task_id!r}")
        return self._runner.launch(
            RunIdentity(task_id, task_id, use, world_name),
            partial(world.generate_world, self._opt, list(agents)),
            [agent for agent in agents if isinstance(agent, PersonAgent)],
            on_value=on_value,
        )

    def _world(self, name: str, use: str) -> Any:
        worlds = self._worlds
        world = getattr(worlds, name, None)
        if inspect.isroutine(world):
            return world_of_function(FUNCTIONS[use], world)
        if not callable(getattr(world, "generate_world", None)):
            where = getattr(worlds, "__name__", type(worlds).__name__)
            meant = nearest(name, [known for known in dir(worlds) if hasattr(getattr(worlds, known), "parley")])
            raise WorldError(
                f"expected a world (with generate_world(opt, agents)) or a function at {where}.{name}, "
                f"got {world!r:.60}" + (f"; did you mean {meant}?" if meant else "")
            )
        return world

    def _chosen(self, task_id: str, onboard_map: Mapping[str, str], agent: Agent, choice: Any) -> None:
        """On a worker thread: an overworld has sent its person elsewhere."""
        onboarding = onboard_map.get(choice) if isinstance(choice, str) else None
        if choice == EXIT:
            self._runner.stop(task_id, Outcome("finished", SAID_GOODBYE))
        elif onboarding is None:
            self._on_choice(agent, choice)
        else:
            seat = agent.another() if isinstance(agent, PersonAgent) else agent
            future = self._launch("onboarding", f"{task_id}-onboarding", onboarding, [seat])
            future.add_done_callback(partial(self._onboarded, task_id, agent, choice))

    def _onboarded(self, task_id: str, agent: Agent, choice: Any, future: Future[Outcome]) -> None:
        """On a worker thread: an onboarding is over. Who was turned away goes back to choose again."""
        outcome = outcome_of(future)
        if outcome.kind != "finished" or outcome.data is None:
            self._runner.return_overworld(task_id)
            return
        if isinstance(agent, PersonAgent):
            agent.onboard_data = outcome.data
        try:
            self._on_choice(agent, choice)
        except Exception:  # whoever wrote it is not the world that has ended
            log.exception("on_choice failed for %s", agent.id)

    def _show(self, turn: Turn) -> None:
        for said in turn.said:
            message = said.message if said.moderation is None else said.moderation.shown
            if message is None:
                continue
            try:
                self._on_message(said.participant_id, message.to_act())
            except Exception:  # a fault in showing must not end the conversation
                log.exception("on_message failed for %s", said.participant_id)
