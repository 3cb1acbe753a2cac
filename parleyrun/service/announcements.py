"""Announcements: what the system itself says to people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..config.texts import Texts
from ..core.message import Message
from ..message_marks import FAREWELL
from ..signals import Place, Signal, VisitEnd
from .sessions import At, Session


@dataclass(frozen=True, slots=True)
class Announcements:
    """How the system speaks to people: recorded sentences, and signals that are not recorded."""

    texts: Texts
    say: Callable[[str, Message], None]
    signal: Callable[[str, Signal], None]

    def tell(self, session: Session, sentence: str, **values: object) -> None:
        """Say a sentence, with its placeholders filled in; an empty one is not said."""
        if sentence:
            self.say(session.id, Message(sentence.format(**values)))

    def say_farewell(self, session: Session, sentence: str) -> None:
        """Say the last words of a visit, as such: a screen that shows its end need not show them twice."""
        if sentence:
            self.say(session.id, Message(sentence, extra=FAREWELL))

    def tell_end(self, session: Session, end: VisitEnd | None) -> None:
        """Say somebody's completion code, and where they go from here, if there is anything of it to say."""
        if end is not None and end.code:
            self.say_farewell(session, self.texts.your_code.format(code=end.code))
        if end is not None and end.link:
            self.say_farewell(session, self.texts.your_link.format(link=end.link))

    def show_place(self, session: Session) -> None:
        """Let the person's screen know where they are."""
        self.signal(session.id, place_of(session))


def place_of(session: Session) -> Place:
    """Return where a screen is to show somebody: at the door while they are asked for the password."""
    at, role = (At.DOOR, None) if session.at_gate else (session.at, session.role)
    return Place(at.value, session.task, session.since, role)
