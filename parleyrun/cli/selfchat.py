"""`parleyrun selfchat`: two agents talk with each other."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..evaluate.conversations_file import conversation_as_json, metadata_of
from ..evaluate.self_chat import Exchange, names_of, self_chats
from ..evaluate.tasks_and_agents import make_agent
from .common.authors_code import authors_code, interruptible
from .common.conversation_rows import count
from .common.example_rows import said
from .common.output import metadata_path_of, quiet_when_unread, wants_color, write_lines
from .common.task_options import MODEL, SAVE_DIALOGUES, SEED, SETTINGS, Setting, check_outputs, opt_of, settings_of

_SHADES = ("cyan", "yellow")


@click.command()
@MODEL
@click.option("--partner", metavar="AGENT", help="Whom it talks with.  [default: another one of its kind]")
@click.option("--episodes", type=click.IntRange(1), default=1, show_default=True, help="Conversations.")
@click.option("--turns", type=click.IntRange(1), default=5, show_default=True, help="Rounds in each of them.")
@click.option("--opening", metavar="TEXT", help="What the partner said before AGENT begins.")
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
    partner: str | None,
    episodes: int,
    turns: int,
    opening: str | None,
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
    lines: list[str] = []
    with interruptible(), authors_code(), quiet_when_unread():
        agents = [make_agent(opt), make_agent(partner_opt)]
        names = names_of(agents)
        conversations = self_chats(opt, agents, episodes=episodes, turns=turns, opening=opening)
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
            write_lines(metadata_path, [metadata_of(opt, names, self_chat=model == (partner or model))])
    click.echo(count(episodes, "conversation"), err=True)
