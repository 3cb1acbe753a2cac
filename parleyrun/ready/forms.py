"""Forms: a task in which nobody talks, and all is asked by the forms around it."""

from __future__ import annotations

from .ready_world import ReadyWorld


class Forms(ReadyWorld):
    """A task of forms alone, of one person: a questionnaire.

    What is asked stands under `onboard` of the task, or under `afterwards`. Between the two there is nothing: this
    world is over as soon as it begins, with the outcome `finished`.
    """

    MAX_AGENTS = 1

    asks_nothing = True
    """Says to a plan that its task is of no use without forms."""

    def parley(self) -> None:
        """Nothing is left to do."""

    def episode_done(self) -> bool:
        return True
