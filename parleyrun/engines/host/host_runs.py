"""The runs of a host: a runner of its own, which takes orders and reports what comes of them."""

from __future__ import annotations

import logging
import pickle
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from ...config.plan import Plan, TaskPlan
from ...core.bot_seats.model_source import ModelSource
from ...core.message import FrozenDict
from ...errors import NotRestored
from ...runner.mailbox import Mailbox
from ...runner.person import PersonAgent
from ...runner.recorder import SavedState
from ...runner.run_context import SeatSigns
from ...runner.runner import Runner, RunnerSettings
from ...runner.seats.form_means import FormMeans
from ...runner.seats.parlai_seat import seat_kind
from ...runner.timers import Timers
from ...runner.turn import Outcome, Turn, describe, outcome_of
from ...service.bots.bot_seats import BotSeats
from ...service.bots.moderator import before_delivery_of
from ...service.bots.seat_swaps import swap_of
from ...service.bots.task_seats import FirstSeats, MakeSeats, SeatsAgain
from ...service.current_plan import CurrentPlan
from ...service.world_build import WorldBuild
from ...store.snapshot import Snapshots
from ..host_orders import (
    BeatOrder,
    BeatReport,
    ControlsOrder,
    DropOrder,
    EndOrder,
    EndReport,
    HostLoad,
    LeftOrder,
    MailOrder,
    PersonsSeat,
    PromiseOrder,
    ReleasedReport,
    ReleaseOrder,
    RestOrder,
    RestReport,
    RunOrder,
    ScreenOrder,
    SignReport,
    SpentOrder,
    StopOrder,
    TurnReport,
    packed,
    unpacked,
)
from ..replicas.replica_orders import AnsweredOrder, GrownOrder
from .asked_promises import AskedPromises
from .asked_replicas import AskedReplicas
from .host_authors import HostAuthors
from .host_means import HostControls, host_means
from .outbox import Outbox
from .process_memory import memory_bytes
from .work_log import ReportingHandler

log = logging.getLogger(__name__)

DROPPED = Outcome("stopped", "it goes on on another host")
LOOK_AGAIN_SECONDS = 0.5
"""How often a run that is to be let go of is looked at, while it executes."""


class _Placed:
    """A run on this host. Its lock makes a turn and the letting go of it one after the other."""

    __slots__ = ("agents", "epoch", "is_dropped", "is_to_go", "lock", "task")

    def __init__(self, order: RunOrder, agents: list[PersonAgent]) -> None:
        self.epoch = order.epoch
        self.agents = agents
        self.task = order.task
        self.lock = threading.Lock()
        self.is_to_go = False
        self.is_dropped = False


