"""`parleyrun selfchat`: two agents talk with each other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from ..core.agents import Agent
from ..core.worlds.dialog import MultiAgentDialogWorld
from ..evaluate.conversations_file import Message, line_of, message_of, metadata_of
from .common.authors_code import authors_code, interruptible
from .common.conversation_rows import count
from .common.example_rows import said
from .common.output import metadata_path_of, quiet_when_unread, wants_color, write_lines
from .common.task_options import MODEL, SAVE_DIALOGUES, SEED, SETTINGS, Setting, check_outputs, opt_of, settings_of
from .common.tasks_and_agents import make_agent

_SHADES = ("cyan", "yellow")

Exchange = list[Message]


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
        with MultiAgentDialogWorld(opt, agents) as world:
            for episode in range(episodes):
                if episode:
                    click.echo()
                dialog: list[Exchange] = []
                for exchange in conversation(world, names, turns, opening):
                    dialog.append(exchange)
                    for message in exchange:
                        shade = _SHADES[names.index(message["id"])]
                        for row in said(message, color=color, shade=shade):
                            click.echo(row, color=color)
                if metadata_path is not None:
                    lines.append(line_of(dialog, metadata_path.name))
        if dialogues_path is not None and metadata_path is not None:
            write_lines(dialogues_path, lines)
            write_lines(metadata_path, [metadata_of(opt, names, self_chat=model == (partner or model))])
    click.echo(count(episodes, "conversation"), err=True)


def names_of(agents: list[Agent]) -> list[str]:
    """Return what to call the agents, whatever they call themselves: nobody must be taken for the other."""
    names = [agent.getID() for agent in agents]
    if len(set(names)) == len(names):
        return names
    return [f"{name} {number}" for number, name in enumerate(names, 1)]


def conversation(
    world: MultiAgentDialogWorld, names: list[str], turns: int, opening: str | None
) -> Iterator[Exchange]:
    """Hold one conversation from the beginning; yield what was said in each round of it."""
    world.reset()
    if opening is not None:
        said_first = {"id": names[1], "text": opening}
        world.agents[0].observe(said_first)
        yield [said_first]
    for _ in range(turns):
        world.parley()
        acts = world.get_acts()
        yield [message_of(act, name) for act, name in zip(acts, names, strict=True) if act is not None]
        if world.episode_done():
            return
