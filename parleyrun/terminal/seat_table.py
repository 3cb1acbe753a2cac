"""The round table: a service on this machine, and the seats around it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..app.app import App
from ..channels.browser.browser_channel import BrowserChannel
from ..config.plan import Plan
from ..config.schema import BrowserConfig
from ..errors import MissingExtra
from ..runner.turn import RunIdentity
from .pipe_screen import write
from .seat_news import Arrivals
from .terminal_channel import TerminalChannel
from .terminal_seats import SeatLink

if TYPE_CHECKING:
    from .socket_seats import WebSeats

SETTLE_NOTICE_SECONDS = 10.0
CAUGHT_UP_WITHIN_SECONDS = 10.0

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class RoundTable:
    """A service with seats around it.

    `link` is there once it is open, `cut_short` is true while it is being closed, and after that if it was
    interrupted. `release` lets go of what the table stands on, once it is closed.
    """

    app: App
    arrivals: Arrivals
    connect: Callable[[], SeatLink]
    catch_up: Callable[[SeatLink], None]
    release: Callable[[], None] = lambda: None
    link: SeatLink | None = field(default=None, init=False)
    cut_short: bool = field(default=False, init=False)

    def open(self) -> SeatLink:
        """Start the service. Raises `ChannelError` if that is impossible."""
        self.app.start()
        self.link = self.connect()
        return self.link

    def settle(self) -> None:
        """Wait until all that was said has been answered, and the answers are among the arrivals."""
        while not self.app.service.wait_quiet(SETTLE_NOTICE_SECONDS):
            write(sys.stderr, "parleyrun: still waiting for the worlds to come to rest (Ctrl-C ends it)")
        if self.link is not None:
            self.catch_up(self.link)

    def close(self) -> list[RunIdentity]:
        """Close the service, which tells everybody; return the runs that would not stop."""
        self.cut_short = True
        stuck = self.app.close(grace_seconds=0)
        if self.link is not None:
            self.link.close()
        self.release()
        self.cut_short = False
        return stuck


def straight_table(plan: Plan, store_path: str | None = None) -> RoundTable:
    """Return a table whose seats speak straight to the service."""
    arrivals = Arrivals()
    channel = TerminalChannel(arrivals.put, texts=plan.config.texts, limits=plan.config.limits)
    app = App(plan, store=store_path, channels=[channel])
    return RoundTable(app=app, arrivals=arrivals, connect=lambda: channel, catch_up=lambda link: None)


def web_table(plan: Plan, store_path: str | None = None) -> RoundTable:
    """Return a table with a server on loopback, whose seats connect to it. Raises `MissingExtra`."""
    try:
        from .socket_seats import WebSeats

        app = App(plan, store=store_path, address=BrowserConfig(port=0))
    except MissingExtra as error:
        raise MissingExtra("'parleyrun local' without --bypass-server", error.extra) from error
    browser = app.channel(BrowserChannel)
    arrivals = Arrivals()

    def connect() -> SeatLink:
        assert app.url is not None, "the server was started"
        return WebSeats(app.url, arrivals.put)

    def catch_up(link: SeatLink) -> None:
        assert isinstance(link, WebSeats)
        _catch_up(link, app, browser)

    return RoundTable(app=app, arrivals=arrivals, connect=connect, catch_up=catch_up)


def _catch_up(seats: WebSeats, app: App, browser: BrowserChannel) -> None:
    """Wait until every line that is on record for a seat has come over its socket."""
    for seat in seats.everybody:
        person = browser.participant_of(seat.token)
        if person is None:
            continue
        missing = app.service.lines_after(person, seat.seq)
        place = app.service.place_of(person)
        newest = missing[-1].seq if missing else seat.seq
        visit_over = place is not None and place.place == "gone"
        if not seat.wait_for(newest, visit_over=visit_over, timeout_seconds=CAUGHT_UP_WITHIN_SECONDS):
            log.warning("seat %s did not get its lines within %g s", seat.number, CAUGHT_UP_WITHIN_SECONDS)
