"""What happens at a socket is told to its endpoint in order, and text to its listener while the endpoint waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from parleyrun.web.frames.socket_events import PAUSE, ReadTexts, SocketEvents


def events(write: Callable[[str], bool] = lambda text: True) -> SocketEvents:
    return SocketEvents(asyncio.get_running_loop(), write, ReadTexts())


async def turn_ends() -> None:
    """Let the loop's turn end."""
    await asyncio.sleep(0)


def text(words: str) -> dict[str, Any]:
    return {"type": "websocket.receive", "text": words}


def test_text_goes_to_the_listener_while_the_endpoint_waits_and_to_the_endpoint_while_it_does_not() -> None:
    async def play() -> None:
        heard: list[str] = []
        socket = events()
        socket.listener = lambda words: heard.append(words) or 0.0
        assert not socket.text_came("before it waits")
        assert socket.text_came("right behind")
        assert heard == []
        assert [await socket.get(), await socket.get()] == [text("before it waits"), text("right behind")]
        waiting = socket.get()
        assert not socket.text_came("now")
        assert not socket.text_came("again")
        assert heard == []
        await turn_ends()
        assert (heard, waiting.done()) == (["now", "again"], False)
        socket.put_nowait({"type": "websocket.disconnect"})
        assert await waiting == {"type": "websocket.disconnect"}

    asyncio.run(play())


def test_what_comes_behind_text_in_one_turn_of_the_loop_is_told_behind_it() -> None:
    async def play() -> None:
        heard: list[str] = []
        socket = events()
        socket.listener = lambda words: heard.append(words) or 0.0
        waiting = socket.get()
        socket.text_came("my last words")
        socket.put_nowait({"type": "websocket.disconnect"})
        assert (heard, waiting.done()) == ([], False)
        assert await waiting == {"type": "websocket.disconnect"}
        assert heard == ["my last words"]

    asyncio.run(play())


def test_texts_of_several_sockets_are_read_in_the_order_in_which_they_came() -> None:
    async def play() -> None:
        heard: list[str] = []
        texts = ReadTexts()
        sockets = [SocketEvents(asyncio.get_running_loop(), lambda text: True, texts) for _ in range(2)]
        for socket in sockets:
            socket.listener = lambda words: heard.append(words) or 0.0
            socket.get()
        for number in range(6):
            sockets[number % 2].text_came(str(number))
        await turn_ends()
        assert heard == list("012345")

    asyncio.run(play())


def test_what_the_listener_does_not_take_is_the_endpoints() -> None:
    async def play() -> None:
        socket = events()
        socket.listener = lambda words: None
        waiting = socket.get()
        socket.text_came("long")
        assert await waiting == text("long")

    asyncio.run(play())


def test_who_is_too_fast_has_the_endpoint_pause_before_anything_else_is_read() -> None:
    async def play() -> None:
        heard: list[str] = []
        socket = events()
        socket.listener = lambda words: heard.append(words) or 1.5
        waiting = socket.get()
        socket.text_came("one")
        socket.text_came("two")
        assert (heard, await waiting) == (["one"], {"type": PAUSE, "seconds": 1.5})
        assert await socket.get() == text("two")

    asyncio.run(play())


def test_what_the_listener_raises_is_raised_where_the_endpoint_waits() -> None:
    def fail(_words: str) -> float:
        raise ValueError("odd words")

    async def play() -> None:
        socket = events()
        socket.listener = fail
        waiting = socket.get()
        socket.text_came("hello")
        with pytest.raises(ValueError, match="odd words"):
            await waiting

    asyncio.run(play())


def test_nothing_is_written_once_the_socket_is_closed() -> None:
    async def play() -> None:
        written: list[str] = []
        socket = events(lambda words: written.append(words) or True)
        assert socket.write("one")
        socket.close()
        assert not socket.write("two")
        assert written == ["one"]

    asyncio.run(play())
