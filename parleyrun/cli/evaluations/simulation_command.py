"""What `eval CONFIG` does: users with goals, played by a model, talk in a task, and its world says how it went."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ...config.plan import Plan
from ...engines.ray.study_files import study_files
from ...errors import WorldError
from ...evaluate.evaluation import Evaluation
from ...evaluate.log.evaluation_log import EvaluationLog, LogContent, LogHead, read_log
from ...evaluate.logged_evaluation import EvaluationSettings
from ...evaluate.on_hosts.conversation_work import ConversationSetup
from ...evaluate.on_hosts.hosted_conversations import HostedConversations
from ...evaluate.simulations.goal_stage import GoalStage, PlaysGoals
from ...evaluate.simulations.goals_file import UserGoal, read_goals
from ...evaluate.simulations.rewarded_world import has_reward
from ...evaluate.simulations.user_simulation import UserSimulation
from ...evaluate.task_play import TaskPlay
from ...evaluate.task_self_chat import TaskSelfChat
from ...runner.timers import ThreadTimers
from ..common.played_tasks import WantedPlay, errors_told, plan_of_play, task_and_models
from ..common.progress_bars import counting_examples
from ..common.task_options import tell_of_model
from .evaluation_logs import OnLog, digest_of, opened_log
from .host_options import HostsRequest, source_of, tell_of_hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationRequest:
    """What is simulated: all that the figures depend on.

    Attributes:
        config: The config.
        task: Which of its tasks; None for the only one.
        user_model: What plays the user: a model of the config, or an agent.
        seats: Which model sits where, by role, besides.
        goals: The file of goals; None for one conversation without.
        turns: Lines in a conversation at most, for each seat.
        seed: Where chance begins; None leaves it as it is.
        repeats: How many conversations there are for each goal.
    """

    config: Path
    task: str | None
    user_model: str
    seats: tuple[tuple[str, str], ...]
    goals: Path | None
    turns: int
    seed: int | None
    repeats: int

    @property
    def about(self) -> dict[str, Any]:
        """What stands in files about it."""
        about = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            **about,
            "config": str(self.config.resolve()),
            "goals": None if self.goals is None else str(self.goals.resolve()),
            "seats": [list(seat) for seat in self.seats],
        }

    def head(self, task: str) -> LogHead:
        """Return the first line of its log."""
        began = datetime.now().astimezone().isoformat(timespec="seconds")
        about = {**self.about, "sha256": _digests(self)}
        return LogHead(tasks=(task,), opt={"task": task, "model": self.user_model}, about=about, began=began)


def request_of(content: LogContent) -> SimulationRequest:
    """Return what a log is of. Raises `UsageError` if its config or its goals have changed since."""
    about = dict(content.head.about)
    digests = about.pop("sha256")
    request = SimulationRequest(
        **{
            **about,
            "config": Path(about["config"]),
            "goals": None if about["goals"] is None else Path(about["goals"]),
            "seats": tuple((role, model) for role, model in about["seats"]),
        }
    )
    for name, digest in _digests(request).items():
        if digest != digests[name]:
            changed = getattr(request, name)
            raise click.UsageError(f"--resume: {changed} is not what it was when {content.path} was begun")
    return request


def simulate(
    request: SimulationRequest,
    settings: EvaluationSettings,
    log_folder: Path | None,
    resumed: LogContent | None,
    on_log: OnLog,
    on_hosts: HostsRequest | None,
) -> Evaluation:
    """Simulate users, and return what came of it; `on_log` is given all that was written down."""
    wanted = WantedPlay(
        config=request.config,
        task=request.task,
        seats=(("", request.user_model), *request.seats),
        conditions=(),
        episodes=1,
        rounds=request.turns,
        concurrency=settings.concurrency,
        seed=request.seed,
        store=None,
        dialogues=None,
    )
    task, added = task_and_models(wanted)
    plan = plan_of_play(wanted, added)
    if not has_reward(plan.tasks[task].world):
        name = plan.tasks[task].world.__name__
        raise WorldError(f"expected a method reward() in {name}, which scores a conversation, got none")
    goals = (UserGoal(id="1"),) if request.goals is None else read_goals(request.goals)
    seats = {role: added.get(model, model) for role, model in request.seats}
    user_model = added.get(request.user_model, request.user_model)
    play = TaskPlay(task=task, models=seats, model=user_model, rounds=request.turns, seed=request.seed)
    with (
        errors_told(),
        redirect_stdout(sys.stderr),  # what author code prints is no part of the report
        _opened_stage(plan, play, settings, on_hosts) as (stage, user),
        opened_log(log_folder, resumed, request.head(task)) as log,
    ):
        return _simulated(UserSimulation(stage, task, user, goals, settings, log), log, on_log)


def _simulated(simulation: UserSimulation, log: EvaluationLog, on_log: OnLog) -> Evaluation:
    found = simulation.run(counting_examples)
    is_cut = on_log(read_log(log.path), log)
    if not found.stopped and not is_cut:
        log.end(found.scores().as_dict())
    return found


@contextmanager
def _opened_stage(
    plan: Plan, play: TaskPlay, settings: EvaluationSettings, on_hosts: HostsRequest | None
) -> Iterator[tuple[PlaysGoals, str]]:
    """Yield what plays conversations, and the role of the user."""
    chat = TaskSelfChat(plan, play, tell_of_model)
    if on_hosts is None:
        with chat:
            yield GoalStage(chat, settings.concurrency, settings.timeout), _user_of(play, chat)
        return
    chat.checked_roles()  # what is wrong with them is better said before there are any hosts
    user = _user_of(play, chat)
    config = on_hosts.config(plan.config.engine)
    config = replace(config, files=(*config.files, *map(str, on_hosts.files)))

    def setup() -> ConversationSetup:
        study = study_files(replace(plan, config=replace(plan.config, engine=config)))
        return ConversationSetup(
            config=study.config,
            files=study.files,
            play=play,
            concurrency=settings.concurrency,
            timeout=settings.timeout,
        )

    with ExitStack() as opened:
        timers = ThreadTimers()
        timers.start()
        opened.callback(timers.close)
        source, limits = source_of(config, setup), plan.config.limits
        stage = HostedConversations(source, timers, config.lost_after, settings.concurrency, limits)
        opened.callback(stage.close)
        stage.start()
        tell_of_hosts(stage.hosts)
        yield stage, user


def _user_of(play: TaskPlay, chat: TaskSelfChat) -> str:
    """Return the role of the user: the only one of people's places that no model was named for."""
    users = [role for role in chat.roles_of_people() if role not in play.models]
    if len(users) != 1:
        raise click.UsageError(
            f"expected one place in '{play.task}' for the simulated user, got {', '.join(users) or 'none'}: say "
            f"-m ROLE=MODEL for the other ones"
        )
    return users[0]


def _digests(request: SimulationRequest) -> dict[str, str | None]:
    return {"config": digest_of(request.config), "goals": digest_of(request.goals)}
