"""Simulated conversations on hosts; what a lost host was at is played again, and counts once."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from typing import Any, assert_never

from ...config.schema import Limits
from ...core.bot_seats.promises import Promises
from ...core.bot_seats.spending import Spending, SpendingLimit
from ...engines.host_connection import HostConnection
from ...engines.host_link import HostSource
from ...engines.host_orders import PromiseOverReport, PromiseReport, TookReport
from ...engines.host_promises import HostPromises
from ...errors import EngineError
from ...runner.timers import Timers
from ..lanes.example_failures import died
from ..log.example_record import ExampleKey, ExampleRecord
from ..simulations.goal_stage import GoalPlay, PlayedGoal
from .conversation_work import ReadyReport
from .host_crew import HostCrew, HostEvent, HostGone, HostJoined, HostReported
from .hosted_portions import LOST_AT_ONE, LOST_IN_A_ROW
from .portion_orders import FaultReport

_Plays = dict[ExampleKey, GoalPlay]


class HostedConversations:
    """Has conversations played on hosts (`PlaysGoals`). One thread; `start` first.

    A conversation that went on while a host was lost is played alone after that, so that one which ends its host
    costs itself only.

    Args:
        source: Where hosts come from.
        timers: The clock. Whoever gives it starts and closes it.
        lost_after: After how many seconds without an answer a host is lost.
        concurrency: How many conversations go on at the same time on each host.
        limits: Has what all models together may take, on all hosts.
    """

    def __init__(
        self, source: HostSource, timers: Timers, lost_after: float, concurrency: int, limits: Limits
    ) -> None:
        self._crew = HostCrew(source, timers, lost_after)
        self._concurrency = concurrency
        self._slots = 0
        self._at: dict[HostConnection, _Plays] = {}
        self._waiting: deque[GoalPlay] = deque()
        self._suspects: deque[GoalPlay] = deque()
        self._over: deque[PlayedGoal] = deque()
        self._alone: set[ExampleKey] = set()
        self._lost_at: Counter[ExampleKey] = Counter()
        self._in_a_row = 0
        limit = SpendingLimit(
            of=(Spending(),), max_cost=limits.max_cost, max_tokens=limits.max_tokens_total, whose="the study"
        )
        self._promises = HostPromises(limit, Promises(), lambda uid, decision: None, timers.clock.time)

    def start(self) -> None:
        """Start the hosts; one of them is ready then.

        Raises:
            EngineError: A host cannot be started, or does not fit.
        """
        hosts = self._crew.start()
        for host in hosts:
            self._join(host)
        self._slots = self._concurrency * len(hosts)
        is_ready = False
        while not is_ready:
            event = self._crew.next()
            self._notice(event)
            is_ready = isinstance(event, HostReported) and ReadyReport() in event.reports

    def close(self) -> None:
        """End the hosts. Calling it twice is harmless."""
        self._crew.close()

    @property
    def hosts(self) -> Sequence[HostConnection]:
        """The hosts there are."""
        return list(self._at)

    @property
    def room(self) -> int:
        """How many more may be begun now."""
        begun = len(self._waiting) + len(self._suspects) + len(self._over) + sum(map(len, self._at.values()))
        return self._slots - begun

    def begin(self, play: GoalPlay) -> None:
        """Have a conversation begun, as soon as a host has room."""
        (self._suspects if play.key in self._alone else self._waiting).append(play)
        self._hand_out()

    def next(self) -> PlayedGoal | None:
        """Return the next one that is over. Blocks.

        Raises:
            EngineError: No host is left.
            WorldError: Something is wrong that no conversation has.
        """
        while not self._over:
            self._notice(self._crew.next())
        return self._over.popleft()

    def _join(self, host: HostConnection) -> None:
        self._at[host] = {}
        self._promises.host_came(host)

    def _notice(self, event: HostEvent) -> None:
        match event:
            case HostJoined(host):
                self._join(host)
            case HostReported(host, reports):
                for report in reports:
                    self._take(host, report)
            case HostGone(host, why):
                self._lose(host, why)
            case _:
                assert_never(event)
        self._hand_out()

    def _take(self, host: HostConnection, report: Any) -> None:
        plays = self._at.get(host, {})
        match report:
            case PromiseReport() | PromiseOverReport() | TookReport():
                self._promises.take(host, report)
            case FaultReport():
                raise report.error(host.name)
            case PlayedGoal(record=record) if plays.pop(record.key, None) is not None:
                self._in_a_row = 0
                self._alone.discard(record.key)
                self._over.append(report)

    def _hand_out(self) -> None:
        """Give hosts what waits: one that has nothing to do is given a suspect, and then nothing else."""
        for host, plays in self._at.items():
            if host.is_gone or any(key in self._alone for key in plays):
                continue
            if self._suspects and not plays:
                self._give(host, self._suspects.popleft())
                continue
            while self._waiting and len(plays) < self._concurrency:
                self._give(host, self._waiting.popleft())

    def _give(self, host: HostConnection, play: GoalPlay) -> None:
        self._at[host][play.key] = play
        self._crew.tell(host, play)

    def _lose(self, host: HostConnection, why: str) -> None:
        self._in_a_row += 1
        if self._in_a_row >= LOST_IN_A_ROW:
            raise EngineError(
                f"{LOST_IN_A_ROW} hosts in a row were lost with nothing played meanwhile, the last one as {why}"
            )
        self._promises.host_lost(host)
        plays = self._at.pop(host, {})
        self._alone |= plays.keys()  # so that one which is tried again is played alone then, too
        for key, play in plays.items():
            self._lost_at[key] += len(plays) == 1
            if self._lost_at[key] >= LOST_AT_ONE:
                story = f"{self._lost_at[key]} hosts were lost while they played it, the last one as {why}"
                self._over.append(PlayedGoal(record=_died(play, story), measured={}))
            else:
                self._suspects.append(play)


def _died(play: GoalPlay, story: str) -> ExampleRecord:
    return ExampleRecord(
        key=play.key,
        last=True,
        asked=play.goal.asked_as(play.user),
        failure=died(story, play.tries),
    )
