"""`parleyrun eval`: how well an agent does a task."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ..core.agents import Agent
from ..core.metrics.bleu import BleuMetric
from ..core.metrics.scores import Scores
from ..core.task_names import load_teacher_class, prepare_tasks
from ..core.teachers.datatype import parse_datatype
from ..core.teachers.teachers import DialogTeacher
from ..evaluate.bar_chart import Bar, bars_as_svg
from ..evaluate.conversations_file import metadata_of
from ..evaluate.evaluation import WHICH_OF_BOTH, Evaluation, evaluate, evaluation_with_dialogues
from ..evaluate.models_table import figures_as_dict, write_models_table
from ..evaluate.opened_agents import open_agents
from ..evaluate.scores_by_task import ScoresByTask
from ..evaluate.scores_table import write_table
from ..evaluate.tasks_and_agents import find_tasks
from .common.authors_code import authors_code, interruptible
from .common.output import metadata_path_of, output, quiet_when_unread, wants_color, write_lines
from .common.progress_bars import counting_examples, fetching
from .common.task_options import (
    CONCURRENCY,
    DATAPATH,
    MODEL,
    MODELS,
    SAVE_DIALOGUES,
    SEED,
    SETTINGS,
    TASK,
    Setting,
    check_outputs,
    choice_of,
    file_option,
    models_in,
    opt_of,
    tell_of_model,
    without_secrets,
)


@click.command()
@TASK
@MODEL
@MODELS
@click.option("--datatype", default="valid", show_default=True, help="Which data: valid, test or train:evalmode.")
@click.option("--batchsize", type=click.IntRange(1), default=1, show_default=True, help="Examples at a time.")
@click.option("--processes", type=click.IntRange(1), default=1, show_default=True, help="Processes to share it.")
@CONCURRENCY
@click.option("--num-examples", type=click.IntRange(1), metavar="N", help="The first N of each task only.")
@SEED
@click.option("--metrics", help="Some of accuracy, f1, hits, bleu, distinct, or all.  [default: the first three]")
@DATAPATH
@SETTINGS
@file_option("--report", "report_path", "Write the figures there as JSON.")
@SAVE_DIALOGUES
@file_option("--plot", "plot_path", "Draw the accuracy in each task there, as SVG.")
def eval(
    task: str,
    model: str,
    models_path: Path | None,
    datatype: str,
    batchsize: int,
    processes: int,
    concurrency: int,
    num_examples: int | None,
    seed: int,
    metrics: str | None,
    datapath: Path | None,
    settings: tuple[Setting, ...],
    report_path: Path | None,
    dialogues_path: Path | None,
    plot_path: Path | None,
) -> None:
    """Let AGENT do a task once, and say how well it did.

    The figures are the same to the last digit whatever --batchsize, --processes and --concurrency are, and so are
    the files, for an agent whose answers depend on nothing but the dialogue (and --seed).
    """
    _check_options(datatype, metrics, plot_path)
    _check_sharing_out(batchsize, processes, concurrency, models_path)
    metadata_path = metadata_path_of(dialogues_path) if dialogues_path is not None else None
    files = {"--report": report_path, "--plot": plot_path, "--save-dialogues": dialogues_path}
    check_outputs({**files, "--save-dialogues (metadata)": metadata_path})
    asked = opt_of(
        settings,
        task=task,
        model=model,
        datatype=datatype,
        seed=seed,
        num_examples=num_examples,
        metrics=metrics,
    )
    about = without_secrets({**asked, **opt_of((), models=models_path)})
    opt = {**asked, **opt_of((), datapath=datapath, batchsize=batchsize, numthreads=processes)}
    with interruptible(), authors_code():
        tasks = find_tasks(task)
        if num_examples is not None:
            _refuse_what_cannot_be_cut(tasks)
        with open_agents([choice_of(opt, settings)], models_in(models_path), tell_of_model) as (agent,):
            if processes > 1 and hasattr(agent, "last_answer"):
                raise click.UsageError(f"--processes: expected --concurrency for {model}: {WHICH_OF_BOTH}")
            with fetching() as on_progress:
                prepare_tasks(tasks, opt, on_progress)
            if dialogues_path is None or metadata_path is None:
                found = evaluate(opt, agent, tasks, concurrency=concurrency, watch=counting_examples)
            else:
                found = _evaluate_and_save(opt, agent, tasks, dialogues_path, metadata_path, concurrency)
                metadata = metadata_of(about, [*tasks, agent.getID()], self_chat=False)
                write_lines(metadata_path, [metadata])
        scores = found.scores()
        _write_files(scores, found, about, report_path, plot_path)
    _say(scores, found)


def _check_sharing_out(batchsize: int, processes: int, concurrency: int, models_path: Path | None) -> None:
    for option, number in (("--batchsize", batchsize), ("--processes", processes)):
        if concurrency > 1 and number > 1:
            raise click.UsageError(f"expected --concurrency or {option}, got both: {WHICH_OF_BOTH}")
    if processes > 1 and models_path is not None:
        raise click.UsageError(
            "--processes: models of --models are open in this process only; expected --concurrency for those "
            "behind a server, --batchsize for local ones"
        )


def _check_options(datatype: str, metrics: str | None, plot: Path | None) -> None:
    if parse_datatype(datatype).endless:
        raise click.UsageError(
            f"--datatype {datatype} has no end: expected valid, test or train:evalmode, which goes once through "
            "the data for training"
        )
    names = Scores(metrics).names
    if "bleu" in names:
        # Better said now than by the first answer, in the middle of everything.
        BleuMetric.compute("", [""])
    if plot is not None and "accuracy" not in names:
        raise click.UsageError(f"--plot draws the accuracy: expected it in --metrics, got {metrics}")


def _refuse_what_cannot_be_cut(tasks: Sequence[str]) -> None:
    for name in tasks:
        kind = load_teacher_class(name)
        if not issubclass(kind, DialogTeacher):
            raise click.UsageError(
                f"--num-examples: expected a subclass of DialogTeacher at '{name}', which reads no more than so "
                f"many, got {kind.__name__}"
            )


def _evaluate_and_save(
    opt: Mapping[str, Any], agent: Agent, tasks: Sequence[str], path: Path, metadata_path: Path, concurrency: int
) -> Evaluation:
    saved = evaluation_with_dialogues(
        opt,
        agent,
        tasks,
        folder=path.resolve().parent,
        metadata_name=metadata_path.name,
        concurrency=concurrency,
        watch=counting_examples,
    )
    with saved as (found, lines):
        write_lines(path, lines)
        return found


def _write_files(
    scores: ScoresByTask, found: Evaluation, asked: Mapping[str, Any], report: Path | None, plot: Path | None
) -> None:
    if report is not None:
        models = {"models": figures_as_dict(found.models)} if found.models else {}
        with output(report) as out:
            written = {"opt": asked, **scores.as_dict(), **models}
            json.dump(written, out, indent=2, ensure_ascii=False, default=str)
            out.write("\n")
    if plot is not None:
        bars = [Bar(name, numbers.get("accuracy")) for name, numbers in scores.tasks.items()]
        with output(plot) as out:
            out.write(bars_as_svg(f"Accuracy of {asked['model']} ({asked['datatype']})", bars))


def _say(scores: ScoresByTask, found: Evaluation) -> None:
    with quiet_when_unread():
        color = wants_color(sys.stdout)
        write_table(scores, sys.stdout, color=color)
        if found.models:
            sys.stdout.write("\n")
            write_models_table(found.models, sys.stdout, color=color)
    rate = f", {found.examples / found.seconds:,.0f} a second" if found.seconds > 0 else ""
    examples = "1 example" if found.examples == 1 else f"{found.examples:,} examples"
    click.echo(f"{examples} in {found.seconds:.1f} s{rate}", err=True)
    for model in found.models:
        if model.answers:
            click.echo(f"{model.name}: {model.seconds / model.answers:.3f} s an answer", err=True)
    if not scores.overall.get("exs"):
        click.echo("nothing was measured: none of the examples has a right answer", err=True)
