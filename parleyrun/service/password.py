"""The gate: where newcomers are asked for the password, if there is one."""

from __future__ import annotations

import hmac
import math
from collections.abc import Callable
from functools import partial

from ..runner.timers import Timers
from .announcements import Voice
from .desk import Desk
from .sessions import Session
from .unit_of_work import Batch

FREE_TRIES = 3
LONGEST_WAIT_SECONDS = 60.0


class Gate:
    """Lets people in: at once without a password, else once in their life. Runs on the desk."""

    def __init__(
        self,
        password: str | None,
        desk: Desk,
        timers: Timers,
        voice: Voice,
        batch: Batch,
        admit: Callable[[Session], None],
    ) -> None:
        self._password = None if password is None else _encoded(password)
        self._desk = desk
        self._timers = timers
        self._voice = voice
        self._admit = admit
        self._batch = batch

    def open(self, session: Session) -> None:
        """Somebody is at the door: let them in, or ask for the password and listen."""
        if self._password is None or session.admitted:
            self._admit(session)
            return
        session.at_gate = True
        self._batch.touch(session)
        self._voice.show_place(session)
        self._voice.tell(session, self._voice.texts.password_ask)
        self.listen(session)

    @property
    def open_to_all(self) -> bool:
        """True where no password is asked for."""
        return self._password is None

    def listen(self, session: Session) -> None:
        """Read what somebody who was asked for the password writes."""
        session.mailbox.listen(partial(self._desk.put, self._answered, session))

    def _answered(self, session: Session) -> None:
        if session.admitted or session.locked_out:
            return
        while (message := session.mailbox.take()) is not None:
            assert self._password is not None
            self._batch.consume(message)
            self._batch.touch(session)
            if hmac.compare_digest(_encoded(message.text.strip()), self._password):
                session.admitted = True
                session.at_gate = False
                session.wrong_passwords = 0
                self._admit(session)
                return
            session.wrong_passwords += 1
            if session.wrong_passwords >= FREE_TRIES:
                self._slow_down(session)
                return
            self._voice.tell(session, self._voice.texts.password_wrong)

    def _slow_down(self, session: Session) -> None:
        """What is written in the next seconds stays unread until they are over."""
        doublings = session.wrong_passwords - FREE_TRIES + 1
        seconds = LONGEST_WAIT_SECONDS if doublings > 10 else min(2.0**doublings, LONGEST_WAIT_SECONDS)
        self._voice.tell(session, self._voice.texts.password_slow, seconds=math.ceil(seconds))
        session.locked_out = True
        self._timers.call_later(seconds, partial(self._desk.put, self._unlock, session))

    def _unlock(self, session: Session) -> None:
        session.locked_out = False
        self._answered(session)


def _encoded(text: str) -> bytes:
    # What a person writes may hold half a surrogate pair, which is no password but no error either.
    return text.encode(errors="surrogatepass")
