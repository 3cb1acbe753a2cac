"""The service: plan, store, channels and runner put together."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..config.plan import Plan
from ..core.bot_seats.model_source import ModelSource
from ..core.message import Message
from ..events import (
    Arrived,
    Channel,
    DeliveredThrough,
    Delivery,
    Event,
    Inbound,
    Reacted,
    ReadThrough,
    Receipt,
    RefusalReason,
    Then,
    TypingChanged,
    Went,
)
from ..runner.runner import Runner, RunnerMaker
from ..runner.seats.parlai_seat import seat_kind
from ..runner.timers import Timers
from ..runner.turn import RunIdentity, Turn
from ..signals import Ended, Place
from ..store.media_content import MediaContent
from ..store.media_library import MediaLibrary
from ..store.protocol import Erasing, Saved, Store, line_reference
from ..store.snapshot import Snapshots
from .announcements import place_of
from .author_service import AuthorService
from .bots.bot_conversations import BotConversations
from .bots.bot_seats import BotSeats, means_of
from .counts import Counts, LiveCounts, fullness
from .current_plan import CurrentPlan, PlanChanges
from .desk import Desk, quiet_within
from .dispatch import Dispatch
from .hooks import Hooks
from .inbound.inbound_gate import InboundGate
from .inbound.inbound_refusals import InboundRefusals
from .journey import Journey
from .launching import Launcher
from .operations.operators_setup import make_operators
from .operations.reading.host_results import HostFigures, ReplicaFigures
from .operations.reading.running_view import facts_of
from .places.departures import Departures
from .places.erasures import Erasures
from .presence import PresenceTracker
from .restoring import Restoring
from .screens import Screens
from .service_context import make_service_context
from .session_table import Sessions
from .sessions import OUTSIDE, At, Session
from .signs.reading_signs import ReadingSigns
from .signs.seat_signs import seat_signs
from .start.service_runner import runner_of
from .start.start_record import start_record
from .unit_of_work import UnitOfWork, no_pickle

log = logging.getLogger(__name__)

CLOSE_WITHIN_SECONDS = 10.0
"""How long a closing service waits for a store that is in trouble."""

SEATED = (At.ONBOARDING, At.WAITING, At.TASK, At.AFTERWARDS)


class Service:
    """Everything that runs for one config.

    Constructing is silent; `start()` opens the doors, `close()` shuts them. The service owns what it is given:
    it opens and closes the store and the channels. `timers` and `models` are started and closed by the caller, who
    also decides what time it is. `library` keeps what authors upload (None: in memory); `make_runner` says where
    worlds are executed.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        store: Store,
        channels: Sequence[Channel],
        timers: Timers,
        library: MediaLibrary | None = None,
        models: ModelSource | None = None,
        make_runner: RunnerMaker = Runner,
    ) -> None:
        config = plan.config
        self.plan, current = plan, CurrentPlan(plan)
        self._store = store
        self._dispatch = Dispatch(channels)
        self._library = library or MediaLibrary()
        self._timers = timers
        self._live_counts = LiveCounts(timers.clock)
        self._sessions = Sessions(seat_kind=seat_kind(for_parlai=config.for_parlai))
        # Snapshots are worth their while only where the record outlives the process.
        pickles = Snapshots(plan.opt, None if models is None else models.shared)
        snapshots = pickles if store.durable and config.store.snapshots else None
        pickle_data = pickles.data if store.durable else no_pickle
        unit_of_work = UnitOfWork(store, self._publish, self._dispatch.signal, pickle_data, timers.clock)
        self._desk = Desk(unit_of_work.close)
        self.changes = PlanChanges(current, self._desk, pickles)
        is_moderated = plan.before_delivery is not None or config.moderation is not None
        means = self._bot_means = means_of(
            config.limits, models, store, lambda: self._context.controls, streams=not is_moderated
        )
        bot_seats = BotSeats(models, means, moderated=config.moderation is not None)
        screens = Screens(self._sessions, self._dispatch)
        signs = seat_signs(
            store.after,
            self._dispatch.signal,
            lambda: self._context.reading_signs,
            self._library.persona,
            lambda who, uid, bot, state: self._desk.put(self._presence.of_bot, who, uid, bot, state),
            lambda *bots: self._desk.put(self._journey.tasks.bots_sit, *bots),
        )
        self._runner = runner_of(current, timers, self._commit, signs, screens, snapshots, means, make_runner)
        hooks = Hooks(current, self._runner)
        reading_signs = ReadingSigns(store.after, self._dispatch.signal, hooks)
        with_desk = (current, self._desk, timers, unit_of_work)
        self._context = make_service_context(*with_desk, reading_signs, hooks, bot_seats)
        self._thinking = self._context.reading_signs.thinking
        self._drained = threading.Event()
        self._start = start_record(config, timers.clock)
        self.authors = AuthorService(
            self._sessions, store, self._publish, self._dispatch, self._library, timers.clock, bot_seats
        )
        """What `module_initialize(opt, service)` is given."""
        self._launcher = Launcher(
            self._runner, self._context, self._live_counts, current, snapshots, self._start.run_id, self.authors
        )
        self.bot_conversations = BotConversations(self._runner, self._context, self._launcher)
        self._departures = Departures(
            self._sessions, store, self._context, self._dispatch.is_connectionless, self._forget
        )
        self._journey = Journey(
            current, self._runner, self._context, self._launcher, self._departures, self._drained.set
        )
        self._departures.place_by(self._journey.door.restore)
        self._presence = PresenceTracker(self._departures, self._journey, store, self._context, config)
        self._erasures = (
            Erasures(
                store, self._sessions, self._departures, self._runner, self._context, self._journey.person_left
            )
            if isinstance(store, Erasing)
            else None
        )
        parts = (self._context, self._journey, self._sessions, store, self._runner)
        self.operators = make_operators(*parts, facts_of(self, self._live_counts, models, current, self._start))
        """What those who run the study may do."""
        self._refusals = InboundRefusals(store)
        self._gate = InboundGate(config, self._keep_upload, store.heard_of, timers.clock, store)
        self._suspended = self._closing = self._closed = False

    def start(self) -> None:
        """Open the store, let the world module set itself up, and open the channels.

        Raises `ChannelError` when a channel cannot open, and whatever `module_initialize` raises.
        """
        saved = self._store.open(self._start)
        if self._bot_means is not None:
            self._bot_means.study.add(saved.spent.cost, saved.spent.tokens)
        self._desk.start()
        try:
            self._library.open(self._store)
            if self.plan.module_initialize is not None:
                self.plan.module_initialize(self.plan.opt, self.authors)
            self._restore(saved)
            self._dispatch.open(self.deliver, self._store)
            if self._erasures is not None:
                self._desk.put(self._erasures.look)
        except BaseException:
            self.close(grace_seconds=0)
            raise

    def close(self, grace_seconds: float | None = None) -> list[RunIdentity]:
        """Shut down: refuse newcomers, tell everyone, let conversations end, stop the rest, make it all record.

        `grace_seconds` (default: the config's `shutdown_grace`) is how long conversations may go on; `hurry()`
        ends the grace early. Returns the runs whose author code would not stop. Calling it twice is harmless.
        """
        if not self._closing:
            self._closing = True
            self._desk.put(self._announce_closing)
            if not self._desk.started:
                self._drained.set()
            self._drained.wait(self.plan.config.shutdown_grace if grace_seconds is None else grace_seconds)
        self._desk.close()
        # With a record that lasts, runs are not ended but left as they are on it: the next start goes on with
        # them, and what they do while they are being stopped has not happened.
        self._suspended = self._store.durable
        if self._suspended:
            self._live_counts.conversations.freeze()
        stuck = self._runner.close()
        if self._closed:
            return stuck
        self._closed = True
        for session in self._sessions.everybody():
            if session.at in SEATED and session.at is not At.WAITING and not self._suspended:
                self._context.tell(session, self._context.texts.stopped)
            # Whoever has a seat that lasts has not reached an end: their page comes back to it by itself.
            if session.here and session.present and not (self._suspended and session.at in SEATED):
                self._context.announcements.signal(session.id, Ended("closing"))
        self._context.unit_of_work.close()
        self._await_store(CLOSE_WITHIN_SECONDS)
        self._dispatch.close()
        self._store.close()
        return stuck

    def hurry(self) -> None:
        """End the grace of a `close()` that is under way, and wait no longer for author code. Any thread.

        Not for a signal handler, which may have interrupted the very wait that this ends.
        """
        self._drained.set()
        self._runner.hurry()

    def _announce_closing(self) -> None:
        texts = self._context.texts
        for session in self._sessions.everybody():
            # Who is held can bring nothing to an end, and has been told that their conversation waits.
            if session.here and not session.held:
                self._context.tell(session, texts.closing_kept if self._is_kept(session) else texts.closing)
        self._journey.close()

    def _is_kept(self, session: Session) -> bool:
        """Return whether the next start goes on with what somebody is in."""
        if not self._store.durable or session.at not in SEATED:
            return False
        return session.at is At.WAITING or self.plan.config.store.snapshots

    def _restore(self, saved: Saved) -> None:
        """Put everybody back to where they were. Blocks until the desk has done it."""
        self._context.assignments.restore(saved.assigned)
        saved = self.operators.restore(saved, self._store)
        if saved.sessions or saved.runs or saved.run_counts:
            restoring = Restoring(
                saved,
                self._desk,
                self._sessions,
                self._launcher,
                self._journey,
                self._presence,
                self._departures,
            )
            self._desk.put(restoring.everybody)
            self._desk.put(self.operators.go_on)
            self._desk.wait_idle()

    def _await_store(self, timeout_seconds: float) -> bool:
        """Wait until all that was handed to the store is recorded and has gone out. False if it took too long."""
        recorded = threading.Event()
        self._store.after(recorded.set)
        return recorded.wait(timeout_seconds)

    def deliver(self, event: Event, then: Then | None = None) -> None:
        """Take an event from a channel. Any thread; returns at once.

        `then` is told what became of an `Inbound`, or that somebody arrived, once that is on record.
        """
        if type(event) is DeliveredThrough:
            self._desk.put(self._presence.got, event)
            return
        if type(event) is Inbound:
            session = self._sessions.known_or_fresh(event.participant_id)
            closed = self._closing and not session.here
            taken = RefusalReason.CLOSING if closed else self._gate.take(session, event)
            if isinstance(taken, Inbound):
                if event.payload is not None and taken.payload is None:
                    then = partial(self._mention_drop, session, then)
                self._store.journal(taken, partial(self._journalled, session, taken, then))
            else:
                self._refusals.refuse(event, taken, then)
        elif type(event) is Arrived:
            self._desk.put(self._happened, self._presence.arrived, event)
            if then is not None:
                # Behind it, by when all that it has set off is handed to the record.
                self._desk.put(self._store.after, partial(then, Receipt()))
        elif type(event) is Went:
            self._desk.put(self._happened, self._presence.went, event)
        elif type(event) is TypingChanged:
            self._desk.put(self._happened, self._presence.wrote, event)
        elif type(event) is ReadThrough:
            self._desk.put(self._happened, self._presence.saw, event)
        elif type(event) is Reacted:
            self._desk.put(self._happened, self._journey.tasks.talks.reacted, event)

    def _happened(self, handle: Callable[[Session, Any], None], event: Any) -> None:
        """On the desk: have an event handled, with the session of whom it is about."""
        handle(self._departures.known(event.participant_id), event)

    def _journalled(self, session: Session, inbound: Inbound, then: Then | None, receipt: Receipt) -> None:
        if receipt.refused is not None or receipt.duplicate:
            self._gate.give_back(inbound)
        else:
            self._live_counts.message(came_in=True)
            who, reply_to = inbound.participant_id, inbound.reply_to
            if self._dispatch.is_connectionless(who):
                # On the desk in front of what these words may set off there.
                self._desk.put(self._happened, self._presence.heard_from, inbound)
            reference = line_reference(who, receipt.seq)
            message = Message(inbound.text, payload=inbound.payload, carried_line=reference, reply_to=reply_to)
            if session.at in OUTSIDE:
                self._departures.deliver_mail(who, message)
            elif not (self._context.controls.values and self.operators.checks.take(session, message)):
                session.mailbox.put(message)  # nobody who is inside is let go of
                if session.talk.end_button != "none":  # who has said enough may finish
                    self._desk.put(self._journey.tasks.talks.said, session, message)
        if then is not None:
            # Last, so that whoever waits for it finds the message on its way; an answer cannot overtake it, as
            # it has to pass through the same log.
            then(receipt)

    def _mention_drop(self, session: Session, then: Then | None, receipt: Receipt) -> None:
        """Tell somebody, once, that only the words of what they sent were taken."""
        if receipt.refused is None and not receipt.duplicate and self._gate.is_first_drop(session.id):
            self._desk.put(self._context.tell, session, self._context.texts.no_attachments)
        if then is not None:
            then(receipt)

    def _keep_upload(self, content: MediaContent, participant_id: str) -> str:
        return self._library.keep(content, owner=participant_id)

    def _forget(self, participant_id: str) -> None:
        self._gate.forget(participant_id)
        self._store.forget(participant_id)

    def _commit(self, turn: Turn) -> None:
        if self._suspended:
            return
        self._store.commit(turn, self._publish)

    def _publish(self, delivery: Delivery) -> None:
        self._live_counts.message(came_in=False)
        self._thinking.pop(delivery.participant_id, None)
        self._dispatch.send(delivery)

    def lines_after(self, participant_id: str, seq: int) -> list[Delivery]:
        """Return a participant's lines after `seq`, oldest first. Any thread."""
        return self._store.lines_after(participant_id, seq)

    def place_of(self, participant_id: str) -> Place | None:
        """Return where a participant is, None if they were never here. Any thread."""
        session = self._sessions.get(participant_id)
        if session is not None:
            return place_of(session)
        record = self._store.session(participant_id)
        return None if record is None else Place(record.place, record.task, record.since)

    def counts(self) -> Counts:
        """Return what is going on now. Any thread."""
        runner = self._runner
        return self._live_counts.counts(
            self._sessions.everybody(),
            threads=fullness(runner.blocked, runner.max_threads),
            full=self._dispatch.fullness(),
            refused=self._journey.door.admission.refused,
            busy=not runner.has_room or self._dispatch.is_full(),
            held=self._context.holding.held,
            not_taken=self._refusals.counts,
        )

    @property
    def closing(self) -> bool:
        return self._closing

    def trouble(self) -> str | None:
        """Say what keeps the service from recording or from sending; None while all is well. Any thread."""
        found = self._store.trouble(), self._dispatch.trouble(), self._runner.trouble()
        return "; ".join(filter(None, found)) or None

    def hosts(self) -> tuple[HostFigures, ...]:
        """Return how the hosts do on which conversations are executed; none without an engine that has some."""
        return () if self._runner.hosts is None else self._runner.hosts.figures()

    def replicas(self) -> tuple[ReplicaFigures, ...]:
        """Return how the replicas of models do that live on a cluster."""
        return () if self._runner.hosts is None else self._runner.hosts.found().replicas

    def shortage(self) -> str | None:
        """Say why newcomers of some tasks are turned away: a limit of what models may take. Any thread."""
        return self._context.bot_seats.shortage()

    def wait_quiet(self, timeout_seconds: float = 10.0) -> bool:
        """Wait until everything that was set in motion has come to rest, and only people or time can move it.

        Real time. False if it took too long.
        """
        return quiet_within(timeout_seconds, self._await_store, self._desk, self._runner)
