"""Presence: who is here, who is away for a moment, who has gone, and who is typing or reading."""

from __future__ import annotations

from functools import partial

from ..config.schema import Config
from ..events import Arrived, DeliveredThrough, Inbound, ReadThrough, TypingChanged, Went
from ..signals import Presence, PresenceState, ReadMark, Typing
from ..store.protocol import Journal
from ..store.visit_keys import DEVICE, ENTRY, SHOWS_FORMS
from .journey import Journey
from .places.departures import Departures
from .service_context import ServiceContext
from .sessions import Session


class PresenceTracker:
    """Follows people's connections. Runs on the desk.

    A person who disconnects has `config.disconnect_grace` to come back to the same seat.
    """

    def __init__(
        self,
        departures: Departures,
        journey: Journey,
        journal: Journal,
        context: ServiceContext,
        config: Config,
    ) -> None:
        self._departures = departures
        self._journey = journey
        self._journal = journal
        self._context = context
        self._grace_seconds = config.disconnect_grace
        self._knows_screens = bool(config.forms)
        # By the id of who talks with them: the uid of the run, and the bot's name in it.
        self._bots_away: dict[str, list[tuple[str, str]]] = {}

    def arrived(self, session: Session, event: Arrived) -> None:
        """A connection is there."""
        # Data is put on record only for news: in the middle of a parley it may hold what a restart does again.
        if event.entry and session.stored_data.get(ENTRY) != event.entry:
            self._context.visits.came_by_another_link(session, session.stored_data.get(ENTRY, {}))
            session.stored_data[ENTRY] = dict(event.entry)
            self._context.unit_of_work.touch(session, data=True)
            self._journey.tasks.came_back(session)
        if event.device and session.stored_data.get(DEVICE) != event.device:
            session.stored_data[DEVICE] = dict(event.device)
            self._context.unit_of_work.touch(session, data=True)
        if self._knows_screens and event.forms is not session.stored_data.get(SHOWS_FORMS, False):
            session.stored_data[SHOWS_FORMS] = event.forms
            self._context.unit_of_work.touch(session, data=True)
        was_away = not session.present
        session.arrived()
        if event.address:
            session.came_from(event.address)
        self._departures.came_back(session)
        if session.at_gate:
            self._context.announcements.show_place(session)
            self._journey.door.back_at_gate(session)
            return
        if not session.here:
            if session.lost_task is not None:
                self._journey.door.tell_of_loss(session, opens=event.opens)
            elif event.opens:
                session.begin_anew()
                self._journey.door.open(session)
            return
        self._journey.door.admission.entered(session)
        self._context.announcements.show_place(session)
        self._journey.tasks.talks.show(session)
        self._show_who_is_away(session)
        if was_away:
            self._tell_partners(session, "back")
            self._journey.tasks.came_back(session)

    def heard_from(self, session: Session, _event: Inbound) -> None:
        """Somebody wrote who comes over no connection: they are there."""
        if not session.present:
            self.arrived(session, Arrived(session.id))

    def went(self, session: Session, _event: Went) -> None:
        """The last connection is gone."""
        session.went_away()
        if session.in_grace:
            return
        # Outside too, as what they wrote last may only now be on its way to open the door for them.
        self.begin_grace(session)
        if session.here:
            self._tell_partners(session, "away")
        else:
            self._journey.door.out_of_sight(session)

    def of_bot(self, participant_id: str, run_uid: str, name: str, state: PresenceState | None) -> None:
        """A bot that passes for a person is away, is back, or has left; None: its conversation is over."""
        bot = (run_uid, name)
        away = [other for other in self._bots_away.pop(participant_id, ()) if other != bot]
        if state == "away":
            away.append(bot)
        if away:
            self._bots_away[participant_id] = away
        session = self._departures.in_memory(participant_id)
        if state is not None and session is not None and session.present and session.run_uid == run_uid:
            self._context.announcements.signal(participant_id, Presence(name, state))

    def begin_grace(self, session: Session) -> None:
        """Somebody is away from this moment on: their grace begins."""
        session.begin_grace(self._context.call_later(self._grace_seconds, self._stayed_away, session))

    def wrote(self, session: Session, event: TypingChanged) -> None:
        """Somebody types: show it to those who are with them."""
        party = self._journey.party_of(session)
        if party is not None:
            typing = Typing(party.role_of(session), event.on)
            for other in party.others(session):
                self._context.announcements.signal(other.id, typing)

    def got(self, event: DeliveredThrough) -> None:
        """Lines have reached somebody's screen. That is for the record alone: they may have left since."""
        self._context.hooks.delivered(
            event.participant_id,
            event.seq,
            partial(self._journal.delivered_through, event.participant_id, event.seq),
        )

    def saw(self, session: Session, event: ReadThrough) -> None:
        """Somebody has read up to a line: show it to those whose words these were."""
        show = partial(self._context.desk.put, self._show_read, session, event)
        if self._context.hooks.read(session.id, event.seq, show):
            self._show_read(session, event)

    def _show_read(self, session: Session, event: ReadThrough) -> None:
        party = self._journey.party_of(session)
        read = self._journal.read_through(session.id, event.seq)
        if party is not None:
            for line in read:
                self._context.announcements.signal(line.participant_id, ReadMark(party.role_of(session), line.seq))

    def _stayed_away(self, session: Session) -> None:
        session.end_grace()
        if not session.present and session.here and not session.held:
            self._journey.person_left(session)

    def _show_who_is_away(self, session: Session) -> None:
        """A screen that comes back knows nothing of what its person's partners did in the meantime."""
        party = self._journey.party_of(session)
        if party is not None:
            for other in party.others(session):
                if not other.present:
                    self._context.announcements.signal(session.id, party.presence(other, "away"))
        for run_uid, name in self._bots_away.get(session.id, ()):
            if run_uid != session.run_uid:
                continue
            self._context.announcements.signal(session.id, Presence(name, "away"))

    def _tell_partners(self, session: Session, state: PresenceState) -> None:
        party = self._journey.party_of(session)
        if party is not None:
            presence = party.presence(session, state)
            for other in party.others(session):
                self._context.announcements.signal(other.id, presence)
