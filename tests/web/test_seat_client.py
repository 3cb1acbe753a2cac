from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Queue
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from parleyrun.errors import ChannelError
from parleyrun.events import Delivery
from parleyrun.message_marks import BOT
from parleyrun.signals import Ended, Growing, Place, Presence, ReadMark, Typing
from parleyrun.terminal.socket_seats import WebSeats
from parleyrun.terminal.terminal_seats import SeatNews, SeatNotice

Chapter = Callable[["Desk"], None]


class Desk:
    """The server's end of one connection."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection

    def hears(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self._connection.recv(timeout=60))
        return frame

    def says(self, **frame: Any) -> None:
        self._connection.send(json.dumps(frame))

    def greets(self, seq: int = 0, *, resumed: bool = False) -> dict[str, Any]:
        hello = self.hears()
        self.says(type="session", token="T", seq=seq, resumed=resumed, title="lab")
        return hello

    def line(self, seq: int, text: str, **more: Any) -> None:
        frame = {"type": "message", "seq": seq, "id": "Guide", "text": text, "quick_replies": None}
        self.says(**{**frame, "mine": False, "at": 1.0, **more})

    def drops(self, code: int = 1013) -> None:
        self._connection.close(code)

    def waits_for_the_end(self) -> None:
        with pytest.raises(ConnectionClosed):
            self._connection.recv(timeout=60)


@contextmanager
def scripted(*chapters: Chapter) -> Iterator[tuple[WebSeats, Queue[tuple[int, SeatNews]]]]:
    """Serve one connection after the other, each with its chapter."""
    waiting = iter(chapters)
    failures: list[BaseException] = []

    def handle(connection: ServerConnection) -> None:
        try:
            next(waiting)(Desk(connection))
        except BaseException as error:
            failures.append(error)

    news: Queue[tuple[int, SeatNews]] = Queue()
    with serve(handle, "127.0.0.1", 0, subprotocols=["parleyrun.v1"], compression=None) as server:  # type: ignore[list-item]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        seats = WebSeats(
            f"http://127.0.0.1:{server.socket.getsockname()[1]}", lambda seat, what: news.put((seat, what))
        )
        try:
            yield seats, news
        finally:
            seats.close()
            server.shutdown()
            thread.join()
    assert not failures, failures


def texts(news: Queue[tuple[int, SeatNews]]) -> list[str]:
    found = [news.get_nowait()[1] for _ in range(news.qsize())]
    return [item.message.text for item in found if isinstance(item, Delivery)]


def test_the_first_words_only_connect_and_the_next_ones_are_acknowledged() -> None:
    def chapter(desk: Desk) -> None:
        assert desk.greets() == {"type": "session", "token": None, "seq": 0}
        said = desk.hears()
        assert said["text"] == "hello"
        desk.says(type="ack", message_id=said["message_id"], seq=1)
        said = desk.hears()
        desk.says(type="error", code="too_long", text="too long", message_id=said["message_id"])
        assert desk.hears() == {"type": "delivered", "seq": 1}
        assert desk.hears() == {"type": "read", "seq": 1}
        desk.waits_for_the_end()

    with scripted(chapter) as (seats, _):
        assert seats.say(1, "hi") is None
        assert seats.say(1, "hello") is None
        assert seats.say(1, "a long text") == "too long"
        assert seats.everybody[0].seq == 1
        seats.delivered(1, 1)
        seats.read(1, 1)


def test_bots_are_marked_and_their_lines_grow() -> None:
    def chapter(desk: Desk) -> None:
        desk.greets()
        desk.says(type="growing", id="Guide", text="Hel")
        desk.line(1, "Hello", bot=True)
        desk.line(2, "Hello", id="Kim")
        desk.waits_for_the_end()

    with scripted(chapter) as (seats, news):
        assert seats.say(1, "hi") is None
        (_, grows), (_, bot), (_, person) = (news.get(timeout=60) for _ in range(3))
        assert grows == Growing("Guide", "Hel")
        assert isinstance(bot, Delivery)
        assert isinstance(person, Delivery)
        assert (bot.message.extra, person.message.extra) == ({BOT: True}, {})


def test_a_dropped_connection_is_resumed_and_nothing_is_shown_twice() -> None:
    def first(desk: Desk) -> None:
        desk.greets()
        desk.line(1, "one")
        desk.line(2, "two")
        desk.drops()

    def second(desk: Desk) -> None:
        assert desk.greets(seq=3, resumed=True) == {"type": "session", "token": "T", "seq": 2}
        desk.line(2, "two")
        desk.line(3, "three")
        desk.line(4, "my own", mine=True)
        desk.waits_for_the_end()

    with scripted(first, second) as (seats, news):
        seats.say(1, "hi")
        assert seats.everybody[0].wait_for(4, visit_over=False, timeout_seconds=10)
        assert texts(news) == ["one", "two", "three"]


def test_words_that_were_lost_on_the_way_are_said_again_with_the_same_id() -> None:
    ids: list[str] = []

    def first(desk: Desk) -> None:
        desk.greets()
        desk.line(1, "one")
        ids.append(desk.hears()["message_id"])
        desk.drops()

    def second(desk: Desk) -> None:
        desk.greets(seq=1, resumed=True)
        said = desk.hears()
        ids.append(said["message_id"])
        desk.says(type="ack", message_id=said["message_id"], seq=2)
        desk.waits_for_the_end()

    with scripted(first, second) as (seats, _):
        seats.say(1, "hi")
        assert seats.say(1, "hello") is None
        assert len(set(ids)) == 1
        assert len(ids) == 2


def test_after_the_end_of_a_visit_the_next_words_come_back_with_the_token() -> None:
    def first(desk: Desk) -> None:
        desk.greets()
        desk.line(1, "goodbye")
        desk.says(type="ended", reason="goodbye", text="goodbye")
        desk.drops(1000)

    def second(desk: Desk) -> None:
        assert desk.greets(seq=1, resumed=True)["token"] == "T"
        desk.waits_for_the_end()

    with scripted(first, second) as (seats, news):
        seats.say(1, "hi")
        assert seats.everybody[0].wait_for(1, visit_over=True, timeout_seconds=10)
        assert seats.say(1, "hi again") is None
        assert (1, Ended("goodbye")) in [news.get_nowait() for _ in range(news.qsize())]


def test_a_server_that_lets_nobody_in_is_told_clearly() -> None:
    with (
        scripted(lambda desk: desk.drops(1012)) as (seats, _),
        pytest.raises(ChannelError, match="seat 1 was not let in"),
    ):
        seats.say(1, "hi")


def test_a_server_that_is_not_there_is_told_clearly() -> None:
    with scripted() as (seats, _):
        pass
    with pytest.raises(ChannelError, match=r"seat 2 was not let in by .*refused"):
        seats.say(2, "hi")


def test_every_frame_becomes_what_a_seat_would_be_shown_straight() -> None:
    def chapter(desk: Desk) -> None:
        desk.greets()
        desk.says(type="presence", place="task", task="chat", role="Robin", waited=1.5)
        desk.says(type="presence", id="Sasha", state="away")
        desk.says(type="typing", id="Sasha", on=True)
        desk.says(type="read", id="Sasha", seq=3)
        desk.says(type="error", code="too_fast", text="slow down")
        desk.line(1, "look", quick_replies=["yes"], payload={"type": "image", "url": "https://e.org"})
        desk.waits_for_the_end()

    with scripted(chapter) as (seats, news):
        seats.say(3, "hi")
        arrived = [news.get(timeout=60) for _ in range(6)]
        assert {seat for seat, _ in arrived} == {3}
        *signals, line = [what for _, what in arrived]
        assert signals == [
            Place("task", "chat", role="Robin"),
            Presence("Sasha", "away"),
            Typing("Sasha", True),
            ReadMark("Sasha", 3),
            SeatNotice("slow down"),
        ]
        assert isinstance(line, Delivery)
        assert line.message.quick_replies == ("yes",)
        assert line.message.payload == {"type": "image", "url": "https://e.org"}
