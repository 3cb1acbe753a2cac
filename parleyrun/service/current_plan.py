"""The current plan: what holds for everything that begins from now on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..config.plan import Plan
from ..store.snapshot import Snapshots
from .desk import Desk


class CurrentPlan:
    """A plan that another one may take the place of. What goes on keeps what it was begun with.

    Any thread may read it. It is changed on the desk, so that no job there sees two plans.

    Args:
        plan: The one that holds at first.
    """

    def __init__(self, plan: Plan) -> None:
        self.now = plan
        """The plan that holds now."""
        self._told: list[Callable[[Plan], None]] = []

    def on_change(self, told: Callable[[Plan], None]) -> None:
        """Have a function called, on the desk, with each plan that comes to hold."""
        self._told.append(told)

    def change(self, plan: Plan) -> None:
        """Let another plan hold. On the desk."""
        self.now = plan
        for told in self._told:
            told(plan)

    def before_delivery(self, message: Any, seat: Any) -> Any:
        """Do what the world module's function of that name does now; nothing where it has none."""
        hook = self.now.before_delivery
        return None if hook is None else hook(message, seat)


class PlanChanges:
    """Has other plans hold while a service runs. Any thread but the desk's.

    Args:
        plan: What holds.
        desk: Where it is changed.
        pickles: Put worlds on record, those of earlier plans too.
    """

    def __init__(self, plan: CurrentPlan, desk: Desk, pickles: Snapshots) -> None:
        self._plan = plan
        self._desk = desk
        self._pickles = pickles

    def take(self, plan: Plan) -> None:
        """Let another plan hold for whatever begins from now on. Returns once it does."""
        self._pickles.know(plan.opt)
        self._desk.put(self._plan.change, plan)
        self._desk.wait_idle()

    def import_anew(self, modules: Iterable[str]) -> None:
        """Modules are about to be imported anew: worlds of theirs that go on are put on record by their names."""
        self._pickles.import_anew(modules)
