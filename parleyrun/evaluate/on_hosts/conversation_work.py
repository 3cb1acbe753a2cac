"""Simulated conversations on a host: it plays those that it is asked for, several at the same time."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace

from ...config.plan import make_plan
from ...config.schema import Config
from ...core.bot_seats.promises import Promises
from ...engines.host.asked_promises import AskedPromises
from ...engines.host.host_setup import work_from
from ...engines.host_orders import (
    BeatOrder,
    PromiseOrder,
    PromiseOverReport,
    PromiseReport,
    SpendingReport,
    SpentOrder,
    unpacked,
)
from ..simulations.goal_stage import GoalPlay, GoalStage
from ..task_play import TaskPlay
from ..task_self_chat import TaskSelfChat
from .host_reports import HostReports, packed_reports
from .portion_orders import FaultReport


@dataclass(frozen=True, slots=True)
class ReadyReport:
    """A host is ready to play."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSetup:
    """What a host is told at first (`SetsUpHost`).

    Attributes:
        config: The config. Its path is where it stands among the files.
        files: Its files: their paths, and what stands in them.
        play: What is played.
        concurrency: How many conversations go on at the same time.
        timeout: How many seconds one may take; None for as long as it takes.
    """

    config: Config
    files: tuple[tuple[str, bytes], ...]
    play: TaskPlay
    concurrency: int
    timeout: float | None

    def set_up(self) -> ConversationWork:
        """Have this process be a host. It works from a folder of its own from now on."""
        work_from(self.files, self.config.path)
        work = self.work()
        logging.getLogger().addHandler(work.log_handler)
        return work

    def work(self) -> ConversationWork:
        """Return what is done on a host. Raises whatever authors' modules and models raise."""
        if self.play.seed is not None:
            random.seed(self.play.seed)
        plan = make_plan(self.config)
        tell = logging.getLogger(__name__).info

        def chat(promises: Promises) -> TaskSelfChat:
            return TaskSelfChat(plan, self.play, tell, promises=promises)

        return ConversationWork(chat, self.concurrency, self.timeout)


class ConversationWork:
    """What a host of simulated users does (`HostWork`). Any thread.

    Args:
        make_chat: Makes what plays conversations of the task, with what promises them what models may take.
        concurrency: How many go on at the same time.
        timeout: How many seconds one may take; None for as long as it takes.

    Raises whatever authors' modules and models raise.
    """

    def __init__(
        self, make_chat: Callable[[Promises], TaskSelfChat], concurrency: int, timeout: float | None
    ) -> None:
        self._reports = HostReports()
        self.log_handler = self._reports.log_handler
        self._promises = AskedPromises(self._tell_of_spending)
        self._opened = ExitStack()
        self._chat = self._opened.enter_context(make_chat(self._promises))
        self._stage = GoalStage(self._chat, concurrency, timeout)
        self._is_closed = threading.Event()
        self._lock = threading.Lock()  # guards the closing
        self._reports.put(ReadyReport())
        threading.Thread(target=self._listen, name="parleyrun-played", daemon=True).start()

    def take(self, batch: bytes) -> None:
        for order in unpacked(batch):
            match order:
                case GoalPlay():
                    self._stage.begin(order)
                case PromiseOrder(number):
                    self._promises.answer(order)
                    self._chat.model_timers.end(number)
                case SpentOrder():
                    self._promises.know(order)
                case BeatOrder(number):
                    self._reports.beat(number)

    def give(self, seconds: float) -> bytes:
        return packed_reports(self._reports.take(seconds))

    def close(self) -> None:
        with self._lock:
            if self._is_closed.is_set():
                return
            self._is_closed.set()
        self._reports.end()
        self._stage.wake()
        self._opened.close()

    def _tell_of_spending(self, report: SpendingReport) -> None:
        """On the thread of whoever asks a model. Conversations skip no time while they wait for a promise."""
        if isinstance(report, PromiseReport):
            self._chat.model_timers.begin(report.number)
            report = replace(report, asker=None)  # there is no record of it that others could write to
        self._reports.put(report)
        if isinstance(report, PromiseOverReport):
            self._chat.model_timers.end(report.number)

    def _listen(self) -> None:
        """On a thread of its own: report what is over."""
        while not self._is_closed.is_set():
            try:
                played = self._stage.next()
            except BaseException as error:  # whatever it is: whoever evaluates waits for this conversation
                self._reports.put(FaultReport.of(error))
                return
            if played is not None and not self._is_closed.is_set():
                self._reports.put(played)
