"""What `eval` does once its options are known to go together."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ...config.models.model_entries import section_of
from ...config.models.model_kinds import ModelPlan
from ...core.agents import Agent
from ...core.create import load_agent_class
from ...core.task_names import load_teacher_class, prepare_tasks
from ...core.teachers.teachers import DialogTeacher
from ...evaluate.conversations_file import metadata_of
from ...evaluate.evaluation import WHICH_OF_BOTH, Evaluation, evaluate, evaluation_with_dialogues
from ...evaluate.lanes.error_policy import ErrorPolicy
from ...evaluate.log.evaluation_log import EvaluationLog, LogContent, read_log
from ...evaluate.log.logged_dialogues import dialogues_of
from ...evaluate.logged_evaluation import EvaluationSettings, evaluate_logged, why_not_logged
from ...evaluate.on_hosts.agent_setup import agent_setup
from ...evaluate.on_hosts.hosted_evaluation import HostedEvaluation
from ...evaluate.opened_agents import AgentChoice, open_agents
from ...evaluate.tasks_and_agents import find_tasks
from ...runner.timers import ThreadTimers
from ..common.output import write_lines
from ..common.progress_bars import counting_examples, fetching
from ..common.task_options import models_in, opt_of, tell_of_model, without_secrets
from .evaluation_logs import EvaluationRequest, OnLog, opened_log
from .host_options import HostsRequest, source_of, tell_of_hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationCommand:
    """One call of `eval`.

    Attributes:
        request: What is evaluated.
        settings: How it goes about it.
        log_folder: Where it is written down; None for nowhere.
        resumed: What is on record of it, if it is gone on with.
        sharing: `batchsize` and `numthreads`.
        cache: Where answers of models are kept; None for nowhere.
        intervals: Whether what each figure is worth is to be shown.
        is_judged: Whether models judge the answers, which may be all that costs.
        on_hosts: The hosts on which agents answer; None for this process.
    """

    request: EvaluationRequest
    settings: EvaluationSettings
    log_folder: Path | None
    resumed: LogContent | None
    sharing: Mapping[str, int]
    cache: Path | None = None
    intervals: bool = False
    is_judged: bool = False
    on_hosts: HostsRequest | None = None

    @property
    def about(self) -> dict[str, Any]:
        """What stands in files about it: its options, without secrets."""
        request = self.request
        repeats = request.repeats if request.repeats > 1 else None
        return without_secrets({**self._asked, **opt_of((), repeats=repeats, models=request.models_path)})

    @property
    def _asked(self) -> dict[str, Any]:
        request = self.request
        return opt_of(
            request.settings,
            task=request.task,
            model=request.model,
            datatype=request.datatype,
            seed=request.seed,
            num_examples=request.num_examples,
            metrics=request.metrics,
        )

    def run(self, dialogues: Path | None, metadata: Path | None, on_log: OnLog | None) -> Evaluation:
        """Evaluate, and write what was said, with its metadata, if there are files for it.

        Args:
            dialogues: Where what was said goes; None for nowhere.
            metadata: Where its metadata goes.
            on_log: Given all that was written down, at the end.
        """
        request = self.request
        tasks = find_tasks(request.task)
        if request.num_examples is not None:
            _refuse_what_cannot_be_cut(tasks)
        opt = {**self._asked, **opt_of((), datapath=request.datapath), **self.sharing}
        said = {"seed"} if request.seed_given else set()
        models = models_in(request.models_path)
        if self.cache is not None:
            _refuse_without_cache(request.model, models)
            opt["cache"] = str(self.cache.resolve())
            said.add("cache")
        choice = AgentChoice(opt=opt, given=frozenset({key for key, _ in request.settings} | said))
        if self.on_hosts is not None:
            chosen = {name: plan for name, plan in models.items() if name == request.model}
            return self._run_on_hosts(self.on_hosts, choice, chosen, tasks, (dialogues, metadata), on_log)
        with open_agents([choice], models, tell_of_model) as (agent,):
            if self.sharing["numthreads"] > 1 and hasattr(agent, "last_answer"):
                raise click.UsageError(f"--processes: expected --concurrency for {request.model}: {WHICH_OF_BOTH}")
            self._check_cost(hasattr(agent, "last_answer"))
            with fetching() as on_progress:
                prepare_tasks(tasks, opt, on_progress)
            reason = why_not_logged(opt, tasks)
            if reason:
                found = self._step_through(reason, opt, agent, tasks, dialogues, metadata)
            else:

                def evaluating(log: EvaluationLog) -> Evaluation:
                    return evaluate_logged(opt, agent, tasks, self.settings, log, watch=counting_examples)

                found = self._evaluate(evaluating, str(agent.getID()), tasks, (dialogues, metadata), on_log)
            self._write_metadata(metadata, [*tasks, agent.getID()])
        return found

    def _run_on_hosts(
        self,
        request: HostsRequest,
        choice: AgentChoice,
        models: Mapping[str, ModelPlan],
        tasks: Sequence[str],
        files: tuple[Path | None, Path | None],
        on_log: OnLog | None,
    ) -> Evaluation:
        config = request.config()
        if self.cache is not None and config.address != "local":
            raise click.UsageError("--cache: only hosts here have that folder; expected --ray-address local")
        if not models:
            load_agent_class(choice.name)  # so that a wrong name costs no cluster, and its module travels
        with fetching() as on_progress:
            prepare_tasks(tasks, choice.opt, on_progress)
        with ExitStack() as opened:
            opened.enter_context(redirect_stdout(sys.stderr))  # where Ray says that a process has ended
            hosted = opened.enter_context(HostedEvaluation(choice.opt, tasks, self.settings))
            setup = agent_setup(choice, models, hosted.teachers(), hosted.portion_settings(), request.files)
            timers = ThreadTimers()
            timers.start()
            opened.callback(timers.close)
            agent = hosted.start(source_of(config, lambda: setup), timers, config.lost_after)
            tell_of_hosts(hosted.hosts)
            self._check_cost(agent.tells_what_it_takes)

            def evaluating(log: EvaluationLog) -> Evaluation:
                return hosted.run(log, watch=counting_examples)

            found = self._evaluate(evaluating, agent.id, tasks, files, on_log)
            self._write_metadata(files[1], [*tasks, agent.id])
        return found

    def _check_cost(self, is_told: bool) -> None:
        if self.settings.limit_cost is not None and not self.is_judged and not is_told:
            raise click.UsageError(
                f"--limit-cost: expected a model that tells what it takes, got {self.request.model}"
            )

    def _write_metadata(self, metadata: Path | None, speakers: Sequence[str]) -> None:
        if metadata is not None:
            write_lines(metadata, [metadata_of(self.about, speakers, self_chat=False)])

    def _evaluate(
        self,
        evaluating: Callable[[EvaluationLog], Evaluation],
        answering: str,
        tasks: Sequence[str],
        files: tuple[Path | None, Path | None],
        on_log: OnLog | None,
    ) -> Evaluation:
        dialogues, metadata = files
        with opened_log(self.log_folder, self.resumed, self.request.head(tuple(tasks), self.about)) as log:
            found = evaluating(log)
            is_read = dialogues is not None or on_log is not None
            content = read_log(log.path) if is_read else None
            if content is not None and dialogues is not None and metadata is not None:
                write_lines(dialogues, dialogues_of(content, metadata.name, answering))
            is_cut = content is not None and on_log is not None and on_log(content, log)
            if not found.stopped and not is_cut:
                log.end(found.scores().as_dict())
        return found

    def _step_through(
        self,
        reason: str,
        opt: Mapping[str, Any],
        agent: Agent,
        tasks: Sequence[str],
        dialogues: Path | None,
        metadata: Path | None,
    ) -> Evaluation:
        """Evaluate in one go, where a world steps through its examples itself."""
        plain = EvaluationSettings(concurrency=self.settings.concurrency, policy=self.settings.policy)
        is_plain = self.settings == plain and self.settings.policy == ErrorPolicy()
        if self.log_folder is not None or self.intervals or not is_plain:
            raise click.UsageError(
                f"--log, --resume, --repeats, --on-error, --timeout, --limit-cost and --intervals: {reason}"
            )
        concurrency = self.settings.concurrency
        if dialogues is None or metadata is None:
            return evaluate(opt, agent, tasks, concurrency=concurrency, watch=counting_examples)
        saved = evaluation_with_dialogues(
            opt,
            agent,
            tasks,
            folder=dialogues.resolve().parent,
            metadata_name=metadata.name,
            concurrency=concurrency,
            watch=counting_examples,
        )
        with saved as (found, lines):
            write_lines(dialogues, lines)
            return found


def _refuse_without_cache(model: str, models: Mapping[str, ModelPlan]) -> None:
    plan = models.get(model)
    section = section_of(load_agent_class(model) if plan is None else plan.kind)
    if section is None or "cache" not in section.names:
        raise click.UsageError(f"--cache: expected a model that is asked by requests, got {model}")


def _refuse_what_cannot_be_cut(tasks: Sequence[str]) -> None:
    for name in tasks:
        kind = load_teacher_class(name)
        if not issubclass(kind, DialogTeacher):
            raise click.UsageError(
                f"--num-examples: expected a subclass of DialogTeacher at '{name}', which reads no more than so "
                f"many, got {kind.__name__}"
            )
