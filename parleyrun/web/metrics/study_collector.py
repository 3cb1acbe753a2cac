"""The study collector: what `/metrics` says, read at the moment at which somebody asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from ...core.bot_seats.model_source import ModelFigures
from ...errors import MissingExtra
from ...service.counts import Counts
from ...service.operations.alert_requests import ListAlerts
from ...service.operations.operators import Operators
from ...service.operations.reading.alert_results import AlertsFound
from ...service.operations.reading.host_results import HostsFound
from ...service.operations.reading.study_requests import ListHosts, ListModels, ListTasks, ShowOverview
from ...service.operations.reading.study_results import ModelsFound, OverviewFound, TasksFound
from ...service.sessions import At
from .host_metrics import of_hosts
from .metric_families import counter, gauge, histogram, one

try:
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
    from prometheus_client.metrics_core import Metric
    from prometheus_client.registry import Collector
except ImportError as error:
    raise MissingExtra("metrics: true", "metrics") from error

_BY = "metrics"

ANSWERED = "answered"
"""What stands for a cause where a model answered."""


class StudyCollector(Collector):
    """Tells Prometheus of a study. Nothing is counted for it but what the service counts anyway.

    No label names anybody, and each has as many values as the config, the channels and the code give it.

    Args:
        operators: Know the study.
        counts: What is going on now.
    """

    def __init__(self, operators: Operators, counts: Callable[[], Counts]) -> None:
        self._operators = operators
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics as they are now."""
        ask = self._operators.do
        overview, tasks, models = ask(ShowOverview(), by=_BY), ask(ListTasks(), by=_BY), ask(ListModels(), by=_BY)
        assert isinstance(overview, OverviewFound)
        assert isinstance(tasks, TasksFound)
        assert isinstance(models, ModelsFound)
        counts = self._counts()
        yield from _of_people(overview, tasks, counts)
        yield from _of_conditions(tasks)
        yield from _of_traffic(counts)
        yield from _of_models(models.models)
        yield from self._measures()
        yield from _of_health(overview, counts)
        hosts = ask(ListHosts(), by=_BY)
        assert isinstance(hosts, HostsFound)
        yield from of_hosts(hosts)
        alerts = ask(ListAlerts(), by=_BY)
        assert isinstance(alerts, AlertsFound)
        is_open = Counter(row.alert.partition(" ")[0] for row in alerts.alerts)
        found = {(name,): is_open[name] for name in alerts.watched}
        yield gauge("alerts_open", "Alerts that are open, by condition.", ("condition",), found)

    def _measures(self) -> Iterator[Metric]:
        measures = self._operators.measures()
        yield counter(
            "conversations", "Conversations that ended since this start.", ("task", "outcome"), measures.ended
        )
        yield histogram(
            "waiting_seconds",
            "How long people waited for others who wait no more.",
            {(task,): spread for task, spread in measures.waits.items()},
            "task",
        )
        for level in ("warning", "error"):
            found = {(kind,): count for (of, kind), count in measures.sources.items() if of == level}
            text = f"{level.capitalize()}s in the log since this start, by class of error, or logger."
            yield counter(f"{level}s", text, ("kind",), found)
        yield gauge(
            "queue_length",
            "About how many things wait to be done, by what does them.",
            ("queue",),
            {(name,): length for name, length in measures.queues.items()},
        )
        commits = "Transactions of the store, by how long they took."
        yield histogram("commit_seconds", commits, {(): measures.group_seconds})
        groups = "Transactions of the store, by how many records they had."
        yield histogram("commit_records", groups, {(): measures.group_records})
        yield one("start_time_seconds", "When this start was, as Unix time.", measures.started_at)


def _of_people(overview: OverviewFound, tasks: TasksFound, counts: Counts) -> Iterator[Metric]:
    places = {(at.value,): overview.places.get(at.value, 0) for at in At}
    yield gauge("people", "People by where they are.", ("place",), places)
    yield one("people_away", "People inside whose connection is lost.", overview.away)
    rows = tasks.tasks
    for name, text, values in (
        ("people_waiting", "People who wait for a task.", [row.waiting for row in rows]),
        ("people_talking", "People in conversations of a task.", [row.inside for row in rows]),
        ("conversations_running", "Conversations that go on.", [row.conversations for row in rows]),
        ("task_paused", "1 where nobody is matched.", [int(row.paused) for row in rows]),
    ):
        by_task = {(row.task,): value for row, value in zip(rows, values, strict=True)}
        yield gauge(name, text, ("task",), by_task)
    longest = overview.longest_wait_seconds or 0.0
    yield one("longest_wait_seconds", "For how long somebody waits by now; 0 where nobody does.", longest)
    yield one("held_lines", "Lines that moderation holds back.", overview.held)
    yield one("held_runs", "Runs that wait for a config that they fit.", counts.held_runs)


