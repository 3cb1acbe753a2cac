"""Seats: the people who sit at one terminal, and what each of their screens would show now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ..events import Delivery
from ..signals import Ended, Growing, Place, Presence, ReadMark, Signal, Typing

TYPING_SHOWN_SECONDS = 20.0
"""How long somebody counts as typing after they were last seen to, and words as growing."""


@dataclass(frozen=True, slots=True)
class SeatNotice:
    """Something a seat is told that is not on record: why words were not taken."""

    text: str


SeatNews = Delivery | Signal | SeatNotice
"""What reaches a seat."""

Show = Callable[[int, SeatNews], None]
"""Takes a seat's number and its news. Any thread; returns at once."""


class SeatLink(Protocol):
    """How seats, numbered from 1, reach the service. Called from one thread."""

    def say(self, seat: int, text: str) -> str | None:
        """Have a seat say something, and return once it is on record; or return why it was not taken.

        The first words of somebody who is outside only open the door.
        """

    def delivered(self, seat: int, seq: int) -> None:
        """A seat has been shown everything up to that line."""

    def read(self, seat: int, seq: int) -> None:
        """A seat has read everything up to that line, which has been shown to it."""

    def close(self) -> None:
        """Let go of what the link holds. Calling it twice is harmless."""


class TerminalSeat:
    """One seat as the person in it sees it. One thread.

    `replies` are the quick replies under the newest line, until somebody speaks again; `typing` names who is
    typing, and `away` who of the others is away.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.place = Place("door")
        self.replies: tuple[str, ...] = ()
        self.away: set[str] = set()
        self.seen_seq = 0
        self._typing = ""
        self._typing_until = 0.0
        self._growing: Growing | None = None
        self._growing_until = 0.0

    @property
    def outside(self) -> bool:
        """True while this person's words would only open the door."""
        return self.place.place in ("door", "gone")

    def take(self, news: SeatNews, now: float) -> None:
        """Follow what reaches this seat. `now` is monotonic time in seconds."""
        if isinstance(news, Delivery):
            self.replies = news.message.quick_replies
            self.seen_seq = max(self.seen_seq, news.seq)
            self._typing = ""
            self._growing = None
        elif isinstance(news, Place):
            if (news.place, news.task) != (self.place.place, self.place.task):
                self.away.clear()
                self._typing = ""
                self._growing = None
            self.place = news
        elif isinstance(news, Ended):
            self.place = Place("gone")
            self.replies = ()
            self.away.clear()
            self._typing = ""
            self._growing = None
        elif isinstance(news, Growing):
            self._grow(news, now)
        elif isinstance(news, Typing):
            self._typing = (news.who or "somebody") if news.on else ""
            self._typing_until = now + TYPING_SHOWN_SECONDS
        elif isinstance(news, Presence):
            (self.away.add if news.state == "away" else self.away.discard)(news.who)

    def typing(self, now: float) -> str:
        """Return who is typing, empty if nobody is."""
        return self._typing if now < self._typing_until else ""

    def growing(self, now: float) -> Growing | None:
        """Return the words so far of what a bot is saying to this seat, if one is."""
        return self._growing if now < self._growing_until else None

    def _grow(self, news: Growing, now: float) -> None:
        # There is room for one: whoever began first is followed to the end.
        others = self.growing(now)
        if others is None or others.who == news.who:
            self._growing = news if news.text else None
            self._growing_until = now + TYPING_SHOWN_SECONDS

    def answer(self, line: str) -> str:
        """Return what a typed line says: a quick reply for its number, anything else as it stands.

        A quick reply that itself is a number goes before its place in the list.
        """
        if line in self.replies or not line.isascii() or not line.isdecimal():
            return line
        # Many digits at once are no number of a reply, and Python refuses to read thousands of them.
        number = int(line) if len(line) < 4 else 0
        return self.replies[number - 1] if 1 <= number <= len(self.replies) else line

    def spoke(self) -> None:
        """This seat has said something: the quick replies are answered."""
        self.replies = ()

    @property
    def whereabouts(self) -> str:
        """Where this person is, in the words of a prompt: `waiting chat`, `chat as Robin`."""
        place = self.place
        match place.place:
            case "door" | "gone":
                return "outside"
            case "task":
                return f"{place.task} as {place.role}" if place.role else str(place.task)
            case _:
                return f"{place.place} {place.task}" if place.task else place.place


def describe_signal(signal: Signal) -> str:
    """Say in a few words what a signal tells; empty for what is told elsewhere."""
    match signal:
        case Presence(who, "away"):
            return f"{who} is away"
        case Presence(who, "back"):
            return f"{who} is back"
        case Presence(who, "silent"):
            return f"{who} has not answered in time"
        case Presence(who, _):
            return f"{who} has left"
        case ReadMark(who, _) if who:
            return f"{who} has read it"
        case Ended("closing"):
            return "closed"
        case Ended():
            return "outside; write something to come back in"
        case _:
            return ""
