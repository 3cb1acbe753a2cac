"""Counts: what an operator sees of a service."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..runner.timers import Clock
from .holding import HeldRun
from .sessions import At, Session

HELD_SHOWN = 20
FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fullness:
    """How much of something finite is in use. `of` None is as much as one likes, and 0 per cent."""

    used: int
    of: int | None
    percent: int


def fullness(used: int, of: int | None) -> Fullness:
    """Return how full something is; beyond 100 per cent goes what those who are inside have in reserve."""
    return Fullness(used=used, of=of, percent=used * 100 // of if of else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationCounts:
    """How many conversations go on `now`, how many have `finished`, and how many `ended` otherwise, by outcome.

    Overworlds and onboardings are none. Those that ended under earlier starts on the same record count too.
    """

    now: int
    finished: int
    ended: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """A service at one moment. `places` counts people by place, `waiting` and `in_task` by task key.

    `conversations` are what it is all for; `runs_started` and `runs_ended` count overworlds and onboardings too,
    since this start.
    `full` says how full it is, of threads and of each channel's connections; `busy` whether newcomers are refused
    for that, and `refused` how often somebody was, for whatever reason of room. `held_runs` counts the runs that
    are held, and `held` says which and why, of the first of them.
    `not_taken` counts what people sent that was refused, by its reason.
    """

    places: Mapping[str, int]
    waiting: Mapping[str, int]
    in_task: Mapping[str, int]
    away: int
    conversations: ConversationCounts
    runs_started: int
    runs_ended: Mapping[str, int]
    messages_in: int
    messages_out: int
    messages_per_minute: int
    blocked_runs: int
    sessions: int
    full: Mapping[str, Fullness]
    busy: bool
    refused: int
    held_runs: int
    not_taken: Mapping[str, int]
    held: Sequence[HeldRun]


class ConversationTally:
    """Knows which conversations go on, and counts how they end; any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards all below
        self._now: set[str] = set()
        self._ended: Counter[str] = Counter()
        self._ended_by_task: Counter[tuple[str, str]] = Counter()
        self._is_frozen = False

    def went_before(self, ended: Mapping[str, int]) -> None:
        """Count those of earlier starts, by their outcome."""
        with self._lock:
            self._ended.update(ended)

    def began(self, uid: str) -> None:
        """A conversation began, or goes on after a restart."""
        with self._lock:
            self._now.add(uid)

    def is_held(self, uid: str) -> None:
        """A conversation cannot go on, and has not ended."""
        with self._lock:
            self._now.discard(uid)

    def ended(self, uid: str, task: str, outcome: str) -> None:
        """A conversation of a task is over."""
        with self._lock:
            if not self._is_frozen:
                self._now.discard(uid)
                self._ended[outcome] += 1
                self._ended_by_task[task, outcome] += 1

    def freeze(self) -> None:
        """From here on conversations are stopped to go on with the next start, which ends none."""
        with self._lock:
            self._is_frozen = True

    def ended_by_task(self) -> dict[tuple[str, str], int]:
        """Return how many ended since this start, by task and outcome."""
        with self._lock:
            return dict(self._ended_by_task)

    def counts(self) -> ConversationCounts:
        """Return what there is now."""
        with self._lock:
            ended = dict(self._ended)
            return ConversationCounts(now=len(self._now), finished=ended.pop(FINISHED, 0), ended=ended)


class LiveCounts:
    """Counts what happens; any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()  # guards all below: `+=` is not one step
        self.conversations = ConversationTally()
        self.messages_in = 0
        self.messages_out = 0
        self.runs_started = 0
        self.runs_ended: dict[str, int] = {}
        self._seconds: deque[list[int]] = deque()  # [second, messages in it], the last minute's

    def message(self, *, came_in: bool) -> None:
        """A message came in, or went out."""
        with self._lock:
            now = int(self._clock.monotonic())
            if came_in:
                self.messages_in += 1
            else:
                self.messages_out += 1
            if self._seconds and self._seconds[-1][0] == now:
                self._seconds[-1][1] += 1
                return
            self._seconds.append([now, 1])
            if len(self._seconds) > 60:
                self._seconds.popleft()

    def run_started(self) -> None:
        with self._lock:
            self.runs_started += 1

    def run_ended(self, kind: str) -> None:
        with self._lock:
            self.runs_ended[kind] = self.runs_ended.get(kind, 0) + 1

    def per_minute(self) -> int:
        """Return how many messages came in or went out within the last minute."""
        oldest = int(self._clock.monotonic()) - 59
        with self._lock:
            return sum(messages for second, messages in self._seconds if second >= oldest)

    def counts(
        self,
        sessions: Iterable[Session],
        *,
        threads: Fullness,
        full: Mapping[str, Fullness],
        refused: int,
        busy: bool,
        held: Sequence[HeldRun],
        not_taken: Mapping[str, int],
    ) -> Counts:
        """Return what was counted, with where people are now. Any thread.

        Args:
            sessions: Everybody the service knows.
            threads: How many threads wait inside author code.
            full: How full the channels are, by their names.
            refused: How often a newcomer was refused as there was no room.
            busy: Whether they are now.
            held: The runs that are held.
            not_taken: How often something that people sent was refused, by its reason.
        """
        inside = [session for session in sessions if session.at is not At.GONE]
        return Counts(
            places=dict(Counter(session.at.value for session in inside)),
            waiting=dict(Counter(str(session.task) for session in inside if session.at is At.WAITING)),
            in_task=dict(Counter(str(session.task) for session in inside if session.at is At.TASK)),
            away=sum(not session.present for session in inside),
            conversations=self.conversations.counts(),
            runs_started=self.runs_started,
            runs_ended=dict(self.runs_ended),
            messages_in=self.messages_in,
            messages_out=self.messages_out,
            messages_per_minute=self.per_minute(),
            blocked_runs=threads.used,
            sessions=len(inside),
            full={"threads": threads, **full},
            busy=busy,
            refused=refused,
            held_runs=len(held),
            not_taken=not_taken,
            held=tuple(held[:HELD_SHOWN]),
        )
