"""Seats of a terminal that reach the service as a browser would: over the websocket, in `parleyrun.v1`."""

from __future__ import annotations

import enum
import json
import threading
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any, Literal

from ..core.message import FrozenDict, Message
from ..errors import ChannelError, MissingExtra
from ..events import Delivery
from ..message_marks import BOT
from ..signals import Ended, Growing, Place, Presence, ReadMark, Signal, Typing
from .terminal_seats import SeatNotice, Show

try:
    from websockets.exceptions import ConnectionClosed, WebSocketException
    from websockets.sync.client import ClientConnection, connect
    from websockets.typing import Subprotocol
except ImportError as error:
    raise MissingExtra("the local server", "serve") from error

ANSWER_WITHIN_SECONDS = 30.0
TRIES = 3


class WebSeats:
    """Seats that connect to a server on this machine when they first speak (a `SeatLink`).

    `url` is the server's, such as `http://127.0.0.1:8765`. `show(seat, news)` is called on a thread of each seat.
    """

    def __init__(self, url: str, show: Show) -> None:
        self._address = url.replace("http", "ws", 1) + "/websocket"
        self._show = show
        self._seats: dict[int, WebSeat] = {}

    def say(self, seat: int, text: str) -> str | None:
        return self._seat(seat).say(text)

    def delivered(self, seat: int, seq: int) -> None:
        self._seat(seat).tell("delivered", seq)

    def read(self, seat: int, seq: int) -> None:
        self._seat(seat).tell("read", seq)

    def close(self) -> None:
        """Disconnect every seat, and return when nothing more is shown."""
        for seat in self._seats.values():
            seat.close()

    @property
    def everybody(self) -> list[WebSeat]:
        """The seats that have connected so far."""
        return list(self._seats.values())

    def _seat(self, number: int) -> WebSeat:
        if number not in self._seats:
            self._seats[number] = WebSeat(self._address, number, self._show)
        return self._seats[number]


class _Line(enum.Enum):
    """What a seat's connection is doing."""

    DOWN = "down"
    GREETING = "greeting"
    UP = "up"


