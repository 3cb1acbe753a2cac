"""Talking at a terminal: colours for seats, the place in the prompt, and no line torn by another."""

from __future__ import annotations

import logging
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from io import TextIOBase

from ..events import Delivery
from ..signals import Place, ReadMark, Signal
from ..text import Style, printable
from .keyboard import Console
from .pipe_screen import write
from .rows import GOES_ON, HEARS, SAYS, SeatRow, bot_name, rows_heard, rows_refused, rows_said
from .seat_news import Arrivals
from .terminal_seats import SeatNews, SeatNotice, TerminalSeat, describe_signal
from .typed_commands import Front

_COLORS = ("cyan", "yellow", "magenta", "green", "blue", "red")


class LivelyScreen:
    """Writes rows through `write`, in the styles of `styled`. `alone` says that there is one seat only."""

    def __init__(self, write: Callable[[str], None], styled: Style, *, alone: bool) -> None:
        self._write = write
        self.styled = styled
        self._alone = alone
        self._places: dict[int, str] = {}

    def said(self, seat: TerminalSeat, text: str) -> None:
        self._rows(rows_said(seat.number, text))

    def show(self, seat: TerminalSeat, news: SeatNews) -> None:
        if isinstance(news, Delivery):
            self._rows(rows_heard(seat.number, news))
        elif isinstance(news, SeatNotice):
            self.refused(seat, news.text)
        else:
            self._signal(seat, news)

    def refused(self, seat: TerminalSeat, text: str) -> None:
        for row in rows_refused(seat.number, text):
            self._write(self.styled(str(row), fg="red"))

    def tell(self, text: str) -> None:
        self._write(text)

    def complain(self, text: str) -> None:
        self._write(self.styled(text, fg="red"))

    def prompt(self, seat: TerminalSeat) -> tuple[str, str]:
        """Return the prompt for a seat, plain and as it is shown."""
        typing = seat.typing(time.monotonic())
        about = printable(seat.whereabouts + (f" · {typing} is typing" if typing else ""), " ")
        plain = f"[{seat.number} {about}] > "
        return plain, self.styled(plain, fg=color_of(seat.number), bold=True)

    def above_prompt(self, seat: TerminalSeat) -> tuple[str, str, str] | None:
        """Return what a bot is saying to a seat: who, plain and as it is shown, and the words so far."""
        growing = seat.growing(time.monotonic())
        if growing is None:
            return None
        words = printable(growing.text, " ")
        row = SeatRow(seat.number, HEARS, "", bot_name(growing.who))
        return f"{row} ", f"{self._row(row).rstrip()} ", words

    def _rows(self, rows: list[SeatRow]) -> None:
        self._write("\n".join(map(self._row, rows)))

    def _row(self, row: SeatRow) -> str:
        mark = self.styled(f"{row.seat} {row.mark}", fg=color_of(row.seat), bold=row.mark == SAYS)
        if row.mark == GOES_ON:
            return f"{mark}   {row.text}"
        speaker = self.styled(f"{row.speaker}:", bold=True) + " " if row.speaker else ""
        return f"{mark} {speaker}{row.text}"

    def _signal(self, seat: TerminalSeat, signal: Signal) -> None:
        if isinstance(signal, Place):
            self._place(seat)
        elif text := describe_signal(signal):
            self._aside(seat, text)

    def _place(self, seat: TerminalSeat) -> None:
        """With several seats, say where one has gone; the prompt shows it only of the one that is selected."""
        if not self._alone and self._places.get(seat.number) != seat.whereabouts:
            self._aside(seat, seat.whereabouts)
        self._places[seat.number] = seat.whereabouts

    def _aside(self, seat: TerminalSeat, text: str) -> None:
        self._write(self.styled(f"{seat.number} · {printable(text, ' ')}", dim=True))


def color_of(seat: int) -> str:
    """Return a seat's colour: six, and after these the bright ones."""
    color = _COLORS[(seat - 1) % len(_COLORS)]
    return f"bright_{color}" if (seat - 1) // len(_COLORS) % 2 else color


def talk_at(console: Console, front: Front, arrivals: Arrivals, asides: Asides) -> None:
    """Talk until the person at the keyboard ends it."""

    def look() -> None:
        front.show(_only_newest_read_marks(arrivals.take()))
        asides.show(console.write)

    arrivals.wake = asides.wake = console.wake
    arrivals.shows_growth = True
    for line in console.lines(look):
        if not front.enter(line):
            return


def _only_newest_read_marks(arrived: list[tuple[int, SeatNews]]) -> list[tuple[int, SeatNews]]:
    """Of read marks that come together only the last one says anything new."""
    last = {number: index for index, (number, news) in enumerate(arrived) if isinstance(news, ReadMark)}
    return [
        (number, news)
        for index, (number, news) in enumerate(arrived)
        if not isinstance(news, ReadMark) or last[number] == index
    ]


class Asides(logging.Handler):
    """What the program itself says meanwhile: log records from a level on, and what author code prints."""

    def __init__(self, styled: Style, log_level: int = logging.WARNING) -> None:
        super().__init__(log_level)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        self.wake: Callable[[], None] = lambda: None
        self._styled = styled
        self._texts: deque[str] = deque()

    def emit(self, record: logging.LogRecord) -> None:
        self.add(self._styled(printable(self.format(record)), fg="red"))

    def add(self, text: str) -> None:
        """Have a text shown. Any thread."""
        self._texts.append(text)
        self.wake()

    def show(self, write: Callable[[str], None]) -> None:
        """Show what has come."""
        while self._texts:
            write(self._texts.popleft())

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Take log records and prints from now on; what is left at the end goes where it would have gone."""
        root = logging.getLogger()
        root.addHandler(self)
        try:
            with redirect_stdout(_Lines(self.add)):
                yield
        finally:
            root.removeHandler(self)
            self.show(partial(write, sys.stderr))


class _Lines(TextIOBase):
    """A stream that hands on whole lines."""

    encoding = "utf-8"

    def __init__(self, take: Callable[[str], None]) -> None:
        super().__init__()
        self._take = take
        self._rest = ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._take(printable(line))
        return len(text)

    def isatty(self) -> bool:
        return False
