"""The running view: the study as a whole, as operators see it, without anybody noticing."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from ....config.schema import Config
from ....core.bot_seats.model_source import ModelFigures, ModelSource
from ....store.operator_records import KeepsStarts, StartRow, TellsOfGroups
from ....store.protocol import ServiceStart, Store
from ...alerts.alert_reading import AlertReading
from ...counts import FINISHED, LiveCounts
from ...current_plan import CurrentPlan
from ...journey import Journey
from ...measures.distribution import GroupFigures
from ...measures.service_measures import Measures
from ...service_context import ServiceContext
from ...session_table import Sessions
from ...sessions import At
from .said_config import config_without_secrets
from .study_requests import ListTroubles
from .study_results import (
    ConditionRow,
    ModelsFound,
    OverviewFound,
    StudyFound,
    TaskRow,
    TasksFound,
    TroublesFound,
)
from .trouble_log import TroubleLog

WAITS_SHOWN = 200
STARTS_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacts:
    """What a service knows of itself. Any thread may call these.

    Attributes:
        live: Counts conversations and messages.
        trouble: What keeps it from its work; None for nothing.
        closing: Whether it is about to end.
        models: How the models do.
        shortage: Why newcomers of some tasks are turned away: what models may take is taken.
        config: What holds now.
        start: When it was started, and as what.
    """

    live: LiveCounts
    trouble: Callable[[], str | None]
    closing: Callable[[], bool]
    models: Callable[[], Sequence[ModelFigures]]
    shortage: Callable[[], str | None]
    config: Callable[[], Config]
    start: ServiceStart


class KnowsItself(Protocol):
    """What is asked of a service. Any thread."""

    @property
    def closing(self) -> bool: ...

    def trouble(self) -> str | None: ...

    def shortage(self) -> str | None: ...


def facts_of(
    service: KnowsItself, live: LiveCounts, models: ModelSource | None, plan: CurrentPlan, start: ServiceStart
) -> ServiceFacts:
    """Return what a service knows of itself."""
    return ServiceFacts(
        live=live,
        trouble=service.trouble,
        closing=lambda: service.closing,
        models=tuple if models is None else models.figures,
        shortage=service.shortage,
        config=lambda: plan.now.config,
        start=start,
    )


class RunningView:
    """Tells of the study as a whole. Any thread, and nothing waits for it.

    Args:
        sessions: Everybody whom the service has in memory.
        journey: The places.
        context: What the parts of the service work with.
        store: The record.
        facts: What the service knows of itself.
        troubles: Has the warnings and errors.
    """

    def __init__(
        self,
        sessions: Sessions,
        journey: Journey,
        context: ServiceContext,
        store: Store,
        facts: ServiceFacts,
        troubles: TroubleLog,
    ) -> None:
        self._sessions = sessions
        self._journey = journey
        self._context = context
        self._store = store
        self._facts = facts
        self.troubles = troubles
        self.groups = GroupFigures()
        """Of a store that is asked to tell of its groups."""

    def overview(self, held: int) -> OverviewFound:
        """Return the study at a glance; `held` is how many lines are held."""
        controls, models, now = self._context.controls, self._facts.models(), self._context.wall_time()
        conversations = self._facts.live.conversations.counts()
        places: Counter[At] = Counter()
        waits: list[float] = []
        away = 0
        for session in self._sessions.everybody():  # once, as it is done all the time while somebody looks
            places[session.at] += 1
            if session.at is At.WAITING:
                waits.append(now - session.since)
            away += not session.present and session.at is not At.GONE
        waits.sort(reverse=True)
        answers = sum(model.answers for model in models)
        quota, filled = self._quota()
        return OverviewFound(
            places={at.value: count for at, count in places.items()},
            conversations=len(self._journey.tasks.parties),
            ended={FINISHED: conversations.finished, **conversations.ended},
            door=controls.door,
            paused=controls.paused,
            held=held,
            longest_wait_seconds=round(waits[0], 1) if waits else None,
            trouble=self._facts.trouble(),
            closing=self._facts.closing(),
            at=now,
            away=away,
            waits=tuple(round(wait, 1) for wait in waits[:WAITS_SHOWN]),
            quota=quota,
            quota_filled=filled,
            messages_per_minute=self._facts.live.per_minute(),
            models_cost=sum(model.cost for model in models),
            model_answers=answers,
            model_failures=sum(sum(model.failures.values()) for model in models),
            model_seconds=sum(model.seconds for model in models) / answers if answers else None,
            warnings=self.troubles.count("warning"),
            errors=self.troubles.count("error"),
        )

    def tasks(self) -> TasksFound:
        """Return the tasks, and the balance of the conditions."""
        controls = self._context.controls
        waiting: Counter[str | None] = Counter()
        inside: Counter[str | None] = Counter()
        for session in self._sessions.everybody():
            if session.at is At.WAITING:
                waiting[session.task] += 1
            elif session.at is At.TASK:
                inside[session.task] += 1
        talks = Counter(party.task for party in [*self._journey.tasks.parties.values()])
        return TasksFound(
            tasks=tuple(
                TaskRow(
                    task=key,
                    needed=task.agents_required if task.size is None else task.size.least,
                    most=task.agents_required,
                    paused=controls.is_paused(key),
                    waiting=waiting[key],
                    inside=inside[key],
                    conversations=talks[key],
                    longest_wait_seconds=controls.longest_wait(key, task.max_time_in_pool),
                )
                for key, task in self._facts.config().tasks.items()
            ),
            conditions=tuple(self._conditions()),
        )

    def measures(self) -> Measures:
        """Return what is measured of the service."""
        live, store = self._facts.live, self._store
        return Measures(
            ended=live.conversations.ended_by_task(),
            waits=self._context.visits.waits.read(),
            sources=self.troubles.sources(),
            queues={
                "desk": self._context.desk.waiting,
                **({"store": store.waiting} if isinstance(store, TellsOfGroups) else {}),
            },
            group_records=self.groups.records.read(),
            group_seconds=self.groups.seconds.read(),
            started_at=self._facts.start.at,
        )

    def alert_reading(self, free_bytes: int | None) -> AlertReading:
        """Return what alerts are decided by; `free_bytes` are free on the disk of the record."""
        controls, now = self._context.controls, self._context.wall_time()
        waits = [
            now - session.since
            for session in self._sessions.everybody()
            if session.at is At.WAITING and not controls.is_paused(str(session.task))
        ]
        talks = self._facts.live.conversations.counts()
        over = talks.finished + sum(talks.ended.values())
        return AlertReading(
            now=self._context.timers.clock.monotonic(),
            waiting=len(waits),
            longest_wait=max(waits, default=0.0),
            begun=talks.now + over,
            over=over,
            dropped=talks.ended.get("left", 0) + talks.ended.get("timed out", 0),
            errors=self.troubles.count("error"),
            cost=self._context.bot_seats.spent,
            models={model.name: model.trouble for model in self._facts.models() if model.trouble},
            free_bytes=free_bytes,
        )

    def models(self) -> ModelsFound:
        """Return how the models do."""
        return ModelsFound(models=tuple(self._facts.models()), shortage=self._facts.shortage())

    def trouble(self, request: ListTroubles) -> TroublesFound:
        """Return the last warnings and errors."""
        return self.troubles.found(request.kind, request.at_most)

    def study(self) -> StudyFound:
        """Return what runs. Raises `StoreError` where the record cannot be read."""
        start, store, config = StartRow(**asdict(self._facts.start)), self._store, self._facts.config()
        starts = store.last_starts(STARTS_SHOWN) if isinstance(store, KeepsStarts) else [start]
        return StudyFound(
            name=config.task_name,
            start=start,
            starts=tuple(starts),
            python=platform.python_version(),
            record=type(store).__name__,
            config=config_without_secrets(config),
        )

    def _conditions(self) -> list[ConditionRow]:
        assignments = self._context.assignments
        conditions = self._facts.config().conditions
        return [
            ConditionRow(
                condition=name,
                value=str(value),
                per=conditions[name].per,
                begun=cell.begun,
                finished=cell.finished,
                dropped=cell.dropped,
                quota=assignments.quota_of(name, value),
            )
            for name, cells in assignments.cells().items()
            for value, cell in cells.items()
        ]

    def _quota(self) -> tuple[int | None, int]:
        """Return with how many it is enough, by the condition of the fewest, and how many there are."""
        found: list[tuple[int, int]] = []
        rows = self._conditions()
        for name in {row.condition for row in rows}:
            of_it = [row for row in rows if row.condition == name]
            quotas = [row.quota for row in of_it if row.quota is not None]
            if len(quotas) == len(of_it):
                found.append((sum(quotas), sum(row.begun - row.dropped for row in of_it)))
        return min(found) if found else (None, 0)
