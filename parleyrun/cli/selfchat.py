"""`parleyrun selfchat`: two agents talk with each other, or models play a task."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ..core.bot_seats.model_source import ModelFigures
from ..evaluate.answers_metric import figures_in
from ..evaluate.conversations_file import conversation_as_json, metadata_of
from ..evaluate.measured_agent import measured
from ..evaluate.models_table import write_models_table
from ..evaluate.opened_agents import open_agents
from ..evaluate.self_chat import Exchange, names_of, self_chats
from .common.authors_code import authors_code, interruptible
from .common.config_argument import ConfigPath
from .common.conversation_rows import count
from .common.example_rows import said
from .common.given_options import refuse_given, was_given
from .common.output import metadata_path_of, quiet_when_unread, wants_color, write_lines
from .common.store_files import in_a_file
from .common.task_options import (
    CONCURRENCY,
    MODELS,
    SAVE_DIALOGUES,
    SEED,
    SETTINGS,
    Setting,
    check_outputs,
    choice_of,
    models_in,
    opt_of,
    settings_of,
    tell_of_model,
    without_secrets,
)

_SHADES = ("cyan", "yellow")
_ROUNDS = 5
_ROUNDS_OF_TASKS = 50
_WITH_CONFIG = ("task", "conditions", "store_path")
_WITHOUT_CONFIG = ("models_path", "partner", "opening", "settings", "partner_settings")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Talk:
    """What two agents are to do. The first pair are their options, of which the others were given by the user."""

    opts: tuple[dict[str, Any], dict[str, Any]]
    settings: tuple[Sequence[Setting], Sequence[Setting]]
    episodes: int
    turns: int
    opening: str | None
    concurrency: int


def _conditions_of(
    _context: click.Context, _parameter: click.Parameter, given: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    pairs = [text.partition("=") for text in given]
    for name, equals, value in pairs:
        if not name or not equals or not value:
            raise click.BadParameter(f"expected NAME=VALUE, got '{name}{equals}{value}'")
    return tuple((name, value) for name, _, value in pairs)


@click.command()
@click.argument("config", required=False, type=ConfigPath())
@click.option(
    "-m",
    "--model",
    "wanted",
    multiple=True,
    metavar="AGENT",
    help="An agent by name, such as ir_baseline, or my.module:Class; with --models one of those. With CONFIG "
    "MODEL or ROLE=MODEL for the places of people: a model of CONFIG, or an agent.",
)
@MODELS
@click.option("--task", help="Which task of CONFIG.  [default: the only one]")
@click.option(
    "--condition",
    "conditions",
    multiple=True,
    callback=_conditions_of,
    metavar="NAME=VALUE",
    help="What a condition of CONFIG is.  [default: each combination in turn]",
)
@click.option("--partner", metavar="AGENT", help="Whom it talks with.  [default: another one of its kind]")
@click.option("--episodes", type=click.IntRange(1), default=1, show_default=True, help="Conversations.")
@click.option(
    "--turns",
    type=click.IntRange(1),
    help=f"Rounds in each of them at most.  [default: {_ROUNDS}, with CONFIG {_ROUNDS_OF_TASKS}]",
)
@click.option("--opening", metavar="TEXT", help="What the partner said before AGENT begins.")
@CONCURRENCY
@SEED
@SETTINGS
@click.option(
    "-p",
    "--partner-option",
    "partner_settings",
    multiple=True,
    callback=settings_of,
    metavar="KEY=VALUE",
    help="The same for the partner only. May be repeated.",
)
@SAVE_DIALOGUES
@click.option(
    "--store",
    "store_path",
    callback=in_a_file,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Keep the record of CONFIG's conversations there.  [default: nowhere]",
)
def selfchat(
    config: Path | None,
    wanted: tuple[str, ...],
    models_path: Path | None,
    task: str | None,
    conditions: tuple[tuple[str, str], ...],
    partner: str | None,
    episodes: int,
    turns: int | None,
    opening: str | None,
    concurrency: int,
    seed: int,
    settings: tuple[Setting, ...],
    partner_settings: tuple[Setting, ...],
    dialogues_path: Path | None,
    store_path: Path | None,
) -> None:
    """Let AGENT talk with another agent, or models play a task of CONFIG, and show what they say.

    Before each conversation both agents forget the one before. A conversation ends after --turns, or with an act
    that says `episode_done`.

    With CONFIG the world of the task is played as it is served, with a bot in each seat: its own bots, and models
    in the places of people. Nobody waits for anything but the models. Exits with 2 if a conversation failed.
    """
    _check_options(with_config=config is not None)
    metadata_path = metadata_path_of(dialogues_path) if dialogues_path is not None else None
    check_outputs(
        {"--save-dialogues": dialogues_path, "--save-dialogues (metadata)": metadata_path, "--store": store_path}
    )
    if config is not None:
        from .common.played_tasks import WantedPlay, play_task  # and with it all that a service is made of

        with interruptible(), authors_code():
            play_task(
                WantedPlay(
                    config=config,
                    task=task,
                    seats=tuple(map(_seat, wanted)),
                    conditions=conditions,
                    episodes=episodes,
                    rounds=turns or _ROUNDS_OF_TASKS,
                    concurrency=concurrency,
                    seed=seed if was_given("seed") else None,
                    store=store_path,
                    dialogues=dialogues_path,
                )
            )
        return
    if len(wanted) != 1:
        raise click.UsageError(
            f"expected one -m AGENT, or a CONFIG whose task is played, got {len(wanted)} agents"
        )
    opt = opt_of(settings, model=wanted[0], seed=seed)
    partner_opt = {**opt, **dict(partner_settings), "model": partner or wanted[0]}
    talk = _Talk(
        opts=(opt, partner_opt),
        settings=(settings, (*settings, *partner_settings)),
        episodes=episodes,
        turns=turns or _ROUNDS,
        opening=opening,
        concurrency=concurrency,
    )
    _hold(talk, models_path, dialogues_path, metadata_path)


def _check_options(*, with_config: bool) -> None:
    if with_config:
        refuse_given("is not for the tasks of a CONFIG", *_WITHOUT_CONFIG)
    else:
        refuse_given("is for the tasks of a CONFIG only", *_WITH_CONFIG)


def _seat(wanted: str) -> tuple[str, str]:
    """Return the role, empty for all others, and the model of `ROLE=MODEL`; an address may hold a `=` too."""
    role, equals, model = wanted.partition("=")
    return (role, model) if equals and ":" not in role else ("", wanted)


def _show(conversation: Iterable[Exchange], names: Sequence[str], *, color: bool) -> list[Exchange]:
    """Show what is said in a conversation as it comes; return all of it."""
    dialog: list[Exchange] = []
    for exchange in conversation:
        dialog.append(exchange)
        for line in exchange:
            for row in said(line, color=color, shade=_SHADES[names.index(line["id"])]):
                click.echo(row, color=color)
    return dialog


def _hold(talk: _Talk, models_path: Path | None, dialogues_path: Path | None, metadata_path: Path | None) -> None:
    """Have agents talk, and show what they say."""
    opt, partner_opt = talk.opts
    choices = [choice_of(own, given) for own, given in zip(talk.opts, talk.settings, strict=True)]
    color = wants_color(sys.stdout)
    lines: list[str] = []
    taken: list[ModelFigures] = []
    with (
        interruptible(),
        authors_code(),
        quiet_when_unread(),
        open_agents(choices, models_in(models_path), tell_of_model) as opened,
    ):
        agents = [measured(agent, opt) for agent in opened]
        names = names_of(agents)
        conversations = self_chats(
            opt,
            agents,
            episodes=talk.episodes,
            turns=talk.turns,
            opening=talk.opening,
            concurrency=talk.concurrency,
            on_report=lambda report: taken.extend(figures_in(report)),
        )
        for number, conversation in enumerate(conversations):
            if number:
                click.echo()
            dialog = _show(conversation, names, color=color)
            if metadata_path is not None:
                lines.append(conversation_as_json(dialog, metadata_path.name))
        if dialogues_path is not None and metadata_path is not None:
            write_lines(dialogues_path, lines)
            alike = opt["model"] == partner_opt["model"]
            write_lines(metadata_path, [metadata_of(without_secrets(opt), names, self_chat=alike)])
    click.echo(count(talk.episodes, "conversation"), err=True)
    if taken:
        write_models_table(taken, sys.stderr, color=wants_color(sys.stderr))
