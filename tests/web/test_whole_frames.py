"""Frames that pass by the library's parser: whatever comes, however it is cut, the endpoint sees no difference."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uvicorn import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from parleyrun.web.frames.socket_events import ReadTexts
from parleyrun.web.frames.unfinished_frames import BoundedSocketProtocol
from parleyrun.web.frames.whole_frames import text_frame, text_of
from parleyrun.web.kept_bytes import KeptBytes

MOST_BYTES = 70_000


class Pipe:
    """A transport that notes what is written."""

    def __init__(self):
        self.written = b""
        self.closed = False

    def write(self, data):
        self.written += data

    def close(self):
        self.closed = True

    def is_closing(self):
        return self.closed

    def get_extra_info(self, name, default=None):
        return default

    def pause_reading(self):
        """It is the test that reads."""

    resume_reading = pause_reading


def handshake():
    client = ClientProtocol(parse_uri("ws://here/websocket"))
    client.send_request(client.connect())
    return b"".join(client.data_to_send())


HANDSHAKE = handshake()


async def talk(make, chunks):
    """Give a protocol what a client sends; return what its endpoint saw, and what was written to the client."""
    seen = []

    async def endpoint(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        while True:
            event = await receive()
            seen.append(event)
            if event["type"] == "websocket.disconnect":
                return
            if event.get("text") == "end":
                await send({"type": "websocket.close", "code": 1000, "reason": "as you say"})
            elif event.get("text") is not None:
                await send({"type": "websocket.send", "text": event["text"]})

    config = Config(endpoint, ws_max_size=MOST_BYTES, ws_per_message_deflate=False, ws_ping_interval=None)
    config.load()
    pipe = Pipe()
    protocol = make(config=config, server_state=ServerState(), app_state={}, _loop=asyncio.get_running_loop())
    protocol.connection_made(pipe)
    for chunk in (HANDSHAKE, *chunks):
        if pipe.closed:
            break
        protocol.data_received(chunk)
        for _ in range(4):
            await asyncio.sleep(0)
    tasks = list(protocol.tasks)
    protocol.connection_lost(None)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return seen, pipe.written.partition(b"\r\n\r\n")[2]


def bounded(**uvicorns):
    return BoundedSocketProtocol(unfinished=KeptBytes(1 << 24, "parts"), texts=ReadTexts(), **uvicorns)


class Thorough(BoundedSocketProtocol):
    """Has the library read and write every frame."""

    def __init__(self, **uvicorns):
        super().__init__(unfinished=KeptBytes(1 << 24, "parts"), texts=ReadTexts(), **uvicorns)

    def data_received(self, data):
        self._between_frames = False
        super().data_received(data)

    async def send(self, message):
        await WebSocketsSansIOProtocol.send(self, message)


def compare(sent):
    seen, written = asyncio.run(talk(bounded, sent))
    assert (seen, written) == asyncio.run(talk(Thorough, sent))
    return seen


def frame(opcode, data, fin=True):
    return Frame(opcode, data, fin).serialize(mask=True)


TEXTS = st.text(max_size=200) | st.sampled_from(["x" * 125, "x" * 126, "é" * 63, "x" * 60_000, "end"])
BEGUN = frame(Opcode.TEXT, b"be", fin=False)
FRAMES = st.one_of(
    TEXTS.map(lambda text: [frame(Opcode.TEXT, text.encode())]),
    TEXTS.map(
        lambda text: [
            frame(Opcode.TEXT, b"be", fin=False),
            frame(Opcode.PING, b"?"),
            frame(Opcode.CONT, text.encode()),
        ]
    ),
    st.binary(max_size=20).map(lambda data: [Frame(Opcode.BINARY, data).serialize(mask=True)]),
    st.just([frame(Opcode.PING, b"are you there")]),
    st.just([BEGUN]),  # nothing follows it
    st.just([frame(Opcode.TEXT, b"unmasked")[:2]]),  # a frame's beginning, and then something else
    st.just([Frame(Opcode.TEXT, b"unmasked").serialize(mask=False)]),
    st.just([frame(Opcode.TEXT, b"x" * (MOST_BYTES + 1))]),
    st.just([Frame(Opcode.CLOSE, b"\x03\xe8bye").serialize(mask=True)]),
    st.binary(min_size=1, max_size=12).map(lambda data: [data]),
)


@given(st.lists(FRAMES, max_size=5), st.data())
def test_the_endpoint_sees_what_it_would_see_without(sent, data):
    stream = b"".join(part for parts in sent for part in parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=3)))
    compare(
        [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True) if start < end]
    )


@given(st.lists(FRAMES, max_size=6))
def test_the_endpoint_sees_what_it_would_see_without_where_each_frame_comes_by_itself(sent):
    compare([part for parts in sent for part in parts])


def test_a_frame_whose_beginning_came_before_is_not_taken_for_one():
    whole = frame(Opcode.TEXT, b"hello")
    inner = frame(Opcode.TEXT, b"inside")
    outer = Frame(Opcode.BINARY, bytes(len(inner))).serialize(mask=True)
    for beginning in (outer[:2], outer[:6]):
        rest = len(outer) - len(beginning) - len(inner)
        seen = compare([beginning, inner, bytes(rest), whole] if rest else [beginning, inner, whole])
        assert [event["type"] for event in seen] == ["websocket.receive"] * 2
        assert [event.get("text") for event in seen] == [None, "hello"]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
def test_texts_of_each_length_are_framed_as_the_library_does(size):
    text = "x" * size
    assert text_frame(text) == Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535])
def test_a_whole_text_is_read_and_none_that_is_too_long(size):
    sent = frame(Opcode.TEXT, b"x" * size)
    assert text_of(sent, size) == "x" * size
    assert text_of(sent, size - 1) is None
    assert text_of(sent + b"\x81", size) is None
    assert all(text_of(sent[:end], size) is None for end in range(min(len(sent), 10)))


def test_what_is_no_text_is_left_to_the_library():
    assert text_of(frame(Opcode.TEXT, b"\xff"), 10) is None
    assert text_of(frame(Opcode.PING, b"hi"), 10) is None
    assert text_of(frame(Opcode.TEXT, b"x" * 70_000), 100_000) is None
