"""Arrivals: what reached the seats and has not been shown yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from .terminal_seats import SeatNews


class Arrivals:
    """Carries news from the threads they come on to the one that shows them; `wake` is called after each."""

    def __init__(self) -> None:
        self.wake: Callable[[], None] = _do_nothing
        self._news: deque[tuple[int, SeatNews]] = deque()

    def put(self, seat: int, news: SeatNews) -> None:
        """Take a seat's news. Any thread."""
        self._news.append((seat, news))
        self.wake()

    def take(self) -> list[tuple[int, SeatNews]]:
        """Return what has come since the last call, as `(seat, news)` in the order of its coming."""
        return [self._news.popleft() for _ in range(len(self._news))]

    def take_by_seat(self) -> list[tuple[int, SeatNews]]:
        """Return what has come, seat by seat.

        Runs go on side by side, so only the order within each seat is the same every time.
        """
        return sorted(self.take(), key=lambda item: item[0])

    def __bool__(self) -> bool:
        return bool(self._news)


def _do_nothing() -> None:
    return
