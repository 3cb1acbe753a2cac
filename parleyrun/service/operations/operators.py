"""Operators: the people who run a study, and all that they can do while it runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from ...errors import OperatorError
from ...events import Lines
from ...runner.runner import Runner
from ...store.protocol import Saved
from ..alerts.alert_board import AlertBoard
from ..service_context import ServiceContext
from .acting import Acting
from .alert_requests import ListAlerts, SendTestAlert
from .attention_checks import AttentionChecks
from .effect import Effect
from .operation_requests import (
    ListActs,
    ListConversations,
    ListHeld,
    ListPeople,
    ListPools,
    PairPeople,
    ReadConversation,
    ShowPerson,
)
from .operation_results import ActDone, PoolsFound, Result
from .pools_view import pools_view
from .reading.host_results import HostsFound
from .reading.running_view import RunningView
from .reading.study_requests import ListHosts, ListModels, ListTasks, ListTroubles, ShowOverview, ShowStudy
from .request_kinds import ReadingRequest, WritingRequest
from .request_values import LONGEST_TEXT, request_from
from .study_view import StudyView

log = logging.getLogger(__name__)

T = TypeVar("T")

WAIT_SECONDS = 30.0
"""How long an operation may take until whoever asked is told that the service does not get to it (real time)."""

LONGEST_NAME = 200
"""How many characters the name of an operator may have."""


class Operators:
    """Does what operators ask for. Any thread but the desk's.

    Reading disturbs nobody. What changes something is one job of the desk, whose move has it on record with who
    did it and why; it is answered once that is recorded, and holds from then on, whatever happens to the process.

    Args:
        context: What the parts of the service work with.
        view: What operators read of people and conversations.
        running: What they read of the study as a whole.
        acting: What operators do.
        runner: Ends runs.
        alerts: Has those that are open.
    """

    def __init__(
        self,
        context: ServiceContext,
        view: StudyView,
        running: RunningView,
        acting: Acting,
        runner: Runner,
        alerts: AlertBoard,
    ) -> None:
        self._context = context
        self.alerts, self.on_desk = alerts, context.desk.put
        self.read_for_alerts = running.alert_reading
        """Returns what alerts are decided by; it is told how many bytes are free for the record."""
        self._view = view
        self.troubles = running.troubles
        """What the log has said that somebody may have to do something about, while it is listening."""
        self.groups, self.measures = running.groups, running.measures
        """What the store's groups are counted in, where it tells of them; and what is measured of all."""
        self._reads: Mapping[type[ReadingRequest], Callable[[Any], Result]] = {
            ShowOverview: lambda _: running.overview(len(view.acts.held_lines())),
            ListTasks: lambda _: running.tasks(),
            ListModels: lambda _: running.models(),
            ListTroubles: running.trouble,
            ShowStudy: lambda _: running.study(),
            ListHosts: lambda _: _hosts_found(runner),
            ListPeople: view.people,
            ShowPerson: lambda request: view.person(request.person),
            ListConversations: view.conversations,
            ReadConversation: view.conversation,
            ListHeld: lambda _: view.held(),
            ListActs: view.operator_acts,
            ListPools: self._pools,
            ListAlerts: lambda _: alerts.found(),
        }
        self._acting = acting
        self._runner = runner

    @property
    def checks(self) -> AttentionChecks:
        """The questions that people have open."""
        return self._acting.checks

    def restore(self, saved: Saved, lines: Lines) -> Saved:
        """Have what the record says hold, and return the rest of it. Before anybody is put back.

        Args:
            saved: What is on record.
            lines: People's lines on record.
        """
        self._context.controls.restore(saved.controls)
        self._acting.number_on(saved.last_act)
        self._acting.set_quotas(self._context.controls.quotas)
        return replace(saved, mail=self._acting.checks.without_answers(saved.mail, lines))

    def go_on(self) -> None:
        """On the desk, once everybody is put back: end what was to end, and ask on."""
        for uid, how in self._context.controls.endings.items():
            self._acting.end_run(uid, how["outcome"], how["reason"])
        self._acting.checks.go_on()

    def ask(self, verb: object, values: Mapping[str, Any], *, by: object, why: object = "") -> Result:
        """Do what a request in plain JSON says.

        Args:
            verb: The operation's name.
            values: What it is told.
            by: Who asks.
            why: Their reason.

        Raises:
            OperatorError: It is no request, or cannot be done; nothing has changed.
        """
        if not isinstance(by, str) or not by.strip() or len(by) > LONGEST_NAME or not by.isprintable():
            raise OperatorError(f"expected who asks, as a name of at most {LONGEST_NAME} characters")
        if not isinstance(why, str) or len(why) > LONGEST_TEXT:
            raise OperatorError(f"expected a reason of at most {LONGEST_TEXT} characters")
        return self.do(request_from(verb, values), by=by, why=why)

    def do(self, request: ReadingRequest | WritingRequest, *, by: str, why: str = "") -> Result:
        """Do it, and return what came of it.

        Args:
            request: What to do.
            by: Who asks.
            why: Their reason.

        Raises:
            OperatorError: It cannot be done; nothing has changed. Or the service does not get to it in time.
            StoreError: The record cannot be read.
        """
        if isinstance(request, ReadingRequest):
            return self._reads[type(request)](request)
        _ = self._view.acts  # where nothing of it can be put on record it is not done
        future: Future[ActDone] = Future()
        self._context.desk.put(self._act, request, by, why, future)
        return _wait(future)

    def _pools(self, _request: ListPools) -> PoolsFound:
        found: Future[PoolsFound] = Future()
        self._context.desk.put(self._look_at_pools, found)
        return _wait(found)

    def _look_at_pools(self, found: Future[PoolsFound]) -> None:
        now = self._context.timers.clock.monotonic()
        _answer(found, lambda: pools_view(self._acting.pools, self._context.controls, now))

    def _act(self, request: WritingRequest, by: str, why: str, future: Future[ActDone]) -> None:
        """On the desk: do it, and have it recorded with what it changes."""
        finish = partial(self._finish, request.verb, by, why, future)
        try:
            if isinstance(request, PairPeople):
                self._acting.pair(request, partial(self._paired, finish, future))
            elif isinstance(request, SendTestAlert):
                finish(Effect(told=self.alerts.test()))
            else:
                finish(self._acting.do(request))
        except OperatorError as error:
            future.set_exception(error)
        except Exception as error:
            future.set_exception(OperatorError(f"it failed: {type(error).__name__}; the log says more"))
            raise

    def _paired(
        self, finish: Callable[[Effect], None], future: Future[ActDone], came_of_it: OperatorError | Effect
    ) -> None:
        if isinstance(came_of_it, OperatorError):
            future.set_exception(came_of_it)
        else:
            finish(came_of_it)

    def _finish(self, verb: str, by: str, why: str, future: Future[ActDone], effect: Effect) -> None:
        number = self._acting.record(verb, by, why, effect)
        done = ActDone(act=number, told=effect.told, person=effect.person, conversation=effect.conversation)
        log.info("%s did %s%s", by, verb, f" to {effect.target}" if effect.target else "")
        unit = self._context.unit_of_work
        unit.after(partial(unit.once_recorded, partial(future.set_result, done)))


def _hosts_found(runner: Runner) -> HostsFound:
    hosts = runner.hosts
    if hosts is None:
        return HostsFound()
    found: HostsFound = hosts.found()
    return found


def _answer(future: Future[PoolsFound], work: Callable[[], PoolsFound]) -> None:
    try:
        future.set_result(work())
    except Exception as error:  # whoever asked waits for it, on another thread
        future.set_exception(error)


def _wait(future: Future[T]) -> T:
    try:
        return future.result(WAIT_SECONDS)
    except FutureTimeout:
        raise OperatorError(
            "the service does not get to it: it is closing, or cannot record; `acts` will say whether it was done"
        ) from None
