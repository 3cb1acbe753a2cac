"""Options that the commands of the world library have in common, and the opt they make."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

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
}
"""Keys of opt that are set by an option of their own, and by nothing else."""

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


TASK = click.option(
    "-t",
    "--task",
    required=True,
    help="A task, or several with commas between them, or '#QA'; yours are my.module:Class.",
)
MODEL = click.option(
    "-m",
    "--model",
    required=True,
    metavar="AGENT",
    help="An agent by name, such as ir_baseline, or my.module:Class.",
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
