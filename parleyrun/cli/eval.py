"""`parleyrun eval`: how well an agent does a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from ..core.metrics.bleu import BleuMetric
from ..core.metrics.scores import Scores
from ..core.teachers.datatype import parse_datatype
from ..evaluate.evaluation import WHICH_OF_BOTH
from ..evaluate.lanes.error_policy import ErrorPolicy
from ..evaluate.log.evaluation_log import LogContent
from ..evaluate.logged_evaluation import EvaluationSettings
from .common.authors_code import authors_code, interruptible
from .common.config_argument import ConfigPath
from .common.given_options import refuse_given, was_given
from .common.output import metadata_path_of
from .common.task_options import (
    CONCURRENCY,
    DATAPATH,
    MODELS,
    SAVE_DIALOGUES,
    SEED,
    SETTINGS,
    Setting,
    check_outputs,
    file_option,
    task_option,
)
from .evaluations.evaluation_command import EvaluationCommand
from .evaluations.evaluation_logs import (
    CACHE,
    LIMIT_COST,
    LOG,
    ON_ERROR,
    RESUME,
    TIMEOUT,
    EvaluationRequest,
    log_to_resume,
    refuse_what_is_fixed,
    resumed_request,
)
from .evaluations.evaluation_output import say, write_files
from .evaluations.host_options import HostsRequest, hosts_options
from .evaluations.judge_command import (
    JUDGE,
    JUDGE_LABELS,
    RUBRIC,
    JudgeRequest,
    LogReader,
    judge_request,
    opened_judges,
)

_WITH_CONFIG = ("user_model", "goals", "turns")
_WITHOUT_CONFIG = (
    "models_path",
    "datatype",
    "batchsize",
    "processes",
    "num_examples",
    "metrics",
    "datapath",
    "settings",
    "cache",
    "dialogues_path",
    "plot_path",
)


@click.command()
@click.argument("config", required=False, type=ConfigPath())
@task_option(required=False)
@click.option(
    "-m",
    "--model",
    "wanted",
    multiple=True,
    metavar="AGENT",
    help="An agent by name, such as ir_baseline, or my.module:Class; with --models one of those. With CONFIG "
    "ROLE=MODEL for other places than the user's.",
)
@MODELS
@click.option(
    "--user-model", metavar="MODEL", help="What plays the user in CONFIG: one of its models, or an agent."
)
@click.option(
    "--goals",
    type=click.Path(path_type=Path, exists=True),
    metavar="FILE",
    help="What users of CONFIG want: JSON lines.",
)
@click.option(
    "--turns", type=click.IntRange(1), default=50, show_default=True, help="Lines of each in CONFIG at most."
)
@click.option("--datatype", default="valid", show_default=True, help="Which data: valid, test or train:evalmode.")
@click.option("--batchsize", type=click.IntRange(1), default=1, show_default=True, help="Examples at a time.")
@click.option("--processes", type=click.IntRange(1), default=1, show_default=True, help="Processes to share it.")
@CONCURRENCY
@click.option("--num-examples", type=click.IntRange(1), metavar="N", help="The first N of each task only.")
@click.option(
    "--repeats", type=click.IntRange(1), default=1, show_default=True, help="Times that each example is asked."
)
@SEED
@click.option(
    "--metrics",
    help="Some of accuracy, f1, hits, rouge, bleu, chrf, … or all (docs/worlds.md).  [default: the first three]",
)
@DATAPATH
@SETTINGS
@LOG
@RESUME
@ON_ERROR
@TIMEOUT
@LIMIT_COST
@CACHE
@JUDGE
@RUBRIC
@JUDGE_LABELS
@hosts_options
@click.option("--intervals", is_flag=True, help="Show what each figure is worth: its error and its interval.")
@file_option("--report", "report_path", "Write the figures there as JSON.")
@SAVE_DIALOGUES
@file_option("--plot", "plot_path", "Draw the accuracy in each task there, as SVG.")
def eval(
    config: Path | None,
    task: str | None,
    wanted: tuple[str, ...],
    models_path: Path | None,
    user_model: str | None,
    goals: Path | None,
    turns: int,
    datatype: str,
    batchsize: int,
    processes: int,
    concurrency: int,
    num_examples: int | None,
    repeats: int,
    seed: int,
    metrics: str | None,
    datapath: Path | None,
    settings: tuple[Setting, ...],
    log_folder: Path | None,
    resumed: Path | None,
    policy: ErrorPolicy,
    timeout: float | None,
    limit_cost: float | None,
    cache: Path | None,
    judges: tuple[str, ...],
    rubric_path: Path | None,
    labels_path: Path | None,
    on_hosts: HostsRequest | None,
    intervals: bool,
    report_path: Path | None,
    dialogues_path: Path | None,
    plot_path: Path | None,
) -> None:
    """Let AGENT do a task once, and say how well it did.

    The figures are the same to the last digit whatever --batchsize, --processes and --concurrency are, and so are
    the files, for an agent whose answers depend on nothing but the dialogue (and --seed). An example that goes
    wrong costs no other one: it is named, and in no figure. With --log what was answered outlasts whatever ends
    this. With --repeats each example is asked anew so many times, and pass^k says how often k answers are all
    right.

    With CONFIG a model plays users with goals in its task, and the task's world says by `reward()` how well each
    conversation went.

    With --engine ray agents answer on hosts of a Ray cluster, each a process of its own; --batchsize and
    --concurrency are of each. What a lost host was at is done again by another one, and counts once.
    """
    judging = judge_request(judges, rubric_path, labels_path, concurrency, limit_cost)
    log_before = None if resumed is None else log_to_resume(resumed)
    how = EvaluationSettings(concurrency=concurrency, timeout=timeout, policy=policy, limit_cost=limit_cost)
    if config is not None or (log_before is not None and "user_model" in log_before.head.about):
        _simulate(
            config,
            log_before,
            {
                "task": task,
                "user_model": user_model,
                "seats": tuple(map(_seat, wanted)),
                "goals": goals,
                "turns": turns,
                "seed": seed if was_given("seed") else None,
                "repeats": repeats,
            },
            how,
            judging,
            log_folder,
            report_path,
            on_hosts,
        )
        return
    refuse_given("is for the tasks of a CONFIG only", *_WITH_CONFIG)
    missing = "--task" if task is None else "one --model" if wanted else "--model"
    if resumed is None and (task is None or len(wanted) != 1):
        raise click.UsageError(f"expected {missing}, or --resume with a log")
    request = EvaluationRequest(
        task=task or "",
        model=wanted[0] if wanted else "",
        models_path=models_path,
        datatype=datatype,
        num_examples=num_examples,
        repeats=repeats,
        seed=seed,
        seed_given=was_given("seed"),
        metrics=metrics,
        datapath=datapath,
        settings=settings,
    )
    if log_before is not None:
        request = resumed_request(log_before, request)
    intervals = intervals or request.repeats > 1 or judging is not None
    _check_options(request, plot_path)
    _check_sharing_out(batchsize, processes, concurrency, request.models_path)
    if on_hosts is not None:
        _check_hosts(processes, batchsize, timeout)
    if timeout is not None and batchsize > 1 and processes == 1:
        raise click.UsageError("--timeout: in a batch no single answer can be given up; expected --processes")
    files = {"--report": report_path, "--plot": plot_path, "--save-dialogues": dialogues_path}
    metadata_path = metadata_path_of(dialogues_path) if dialogues_path is not None else None
    check_outputs({**files, "--save-dialogues (metadata)": metadata_path})
    command = EvaluationCommand(
        request=request,
        settings=_going_on(how, request.repeats, log_before),
        log_folder=log_folder,
        resumed=log_before,
        sharing={"batchsize": batchsize, "numthreads": processes},
        cache=cache,
        intervals=intervals,
        is_judged=judging is not None,
        on_hosts=on_hosts,
    )
    with interruptible(), authors_code(), opened_judges(judging, request.models_path) as panel:
        reader = LogReader(panel)
        found = command.run(
            dialogues_path, metadata_path, reader if intervals or report_path is not None else None
        )
        scores = found.scores()
        write_files(scores, found, command.about, report_path, plot_path, reader)
    say(scores, found, reader, intervals=intervals)


def _seat(wanted: str) -> tuple[str, str]:
    role, equals, model = wanted.partition("=")
    if not role or not equals or not model:
        raise click.UsageError(f"-m: expected ROLE=MODEL with a CONFIG, got '{wanted}'")
    return role, model


def _simulate(
    config: Path | None,
    log_before: LogContent | None,
    asked: Mapping[str, Any],
    settings: EvaluationSettings,
    judging: JudgeRequest | None,
    log_folder: Path | None,
    report_path: Path | None,
    on_hosts: HostsRequest | None,
) -> None:
    """Simulate users in a task of a config, or go on with that."""
    from .evaluations.simulation_command import SimulationRequest, request_of, simulate  # and with it the service

    refuse_given("is not for the tasks of a CONFIG", *_WITHOUT_CONFIG)
    check_outputs({"--report": report_path})
    if log_before is not None:
        refuse_what_is_fixed()
        request = request_of(log_before)
    elif config is None or asked["user_model"] is None:
        raise click.UsageError("expected --user-model with a CONFIG: who plays the user")
    else:
        request = SimulationRequest(config=config, **asked)
    how = _going_on(settings, request.repeats, log_before)
    with interruptible(), authors_code(), opened_judges(judging, request.config) as panel:
        reader = LogReader(panel)
        found = simulate(request, how, log_folder, log_before, reader, on_hosts)
        scores = found.scores()
        write_files(scores, found, request.about, report_path, None, reader)
    say(scores, found, reader, intervals=True)


def _going_on(settings: EvaluationSettings, repeats: int, log_before: LogContent | None) -> EvaluationSettings:
    """Return how to go about so many repeats, with what a log has of them already."""
    if log_before is None:
        return replace(settings, repeats=repeats)
    return replace(settings, repeats=repeats, spent=log_before.spent, known=log_before.whole_episodes())


def _check_sharing_out(batchsize: int, processes: int, concurrency: int, models_path: Path | None) -> None:
    for option, number in (("--batchsize", batchsize), ("--processes", processes)):
        if concurrency > 1 and number > 1:
            raise click.UsageError(f"expected --concurrency or {option}, got both: {WHICH_OF_BOTH}")
    if processes > 1 and models_path is not None:
        raise click.UsageError(
            "--processes: models of --models are open in this process only; expected --concurrency for those "
            "behind a server, --batchsize for local ones"
        )


def _check_hosts(processes: int, batchsize: int, timeout: float | None) -> None:
    if processes > 1:
        raise click.UsageError("--processes: each host is one; expected --hosts with --engine ray")
    if timeout is not None and batchsize > 1:
        raise click.UsageError("--timeout: in a batch no single answer can be given up; expected --batchsize 1")


def _check_options(request: EvaluationRequest, plot: Path | None) -> None:
    if parse_datatype(request.datatype).endless:
        raise click.UsageError(
            f"--datatype {request.datatype} has no end: expected valid, test or train:evalmode, which goes once "
            "through the data for training"
        )
    names = Scores(request.metrics).names
    if "bleu" in names:
        # Better said now than by the first answer, in the middle of everything.
        BleuMetric.compute("", [""])
    if plot is not None and "accuracy" not in names:
        raise click.UsageError(f"--plot draws the accuracy: expected it in --metrics, got {request.metrics}")
