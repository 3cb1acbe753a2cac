"""Erasures: people who are to be forgotten while the service runs go out, and then out of the record."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from ...errors import StoreError
from ...runner.runner import Runner
from ...runner.turn import Outcome
from ...signals import Ended
from ...store.protocol import Erasing
from ..service_context import ServiceContext
from ..session_table import Sessions
from ..sessions import Session
from .departures import Departures

log = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0
"""How often it is looked whether somebody is to be erased, and how long their runs have to come to their end."""

ERASED_REASON = "a participant was erased"


class Erasures:
    """Sees off whoever is to be erased, ends their conversations, and has them erased a moment later. On the desk.

    What they write afterwards is a newcomer's. Until the record has let go of them their session stays, as one of
    which nothing is known, so that nobody reads back what is about to be erased.

    Args:
        store: Knows who is to be erased.
        sessions: Everybody the service has in memory.
        departures: Lets go of sessions.
        runner: Executes the worlds.
        context: What the parts of the service work with.
        see_off: Sends somebody outside who is inside.
    """

    def __init__(
        self,
        store: Erasing,
        sessions: Sessions,
        departures: Departures,
        runner: Runner,
        context: ServiceContext,
        see_off: Callable[[Session], None],
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._departures = departures
        self._runner = runner
        self._context = context
        self._see_off = see_off
        self._seen_off: set[str] = set()
        self._under_way: set[str] = set()

    def look(self) -> None:
        """Look now, and again and again, whether somebody is to be erased."""
        try:
            for participant_id in self._store.asked_to_erase():
                self._take_up(participant_id)
        except StoreError as error:
            log.debug("it cannot be looked now who is to be erased: %s", error)  # the store's trouble is told of
        self._context.call_later(PAUSE_SECONDS, self.look)

    def _take_up(self, participant_id: str) -> None:
        if participant_id in self._under_way:
            return
        self._context.controls.forget(participant_id)
        session = self._sessions.get(participant_id)
        if session is not None and session.here:
            session.release()
            self._see_off(session)
        ending = Outcome("left", ERASED_REASON, forced=True)
        for uid in self._store.open_runs_of(participant_id):
            self._context.unit_of_work.after(partial(self._runner.stop, uid, ending))
        if participant_id not in self._seen_off:
            self._seen_off.add(participant_id)
            return
        self._seen_off.discard(participant_id)
        self._under_way.add(participant_id)
        blank = self._departures.begin_anew(participant_id)
        done = partial(self._context.desk.put, self._erased, blank)
        self._context.unit_of_work.after(partial(self._store.erase, participant_id, done))

    def _erased(self, session: Session) -> None:
        self._under_way.discard(session.id)
        # Their log begins anew, and so must whatever shows it.
        self._context.announcements.signal(session.id, Ended("left"))
        if not session.here:
            self._departures.out_of_sight(session)
        log.info("somebody was erased, as was asked for")
