"""Simulated conversations on a host: it plays those that it is asked for, several at the same time."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from ...config.plan import make_plan
from ...config.schema import Config
from ...core.bot_seats.spending import taken_by
from ...core.model_answer import ModelAnswer
from ...engines.host.host_setup import work_from
from ...engines.host_orders import BeatOrder, TookReport, unpacked
from ..simulations.goal_stage import GoalPlay, GoalStage
from ..task_play import TaskPlay
from ..task_self_chat import TaskSelfChat
from .host_reports import HostReports, packed_reports
from .portion_orders import FaultReport


@dataclass(frozen=True, slots=True)
class ReadyReport:
    """A host is ready to play."""


@dataclass(frozen=True, slots=True)
class ElsewhereOrder:
    """Models have taken so much more on other hosts, or on those that are lost."""

    cost: float
    tokens: int


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
        opened = ExitStack()
        chat = opened.enter_context(TaskSelfChat(plan, self.play, logging.getLogger(__name__).info))
        return ConversationWork(chat, self.concurrency, self.timeout, opened.close)


class ConversationWork:
    """What a host of simulated users does (`HostWork`). Any thread.

    Args:
        chat: Plays conversations of the task; it is open.
        concurrency: How many go on at the same time.
        timeout: How many seconds one may take; None for as long as it takes.
        let_go: Called at the end, once.
    """

    def __init__(
        self, chat: TaskSelfChat, concurrency: int, timeout: float | None, let_go: Callable[[], object]
    ) -> None:
        self._chat, self._let_go = chat, let_go
        self._stage = GoalStage(chat, concurrency, timeout, self._tell_of)
        self._reports = HostReports()
        self.log_handler = self._reports.log_handler
        self._is_closed = threading.Event()
        self._lock = threading.Lock()  # guards the closing
        self._reports.put(ReadyReport())
        threading.Thread(target=self._listen, name="parleyrun-played", daemon=True).start()

    def take(self, batch: bytes) -> None:
        for order in unpacked(batch):
            match order:
                case GoalPlay():
                    self._stage.begin(order)
                case ElsewhereOrder(cost, tokens):
                    self._chat.took_elsewhere(cost, tokens)
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
        self._let_go()

    def _tell_of(self, answers: Sequence[ModelAnswer]) -> None:
        """On the thread of a run."""
        cost, tokens = (sum(amounts) for amounts in zip(*map(taken_by, answers), strict=True))
        if cost or tokens:
            self._reports.put(TookReport(cost, int(tokens)))

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
