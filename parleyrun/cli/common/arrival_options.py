"""Options of arrivals that are played, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ...config.plan import Plan
from .given_options import refuse_given

if TYPE_CHECKING:
    from ...checks.arrival_play import ArrivalPlay

_Command = TypeVar("_Command", bound=Callable[..., Any])

ARRIVALS = 1_000
"""How many are played where something depends on them."""


def arrival_options(command: _Command) -> _Command:
    """Give a command `--arrivals`, `--every`, `--talk`, `--drop-out` and `--seed`."""
    options = (
        click.option(
            "--arrivals",
            type=click.IntRange(0, 100_000),
            metavar="N",
            help="Play so many arrivals in virtual time; 0 for none. By default 1000, where conditions, rules or "
            "sizes decide who is matched with whom.",
        ),
        click.option(
            "--every",
            type=click.FloatRange(0.001),
            default=20.0,
            show_default=True,
            metavar="SECONDS",
            help="How long there is between two arrivals, on average.",
        ),
        click.option(
            "--talk",
            type=click.FloatRange(0.001),
            default=300.0,
            show_default=True,
            metavar="SECONDS",
            help="How long a conversation takes, on average.",
        ),
        click.option(
            "--drop-out",
            type=click.FloatRange(0, 1),
            default=0.05,
            show_default=True,
            metavar="PART",
            help="Which part of people leaves in mid-conversation.",
        ),
        click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same play."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def played_arrivals(
    plan: Plan, arrivals: int | None, assumed: Mapping[str, Any], *, by_default: bool
) -> ArrivalPlay | None:
    """Play arrivals; None where none are asked for, or nothing depends on them.

    Args:
        plan: The checked config.
        arrivals: How many are asked for; None where nothing was said.
        assumed: The other options.
        by_default: Whether to play where nothing was said.
    """
    if arrivals is None and by_default and _is_worth_playing(plan):
        arrivals = ARRIVALS
    if not arrivals:
        refuse_given("is of arrivals that are played, and none are: expected --arrivals N beside it", *assumed)
        return None
    from ...checks.arrival_play import ArrivalPlay, ArrivalSettings  # with the whole service, so only where needed
    from ...testing.virtual_timers import VirtualTimers

    play = ArrivalPlay(plan, VirtualTimers(), ArrivalSettings(arrivals=arrivals, **assumed))
    play.play()
    return play


def _is_worth_playing(plan: Plan) -> bool:
    """Whether it depends on more than one number whom people are matched with."""
    return bool(plan.config.conditions) or any(task.size or task.config.matching for task in plan.tasks.values())
