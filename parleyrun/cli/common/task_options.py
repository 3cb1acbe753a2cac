"""Options that the commands of the world library have in common, and the opt they make."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import click

from ...app import exit_codes
from ...config.models.model_entries import is_secret
from ...config.models.model_kinds import ModelPlan
from ...evaluate.opened_agents import AgentChoice
from ...text import printable
from .findings import render_findings
from .given_options import was_given
from .output import wants_color

OWN_OPTIONS = {
    "task": "--task",
    "model": "--model",
    "datatype": "--datatype",
    "seed": "--seed",
    "metrics": "--metrics",
    "datapath": "--datapath",
    "batchsize": "--batchsize",
    "numthreads": "--processes",
    "num_examples": "--num-examples",
    "repeat": "--repeats",
}
"""Keys of opt that are set by an option of their own, and by nothing else."""

MOST_AT_ONCE = 4096
"""Each has a thread."""

Setting = tuple[str, Any]


def settings_of(_context: click.Context, _parameter: click.Parameter, given: Sequence[str]) -> tuple[Setting, ...]:
    """Convert `key=value` texts: a value is JSON, or else a text as it stands."""
    return tuple(map(_setting, given))


def _setting(given: str) -> Setting:
    key, equals, text = given.partition("=")
    if not equals or not key.isidentifier():
        raise click.BadParameter(f"expected KEY=VALUE, such as ir_history=2, got '{given}'")
    if key in OWN_OPTIONS:
        raise click.BadParameter(f"'{key}' has an option of its own, {OWN_OPTIONS[key]}")
    return key, _parsed(text)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def task_option(*, required: bool) -> Callable[[Any], Any]:
    """Return the option that names tasks."""
    text = "A task, or several with commas between them, or '#QA'; yours are my.module:Class."
    return click.option("-t", "--task", required=required, help=text)


def model_option(*, required: bool) -> Callable[[Any], Any]:
    """Return the option that names an agent."""
    text = "An agent by name, such as ir_baseline, or my.module:Class; with --models one of those."
    return click.option("-m", "--model", required=required, metavar="AGENT", help=text)


TASK = task_option(required=True)
MODELS = click.option(
    "--models",
    "models_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Models by name, as under models: in a config, or such a config itself.",
)
CONCURRENCY = click.option(
    "--concurrency",
    type=click.IntRange(1, MOST_AT_ONCE),
    default=1,
    show_default=True,
    metavar="N",
    help="How many answers are waited for at the same time, of a model behind a server.",
)
SEED = click.option("--seed", type=int, default=0, show_default=True, help="Where chance begins.")
DATAPATH = click.option(
    "--datapath",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where data is, and where it is fetched to.  [default: $PARLEYRUN_DATAPATH, or ~/.cache/parleyrun/data]",
)
SETTINGS = click.option(
    "-o",
    "--option",
    "settings",
    multiple=True,
    callback=settings_of,
    metavar="KEY=VALUE",
    help="Anything else that a task or agent reads from opt. May be repeated.",
)


def file_option(name: str, parameter: str, purpose: str) -> Callable[[Any], Any]:
    """Return an option for a file to write, which the command is given as a path."""
    return click.option(name, parameter, type=click.Path(path_type=Path), metavar="FILE", help=purpose)


SAVE_DIALOGUES = file_option(
    "--save-dialogues",
    "dialogues_path",
    "Write what was said there, in ParlAI's conversations format, and its .metadata.",
)


def opt_of(settings: Sequence[Setting], **given: Any) -> dict[str, Any]:
    """Return an opt of the settings and of what else is not None. A path becomes a text."""
    known = {key: str(value) if isinstance(value, Path) else value for key, value in given.items()}
    return {**dict(settings), **{key: value for key, value in known.items() if value is not None}}


def without_secrets(opt: Mapping[str, Any]) -> dict[str, Any]:
    """Return an opt for a file that others may read: keys and tokens are left out."""
    return {key: value for key, value in opt.items() if not is_secret(key)}


def choice_of(opt: Mapping[str, Any], settings: Sequence[Setting]) -> AgentChoice:
    """Return the agent that an opt names; what the user gave are its settings, and the seed if they said one."""
    said = {"seed"} if was_given("seed") else set()
    return AgentChoice(opt=opt, given=frozenset({key for key, _ in settings} | said))


def models_in(path: Path | None) -> Mapping[str, ModelPlan]:
    """Return the models of a file, none without one; otherwise say what is wrong with it, and exit with code 2."""
    if path is None:
        return {}
    from ...config.models.models_file import read_models  # and with it YAML

    with redirect_stdout(sys.stderr):
        models, findings = read_models(path)
    if findings:
        click.echo(render_findings(findings, wants_color(sys.stderr)), err=True)
    if models is None:
        raise click.exceptions.Exit(exit_codes.UNUSABLE)
    return models


def tell_of_model(line: str) -> None:
    """Show on standard error how a model was opened."""
    click.echo(printable(line), err=True)


def check_outputs(files: Mapping[str, Path | None]) -> None:
    """Refuse files that could not be written, or would be written twice, before there is anything to lose."""
    seen: dict[Path, str] = {}
    for option, path in files.items():
        if path is None:
            continue
        if not path.resolve().parent.is_dir():
            raise click.UsageError(f"{option}: there is no folder {path.parent}")
        if path.is_dir():
            raise click.UsageError(f"{option}: {path} is a folder, expected the name of a file")
        other = seen.setdefault(path.resolve(), option)
        if other != option:
            raise click.UsageError(f"{other} and {option} would both write to {path}: choose another file")
