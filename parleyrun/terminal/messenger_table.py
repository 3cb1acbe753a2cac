"""The round table of Messenger users: a real webhook and real sends, to a page that is ours."""

from __future__ import annotations

import sys

from ..app.app import App
from ..channels.messenger.messenger_channel import MessengerChannel
from ..config.plan import Plan
from ..config.schema import BrowserConfig
from ..errors import MissingExtra
from ..fake_graph import FakeGraph
from ..fake_graph.our_page import PAGE_ID, settings_for
from .messenger_seats import MessengerSeats
from .pipe_screen import write
from .seat_news import Arrivals
from .seat_table import SETTLE_NOTICE_SECONDS, RoundTable
from .terminal_seats import SeatLink


def messenger_table(plan: Plan, store_path: str | None = None) -> RoundTable:
    """Return a table whose seats write to a page of ours, which is open until the table is closed.

    Args:
        plan: The plan of a config with `our_page.OUR_PAGE` laid over it.
        store_path: Where to keep the record, whatever the config says.

    Raises:
        MissingExtra: The extra 'serve' is not installed.
    """
    graph = FakeGraph(page_id=PAGE_ID)
    graph.start()
    try:
        app = App(
            plan,
            store=store_path,
            pages=[settings_for(graph, plan.config.messenger)],
            address=BrowserConfig(port=0),
        )
    except MissingExtra as error:
        graph.close()
        raise MissingExtra("'parleyrun local --channel messenger'", error.extra) from error
    arrivals = Arrivals()

    def connect() -> SeatLink:
        graph.connect(f"{app.url}/webhook")
        return MessengerSeats(graph, arrivals.put, app.service.place_of)

    def catch_up(link: SeatLink) -> None:
        assert isinstance(link, MessengerSeats)
        _catch_up(link, app.channel(MessengerChannel), graph)

    return RoundTable(app=app, arrivals=arrivals, connect=connect, catch_up=catch_up, release=graph.close)


def _catch_up(seats: MessengerSeats, channel: MessengerChannel, graph: FakeGraph) -> None:
    """Wait until everything that was said has been sent, and the app knows that it has arrived."""
    while not (channel.wait_at_rest(SETTLE_NOTICE_SECONDS) and graph.wait_quiet(SETTLE_NOTICE_SECONDS)):
        write(sys.stderr, "parleyrun: still waiting for messages to be sent (Ctrl-C ends it)")
    seats.show_places()
