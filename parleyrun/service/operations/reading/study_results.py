"""What operators are told of the study as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ....core.bot_seats.model_source import ModelFigures
from ....store.operator_records import StartRow


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewFound:
    """The study at a glance.

    Attributes:
        places: How many people are where, by place.
        conversations: How many go on.
        ended: How many are over, by outcome.
        door: `open`, `closed` or `drain`.
        paused: The keys of the tasks that are paused; `*` for all matching.
        held: How many lines moderation holds back.
        longest_wait_seconds: For how long somebody waits by now; None where nobody does.
        trouble: What keeps the service from its work; None while all is well.
        closing: Whether the service is about to end.
        at: When that was so, in wall time.
        away: How many inside have lost their connection.
        waits: How many seconds each of those waits who have waited longest, at most 200, the longest first.
        quota: With how many of all values of a condition it is enough; None where a value has no quota.
        quota_filled: How many of those have finished or are on the way.
        messages_per_minute: How many came in or went out within the last minute.
        models_cost: What the models' answers cost since this start, as far as prices are known.
        model_answers: How often a model answered since this start.
        model_failures: How often one did not.
        model_seconds: How long an answer took, on the average; None before the first.
        warnings: How many warnings the log had since this start.
        errors: How many errors it had.
    """

    places: Mapping[str, int]
    conversations: int
    ended: Mapping[str, int]
    door: str
    paused: tuple[str, ...]
    held: int
    longest_wait_seconds: float | None
    trouble: str | None
    closing: bool
    at: float = 0.0
    away: int = 0
    waits: tuple[float, ...] = ()
    quota: int | None = None
    quota_filled: int = 0
    messages_per_minute: int = 0
    models_cost: float = 0.0
    model_answers: int = 0
    model_failures: int = 0
    model_seconds: float | None = None
    warnings: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task: who waits for it and is in it, and what holds for it now.

    Attributes:
        task: Its key.
        needed: With how many people it may begin.
        most: How many it takes.
        paused: Whether nobody is matched for it.
        waiting: How many people wait.
        inside: How many are in conversations of it.
        conversations: How many of these go on.
        longest_wait_seconds: How long somebody waits at most; None for ever.
    """

    task: str
    needed: int
    most: int
    paused: bool
    waiting: int
    inside: int
    conversations: int
    longest_wait_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionRow:
    """How many had one value of a condition.

    Attributes:
        condition: Its name.
        value: The value, as it is written.
        per: Whether it is one of each `participant`, or of each `group`.
        begun: How many were assigned it.
        finished: How many are through.
        dropped: How many are gone before.
        quota: With how many it is enough; None for any number.
    """

    condition: str
    value: str
    per: str
    begun: int
    finished: int
    dropped: int
    quota: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksFound:
    """All tasks, and the balance of the conditions."""

    tasks: tuple[TaskRow, ...]
    conditions: tuple[ConditionRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsFound:
    """All models, in the order of the config; `shortage` says that what they may take is taken."""

    models: tuple[ModelFigures, ...]
    shortage: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleRow:
    """A warning or an error of the log; `kind` is what it is counted under."""

    number: int
    at: float
    level: str
    logger: str
    kind: str
    text: str
    traceback: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TroublesFound:
    """Some of the last warnings and errors, newest first; `kinds` counts all since this start."""

    troubles: tuple[TroubleRow, ...]
    kinds: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFound:
    """What runs.

    Attributes:
        name: What the study is called.
        start: This start of the service.
        starts: Those on this record, newest first, this one too.
        python: The version of Python.
        record: What kind of store keeps the record.
        config: What the config says that is not as by default, without secrets.
    """

    name: str
    start: StartRow
    starts: tuple[StartRow, ...]
    python: str
    record: str
    config: Mapping[str, Any] = field(default_factory=dict)
