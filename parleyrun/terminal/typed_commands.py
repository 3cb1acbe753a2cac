"""The front: what the person at the keyboard does with the seats."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from ..text import did_you_mean
from .terminal_seats import SeatLink, SeatNews, TerminalSeat

HELP = """\
Write to speak from the seat in the prompt; its first line only opens the door.
  1, 2, …      answer with that quick reply, while it is the newest line (put a space before a number you mean)
  /2           go to seat 2
  /2 hello     say hello in seat 2, and stay where you are
  //hello      say /hello
  /who         show who is where
  /help        show this
  /quit        end; so do Ctrl-D and Ctrl-C"""

_COMMANDS = ("who", "help", "quit")
_TO_SEAT = re.compile(r"/(\d{1,4})(?:\s+(.*))?", re.DOTALL)


class Screen(Protocol):
    """Where the front shows things. One thread."""

    def said(self, seat: TerminalSeat, text: str) -> None:
        """Show what a seat says."""

    def show(self, seat: TerminalSeat, news: SeatNews) -> None:
        """Show what reached a seat, which has followed it already."""

    def refused(self, seat: TerminalSeat, text: str) -> None:
        """Show why a seat's words were not taken."""

    def tell(self, text: str) -> None:
        """Answer the person at the keyboard."""

    def complain(self, text: str) -> None:
        """Say to the person at the keyboard what is wrong."""


class Front:
    """Holds the seats, and takes what is typed. One thread.

    What seats are shown counts as delivered. With `marks_read`, what the selected one is shown counts as read, as
    it is in front of somebody's eyes.
    """

    def __init__(
        self,
        people: int,
        link: SeatLink,
        screen: Screen,
        *,
        marks_read: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seats = {number: TerminalSeat(number) for number in range(1, people + 1)}
        self.selected = self.seats[1]
        self._link = link
        self._screen = screen
        self._marks_read = marks_read
        self._clock = clock
        self._looks = True
        self._delivered_seq = dict.fromkeys(self.seats, 0)
        self._read_seq = dict.fromkeys(self.seats, 0)

    def enter(self, line: str) -> bool:
        """Take a typed line. False if it asks to end."""
        if not line.startswith("/"):
            self._say(self.selected, line)
        elif line.startswith("//"):
            self._say(self.selected, line[1:])
        elif match := _TO_SEAT.fullmatch(line.rstrip()):
            self._turn_to(int(match[1]), match[2])
        else:
            return self._command(line[1:].strip())
        return True

    def say(self, number: int, text: str) -> None:
        """Say something from a seat, just as it stands."""
        seat = self.seats[number]
        self._screen.said(seat, text)
        seat.spoke()
        refusal = self._link.say(number, text)
        if refusal is not None:
            self._screen.refused(seat, refusal)

    def show(self, arrived: Sequence[tuple[int, SeatNews]]) -> None:
        """Show what reached the seats."""
        for number, news in arrived:
            seat = self.seats[number]
            seat.take(news, self._clock())
            self._screen.show(seat, news)
        self._mark()

    def look_away(self) -> None:
        """From now on nothing counts as delivered or read."""
        self._looks = False

    def who(self) -> str:
        """Return a line for each seat: where it is, and who of its partners is away."""
        return "\n".join(
            f"{'*' if seat is self.selected else ' '} {number}  {seat.whereabouts}"
            + (f" ({', '.join(sorted(seat.away))} away)" if seat.away else "")
            for number, seat in self.seats.items()
        )

    def _say(self, seat: TerminalSeat, line: str) -> None:
        # Nobody speaks by pressing Enter, but it is a natural way to knock.
        if line.strip() or seat.outside:
            self.say(seat.number, seat.answer(line))

    def _turn_to(self, number: int, words: str | None) -> None:
        seat = self.seats.get(number)
        if seat is None:
            known = f"seats are 1 to {len(self.seats)}" if len(self.seats) > 1 else "there is only seat 1"
            self._screen.complain(f"there is no seat {number}: {known}, and --people gives more")
        elif words:
            self._say(seat, words)
        else:
            self.selected = seat
            self._mark()

    def _command(self, name: str) -> bool:
        match name:
            case "who":
                self._screen.tell(self.who())
            case "help":
                self._screen.tell(HELP)
            case "quit":
                return False
            case _:
                hint = did_you_mean(name.split(" ")[0], _COMMANDS).replace("'", "") or "/help lists them"
                self._screen.complain(f"there is no command /{name}: {hint} (//{name} says /{name})")
        return True

    def _mark(self) -> None:
        """Tell what the seats have been shown since the last time, and what was read of it."""
        if not self._looks:
            return
        for number, seat in self.seats.items():
            if self._marks_read and seat is self.selected:
                # What was read was delivered: telling that as well would say nothing more.
                told, tell = self._read_seq, self._link.read
            else:
                told, tell = self._delivered_seq, self._link.delivered
            if seat.seen_seq > told[number]:
                tell(number, seat.seen_seq)
                told[number] = self._delivered_seq[number] = seat.seen_seq
