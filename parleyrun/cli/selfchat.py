"""`parleyrun selfchat`: two agents talk with each other."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..core.bot_seats.model_source import ModelFigures
from ..evaluate.answers_metric import figures_in
from ..evaluate.conversations_file import conversation_as_json, metadata_of
from ..evaluate.measured_agent import measured
from ..evaluate.models_table import write_models_table
from ..evaluate.opened_agents import open_agents
from ..evaluate.self_chat import Exchange, names_of, self_chats
from .common.authors_code import authors_code, interruptible
from .common.conversation_rows import count
from .common.example_rows import said
from .common.output import metadata_path_of, quiet_when_unread, wants_color, write_lines
from .common.task_options import (
    CONCURRENCY,
    MODEL,
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


@click.command()
@MODEL
@MODELS
@click.option("--partner", metavar="AGENT", help="Whom it talks with.  [default: another one of its kind]")
@click.option("--episodes", type=click.IntRange(1), default=1, show_default=True, help="Conversations.")
@click.option("--turns", type=click.IntRange(1), default=5, show_default=True, help="Rounds in each of them.")
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
def selfchat(
    model: str,
    models_path: Path | None,
    partner: str | None,
    episodes: int,
    turns: int,
    opening: str | None,
    concurrency: int,
    seed: int,
    settings: tuple[Setting, ...],
    partner_settings: tuple[Setting, ...],
    dialogues_path: Path | None,
) -> None:
    """Let AGENT talk with another agent, and show what they say.

    Before each conversation both forget the one before. A conversation ends after --turns, or with an act that
    says `episode_done`.
    """
    metadata_path = metadata_path_of(dialogues_path) if dialogues_path is not None else None
    check_outputs({"--save-dialogues": dialogues_path, "--save-dialogues (metadata)": metadata_path})
    opt = opt_of(settings, model=model, seed=seed)
    partner_opt = {**opt, **dict(partner_settings), "model": partner or model}
    color = wants_color(sys.stdout)
    choices = [choice_of(opt, settings), choice_of(partner_opt, [*settings, *partner_settings])]
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
            episodes=episodes,
            turns=turns,
            opening=opening,
            concurrency=concurrency,
            on_report=lambda report: taken.extend(figures_in(report)),
        )
        for number, conversation in enumerate(conversations):
            if number:
                click.echo()
            dialog: list[Exchange] = []
            for exchange in conversation:
                dialog.append(exchange)
                for line in exchange:
                    shade = _SHADES[names.index(line["id"])]
                    for row in said(line, color=color, shade=shade):
                        click.echo(row, color=color)
            if metadata_path is not None:
                lines.append(conversation_as_json(dialog, metadata_path.name))
        if dialogues_path is not None and metadata_path is not None:
            write_lines(dialogues_path, lines)
            about = without_secrets(opt)
            write_lines(metadata_path, [metadata_of(about, names, self_chat=model == (partner or model))])
    click.echo(count(episodes, "conversation"), err=True)
    if taken:
        write_models_table(taken, sys.stderr, color=wants_color(sys.stderr))
