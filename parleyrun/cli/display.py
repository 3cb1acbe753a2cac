"""`parleyrun display`: what a task asks, for people to read."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..core.task_names import prepare_tasks
from ..evaluate.task_examples import examples_of
from ..evaluate.tasks_and_agents import find_tasks, make_agent
from .common.authors_code import authors_code, interruptible
from .common.conversation_rows import count
from .common.example_rows import rows_of
from .common.output import quiet_when_unread, wants_color
from .common.progress_bars import fetching
from .common.task_options import DATAPATH, SEED, SETTINGS, TASK, Setting, opt_of


@click.command()
@TASK
@click.option("-n", "--num-examples", "most", type=click.IntRange(1), default=10, show_default=True, metavar="N")
@click.option(
    "--datatype",
    default="train:ordered",
    show_default=True,
    help="Which data, and how: train (shuffled), train:ordered, valid, test; ':stream' reads it as it goes.",
)
@SEED
@DATAPATH
@SETTINGS
def display(
    task: str, most: int, datatype: str, seed: int, datapath: Path | None, settings: tuple[Setting, ...]
) -> None:
    """Show the first examples of a task: what is asked, right answers, candidates, pictures' addresses."""
    opt = opt_of(settings, task=task, model="repeat_label", datatype=datatype, seed=seed, datapath=datapath)
    with interruptible(), authors_code(), quiet_when_unread():
        tasks = find_tasks(task)
        agent = make_agent(opt)
        with fetching() as on_progress:
            prepare_tasks(tasks, opt, on_progress)
        color = wants_color(sys.stdout)
        with examples_of(opt, agent, most) as examples:
            shown = 0
            for act in examples.acts:
                shown += 1
                for row in rows_of(act, color=color):
                    click.echo(row, color=color)
    if examples.episodes is not None and examples.total is not None:
        of = f"{count(examples.total, 'example')} in {count(examples.episodes, 'episode')}"
        click.echo(f"{shown} of {of}", err=True)
