"""Steps around a task, resolved: the forms and the worlds that their names stand for."""

from __future__ import annotations

from pathlib import Path

from ...core.worlds.steps_world import AfterwardsSteps, OnboardingSteps, SoloStep, WaitingSteps
from ..diagnostics import Findings, KeyPath
from ..forms.referred_texts import text_at
from ..schema import Config, StepEntry, TaskConfig
from ..world_classes import WorldFinder
from .step_entries import add_unknown_form


class StepResolver:
    """Finds what stands around tasks.

    Args:
        config: Has the forms.
        finder: Finds the worlds.
        findings: Learns what is missing.
    """

    def __init__(self, config: Config, finder: WorldFinder, findings: Findings) -> None:
        self._config = config
        self._finder = finder
        self._findings = findings

    def onboarding(self, task: TaskConfig) -> type[OnboardingSteps]:
        """Return the class of worlds that ask for what stands under `onboard`."""
        return OnboardingSteps.of_task(task.key, "Onboarding", self._steps(task, "onboard", task.onboard))

    def afterwards(self, task: TaskConfig) -> type[AfterwardsSteps]:
        """Return the class of worlds that ask for what stands under `afterwards`."""
        return AfterwardsSteps.of_task(task.key, "Afterwards", self._steps(task, "afterwards", task.afterwards))

    def meanwhile(self, task: TaskConfig) -> type[WaitingSteps] | None:
        """Return the class of worlds for those who wait, of what stands under `waiting`; None if nothing does."""
        if task.waiting is None or not task.waiting.steps:
            return None
        return WaitingSteps.of_task(
            task.key, "Meanwhile", self._steps(task, "waiting", task.waiting.steps, "steps")
        )

    def waiting_text(self, task: TaskConfig) -> str:
        """Return what those are shown who wait, perhaps from a file; empty for nothing."""
        if task.waiting is None:
            return ""
        path: KeyPath = ("tasks", task.key, "waiting")
        path = (*path, "text") if (*path, "text") in self._config.marks else path
        folder = Path() if self._config.path is None else self._config.path.parent
        return text_at(task.waiting.text, folder, path, self._findings)

    def _steps(self, task: TaskConfig, key: str, entries: tuple[StepEntry, ...], *below: str) -> list[SoloStep]:
        steps = [self._step(task, entry, ("tasks", task.key, key, *below, entry.place)) for entry in entries]
        return [step for step in steps if step is not None]

    def _step(self, task: TaskConfig, entry: StepEntry, path: KeyPath) -> SoloStep | None:
        """Return the step; None, with a finding, if there is no such form or world."""
        world = None
        form = None if entry.kind == "world" else self._config.forms.get(entry.name)
        if form is None:
            if entry.kind == "form" or ("forms", entry.name) in self._config.marks:
                return None  # it was found to be missing, or to be wrong
            if entry.kind == "either" and ":" not in entry.name and not self._finder.knows(entry.name):
                add_unknown_form(entry.name, path, self._config, self._findings, self._finder.classes)
                return None
            at = path if entry.kind == "either" else (*path, "world")
            world = self._finder.step_world(entry.name, task.key, at)
            if world is None:
                return None
        return SoloStep(
            name=entry.name if form is not None else entry.name.rpartition(":")[2],
            form=form,
            world=world,
            when=entry.when,
            time_limit=entry.time_limit,
            again=entry.again,
            outcomes=entry.outcomes,
        )