def _of_conditions(tasks: TasksFound) -> Iterator[Metric]:
    begun = {(row.condition, row.value): row.begun for row in tasks.conditions}
    yield gauge("condition_begun", "Assigned to a value of a condition.", ("condition", "value"), begun)
    quotas = {(row.condition, row.value): row.quota for row in tasks.conditions if row.quota is not None}
    yield gauge("condition_quota", "With how many it is enough.", ("condition", "value"), quotas)


def _of_traffic(counts: Counts) -> Iterator[Metric]:
    passed = {("in",): counts.messages_in, ("out",): counts.messages_out}
    yield counter("messages", "Messages, by whether they came in or went out.", ("direction",), passed)
    yield counter("runs_started", "Worlds begun, overworlds and onboardings too.", (), {(): counts.runs_started})
    ended = {(outcome,): count for outcome, count in counts.runs_ended.items()}
    yield counter("runs_ended", "Worlds that ended, by outcome.", ("outcome",), ended)
    yield counter("people_refused", "Newcomers refused for want of room.", (), {(): counts.refused})
    not_taken = {(reason,): count for reason, count in counts.not_taken.items()}
    yield counter("not_taken", "What people sent that was refused, by reason.", ("reason",), not_taken)
    threads = counts.full["threads"]
    yield one("threads_waiting", "Worlds that keep a thread while they wait.", threads.used)
    yield one("threads_limit", "How many may before newcomers are refused.", threads.of or 0)
    sockets = {name: full for name, full in counts.full.items() if name != "threads"}
    used = {(name,): full.used for name, full in sockets.items()}
    yield gauge("connections", "Open connections, by channel.", ("channel",), used)
    most = {(name,): full.of for name, full in sockets.items() if full.of is not None}
    yield gauge("connections_limit", "How many there may be.", ("channel",), most)


def _of_models(models: Iterable[ModelFigures]) -> Iterator[Metric]:
    answers: dict[tuple[str, ...], float] = {}
    tokens: dict[tuple[str, ...], float] = {}
    for model in models:
        answers[model.name, ANSWERED] = model.answers
        answers.update({(model.name, cause): count for cause, count in model.failures.items()})
        tokens[model.name, "prompt"] = model.prompt_tokens
        tokens[model.name, "completion"] = model.completion_tokens
    yield counter(
        "model_answers", f"Times a model was asked: '{ANSWERED}', or why not.", ("model", "cause"), answers
    )
    yield counter("model_tokens", "Tokens that models took.", ("model", "kind"), tokens)
    cost = {(model.name,): model.cost for model in models}
    yield counter("model_cost", "What answers cost, as far as prices are known.", ("model",), cost)
    seconds = {(model.name,): model.seconds for model in models}
    yield counter("model_seconds", "How long answers took, all together.", ("model",), seconds)
    well = {(model.name,): int(model.trouble is None) for model in models}
    yield gauge("model_up", "0 where something keeps a model from answering.", ("model",), well)


def _of_health(overview: OverviewFound, counts: Counts) -> Iterator[Metric]:
    yield one("healthy", "0 while something keeps the service from its work.", int(overview.trouble is None))
    yield one("closing", "1 once the service is about to end.", int(overview.closing))
    yield one("busy", "1 while newcomers are refused for want of room.", int(counts.busy))
    yield one("door_open", "1 while newcomers are let in.", int(overview.door == "open"))


def make_metrics(operators: Operators, counts: Callable[[], Counts]) -> Callable[[], bytes]:
    """Return what renders all metrics as Prometheus reads them. It may be called on any thread.

    Args:
        operators: Know the study.
        counts: What is going on now.
    """
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(StudyCollector(operators, counts))
    return lambda: generate_latest(registry)
