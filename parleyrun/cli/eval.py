"""`parleyrun eval`: how well an agent does a task."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ..core.metrics.bleu import BleuMetric
from ..core.metrics.scores import Scores
from ..core.teachers.datatype import parse_datatype
from ..evaluate.bar_chart import Bar, bars_as_svg
from ..evaluate.evaluation import WHICH_OF_BOTH, Evaluation
from ..evaluate.figures.figure_errors import FigureError
from ..evaluate.lanes.error_policy import ErrorPolicy
from ..evaluate.log.evaluation_log import LogContent
from ..evaluate.logged_evaluation import EvaluationSettings
from ..evaluate.models_table import figures_as_dict, write_models_table
from ..evaluate.scores_by_task import ScoresByTask
from ..evaluate.scores_table import write_table
from .common.authors_code import authors_code, interruptible
from .common.given_options import was_given
from .common.output import metadata_path_of, output, quiet_when_unread, wants_color
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
    model_option,
    task_option,
)
from .evaluations.evaluation_command import EvaluationCommand
from .evaluations.evaluation_errors import failures_as_json, tell_of_failures
from .evaluations.evaluation_logs import (
    CACHE,
    LIMIT_COST,
    LOG,
    ON_ERROR,
    RESUME,
    TIMEOUT,
    EvaluationRequest,
    resumed_request,
)
from .evaluations.figure_tables import Errors, errors_as_json, errors_by_task, write_errors


@click.command()
@task_option(required=False)
@model_option(required=False)
@MODELS
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
@click.option("--intervals", is_flag=True, help="Show what each figure is worth: its error and its interval.")
@file_option("--report", "report_path", "Write the figures there as JSON.")
@SAVE_DIALOGUES
@file_option("--plot", "plot_path", "Draw the accuracy in each task there, as SVG.")
def eval(
    task: str | None,
    model: str | None,
    models_path: Path | None,
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
    """
    if resumed is None and (task is None or model is None):
        raise click.UsageError(f"expected {'--task' if task is None else '--model'}, or --resume with a log")
    request = EvaluationRequest(
        task=task or "",
        model=model or "",
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
    content: LogContent | None = None
    if resumed is not None:
        content, request = resumed_request(resumed, request)
    intervals = intervals or request.repeats > 1
    _check_options(request, plot_path)
    _check_sharing_out(batchsize, processes, concurrency, request.models_path)
    if timeout is not None and batchsize > 1 and processes == 1:
        raise click.UsageError("--timeout: in a batch no single answer can be given up; expected --processes")
    files = {"--report": report_path, "--plot": plot_path, "--save-dialogues": dialogues_path}
    metadata_path = metadata_path_of(dialogues_path) if dialogues_path is not None else None
    check_outputs({**files, "--save-dialogues (metadata)": metadata_path})
    how = EvaluationSettings(
        concurrency=concurrency,
        repeats=request.repeats,
        timeout=timeout,
        policy=policy,
        limit_cost=limit_cost,
        spent=0.0 if content is None else content.spent,
        known={} if content is None else content.whole_episodes(),
    )
    command = EvaluationCommand(
        request=request,
        settings=how,
        log_folder=log_folder,
        resumed=content,
        sharing={"batchsize": batchsize, "numthreads": processes},
        cache=cache,
        intervals=intervals,
    )
    with interruptible(), authors_code():
        errors: dict[str, Mapping[str, FigureError]] = {}
        wanted = intervals or report_path is not None
        found = command.run(
            dialogues_path,
            metadata_path,
            (lambda log: errors.update(errors_by_task(log))) if wanted else None,
        )
        scores = found.scores()
        _write_files(scores, found, command.about, report_path, plot_path, errors)
    _say(scores, found, errors if intervals else {})


def _check_sharing_out(batchsize: int, processes: int, concurrency: int, models_path: Path | None) -> None:
    for option, number in (("--batchsize", batchsize), ("--processes", processes)):
        if concurrency > 1 and number > 1:
            raise click.UsageError(f"expected --concurrency or {option}, got both: {WHICH_OF_BOTH}")
    if processes > 1 and models_path is not None:
        raise click.UsageError(
            "--processes: models of --models are open in this process only; expected --concurrency for those "
            "behind a server, --batchsize for local ones"
        )


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


def _write_files(
    scores: ScoresByTask,
    found: Evaluation,
    asked: Mapping[str, Any],
    report: Path | None,
    plot: Path | None,
    errors: Errors,
) -> None:
    if report is not None:
        models = {"models": figures_as_dict(found.models)} if found.models else {}
        with output(report) as out:
            written = {"opt": asked, **scores.as_dict(), **models, **failures_as_json(found)}
            if errors:
                written["uncertainty"] = errors_as_json(errors)
            json.dump(written, out, indent=2, ensure_ascii=False, default=str)
            out.write("\n")
    if plot is not None:
        bars = [Bar(name, numbers.get("accuracy")) for name, numbers in scores.tasks.items()]
        with output(plot) as out:
            out.write(bars_as_svg(f"Accuracy of {asked['model']} ({asked['datatype']})", bars))


def _say(scores: ScoresByTask, found: Evaluation, errors: Errors) -> None:
    with quiet_when_unread():
        color = wants_color(sys.stdout)
        write_table(scores, sys.stdout, color=color)
        if errors:
            sys.stdout.write("\n")
            write_errors(errors)
        if found.models:
            sys.stdout.write("\n")
            write_models_table(found.models, sys.stdout, color=color)
    rate = f", {found.examples / found.seconds:,.0f} a second" if found.seconds > 0 else ""
    examples = "1 example" if found.examples == 1 else f"{found.examples:,} examples"
    click.echo(f"{examples} in {found.seconds:.1f} s{rate}", err=True)
    for model in found.models:
        if model.answers:
            click.echo(f"{model.name}: {model.seconds / model.answers:.3f} s an answer", err=True)
    tell_of_failures(found)
    if not scores.overall.get("exs"):
        click.echo("nothing was measured: none of the examples has a right answer", err=True)
