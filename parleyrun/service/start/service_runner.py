"""The runner of a service: what it does at once, what it shows people, and what its bots have in common."""

from __future__ import annotations

from ...core.bot_seats.bot_desk import BotMeans
from ...runner.recorder import WorldSnapshots
from ...runner.run_context import SeatSigns
from ...runner.runner import Runner, RunnerMaker, RunnerSettings
from ...runner.seats.form_means import FormMeans
from ...runner.timers import Timers
from ...runner.turn import Commit
from ..bots.moderator import before_delivery_of
from ..current_plan import CurrentPlan
from ..screens import Screens


def runner_of(
    plan: CurrentPlan,
    timers: Timers,
    commit: Commit,
    signs: SeatSigns,
    screens: Screens,
    snapshots: WorldSnapshots | None,
    means: BotMeans | None,
    make: RunnerMaker = Runner,
) -> Runner:
    """Return the runner that a plan asks for.

    Args:
        plan: What holds for whatever begins now.
        timers: The clock.
        commit: Records a turn.
        signs: What people are shown besides words.
        screens: Know who is shown forms as a whole.
        snapshots: How worlds are put on record; None where they are not.
        means: What all bots have in common; None where there are no models.
        make: Makes it; by default it executes all runs on threads of this process.
    """
    config = plan.now.config
    return make(
        timers=timers,
        commit=commit,
        signs=signs,
        settings=RunnerSettings(
            max_workers=config.max_workers,
            max_threads=config.max_threads,
            tick_seconds=config.tick_seconds,
            grace_seconds=config.disconnect_grace,
            before_delivery=before_delivery_of(plan, means, timers.clock),
            forms=FormMeans(texts=config.form_texts, shows=screens.show_forms),
        ),
        snapshots=snapshots,
        bot_means=means,
    )