class HostRuns:
    """Any thread.

    Args:
        plan: The study, as it is on this host.
        timers: The clock. Whoever gives it starts and closes it.
        models: The models of this host; None where there are none.
        replicas: The way to those that live on the cluster.
    """

    def __init__(self, plan: Plan, timers: Timers, models: ModelSource | None, replicas: AskedReplicas) -> None:
        config = plan.config
        self._plan = plan
        self._timers = timers
        self._outbox = Outbox()
        self._screens: dict[str, bool] = {}
        self._controls = HostControls()
        self._lock = threading.Lock()  # guards the two below: which orders wait for the end of which run
        self._placed: dict[str, _Placed] = {}
        self._later: dict[str, list[Any]] = {}
        self._seat_kind = seat_kind(for_parlai=config.for_parlai)
        self._snapshots = Snapshots(plan.opt, None if models is None else models.shared)
        is_moderated = plan.before_delivery is not None or config.moderation is not None
        promises = AskedPromises(lambda report: self._outbox.put(report, waits=False))
        replicas.report_to(lambda report: self._outbox.put(report, waits=False))
        self._means = (
            None
            if models is None
            else host_means(
                config.limits, models, self._outbox, promises, self._controls, streams=not is_moderated
            )
        )
        self._bot_seats = BotSeats(models, self._means, moderated=config.moderation is not None)
        self.log_handler: logging.Handler = ReportingHandler(self._outbox)
        """Has what a host of its own process logs reported: warnings and errors."""
        self.authors = HostAuthors(self._bot_seats)
        """What `module_initialize(opt, service)` is given."""
        self._runner = Runner(
            timers=timers,
            commit=self._commit,
            signs=_signs(self._outbox),
            settings=RunnerSettings(
                max_workers=config.max_workers,
                max_threads=config.max_threads,
                tick_seconds=config.tick_seconds,
                grace_seconds=config.disconnect_grace,
                before_delivery=before_delivery_of(CurrentPlan(plan), self._means, timers.clock),
                forms=FormMeans(texts=config.form_texts, shows=lambda who: self._screens.get(who, False)),
            ),
            snapshots=self._snapshots,
            bot_means=self._means,
        )
        self._orders: Mapping[type, Callable[[Any], None]] = {
            RunOrder: self._launch,
            MailOrder: self._mail,
            StopOrder: self._stop,
            EndOrder: self._end,
            LeftOrder: self._left,
            ScreenOrder: self._screen,
            ControlsOrder: self._control,
            ReleaseOrder: self._release,
            DropOrder: self._drop,
            BeatOrder: self._beat,
            SpentOrder: promises.know,
            PromiseOrder: promises.answer,
            AnsweredOrder: replicas.answered,
            GrownOrder: replicas.grown,
            RestOrder: self._rest,
        }

    def take(self, batch: bytes) -> None:
        """Do what these orders say, in their order. Returns at once. One thread at a time."""
        for order in unpacked(batch):
            if not self._waits(order):
                self._do(order)

    def _do(self, order: Any) -> None:
        try:
            self._orders[type(order)](order)
        except Exception:  # what comes behind it must be done all the same
            log.exception("an order could not be carried out: %s", type(order).__name__)

    def _waits(self, order: Any) -> bool:
        """Whether an order is for a run that begins once the one of that uid, which was here before, is over."""
        uid = order.identity.uid if isinstance(order, RunOrder) else getattr(order, "uid", None)
        if uid is None or isinstance(order, DropOrder):
            return False
        with self._lock:
            later = self._later.get(uid)
            if later is not None:
                later.append(order)
            elif isinstance(order, RunOrder) and uid in self._placed:
                self._later[uid] = [order]
            else:
                return False
        return True

    def give(self, seconds: float) -> bytes:
        """Return what there is to report, or nothing after so long. One thread at a time."""
        reports = self._outbox.take(seconds, self._runner.wait_quiet)
        return packed(reports) if reports else b""

    def close(self, timeout_seconds: float = 1.0) -> None:
        """Stop everything; nothing is reported any more."""
        for placed in list(self._placed.values()):
            placed.is_dropped = True
        self._outbox.close()
        self._runner.hurry()
        self._runner.close(timeout_seconds)

    def _launch(self, order: RunOrder) -> None:
        try:
            self._begin(order)
        except Exception as error:  # what is kept of people may be of a class that is not there on this host
            log.exception("run %s cannot begin on this host", order.identity)
            self._report_failed(order, Outcome("failed", describe(error)))

    def _report_failed(self, order: RunOrder, outcome: Outcome) -> None:
        uid, epoch = order.identity.uid, order.epoch
        seats = tuple((seat.left_told, False) for seat in order.seats)
        turn = Turn(order.identity, order.turn + 1, epoch, outcome=outcome)
        self._outbox.put(TurnReport(turn), waits=False)
        self._outbox.put(EndReport(uid=uid, epoch=epoch, outcome=outcome, seats=seats), waits=False)

    def _begin(self, order: RunOrder) -> None:
        uid = order.identity.uid
        agents = [self._agent(seat) for seat in order.seats]
        for handover in order.handovers:
            agents[handover.seat].replaced = True
        task = self._plan.tasks[order.task]
        if order.size is not None:
            task = task.sized(order.size)
        build = WorldBuild(
            task=order.task,
            world=task.world,
            opt=self._plan.opt,
            agents=agents,
            seats=self._seats(order, task, agents),
            begun=order.turn > 0,
            snapshot=order.snapshot,
            snapshots=self._snapshots,
            hold=order.hold,
        )
        is_new = order.turn == 0 and not order.again and order.epoch == 1
        saved = None if is_new else SavedState(order.epoch, order.turn, order.heard, order.said)
        placed = self._placed[uid] = _Placed(order, agents)
        future = self._runner.launch(order.identity, build, agents, saved=saved)
        future.add_done_callback(partial(self._ended, uid, placed))
        for handover in order.handovers:
            agent = agents[handover.seat]
            swap = swap_of(agent, handover.entry, task, self._bot_seats, handover.told)
            self._runner.person_left(uid, agent, swap)

    def _agent(self, seat: PersonsSeat) -> PersonAgent:
        kept = pickle.loads(seat.kept)  # noqa: S301  # the coordinator runs our own code
        agent = self._seat_kind(
            seat.participant_id,
            Mailbox(),
            data=kept["data"],
            stored_data=kept["stored_data"],
            onboard_data=pickle.loads(seat.onboard_data),  # noqa: S301
        )
        agent.disp_id = seat.role
        agent.nameless = seat.nameless
        agent.condition = FrozenDict(seat.condition)
        agent.round = seat.round
        agent.left, agent.left_told = seat.left, seat.left_told
        agent.data_on_record = seat.kept
        agent.manager = self.authors
        agent.opt = self._plan.opt
        self._screens[seat.participant_id] = seat.shows_forms
        return agent

    def _seats(self, order: RunOrder, task: TaskPlan, agents: Sequence[PersonAgent]) -> MakeSeats:
        if order.again or order.epoch > 1:
            return SeatsAgain(
                bot_seats=self._bot_seats, task=task, person_name=self._plan.config.texts.person_name
            )
        task = task.under(agents[0].condition) if agents else task
        return FirstSeats(
            bot_seats=self._bot_seats, task=task, filling=order.filling, filled_after=order.filled_after
        )

    def _mail(self, order: MailOrder) -> None:
        placed = self._placed.get(order.uid)
        if placed is not None:
            for message in order.messages:
                placed.agents[order.seat].mailbox.put(message)

    def _stop(self, order: StopOrder) -> None:
        self._runner.stop(order.uid, order.outcome)

    def _end(self, order: EndOrder) -> None:
        self._runner.call_end(order.uid, order.end)

    def _left(self, order: LeftOrder) -> None:
        placed = self._placed.get(order.uid)
        if placed is not None:
            self._runner.person_left(order.uid, placed.agents[order.seat])

    def _screen(self, order: ScreenOrder) -> None:
        self._screens[order.participant_id] = order.shows_forms

    def _control(self, order: ControlsOrder) -> None:
        self._controls.set(order.uid, order.seats)

    def _release(self, order: ReleaseOrder) -> None:
        placed = self._placed.get(order.uid)
        if placed is not None:
            placed.is_to_go = True
            self._let_go_if_at_rest(order.uid, placed)

    def _let_go_if_at_rest(self, uid: str, placed: _Placed) -> None:
        """A run that executes lets go with its next turn, or is looked at again."""
        with placed.lock:
            if placed.is_dropped or self._placed.get(uid) is not placed:
                return
            if self._runner.is_at_rest(uid):
                self._let_go(uid, placed)
                return
        self._timers.call_later(LOOK_AGAIN_SECONDS, partial(self._let_go_if_at_rest, uid, placed))

    def _let_go(self, uid: str, placed: _Placed) -> None:
        """Under its lock: all that it did is reported, and nothing more is."""
        placed.is_dropped = True
        self._outbox.put(ReleasedReport(uid, placed.epoch), waits=False)
        self._runner.stop(uid, DROPPED)

    def _drop(self, order: DropOrder) -> None:
        placed = self._placed.get(order.uid)
        if placed is not None and placed.epoch <= order.epoch:
            with placed.lock:
                placed.is_dropped = True
            self._runner.stop(order.uid, DROPPED)

    def _beat(self, order: BeatOrder) -> None:
        load = HostLoad(
            ready=self._runner.ready,
            blocked=self._runner.blocked,
            has_room=self._runner.has_room,
            waiting_reports=len(self._outbox),
            memory_bytes=memory_bytes(),
        )
        self._outbox.put(BeatReport(order.number, load), waits=False)

    def _rest(self, order: RestOrder) -> None:
        threading.Thread(target=self._say_rest, args=(order.number,), daemon=True).start()

    def _say_rest(self, number: int) -> None:
        self._runner.wait_quiet()
        self._outbox.put(RestReport(number), waits=False)

    def _commit(self, turn: Turn) -> None:
        placed = self._placed.get(turn.run.uid)
        if placed is None:
            return
        with placed.lock:
            if placed.is_dropped or placed.epoch != turn.epoch:
                return
            self._outbox.put(TurnReport(turn))
            if placed.is_to_go and turn.outcome is None:
                self._let_go(turn.run.uid, placed)

    def _ended(self, uid: str, placed: _Placed, future: Future[Outcome]) -> None:
        if not placed.is_dropped:
            error = None if future.cancelled() else future.exception()
            held = isinstance(error, NotRestored) and error.may_fit_again
            self._outbox.put(
                EndReport(
                    uid=uid,
                    epoch=placed.epoch,
                    outcome=None if held else outcome_of(future),
                    fault=str(error) if held else "",
                    may_fit_again=held,
                    seats=tuple((agent.left_told, agent.timed_out) for agent in placed.agents),
                )
            )
        with self._lock:
            self._placed.pop(uid, None)
        self._controls.forget(uid)
        while (order := self._next_later(uid)) is not None:
            self._do(order)

    def _next_later(self, uid: str) -> Any:
        """Return the next order that waited for the end of a run; None once none does."""
        with self._lock:
            later = self._later.get(uid)
            if later:
                return later.pop(0)
            self._later.pop(uid, None)
            return None


def _signs(outbox: Outbox) -> SeatSigns:
    """Return signs that go to the coordinator, in order with the turns around them."""

    def show(name: str) -> Callable[..., None]:
        return lambda *values: outbox.put(SignReport(name, values), waits=False)

    return SeatSigns(**{name: show(name) for name in SeatSigns.__slots__})
