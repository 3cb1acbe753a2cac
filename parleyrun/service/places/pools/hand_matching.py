"""Matching by hand: a group that an operator has put together, of people who wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ....config.plan import TaskPlan
from ....errors import OperatorError
from ....runner.runner import Runner
from ...desk import Desk
from ..role_giving import give_roles
from .matching import Match
from .pool import Entry
from .waiting import Waiting


class HandMatching:
    """Matches people whatever the rules of their task say. Runs on the desk; roles are given on a worker.

    Args:
        waiting: Where they wait.
        runner: Has the author's code run.
        desk: Where it goes on.
        person_name: What people are called in a task that gives no roles.
    """

    def __init__(self, waiting: Waiting, runner: Runner, desk: Desk, person_name: str) -> None:
        self._waiting = waiting
        self._runner = runner
        self._desk = desk
        self._person_name = person_name

    def match(self, people: Sequence[str], then: Callable[[OperatorError | str], None]) -> None:
        """Match these people.

        Args:
            people: Their ids.
            then: Called on the desk, in the job in which their conversation begins, with the task's key; or with
                what is in the way.

        Raises:
            OperatorError: They cannot be matched; `then` is not called.
        """
        entries = [self._entry(who) for who in people]
        task = self._waiting.task_of(entries[0])
        if any(self._waiting.task_of(entry).key != task.key for entry in entries):
            raise OperatorError("expected people who wait for the same task, got several tasks")
        if not task.fewest <= len(entries) <= task.agents_required or len({*people}) < len(people):
            size = f"{task.fewest} to {task.agents_required}"
            raise OperatorError(f"expected {size} different people for '{task.key}', got {len({*people})}")
        self._runner.call(lambda: self._give_roles(task, entries, then))

    def _entry(self, who: str) -> Entry:
        entry = self._waiting.entry_of(who)
        if entry is None or not entry.session.present:
            raise OperatorError(f"expected somebody who waits and is here, got {who}")
        return entry

    def _give_roles(
        self, task: TaskPlan, entries: list[Entry], then: Callable[[OperatorError | str], None]
    ) -> None:
        """On a worker: seat them in the order in which they were named."""
        agents = [entry.session.new_agent() for entry in entries]
        refused: OperatorError | None = None
        try:
            give_roles(task, agents, self._person_name)
        except BaseException as error:  # author code may raise anything at all
            refused = OperatorError(f"assign_roles of '{task.key}' failed: {type(error).__name__}")
        if refused is None and any(agent.role is None for agent in agents):
            refused = OperatorError(f"assign_roles of '{task.key}' has turned one of them down")
        match = Match(tuple(entries), tuple(agents))
        self._desk.put(self._begin, task, match, refused, then)

    def _begin(
        self,
        task: TaskPlan,
        match: Match,
        refused: OperatorError | None,
        then: Callable[[OperatorError | str], None],
    ) -> None:
        if refused is None and not self._waiting.take_by_hand(match):
            refused = OperatorError("one of them does not wait any more")
        then(task.key if refused is None else refused)
