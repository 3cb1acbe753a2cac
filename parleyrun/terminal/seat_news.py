"""Arrivals: what reached the seats and has not been shown yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ..events import Delivery
from ..signals import Growing
from .terminal_seats import SeatNews


class Arrivals:
    """Carries news from the threads they come on to the one that shows them; `wake` is called after each.

    How a line grows is taken where `shows_growth` says so, for those who can draw it in its place. Of that only
    the newest words are kept.
    """

    def __init__(self) -> None:
        self.wake: Callable[[], None] = _do_nothing
        self.shows_growth = False
        self._news: deque[tuple[int, SeatNews]] = deque()
        self._growing: dict[tuple[int, str], Growing] = {}

    def put(self, seat: int, news: SeatNews) -> None:
        """Take a seat's news. Any thread."""
        if isinstance(news, Growing):
            if not self.shows_growth:
                return
            self._growing[seat, news.who] = news
        else:
            if isinstance(news, Delivery):
                self._forget_growth(seat)
            self._news.append((seat, news))
        self.wake()

    def take(self) -> list[tuple[int, SeatNews]]:
        """Return what has come since the last call, as `(seat, news)` in the order of its coming."""
        news = [self._news.popleft() for _ in range(len(self._news))]
        while self._growing:
            (seat, _), growing = self._growing.popitem()
            news.append((seat, growing))
        return news

    def take_by_seat(self) -> list[tuple[int, SeatNews]]:
        """Return what has come, seat by seat.

        Runs go on side by side, so only the order within each seat is the same every time.
        """
        return sorted(self.take(), key=lambda item: item[0])

    def __bool__(self) -> bool:
        return bool(self._news)

    def _forget_growth(self, seat: int) -> None:
        """What was said meanwhile is newer: words so far must not be shown after their line."""
        for key in list(self._growing):
            if key[0] == seat:
                self._growing.pop(key, None)


def _do_nothing() -> None:
    return
