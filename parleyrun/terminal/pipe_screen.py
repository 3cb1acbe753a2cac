"""Talking through pipes: plain text in, plain text out, the same every time."""

from __future__ import annotations

import codecs
import os
import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import TextIO

from ..events import Delivery
from .rows import SeatRow, rows_heard, rows_refused, rows_said
from .seat_news import Arrivals
from .terminal_seats import SeatNews, SeatNotice, TerminalSeat
from .typed_commands import Front

_READ_BYTES = 65536


class PlainScreen:
    """Writes what is said to one stream, and everything else to another."""

    def __init__(self, talk: TextIO | None, aside: TextIO | None) -> None:
        self._talk = talk
        self._aside = aside

    def said(self, seat: TerminalSeat, text: str) -> None:
        self._write(rows_said(seat.number, text))

    def show(self, seat: TerminalSeat, news: SeatNews) -> None:
        if isinstance(news, Delivery):
            self._write(rows_heard(seat.number, news))
        elif isinstance(news, SeatNotice):
            self.refused(seat, news.text)

    def refused(self, seat: TerminalSeat, text: str) -> None:
        self._write(rows_refused(seat.number, text))

    def tell(self, text: str) -> None:
        write(self._talk, text)

    def complain(self, text: str) -> None:
        write(self._aside, f"parleyrun: {text}")

    def _write(self, rows: list[SeatRow]) -> None:
        write(self._talk, "\n".join(map(str, rows)))


def write(stream: TextIO | None, text: str) -> None:
    """Write a line at once; characters that the stream has no code for become question marks.

    Args:
        stream: Where to; None is one that was closed before the program began.
        text: The line, without its end.
    """
    if stream is None:
        return
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
    stream.flush()


def talk_plainly(front: Front, arrivals: Arrivals, settle: Callable[[], None], lines: Iterator[str]) -> None:
    """Feed each line when everything that the one before set in motion has come to rest; return at the end.

    What comes of itself meanwhile (a notice, a partner in a browser) is shown when it comes.

    Args:
        front: Takes the lines, and shows what reaches the seats.
        arrivals: What has reached the seats.
        settle: Waits until all has come to rest.
        lines: What is typed; read on a thread of its own.
    """
    woken: SimpleQueue[str | type[Arrivals] | None] = SimpleQueue()
    arrivals.wake = lambda: woken.put(Arrivals)
    threading.Thread(target=_read, args=(lines, woken.put), name="parleyrun-input", daemon=True).start()
    going_on = True
    while going_on:
        line = woken.get()
        if isinstance(line, str):
            going_on = front.enter(line)
        elif line is None:
            going_on = False
        elif not arrivals:
            continue  # already shown, together with others
        settle()
        front.show(arrivals.take_by_seat())


def _read(lines: Iterator[str], put: Callable[[str | None], None]) -> None:
    try:
        for line in lines:
            put(line)
    finally:
        put(None)


def lines_from(descriptor: int) -> Iterator[str]:
    """Yield the lines of a file that may be a pipe. What is no UTF-8 becomes U+FFFD."""
    # Not sys.stdin: a thread that waits in it would hold its lock when Python wants to close it at the end.
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    rest = ""
    while data := os.read(descriptor, _READ_BYTES):
        *whole, rest = (rest + decoder.decode(data)).split("\n")
        for line in whole:
            yield line.removesuffix("\r")
    rest += decoder.decode(b"", final=True)
    if rest:
        yield rest
