"""Playing a task of a config with models in all seats, and showing what they say."""

from __future__ import annotations

import logging
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import click

from ...app import exit_codes
from ...app.opened_record import contents_of
from ...config.plan import Plan, load_config
from ...config.schema import Config, StoreConfig
from ...core.conditions import Value
from ...core.create import AGENTS
from ...errors import ConfigError, ModelError
from ...evaluate.conversations_file import DialogueLine, conversation_as_json, metadata_of
from ...evaluate.models_table import write_models_table
from ...evaluate.played_conversation import PlayedConversation, PlayedLine, exchanges_of
from ...evaluate.task_play import TaskPlay
from ...evaluate.task_self_chat import TaskSelfChat
from ...text import did_you_mean, printable
from .conversation_rows import count
from .example_rows import said
from .findings import load_plan_or_exit
from .output import metadata_path_of, quiet_when_unread, wants_color, write_lines
from .task_options import tell_of_model

_SHADES = ("cyan", "yellow", "magenta", "green", "blue", "red")
_NO_NAME = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPlay:
    """What somebody wants to see played.

    `seats` are pairs of a role, empty for all others, and a model, and `conditions` pairs of a name and a value.
    """

    config: Path
    task: str | None
    seats: Sequence[tuple[str, str]]
    conditions: Sequence[tuple[str, str]]
    episodes: int
    rounds: int
    concurrency: int
    seed: int | None
    store: Path | None
    dialogues: Path | None


def play_task(wanted: WantedPlay) -> None:
    """Play it, and show it. Exits with code 2 if a conversation failed."""
    task, added = task_and_models(wanted)
    plan = plan_of_play(wanted, added)
    seats = {role: added.get(model, model) for role, model in wanted.seats}
    for_others = seats.pop("", None) or _only_model_of(plan)
    condition = dict(_value_of(name, value, plan.config) for name, value in wanted.conditions)
    play = TaskPlay(
        task=task,
        models=seats,
        model=for_others,
        condition=condition,
        rounds=wanted.rounds,
        seed=wanted.seed,
    )
    answer = sys.stdout
    with (
        quiet_when_unread(),
        errors_told(),
        redirect_stdout(sys.stderr),  # what author code prints is no part of what is said
        TaskSelfChat(plan, play, tell_of_model, wanted.store) as chat,
    ):
        shown = _Shown(answer, chat.roles)
        for played in chat.conversations(wanted.episodes, wanted.concurrency):
            shown.show(played)
        figures = chat.figures()
    if wanted.dialogues is not None:
        about = {"config": str(wanted.config), "task": task, "models": {**seats, "": for_others}}
        _write_dialogues(wanted.dialogues, shown, about)
    click.echo(f"{count(wanted.episodes, 'conversation')}: {shown.summary()}", err=True)
    if figures:
        write_models_table(figures, sys.stderr, color=wants_color(sys.stderr))
    if shown.outcomes["failed"]:
        raise click.exceptions.Exit(exit_codes.UNUSABLE)


class _Shown:
    """Shows conversations, and keeps what is to be written of them."""

    def __init__(self, out: TextIO, roles: Sequence[str]) -> None:
        self.outcomes: Counter[str] = Counter()
        self.dialogues: list[tuple[Mapping[str, Any], list[list[DialogueLine]]]] = []
        self.speakers: dict[str, None] = {}
        self._out = out
        self._color = wants_color(out)
        self._shades = {role: _SHADES[number % len(_SHADES)] for number, role in enumerate(roles)}

    def show(self, played: PlayedConversation) -> None:
        """Show one, as it goes on."""
        if self.dialogues:
            self._write("")
        if played.condition:
            held = ", ".join(f"{name}: {value}" for name, value in played.condition.items())
            self._write(self._aside(f"({printable(held)})"))
        lines = []
        for line in played.lines():
            for row in self._rows(line):
                self._write(row)
            if not line.to:
                lines.append(line.said)
                self.speakers[line.said["id"]] = None
        self.dialogues.append(({"condition": played.condition} if played.condition else {}, exchanges_of(lines)))
        if played.outcome is not None:
            self.outcomes[played.outcome.kind] += 1

    def summary(self) -> str:
        """Say how they ended."""
        return ", ".join(f"{number} {kind}" for kind, number in self.outcomes.items())

    def _rows(self, line: PlayedLine) -> Iterator[str]:
        if not line.to:
            yield from said(line.said, color=self._color, shade=self._shades.get(line.said["id"], _SHADES[0]))
            return
        speaker = line.said["id"]
        told = {**line.said, "id": f"{speaker} to {', '.join(line.to)}" if speaker else f"to {', '.join(line.to)}"}
        for row in said(told, color=False):
            yield self._aside(row)

    def _aside(self, text: str) -> str:
        return click.style(text, dim=True) if self._color else text

    def _write(self, row: str) -> None:
        click.echo(row, file=self._out, color=self._color)
        self._out.flush()


