"""What becomes of the reports of hosts."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..core.bot_seats.bot_desk import BotMeans
from ..runner.run_context import SeatSigns
from ..runner.turn import Commit, Turn
from .host_orders import (
    AnswerReport,
    BeatReport,
    DecisionReport,
    DropOrder,
    EndReport,
    LogReport,
    PromiseOverReport,
    PromiseReport,
    ReleasedReport,
    RestReport,
    SignReport,
    TookReport,
    TurnReport,
)
from .hosted_run import HostedRun
from .replicas.replica_orders import AskOverReport, AskReport
from .runs_connection import RunsConnection

if TYPE_CHECKING:
    from .hosts import Hosts

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5


class ReportTaking:
    """Called on the thread of a host's connection, one batch after the other.

    While what a host reported before its last batch is not on record, no more is fetched from it; so a record that
    is slow has the hosts wait, and not grow.

    Args:
        hosts: The hosts.
        commit: Records a turn.
        signs: What people are shown besides words.
        means: What all bots have in common; None where there are no models.
        run_of: Returns the run of a uid; None if it is over.
        over: Told of a run that is over.
    """

    def __init__(
        self,
        hosts: Hosts,
        commit: Commit,
        signs: SeatSigns,
        means: BotMeans | None,
        run_of: Callable[[str], HostedRun | None],
        over: Callable[[HostedRun, EndReport], None],
    ) -> None:
        self._hosts = hosts
        self._commit = commit
        self._signs = signs
        self._means = means
        self._run_of = run_of
        self._over = over

    def __call__(self, host: RunsConnection, reports: Sequence[Any]) -> None:
        """Take a batch."""
        for report in reports:
            try:
                self._take(host, report)
            except Exception:  # what comes behind it must be taken all the same
                log.exception("a report of host %s could not be taken", host.name)
        recorded = threading.Event()
        self._hosts.record.after(recorded.set)
        before, host.recorded = host.recorded, recorded
        while not (before.wait(LOOK_SECONDS) or host.is_closed):
            pass

    def _take(self, host: RunsConnection, report: Any) -> None:
        if isinstance(report, BeatReport | RestReport):
            host.notice(report)
            return
        self._hosts.steps += 1
        match report:
            case TurnReport(turn):
                self._take_turn(host, turn)
            case EndReport():
                self._take_end(host, report)
            case SignReport(name, values):
                getattr(self._signs, name)(*values)
            case ReleasedReport(uid, epoch):
                run = self._run_of(uid)
                if run is not None and run.epoch == epoch:
                    self._hosts.move(run, host)
            case LogReport(level, logger, text):
                logging.getLogger(logger).log(level, "host %s: %s", host.name, text)
            case AnswerReport(answer):
                if self._means is not None:
                    self._means.counted(answer)
            case PromiseReport() | PromiseOverReport() | TookReport():
                self._hosts.promises.take(host, report)
            case AskReport():
                self._hosts.questions.ask(host, report)
            case AskOverReport():
                self._hosts.questions.over(host, report)
            case DecisionReport(uid, decision):
                if self._means is not None:
                    self._means.record(uid, decision)

    def _take_turn(self, host: RunsConnection, turn: Turn) -> None:
        uid = turn.run.uid
        run = self._run_of(uid)
        if run is not None:
            with run.lock:
                if run.host is host and run.epoch == turn.epoch:
                    self._commit(run.take(turn))
                    for seat in run.waiting_seats() if turn.consumed else ():
                        run.mail_came(seat)
                    return
        host.late_turns += 1
        self._hosts.late_turns += 1
        log.warning(
            "turn %d (epoch %d) of run %s is refused: host %s was taken for lost, and the run went on elsewhere",
            turn.number, turn.epoch, turn.run, host.name,
        )  # fmt: skip
        host.put(DropOrder(uid, turn.epoch))

    def _take_end(self, host: RunsConnection, report: EndReport) -> None:
        run = self._run_of(report.uid)
        if run is None:
            return
        with run.lock:  # nobody is to move it meanwhile
            if run.host is host and run.epoch == report.epoch:
                host.placed.pop(report.uid, None)
                self._over(run, report)