class WebSeat:
    """One seat. `say`, `tell` and `close` are called from one thread; a thread of its own reads the socket."""

    def __init__(self, address: str, number: int, show: Show) -> None:
        self._address = address
        self.number = number
        self._show = show
        self._message_ids = count(1)
        self._thread: threading.Thread | None = None
        # Guards what follows, which the reading thread writes and the others wait for.
        self._changed = threading.Condition()
        self._connection: ClientConnection | None = None
        self._line = _Line.DOWN
        self._token: str | None = None
        self._trouble = "it closed the connection"
        self._visit_over = True
        self._closed = False
        self._seq = 0
        self._answers: dict[str, str | None] = {}

    @property
    def token(self) -> str | None:
        """What the server knows this seat by; None before the first greeting."""
        return self._token

    @property
    def seq(self) -> int:
        """The newest line of this seat's log that has come."""
        return self._seq

    def say(self, text: str) -> str | None:
        """Say something, and return once it is on record; or return why it was not taken.

        Whoever is outside only comes in: there the words are not sent. Raises `ChannelError` if the server
        cannot be reached.
        """
        message_id = f"m{next(self._message_ids)}"
        frame = {"type": "message", "message_id": message_id, "text": text}
        for _ in range(TRIES):
            if self._visit_over:
                self._connect()
                return None
            if self._line is _Line.DOWN:
                self._connect()
            connection = self._connection
            if connection is not None and self._send(connection, frame):
                self._wait(partial(self._answered_or_lost, message_id, connection))
            if message_id in self._answers:
                return self._answers.pop(message_id)
            self._wait(lambda: self._line is not _Line.GREETING)
        raise ChannelError(f"seat {self.number} lost its connection {TRIES} times while it was saying something")

    def tell(self, mark: Literal["delivered", "read"], seq: int) -> None:
        """Tell the server how far this seat's lines have come; while disconnected, nothing is told."""
        connection = self._connection
        if connection is not None and self._line is _Line.UP:
            self._send(connection, {"type": mark, "seq": seq})

    def wait_for(self, seq: int, *, visit_over: bool, timeout_seconds: float) -> bool:
        """Wait until that line was shown and, if so asked, the end of the visit too. False if it took too long."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._seq >= seq and (self._visit_over or not visit_over), timeout_seconds
            )

    def close(self) -> None:
        """Disconnect, and return when nothing more is shown."""
        self._closed = True
        connection = self._connection
        if connection is not None:
            connection.close()
        self.join(ANSWER_WITHIN_SECONDS)

    def join(self, timeout_seconds: float) -> None:
        """Wait until this seat is disconnected for good."""
        if self._thread is not None:
            self._thread.join(timeout_seconds)

    def _connect(self) -> None:
        """Come in, or come back. Raises `ChannelError` if that is impossible."""
        self.join(ANSWER_WITHIN_SECONDS)
        self._line = _Line.GREETING
        self._visit_over = False
        self._thread = threading.Thread(target=self._live, name=f"parleyrun-seat-{self.number}", daemon=True)
        self._thread.start()
        self._wait(lambda: self._line is not _Line.GREETING)
        if self._line is _Line.DOWN and not self._visit_over:
            raise ChannelError(f"seat {self.number} was not let in by {self._address}: {self._trouble}")

    def _answered_or_lost(self, message_id: str, connection: ClientConnection) -> bool:
        return message_id in self._answers or self._connection is not connection

    def _send(self, connection: ClientConnection, frame: dict[str, Any]) -> bool:
        """Send a frame; False if the connection has gone, which the reading thread will find too."""
        try:
            connection.send(json.dumps(frame))
        except ConnectionClosed:
            return False
        return True

    def _wait(self, happened: Callable[[], bool]) -> None:
        """Wait until something has happened. Raises `ChannelError` if that takes too long."""
        with self._changed:
            if not self._changed.wait_for(happened, ANSWER_WITHIN_SECONDS):
                raise ChannelError(
                    f"{self._address} did not answer seat {self.number} within {ANSWER_WITHIN_SECONDS:g} s"
                )

    def _live(self) -> None:
        try:
            self._stay_connected()
        finally:
            with self._changed:
                self._line = _Line.DOWN
                self._changed.notify_all()

    def _stay_connected(self) -> None:
        """Connect, and come back to the same seat as long as that brings anything new and the visit goes on."""
        came_back = False
        while True:
            seq_before = self._seq
            try:
                with self._dial() as connection:
                    self._read_all(connection)
            except (OSError, WebSocketException) as error:
                self._trouble = str(error) or type(error).__name__
            if self._visit_over or self._closed:
                return
            if self._seq == seq_before:
                break
            came_back = True
        if came_back:
            self._show(self.number, SeatNotice(f"the connection was lost: {self._trouble}"))

    def _dial(self) -> ClientConnection:
        return connect(
            self._address,
            subprotocols=[Subprotocol("parleyrun.v1")],
            compression=None,
            proxy=None,
            max_size=None,
            ping_interval=None,
        )

    def _read_all(self, connection: ClientConnection) -> None:
        """Come in, and take what comes until the connection is closed. Raises `ConnectionClosed` if it is cut."""
        with self._changed:
            self._line = _Line.GREETING
            self._connection = connection
        try:
            connection.send(json.dumps({"type": "session", "token": self._token, "seq": self._seq}))
            for raw in connection:
                self._take(json.loads(raw))
        finally:
            with self._changed:
                self._line = _Line.GREETING
                self._connection = None
                self._changed.notify_all()

    def _take(self, frame: dict[str, Any]) -> None:
        news = _news(frame, f"browser:{self.number}")
        # Shown first: whoever waits for a line may rely on its being there.
        if news is not None and not (isinstance(news, Delivery) and (news.mine or news.seq <= self._seq)):
            self._show(self.number, news)
        with self._changed:
            self._note(frame)
            self._changed.notify_all()

    def _note(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "session":
                self._token = frame["token"]
                self._line = _Line.UP
                if not frame["resumed"]:
                    self._seq = 0
            case "message":
                self._seq = max(self._seq, frame["seq"])
            case "ack":
                self._seq = max(self._seq, frame["seq"])
                self._answers[frame["message_id"]] = None
            case "error" if frame.get("message_id"):
                self._answers[frame["message_id"]] = frame["text"]
            case "ended":
                self._visit_over = True


def _news(frame: dict[str, Any], participant_id: str) -> Delivery | Signal | SeatNotice | None:
    """Return what a frame shows; None for one that shows nothing."""
    match frame["type"]:
        case "message":
            payload = frame.get("payload")
            message = Message(
                text=frame["text"],
                id=frame["persona"]["name"] if "persona" in frame else frame["id"],
                quick_replies=tuple(frame["quick_replies"] or ()),
                payload=None if payload is None else FrozenDict(payload),
                extra=FrozenDict({BOT: True} if frame.get("bot") else None),
            )
            return Delivery(
                participant_id,
                frame["seq"],
                message,
                frame["mine"],
                frame["at"],
                message_id=frame.get("message_id"),
            )
        case "typing":
            return Typing(frame["id"], frame["on"])
        case "growing":
            return Growing(frame["id"], frame["text"])
        case "read":
            return ReadMark(frame["id"], frame["seq"])
        case "presence" if "place" in frame:
            return Place(frame["place"], frame["task"], role=frame["role"])
        case "presence":
            return Presence(frame["id"], frame["state"])
        case "ended":
            reason = frame["reason"]
            return Ended(reason if reason in ("goodbye", "closing") else "left")
        case "error" if not frame.get("message_id"):
            return SeatNotice(frame["text"])
    return None
