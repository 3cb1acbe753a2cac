"""Where an evaluation is written down while it goes on, and how one that was cut off is gone on with."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from ...config.models.model_entries import is_secret
from ...errors import TaskError
from ...evaluate.lanes.error_policy import ErrorPolicy, parse_policy
from ...evaluate.log.evaluation_log import EvaluationLog, LogContent, LogHead, logs_in, read_log
from ..common.given_options import refuse_given
from ..common.task_options import Setting, without_secrets

LOG = click.option(
    "--log",
    "log_folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write each example there as it is answered, in a file for this evaluation.",
)
RESUME = click.option(
    "--resume",
    "resumed",
    type=click.Path(path_type=Path, exists=True),
    metavar="DIR",
    help="Go on with the evaluation in DIR, or in that file, that was cut off. Asks those again that went wrong.",
)


def _policy_of(_context: click.Context, _parameter: click.Parameter, text: str) -> ErrorPolicy:
    try:
        return parse_policy(text)
    except TaskError as error:
        raise click.BadParameter(str(error)) from None


ON_ERROR = click.option(
    "--on-error",
    "policy",
    default="skip",
    show_default=True,
    callback=_policy_of,
    metavar="WHAT",
    help="What to do when an example goes wrong: skip it, stop, or retry:N times and then skip it.",
)
TIMEOUT = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="How long an answer may take. One that takes longer has gone wrong.",
)
LIMIT_COST = click.option(
    "--limit-cost",
    type=click.FloatRange(min=0, min_open=True),
    metavar="AMOUNT",
    help="Ask no more once so much is spent, in the currency of the models' prices.",
)

CACHE = click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep answers of a model there, and do not ask it the same again.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRequest:
    """What is to be evaluated: all that the figures depend on.

    Attributes:
        task: The tasks, as they were named.
        model: The agent.
        models_path: The file of models; None for none.
        datatype: Which data.
        num_examples: How many of each task at most.
        repeats: How many times each is asked.
        seed: Where chance begins.
        seed_given: Whether somebody said so.
        metrics: What is measured, as it was named.
        datapath: Where data is.
        settings: What else is in opt.
    """

    task: str
    model: str
    models_path: Path | None
    datatype: str
    num_examples: int | None
    repeats: int
    seed: int
    seed_given: bool
    metrics: str | None
    datapath: Path | None
    settings: tuple[Setting, ...]

    def head(self, tasks: tuple[str, ...], opt: Mapping[str, Any]) -> LogHead:
        """Return the first line of its log."""
        about = {
            **{name: getattr(self, name) for name in _SAVED},
            "models": None if self.models_path is None else str(self.models_path.resolve()),
            "models_sha256": digest_of(self.models_path),
            "datapath": None if self.datapath is None else str(self.datapath.resolve()),
            "settings": without_secrets(dict(self.settings)),
        }
        began = datetime.now().astimezone().isoformat(timespec="seconds")
        return LogHead(tasks=tasks, opt=opt, about=about, began=began)


OnLog = Callable[[LogContent, EvaluationLog], str]
"""Given all that was written down, and where more can be; says why more is to be done, empty if nothing is."""

_SAVED = ("task", "model", "datatype", "num_examples", "repeats", "seed", "seed_given", "metrics")
_FIXED = (
    "config",
    "task",
    "wanted",
    "user_model",
    "goals",
    "turns",
    "models_path",
    "datatype",
    "num_examples",
    "repeats",
    "seed",
    "metrics",
    "log_folder",
)
"""The parameters of what an evaluation that goes on has from its beginning."""


def log_to_resume(path: Path) -> LogContent:
    """Return the log that is gone on with: of a folder the newest that has not come to its end, or the newest."""
    *older, newest = logs_in(path)
    content = read_log(newest)
    if content.report is not None:
        content = next((each for each in map(read_log, reversed(older)) if each.report is None), content)
    return content


def refuse_what_is_fixed() -> None:
    """Refuse options beside `--resume` that an evaluation has from its beginning. Raises `UsageError`."""
    refuse_given("is of what was begun, and --resume goes on with that", *_FIXED)


def resumed_request(content: LogContent, now: EvaluationRequest) -> EvaluationRequest:
    """Return what the evaluation is of that goes on.

    Args:
        content: What is on record of it.
        now: What the command line says, of which keys and the place of the data are taken.

    Raises:
        UsageError: Something else is asked for than what was begun.
    """
    refuse_what_is_fixed()
    about = {"repeats": 1, **content.head.about}
    _refuse_other_settings(about["settings"], now.settings)
    models = None if about["models"] is None else Path(about["models"])
    if digest_of(models) != about["models_sha256"]:
        raise click.UsageError(f"--resume: {models} is not what it was when {content.path} was begun")
    return replace(
        now,
        **{name: about[name] for name in _SAVED},
        models_path=models,
        datapath=now.datapath or (None if about["datapath"] is None else Path(about["datapath"])),
        settings=tuple({**about["settings"], **dict(now.settings)}.items()),
    )


def _refuse_other_settings(saved: Mapping[str, Any], given: tuple[Setting, ...]) -> None:
    for key, value in given:
        if not is_secret(key) and (key not in saved or saved[key] != value):
            raise click.UsageError(f"-o {key}: --resume goes on with what was begun; only keys may be given again")


def digest_of(path: Path | None) -> str | None:
    """Return what names the content of a file; None where there is none."""
    if path is None or not path.is_file():
        return None
    return sha256(path.read_bytes()).hexdigest()


@contextmanager
def opened_log(folder: Path | None, resumed: LogContent | None, head: LogHead) -> Iterator[EvaluationLog]:
    """Yield the log of an evaluation: a new file of the folder, or the one that is gone on with.

    Without either it is a file that is gone after the block. If something ends an evaluation that has a file of
    its own, one line says how to go on with it.
    """
    if folder is None and resumed is None:
        with TemporaryDirectory(prefix="parleyrun-eval-") as own:
            log = EvaluationLog.begin(Path(own), "evaluation", head)
            try:
                yield log
            finally:
                log.close()
        return
    if resumed is not None:
        log = EvaluationLog.resume(resumed.path)
    else:
        assert folder is not None
        stamp = datetime.now().strftime("%Y-%m-%dT%H-%M-%S")
        log = EvaluationLog.begin(folder, f"{stamp}_{'_'.join(head.tasks)}_{head.opt['model']}", head)
    try:
        yield log
    except BaseException:
        click.echo(f"what was answered is kept: parleyrun eval --resume {shlex.quote(str(log.path))}", err=True)
        raise
    finally:
        log.close()
