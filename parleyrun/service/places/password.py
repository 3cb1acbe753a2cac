"""The gate: where newcomers are asked for the password, if there is one."""

from __future__ import annotations

import hmac
import math
from collections.abc import Callable
from functools import partial

from ..service_context import ServiceContext
from ..sessions import Session
from .guess_limiter import LONGEST_WAIT_SECONDS, GuessLimiter

FREE_TRIES = 3


class PasswordGate:
    """Lets people in: at once without a password, else once in their life. Runs on the desk.

    Args:
        password: What has to be said; None lets everybody in.
        context: What the parts of the service work with.
        admit: Takes those who are let in.
    """

    def __init__(self, password: str | None, context: ServiceContext, admit: Callable[[Session], None]) -> None:
        self._password = None if password is None else _encoded(password)
        self._context = context
        self._admit = admit
        self._guesses = GuessLimiter(context.timers.clock)

    def asks(self, session: Session) -> bool:
        """Say whether somebody has to say the password before they are let in."""
        return self._password is not None and not session.admitted

    def open(self, session: Session) -> None:
        """Somebody is at the door: let them in, or ask for the password and listen."""
        if not self.asks(session):
            self._admit(session)
            return
        session.come_to_gate()
        self._context.unit_of_work.touch(session)
        self._context.announcements.show_place(session)
        self._context.tell(session, self._context.texts.password_ask)
        self.listen(session)

    def opens_for(self, session: Session, words: str | None) -> bool:
        """Say whether what somebody knocks with is the password they would be asked for."""
        if self._password is None or session.admitted or words is None:
            return False
        if self._guesses.wait_seconds(session.address) > 0:
            return False  # they are asked for it, and it waits like any other
        if self._is_password(words):
            return True
        if session.address:
            # Where nobody knows from where somebody comes, each new one is a person, who says hello.
            self._guesses.wrong(session.address)
        return False

    def _is_password(self, words: str) -> bool:
        assert self._password is not None
        return hmac.compare_digest(_encoded(words.strip()), self._password)

    @property
    def open_to_all(self) -> bool:
        """True where no password is asked for."""
        return self._password is None

    def listen(self, session: Session) -> None:
        """Read what somebody who was asked for the password writes."""
        session.mailbox.listen(partial(self._context.desk.put, self._answered, session))

    def look_again(self, session: Session) -> None:
        """Somebody is back at the gate: what they wrote before they went is read now."""
        self._answered(session)

    def _answered(self, session: Session, *, waited: bool = False) -> None:
        # What somebody wrote who has gone stays unread: guessing is to cost a connection that is held.
        if session.admitted or session.locked_out or not session.present:
            return
        while len(session.mailbox):
            seconds = 0.0 if waited else self._guesses.wait_seconds(session.address)
            if seconds > 0:
                self._lock_out(session, seconds, self._context.texts.password_busy)
                return
            waited = False
            message = session.mailbox.take()
            assert message is not None
            self._context.unit_of_work.consume(message)
            self._context.unit_of_work.touch(session)
            if self._is_password(message.text):
                session.admit()
                self._admit(session)
                return
            self._guesses.wrong(session.address)
            if session.said_wrong_password() >= FREE_TRIES:
                doublings = min(session.wrong_passwords - FREE_TRIES + 1, 10)
                seconds = max(2.0**doublings, self._guesses.wait_seconds(session.address))
                self._lock_out(session, min(seconds, LONGEST_WAIT_SECONDS), self._context.texts.password_slow)
                return
            self._context.tell(session, self._context.texts.password_wrong)

    def _lock_out(self, session: Session, seconds: float, sentence: str) -> None:
        """What is written in the next seconds, and what waits already, stays unread until they are over."""
        self._context.tell(session, sentence, seconds=math.ceil(seconds))
        session.lock_out()
        self._context.call_later(seconds, self._unlock, session)

    def _unlock(self, session: Session) -> None:
        session.unlock()
        self._answered(session, waited=True)


def _encoded(text: str) -> bytes:
    # What a person writes may hold half a surrogate pair, which is no password but no error either.
    return text.encode(errors="surrogatepass")
