"""Forms, and worlds among them, that one person goes through alone: before a task, and after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ..conditions import Value, When, holds
from ..forms.form import Form
from ..seats import Seat
from .world import World

FORMS_DONE = "forms_done"
"""Under this key of their `stored_data` stand somebody's answers to the forms of onboardings, in this visit."""

AFTERWARDS = "afterwards"
"""Under this key of their `stored_data` stands, by task, how a conversation `ended`, and their `answers` then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoloStep:
    """A form to be filled in, or a world to be gone through.

    Attributes:
        name: The form's name; of a world that of its class.
        form: The form; None for a world.
        world: The world; None for a form.
        when: For which values of conditions it is there; None for all.
        time_limit: How many seconds the form may take; None for as long as it takes.
        again: Whether the form is asked of those, too, who have filled it in during this visit.
        outcomes: After which ends of a conversation it is there.
    """

    name: str
    form: Form | None = None
    world: type[Any] | None = None
    when: When | None = None
    time_limit: float | None = None
    again: bool = False
    outcomes: tuple[str, ...] = ()

    def applies(self, condition: Mapping[str, Value]) -> bool:
        """Return whether it is there for somebody with these values of conditions."""
        return self.when is None or holds(self.when, condition)

    def is_known_from(self, done: Mapping[str, Any]) -> bool:
        """Return whether it need not be asked, as it is among the forms that somebody has filled in."""
        return self.form is not None and not self.again and self.name in done


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """The `data` of steps that a form has ended; `part` says how, as one of the outcomes of a visit."""

    part: str


class StepsWorld(World):
    """Goes through steps, one after the other. In `data` are the answers, by form, and what worlds have found out.

    Args:
        opt: The options.
        agents: The seat of the person.
        task: The key of the task.
        steps: What is to be gone through.
        data: What is known already.
    """

    of_steps: ClassVar[tuple[SoloStep, ...]] = ()
    """All that a task may ask for; what of it is asked is up to each person."""

    of_key: ClassVar[str] = ""

    over = False

    def __init__(
        self,
        opt: Mapping[str, Any],
        agents: Sequence[Seat],
        task: str,
        steps: Iterable[SoloStep],
        data: Mapping[str, Any],
    ) -> None:
        super().__init__(opt, agents)
        self.task = task
        self.to_do = list(steps)
        self.data = dict(data)
        self.visited: Any = None

    @classmethod
    def of_task(cls, task: str, name: str, steps: Sequence[SoloStep]) -> type[Self]:
        """Return a class of that name for a task; its `generate_world` makes worlds of this one."""
        return type(name, (cls,), {"of_steps": tuple(steps), "of_key": task, "__doc__": cls.__doc__})

    def parley(self) -> None:
        while self.to_do and not self.over:
            step = self.to_do[0]
            is_open = self._is_filled_in(step, step.form) if step.form else self._is_visited(step)
            if is_open:
                return
            self.to_do = self.to_do[1:]
        self.over = True

    def episode_done(self) -> bool:
        return self.over

    def shutdown(self) -> None:
        self._leave_visited()

    def keep(self, name: str, answers: dict[str, Any]) -> None:
        """Keep the answers to a form beyond this world."""

    def _is_filled_in(self, step: SoloStep, form: Form) -> bool:
        """Ask a form, or go on with it. Returns whether it is still open."""
        result = self.agents[0].ask(form, step.time_limit)
        if result is None:
            return True
        if result.done:
            answers = dict(result)
            self.data = {**self.data, step.name: answers}
            self.keep(step.name, answers)
        else:
            part = "timed_out" if result.status == "timed_out" else result.outcome
            self.over, self.data = True, TurnedAway(part) if part else None
        return False

    def _is_visited(self, step: SoloStep) -> bool:
        """Begin a world, or go on with it. Returns whether its person is still in it."""
        agent = self.agents[0]
        # Each time, as a restored seat knows only what was found out before these steps.
        agent.onboard_data = self.data
        if self.visited is None:
            assert step.world is not None
            self.visited = step.world.generate_world(self.opt, self.agents)
        self.visited.parley()
        if not self.visited.episode_done():
            return True
        found = getattr(self.visited, "data", {})
        self._leave_visited()
        if found is None or agent.episode_done():
            self.over, self.data = True, None
        else:
            self.data = {**self.data, **(found if isinstance(found, Mapping) else {step.name: found})}
        return False

    def _leave_visited(self) -> None:
        world, self.visited = self.visited, None
        if hasattr(world, "shutdown"):
            world.shutdown()


class OnboardingSteps(StepsWorld):
    """Steps before a task. A form that was filled in during this visit is not asked again, unless it says so."""

    @classmethod
    def generate_world(cls, opt: Mapping[str, Any], agents: Sequence[Seat]) -> World:
        done = agents[0].stored_data.get(FORMS_DONE, {})
        steps = [step for step in cls.of_steps if step.applies(agents[0].condition)]
        known = {step.name: done[step.name] for step in steps if step.is_known_from(done)}
        return OnboardingSteps(opt, agents, cls.of_key, [step for step in steps if step.name not in known], known)

    def keep(self, name: str, answers: dict[str, Any]) -> None:
        stored = self.agents[0].stored_data
        stored[FORMS_DONE] = {**stored.get(FORMS_DONE, {}), name: answers}


class WaitingSteps(StepsWorld):
    """Steps for somebody who waits for others. They are left where they are once the others are there."""

    @classmethod
    def steps_for(cls, condition: Mapping[str, Value]) -> list[SoloStep]:
        """Return the steps for somebody with these values of conditions."""
        return [step for step in cls.of_steps if step.applies(condition)]

    @classmethod
    def generate_world(cls, opt: Mapping[str, Any], agents: Sequence[Seat]) -> World:
        return WaitingSteps(opt, agents, cls.of_key, cls.steps_for(agents[0].condition), {})


class AfterwardsSteps(StepsWorld):
    """Steps after a conversation, by how it has ended."""

    @classmethod
    def steps_after(cls, ended: str, condition: Mapping[str, Value]) -> list[SoloStep]:
        """Return the steps for somebody whose conversation has ended so."""
        return [step for step in cls.of_steps if ended in step.outcomes and step.applies(condition)]

    @classmethod
    def generate_world(cls, opt: Mapping[str, Any], agents: Sequence[Seat]) -> World:
        ended = agents[0].stored_data.get(AFTERWARDS, {}).get(cls.of_key, {}).get("ended", "")
        return AfterwardsSteps(opt, agents, cls.of_key, cls.steps_after(ended, agents[0].condition), {})

    def keep(self, name: str, answers: dict[str, Any]) -> None:
        stored = self.agents[0].stored_data
        of_tasks = stored.get(AFTERWARDS, {})
        of_task = of_tasks.get(self.task, {})
        kept = {**of_task, "answers": {**of_task.get("answers", {}), name: answers}}
        stored[AFTERWARDS] = {**of_tasks, self.task: kept}
