"""`parleyrun models`: what a config's models are, and whether they answer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import click

from ..bots.model_shelf import ModelShelf
from ..config.models.model_kinds import ModelPlan
from ..config.plan import Plan
from ..runner.timers import ThreadTimers
from ..text import printable
from .common.authors_code import interruptible
from .common.config_argument import ConfigPath
from .common.findings import load_plan_or_exit
from .common.output import quiet_when_unread

_SHOWN = ("name", "base_url")
"""Settings that say which model it is, of kinds that have them."""


@click.group()
def models() -> None:
    """Look at the models of a config, and ask them."""


@models.command()
@click.argument("config", type=ConfigPath())
def check(config: Path) -> None:
    """Build the models of CONFIG and ask each one once, those with 'check: false' too.

    A line for each says how long it took, or what is wrong with it and how to mend it. Nobody is let in, and
    module_initialize is not run. Exits with 0 if all answer, 2 if one does not.
    """
    plan = load_plan_or_exit(config)
    timers = ThreadTimers()
    shelf = ModelShelf({name: _to_be_asked(model) for name, model in plan.models.items()}, timers)
    if not len(shelf):
        click.echo(f"{config}: no models")
        return
    answer = sys.stdout

    def tell(line: str) -> None:
        click.echo(printable(line), file=answer)

    timers.start()
    try:
        with interruptible(), redirect_stdout(sys.stderr):  # what a model's code prints is no part of the answer
            shelf.start(tell)
    finally:
        shelf.close()
        timers.close()


@models.command("list")
@click.argument("config", type=ConfigPath())
def list_models(config: Path) -> None:
    """List the models of CONFIG: their names, kinds, and where they sit. No server is asked."""
    plan = load_plan_or_exit(config)
    rows = [
        (name, model.config.kind, _described(model), _seats_of(name, plan)) for name, model in plan.models.items()
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    with quiet_when_unread():
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False) if width]
            click.echo(printable("  ".join([*cells, row[3]]).rstrip(), " "))


def _to_be_asked(model: ModelPlan) -> ModelPlan:
    return replace(model, config=replace(model.config, check=True))


def _described(model: ModelPlan) -> str:
    settings = model.config.settings
    # In the query of an address there may be a key.
    return " at ".join(str(settings[name]).partition("?")[0] for name in _SHOWN if name in settings)


def _seats_of(name: str, plan: Plan) -> str:
    return ", ".join(_places_of(name, plan)) or "in no task"


def _places_of(name: str, plan: Plan) -> Iterator[str]:
    """Yield where a model sits, or may come to sit: `haggle (Seller)`, and that it moderates."""
    moderation = plan.config.moderation
    if moderation is not None and moderation.model == name:
        yield "moderation"
    for key, task in plan.tasks.items():
        bots = [*task.bots.items(), *([] if task.fill_with is None else [("fill_with", task.fill_with.bot)])]
        where = [role for role, bot in bots if bot.model == name]
        where += [f"in place of {role}" for role, bot in bots if bot.on_error.replace_with == name]
        if where:
            yield f"{key} ({', '.join(where)})"