def _write_dialogues(path: Path, shown: _Shown, about: Mapping[str, Any]) -> None:
    metadata = metadata_path_of(path)
    write_lines(path, [conversation_as_json(dialogue, metadata.name, of) for of, dialogue in shown.dialogues])
    alike = len(set(about["models"].values())) == 1
    write_lines(metadata, [metadata_of(about, list(shown.speakers), self_chat=alike)])


def task_and_models(wanted: WantedPlay) -> tuple[str, dict[str, str]]:
    """Return the key of the task, and the names of the models that the config does not have."""
    try:
        config = load_config(wanted.config)
    except ConfigError:
        load_plan_or_exit(wanted.config)  # which shows more of it
        raise
    added: dict[str, str] = {}
    for _, model in wanted.seats:
        if model not in config.models:
            _check_agent(model, config)
            added.setdefault(model, _free_name(model, {*config.models, *added.values()}))
    return _task_in(config, wanted.task), added


def _check_agent(name: str, config: Config) -> None:
    if ":" not in name and name not in AGENTS.names():
        hint = did_you_mean(name, [*config.models, *AGENTS.names()], "models and agents")
        raise click.UsageError(f"-m: expected a model of the config, or an agent, got '{name}': {hint}")


def _task_in(config: Config, task: str | None) -> str:
    if task is None and len(config.tasks) == 1:
        return next(iter(config.tasks))
    if task is None:
        raise click.UsageError(f"expected --task, one of {', '.join(config.tasks)}")
    if task not in config.tasks:
        hint = did_you_mean(task, config.tasks, "tasks")
        raise click.UsageError(f"--task: expected a task of the config, got '{task}': {hint}")
    return task


def _free_name(reference: str, taken: set[str]) -> str:
    """Return what a model is called that is named by its kind and address: by its last part."""
    last = re.split(r"[:#/]", reference.rstrip("/#"))[-1]
    name = wanted = _NO_NAME.sub("-", last) or "model"
    number = 1
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


def plan_of_play(wanted: WantedPlay, added: Mapping[str, str]) -> Plan:
    """Return the plan of what is played, with the models that its config does not have."""
    overrides: dict[str, Any] = {}
    if added:
        overrides["models"] = {name: {"model": reference} for reference, name in added.items()}
    if wanted.seed is not None:
        overrides["opt"] = {"seed": wanted.seed}
        random.seed(wanted.seed)
    # Models that the config has for nothing else may well be there for this.
    plan = load_plan_or_exit(wanted.config, overrides, untold=("model-not-used",))
    if wanted.store is None:
        return plan
    _refuse_a_record_of_people(wanted.store)
    # Nobody comes back to these conversations, so their worlds need not be on record.
    store = StoreConfig(path=str(wanted.store), snapshots=False)
    return replace(plan, config=replace(plan.config, store=store))


def _refuse_a_record_of_people(store: Path) -> None:
    if not store.exists():
        return
    contents = contents_of(store)
    if contents.people or contents.going_on:
        what = "people" if contents.people else "conversations that go on"
        raise click.UsageError(f"--store: {store} is a record with {what}: expected one of its own, or a new file")


def _value_of(name: str, text: str, config: Config) -> tuple[str, Value]:
    """Return the value of a condition that is written like that; a text that is none is refused later on."""
    condition = config.conditions.get(name)
    known = () if condition is None else condition.values
    return name, next((value for value in known if str(value).casefold() == text.casefold()), text)


def _only_model_of(plan: Plan) -> str | None:
    return next(iter(plan.models)) if len(plan.models) == 1 else None


@contextmanager
def errors_told() -> Iterator[None]:
    """Tell on standard error of conversations that fail: with a traceback, unless a model has failed."""
    handler = logging.StreamHandler()
    handler.setFormatter(_FailureFormatter("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


class _FailureFormatter(logging.Formatter):
    """Leaves the traceback of a model's failure out: it says nothing that the message does not say."""

    def format(self, record: logging.LogRecord) -> str:
        if record.exc_info and isinstance(record.exc_info[1], ModelError):
            record = copy(record)
            record.exc_info = record.exc_text = None
        return printable(super().format(record), "\n  ")
