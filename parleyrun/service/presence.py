"""Attendance: who is here, who is away for a moment, who has gone, and who is typing or reading."""

from __future__ import annotations

from functools import partial

from ..events import Arrived, DeliveredThrough, PresenceState, ReadMark, ReadThrough, Typing, TypingChanged, Went
from ..runner.timers import Timers
from ..store.protocol import Store
from .announcements import Voice
from .desk import Desk
from .journey import Journey
from .sessions import Session, Sessions
from .unit_of_work import Batch


class Attendance:
    """Follows people's connections. Runs on the desk.

    A person who disconnects has `grace_seconds` to come back to the same seat.
    """

    def __init__(
        self,
        sessions: Sessions,
        journey: Journey,
        store: Store,
        desk: Desk,
        timers: Timers,
        voice: Voice,
        batch: Batch,
        grace_seconds: float,
    ) -> None:
        self._sessions = sessions
        self._journey = journey
        self._store = store
        self._desk = desk
        self._timers = timers
        self._voice = voice
        self._batch = batch
        self._grace_seconds = grace_seconds

    def arrived(self, session: Session, event: Arrived) -> None:
        """A connection is there."""
        # Data is put on record only for news: in the middle of a parley it may hold what a restart does again.
        if event.entry and session.stored_data.get("entry") != event.entry:
            session.stored_data["entry"] = dict(event.entry)
            self._batch.touch(session, data=True)
        was_away = not session.present
        session.present = True
        self._sessions.came_back(session)
        if session.away_timer is not None:
            session.away_timer.cancel()
            session.away_timer = None
        if not session.here:
            if session.at_gate:
                self._voice.show_place(session)
            elif event.opens:
                self._journey.open_door(session)
            return
        self._voice.show_place(session)
        self._show_who_is_away(session)
        if was_away:
            self._tell_partners(session, "back")
            self._journey.came_back(session)

    def heard_from(self, session: Session) -> None:
        """Somebody wrote who comes over no connection: they are there."""
        if not session.present:
            self.arrived(session, Arrived(session.id))

    def went(self, session: Session, _event: Went) -> None:
        """The last connection is gone."""
        session.present = False
        if session.away_timer is not None:
            return
        # Outside too, as what they wrote last may only now be on its way to open the door for them.
        self.begin_grace(session)
        if session.here:
            self._tell_partners(session, "away")
        else:
            self._journey.out_of_sight(session)

    def begin_grace(self, session: Session) -> None:
        """Somebody is away from this moment on: their grace begins."""
        session.away_timer = self._timers.call_later(
            self._grace_seconds, partial(self._desk.put, self._stayed_away, session)
        )

    def wrote(self, session: Session, event: TypingChanged) -> None:
        """Somebody types: show it to those who are with them."""
        party = self._journey.party_of(session)
        if party is not None:
            typing = Typing(party.role_of(session), event.on)
            for other in party.others(session):
                self._voice.signal(other.id, typing)

    def got(self, event: DeliveredThrough) -> None:
        """Lines have reached somebody's screen. That is for the record alone: they may have left since."""
        self._store.delivered_through(event.participant_id, event.seq)

    def saw(self, session: Session, event: ReadThrough) -> None:
        """Somebody has read up to a line: show it to those whose words these were."""
        party = self._journey.party_of(session)
        read = self._store.read_through(session.id, event.seq)
        if party is not None:
            for line in read:
                self._voice.signal(line.participant_id, ReadMark(party.role_of(session), line.seq))

    def _stayed_away(self, session: Session) -> None:
        session.away_timer = None
        if not session.present and session.here:
            self._journey.person_left(session)

    def _show_who_is_away(self, session: Session) -> None:
        """A screen that comes back knows nothing of what its person's partners did in the meantime."""
        party = self._journey.party_of(session)
        if party is not None:
            for other in party.others(session):
                if not other.present:
                    self._voice.signal(session.id, party.presence(other, "away"))

    def _tell_partners(self, session: Session, state: PresenceState) -> None:
        party = self._journey.party_of(session)
        if party is not None:
            presence = party.presence(session, state)
            for other in party.others(session):
                self._voice.signal(other.id, presence)
