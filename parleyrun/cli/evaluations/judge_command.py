"""`--judge`: models that judge what is on record by a rubric."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from ...config.models.model_kinds import ModelPlan
from ...core.agents import Agent
from ...evaluate.figures.agreement import AgreementFigure
from ...evaluate.judging.judge_labels import labels_in_log, read_labels
from ...evaluate.judging.judged_figures import Agreement, agreements, with_judged_figures
from ...evaluate.judging.log_judging import Judged, LogJudging
from ...evaluate.judging.rubric import Rubric, read_rubric
from ...evaluate.log.evaluation_log import EvaluationLog, LogContent
from ...evaluate.models_table import figures_as_dict, write_models_table
from ...evaluate.opened_agents import AgentChoice, open_agents
from ...evaluate.scores_table import TableRow, write_rows
from ..common.given_options import refuse_given
from ..common.output import wants_color
from ..common.progress_bars import counting_examples
from ..common.task_options import models_in, tell_of_model
from .figure_tables import Errors, errors_by_task

JUDGE = click.option(
    "--judge",
    "judges",
    multiple=True,
    metavar="MODEL",
    help="A model that judges each answer by --rubric: one of --models, or an agent. May be repeated.",
)
RUBRIC = click.option(
    "--rubric",
    "rubric_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="What --judge judges by: YAML, or Markdown (docs/evaluations.md).",
)
JUDGE_LABELS = click.option(
    "--judge-labels",
    "labels_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="What people said of answers, as CSV or JSON lines: how far judges agree with them.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRequest:
    """Who is to judge, and by what.

    Attributes:
        judges: The names of the models.
        rubric: What they judge by.
        labels: The file of what people said; None for what examples bring along.
        concurrency: How many verdicts are waited for at the same time.
        limit_cost: What may be spent, answers included; None for any amount.
    """

    judges: tuple[str, ...]
    rubric: Rubric
    labels: Path | None
    concurrency: int
    limit_cost: float | None

    @contextmanager
    def opened(self, models: Mapping[str, ModelPlan]) -> Iterator[JudgePanel]:
        """Yield the judges, each of which can be asked while the block runs."""
        choices = [AgentChoice(opt={"model": name}) for name in self.judges]
        with open_agents(choices, models, tell_of_model) as agents:
            yield JudgePanel(self, dict(zip(self.judges, agents, strict=True)))


@dataclass(slots=True)
class JudgePanel:
    """Judges that can be asked, and what came of it.

    Attributes:
        request: What they judge by.
        agents: The judges, by name.
        judged: What they said; None before they were asked.
        agreements: How far they agree with people, and with each other.
    """

    request: JudgeRequest
    agents: Mapping[str, Agent]
    judged: Judged | None = None
    agreements: Sequence[Agreement] = field(default_factory=tuple)

    def judge(self, content: LogContent, log: EvaluationLog) -> LogContent:
        """Have all answers of a log judged, and return it with what was said among its figures."""
        request = self.request
        rubric, labels = request.rubric, request.labels
        people = labels_in_log(content, rubric) if labels is None else read_labels(labels, content, rubric)
        judging = LogJudging(rubric, self.agents, log, request.limit_cost)
        self.judged = judging.run(content, request.concurrency, counting_examples)
        self.agreements = agreements(self.judged.content, rubric, request.judges, people)
        return with_judged_figures(self.judged.content, rubric, request.judges)

    @property
    def stopped(self) -> str:
        """Why not all was judged; empty where it was."""
        return "" if self.judged is None else self.judged.stopped

    def as_json(self) -> dict[str, Any]:
        """Return what came of it, for a report."""
        if self.judged is None:
            return {}
        told = {
            "judges": list(self.request.judges),
            "missing": dict(self.judged.missing),
            "models": figures_as_dict(self.judged.models),
            "agreement": [
                {
                    "criterion": each.criterion,
                    "between": each.sides,
                    **{
                        figure.name: {
                            "value": figure.value,
                            "low": figure.low,
                            "high": figure.high,
                            "answers": figure.units,
                        }
                        for figure in each.figures
                    },
                }
                for each in self.agreements
            ],
        }
        return {"judge": told | ({"stopped": self.stopped} if self.stopped else {})}

    def write(self) -> None:
        """Show what the judges took, and how far they agree; say what is missing."""
        if self.judged is None:
            return
        color = wants_color(sys.stdout)
        if self.agreements:
            rows: list[TableRow] = [
                (each.criterion or "verdict", [each.sides, figure.name, *_cells(figure)], "")
                for each in self.agreements
                for figure in each.figures
            ]
            heads = ("criterion", "between", "figure", "value", "95 % interval", "answers")
            sys.stdout.write("\n")
            write_rows(heads, rows, sys.stdout, color=color)
        if self.judged.models:
            sys.stdout.write("\n")
            write_models_table(self.judged.models, sys.stdout, color=color)
        for name, number in self.judged.missing.items():
            if number:
                are = "verdict is" if number == 1 else "verdicts are"
                click.echo(f"{name}: {number:,} {are} missing, as nothing usable came of it", err=True)
        if self.stopped:
            click.echo(f"not all answers were judged: {self.stopped}", err=True)


def judge_request(
    judges: Sequence[str],
    rubric: Path | None,
    labels: Path | None,
    concurrency: int,
    limit_cost: float | None,
) -> JudgeRequest | None:
    """Return who is to judge; None if nobody is. Raises `UsageError` and `TaskError` for what does not fit."""
    if not judges:
        refuse_given("is for --judge, which names a model that judges", "rubric_path", "labels_path")
        return None
    if rubric is None:
        raise click.UsageError("--judge: expected --rubric, a file that says what to judge by")
    if len(set(judges)) < len(judges):
        raise click.UsageError("--judge: expected each model once")
    return JudgeRequest(
        judges=tuple(judges),
        rubric=read_rubric(rubric),
        labels=labels,
        concurrency=concurrency,
        limit_cost=limit_cost,
    )


@contextmanager
def opened_judges(request: JudgeRequest | None, models: Path | None) -> Iterator[JudgePanel | None]:
    """Yield the judges, of the models of a file among others; None if nobody is to judge."""
    if request is None:
        yield None
        return
    with request.opened(models_in(models)) as panel:
        yield panel


class LogReader:
    """Has a log judged, if it is to be, and keeps what its figures are worth (`OnLog`).

    Args:
        panel: The judges; None if nobody judges.
    """

    def __init__(self, panel: JudgePanel | None) -> None:
        self.panel = panel
        self.errors: Errors = {}

    def __call__(self, content: LogContent, log: EvaluationLog) -> str:
        if self.panel is not None:
            content = self.panel.judge(content, log)
        self.errors = errors_by_task(content)
        return "" if self.panel is None else self.panel.stopped

    def told(self) -> dict[str, Any]:
        """Return what judges said, for a report."""
        return {} if self.panel is None else self.panel.as_json()


def _cells(figure: AgreementFigure) -> list[str]:
    value = "" if figure.value is None else f"{figure.value:.4f}"
    interval = "" if figure.low is None or figure.high is None else f"{figure.low:.4f} to {figure.high:.4f}"
    return [value, interval, f"{figure.units:,}"]
