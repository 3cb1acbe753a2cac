"""Chat sockets: the websocket endpoint, and the sending half of each connection."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from types import coroutine
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from ..channels.browser.browser_channel import BrowserChannel
from ..channels.browser.peer import BEAT_EVERY_SECONDS, Peer
from ..errors import ChannelError, StoreError
from .client_addresses import ClientAddresses
from .frames.newest_frames import NewestFrames
from .frames.socket_events import EXTENSION, PAUSE, SocketEvents
from .heartbeats import Heartbeats
from .kept_bytes import KeptBytes
from .outgoing import Outgoing

log = logging.getLogger(__name__)

T = TypeVar("T")

SUBPROTOCOL = "parleyrun.v1"
MAX_WAITING_FRAMES = 4_000  # more than a store in memory keeps of one person, for one who comes back to them all
MAX_WAITING_CHARACTERS = 4 * 1024 * 1024
MAX_ALL_WAITING_CHARACTERS = 64 * 1024 * 1024
"""How much waits for slow readers at the same time, of all sockets together."""

GIVE_UP_AFTER_SECONDS = 10.0
MAX_AGENT_BYTES = 1024
MAX_FIELDS = 1_000
QUICK_CHARACTERS = 8_192
"""Frames that are longer are not looked into on the loop, where everybody else would wait for it."""

TOO_SLOW = (1013, "reading too slowly")


class SocketLink:
    """The sending half of one websocket (a `Link` of channels/browser/peer.py).

    A reader who is so slow that too much waits for them is sent that much and then disconnected; the lines are
    on record, so that a client that comes back with its token goes on from there, and gets them all. `hang_up`
    is called, on the loop, for one who does not even read that: the close frame would wait for ever. What waits
    for all slow readers is bounded together, in `slow`. `write` sends text at once, or returns False if it would
    have to wait.
    """

    __slots__ = (
        "_characters",
        "_closing",
        "_dead",
        "_emptied",
        "_hang_up",
        "_newest",
        "_outgoing",
        "_queued",
        "_send",
        "_slow",
        "_task",
        "_waiting",
        "_write",
        "hung_up",
    )

    def __init__(
        self,
        send: Send,
        outgoing: Outgoing,
        hang_up: Callable[[], object],
        slow: KeptBytes,
        write: Callable[[str], bool] = lambda text: False,
    ) -> None:
        self._send = send
        self._write = write
        self._slow = slow
        self._outgoing = outgoing
        self._hang_up = hang_up
        self._waiting: deque[str] = deque()
        self._newest = NewestFrames()
        self._characters = 0
        self._queued = False
        self._closing: tuple[int, str] | None = None
        self._dead = False
        self._task: asyncio.Task[None] | None = None
        self._emptied: asyncio.Future[None] | None = None
        self.hung_up = False

    def send(self, text: str) -> None:
        if self._dead or self._closing is not None:
            return
        # What waits already is judged, not this frame: one that is large by itself must get through.
        if len(self._waiting) >= MAX_WAITING_FRAMES or self._characters > MAX_WAITING_CHARACTERS:
            self._closing = TOO_SLOW
        else:
            self._waiting.append(text)
            self._characters += len(text)
        self._queue()

    def send_newest(self, name: str, frame: Callable[[], str]) -> None:
        if not self._dead and self._closing is None and self._newest.put(name, frame):
            self._queue()

    def withhold(self, name: str) -> None:
        self._newest.withhold(name)

    def close(self, code: int, reason: str) -> None:
        if self._closing is None:
            self._closing = (code, reason)
            self._queue()

    def drop(self) -> None:
        """On the loop: let go, without a word."""
        self.give_up()

    def _queue(self) -> None:
        if not self._queued:
            self._queued = True
            self._outgoing.add(self)

    def flush(self) -> None:
        """On the loop: send what waits."""
        self._queued = False
        if self._closing is TOO_SLOW:
            asyncio.get_running_loop().call_later(GIVE_UP_AFTER_SECONDS, self.give_up)
        if self._task is None and not self._dead:
            waiting = self._waiting
            while waiting and self._write(waiting[0]):
                text = waiting.popleft()
                self._characters = self._characters - len(text) if waiting else 0
            if not waiting and self._closing is None and self._emptied is None and not self._newest.frames:
                return  # as nearly always
            # Begun here and now: mostly nothing has to be waited for, and a task would be most of the work.
            sending = self._drain()
            try:
                waits_for = sending.send(None)
            except StopIteration:
                return
            self._task = asyncio.get_running_loop().create_task(_finish(sending, waits_for))
        if self._task is not None:
            self._note_waiting()

    def _note_waiting(self) -> None:
        if not self._dead:
            self._slow.note(self, self._characters)

    def gone(self) -> None:
        """On the loop: the socket is closed, and nothing more can be sent."""
        self._dead = True
        self._waiting.clear()
        self._newest.close()
        self._slow.note(self, 0)
        self._tell_drained()

    def give_up(self) -> None:
        if not self._dead:
            self.gone()
            if self._task is not None:
                self._task.cancel()
            self.hung_up = True
            self._hang_up()

    @property
    def is_behind(self) -> bool:
        """True while something waits for a reader who is slower than we are. On the loop."""
        return self._task is not None or self._dead

    async def drained(self) -> None:
        """On the loop: wait until nothing waits to be sent, or nothing can be."""
        while (self._waiting or self._queued) and not self._dead:
            self._emptied = asyncio.get_running_loop().create_future()
            await self._emptied

    def _tell_drained(self) -> None:
        emptied, self._emptied = self._emptied, None
        if emptied is not None and not emptied.done():
            emptied.set_result(None)

    async def _drain(self) -> None:
        """Send until nothing waits."""
        try:
            while not self._dead:
                # Looked at first: another thread may speak and close at this moment, in this order.
                closing = self._closing
                if self._waiting:
                    text = self._waiting.popleft()
                    await self._send({"type": "websocket.send", "text": text})
                    self._characters = self._characters - len(text) if self._waiting else 0
                    if self._task is not None:
                        self._note_waiting()
                elif closing is not None:
                    code, reason = closing
                    await self._send({"type": "websocket.close", "code": code, "reason": reason})
                    self._dead = True
                else:
                    newest = (
                        self._newest.take(asyncio.get_running_loop(), self.flush) if self._newest.frames else None
                    )
                    if newest is None:
                        break
                    await self._send({"type": "websocket.send", "text": newest})
        except (OSError, RuntimeError) as error:
            # The other side has gone in the middle of it (uvicorn's ClientDisconnected is an OSError): the
            # receiving half hears of it and says so.
            log.debug("a socket closed while something was being sent: %r", error)
            self.gone()
        finally:
            if self._task is not None:
                self._slow.note(self, 0)
                self._task = None
            if self._emptied is not None:
                self._tell_drained()
        if self._waiting and not self._dead:
            self._queue()


async def _finish(begun: Coroutine[Any, Any, None], waits_for: Any) -> None:
    await _go_on(begun, waits_for)  # which is no coroutine that a task could be made of: from Python 3.12 on


@coroutine
def _go_on(begun: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """Go on in a task with what was begun without one, and has come to wait for something."""
    try:
        yield waits_for
    except BaseException:
        begun.close()
        raise
    yield from begun.__await__()


class SocketEndpoint:
    """The ASGI application behind `/websocket`."""

    def __init__(self, browser: BrowserChannel, outgoing: Outgoing, addresses: ClientAddresses) -> None:
        self._browser = browser
        self._outgoing = outgoing
        self._addresses = addresses
        self._slow = KeptBytes(MAX_ALL_WAITING_CHARACTERS, "what waits to be read")
        self._heartbeats = Heartbeats(BEAT_EVERY_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        v1 = SUBPROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if v1 else None})
        task = asyncio.current_task()
        assert task is not None
        events: SocketEvents | None = scope["extensions"].get(EXTENSION)
        quickly = () if events is None else (events.write,)
        link = SocketLink(send, self._outgoing, task.cancel, self._slow, *quickly)
        try:
            peer = self._browser.connect(
                link,
                v1=v1,
                address=self._addresses.of(scope),
                parameters=_parameters(scope),
                agent=_agent(scope),
            )
        except ChannelError:
            await send({"type": "websocket.close", "code": 1012, "reason": "closing"})
            return
        timer = asyncio.get_running_loop().call_later(peer.patience_seconds, peer.idle_too_long)
        self._heartbeats.begin(peer)
        catching_up: asyncio.Task[None] | None = None
        if events is not None:
            events.listener = partial(_read_quickly, peer)
        try:
            while True:
                message: dict[str, Any] = await receive()  # type: ignore[assignment]  # a MutableMapping is one
                if message["type"] == PAUSE:
                    await asyncio.sleep(message["seconds"])
                    continue
                if message["type"] != "websocket.receive":
                    return
                text = message.get("text")
                if text is None:
                    peer.received_binary()
                    continue
                pause_seconds = _read_quickly(peer, text)
                if pause_seconds is None:
                    pause_seconds = await _aside(partial(peer.received, text))
                    if catching_up is None and peer.participant_id:
                        # What fits on the way is sent before anything else is read; the rest beside that.
                        more = await _page(peer, link)
                        while more and not link.is_behind:
                            more = await _page(peer, link)
                        catching_up = asyncio.create_task(_catch_up(peer, link, more=more))
                if pause_seconds > 0:
                    # Not reading is the politest way to slow somebody down: nothing they sent is lost.
                    await asyncio.sleep(pause_seconds)
        except asyncio.CancelledError:
            if not link.hung_up:
                raise
            task.uncancel()
        finally:
            if events is not None:
                events.listener = None
            timer.cancel()
            self._heartbeats.end(peer)
            link.gone()
            if catching_up is not None:
                catching_up.cancel()
            peer.disconnected()


def _read_quickly(peer: Peer, text: str) -> float | None:
    """Have a peer read what can be read on the loop; return the pause after it, None if it cannot."""
    return peer.received(text) if peer.participant_id and len(text) <= QUICK_CHARACTERS else None


async def _catch_up(peer: Peer, link: SocketLink, *, more: bool) -> None:
    """Send the rest of what was said before, page by page, each once the one before has gone out."""
    while more:
        await link.drained()
        more = await _page(peer, link)


async def _page(peer: Peer, link: SocketLink) -> bool:
    """Send a page of what was said before; return whether there is more."""
    try:
        return await _aside(peer.catch_up)
    except StoreError as error:
        log.warning("%s is not sent what was said before: %s", peer.participant_id, error)
        link.close(1011, "trouble")
        return False


async def _aside(work: Callable[[], T]) -> T:
    """Have work done beside the loop, on one of a few threads. Who gives up waits for its end all the same."""
    future = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait([future])
        raise


def _parameters(scope: Scope) -> dict[str, str]:
    """Return the parameters of a socket's own address; of a name that is there twice the first counts."""
    try:
        found = parse_qsl(
            scope["query_string"].decode("ascii", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS
        )
    except ValueError:
        return {}  # more than any link has
    return dict(reversed(found))


def _agent(scope: Scope) -> str:
    """Return what the browser at the other end says it is."""
    found = next((value for name, value in scope["headers"] if name == b"user-agent"), b"")
    return bytes(found[:MAX_AGENT_BYTES]).decode("latin-1")
