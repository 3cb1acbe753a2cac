"""Departures: people who are outside and out of sight are in the store, and not in memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ...core.message import Message
from ...store.pickling import unpickle
from ...store.protocol import SessionRecord, Store
from ..service_context import ServiceContext
from ..session_table import Sessions
from ..sessions import OUTSIDE, At, Session


class Departures:
    """Lets go of people, and knows them again when they come back. Runs on the desk, but for `deliver_mail`.

    Where the record outlives the process, they are let go of as soon as it says all that is known of them. Where
    it does not, or something of theirs cannot be recorded, the last of them stay in memory.

    Args:
        sessions: Everybody the service has in memory.
        store: Knows everybody.
        context: What the parts of the service work with.
        is_connectionless: Says whether somebody comes over no connection that could be lost.
        forget: Told the ids of those who are let go of.
    """

    def __init__(
        self,
        sessions: Sessions,
        store: Store,
        context: ServiceContext,
        is_connectionless: Callable[[str], bool],
        forget: Callable[[str], None],
    ) -> None:
        self._sessions = sessions
        self._store = store
        self._context = context
        self._is_connectionless = is_connectionless
        self._forget = forget
        self._place: Callable[[Session], None] = lambda session: None

    def place_by(self, place: Callable[[Session], None]) -> None:
        """Have whoever is known again put to the door by this. Called once, before anybody comes."""
        self._place = place

    def out_of_sight(self, session: Session) -> None:
        """Somebody is outside, and may never come back."""
        if not self._store.durable:
            self._keep_only_the_last(session)
            return
        # Once all is recorded that was handed over so far, and what they wrote last has knocked at the door.
        let_go = partial(self._context.desk.put, self._let_go, session, session.departs())
        self._context.unit_of_work.after(partial(self._store.after, let_go))

    def came_back(self, session: Session) -> None:
        """Somebody is in sight, or inside."""
        self._sessions.came_back(session)

    def known(self, participant_id: str) -> Session:
        """Return somebody's session, as it was when they went."""
        session, _ = self._sessions.get_or_create(participant_id)
        self._recall(session)
        return session

    def in_memory(self, participant_id: str) -> Session | None:
        """Return somebody's session; None of who is in the store only, as nobody is who is here."""
        return self._sessions.get(participant_id)

    def begin_anew(self, participant_id: str) -> Session:
        """Return somebody's session as if they had never been here. It stays until it is out of sight again."""
        session, _ = self._sessions.get_or_create(participant_id)
        session.know_nothing()
        self._place(session)
        return session

    def deliver_mail(self, participant_id: str, message: Message) -> None:
        """Put a message into the mailbox of somebody who is outside. Any thread."""
        with self._sessions.lock:  # so that they are not let go of at this moment
            session, is_new = self._sessions.get_or_create(participant_id)
            if is_new:
                self._context.desk.put(self._recall, session)
            session.mailbox.put(message)

    def fill(self, session: Session, record: SessionRecord, mail: tuple[Message, ...] = ()) -> None:
        """Have a session be what is on record of it."""
        if self._is_connectionless(session.id):
            session.arrived()
        else:
            session.went_away()
        session.restore(
            record,
            data=unpickle(record.data, f"the data of {session.id}") or {},
            onboard_data=unpickle(record.onboard_data, f"the onboard_data of {session.id}"),
            mail=mail,
        )

    def _recall(self, session: Session) -> None:
        if not session.recall():
            return
        record = self._store.session(session.id) if self._store.durable else None
        # Who is inside is in memory; a record that says so is of an older start, and their seat is gone.
        if record is not None and At(record.place) in OUTSIDE:
            self.fill(session, record)
        self._place(session)
        self.out_of_sight(session)

    def _let_go(self, session: Session, departure: int) -> None:
        if session.departures != departure or session.here or session.locked_out:
            return  # they came back, or will go once more
        if session.present and not self._is_connectionless(session.id):
            return
        if session.in_grace and not len(session.mailbox):
            session.cancel_grace()
        if session.in_grace:
            return
        if session.only_in_memory:
            self._keep_only_the_last(session)
            return
        with self._sessions.lock:
            if len(session.mailbox):
                return
            self._sessions.remove(session)
        session.take_fresh_mailbox()  # the old one knows who listens, and so leads back here
        self._forget(session.id)

    def _keep_only_the_last(self, session: Session) -> None:
        for participant_id in self._sessions.went(session):
            self._forget(participant_id)
