"""What strangers send, for the tests of single attacks and for the soak, where they come all at once."""

from __future__ import annotations

import json
import socket
from typing import Any

from websockets.sync.client import ClientConnection, connect

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
CHUNKED = b"0\r\n\r\n"


def greeted(
    address: str, token: str | None = None, headers: dict[str, str] | None = None
) -> tuple[ClientConnection, str]:
    """Return the connection of somebody with a chat page, who has seen nothing yet, and their token."""
    opened = connect(
        f"ws://{address}/websocket",
        subprotocols=["parleyrun.v1"],  # type: ignore[list-item]
        compression=None,
        max_size=None,
        additional_headers=headers,
    )
    websocket = opened.__enter__()
    websocket.send(json.dumps({"type": "session", "token": token, "seq": 0}))
    session = json.loads(websocket.recv(timeout=20))
    assert session["type"] == "session"
    return websocket, session["token"]


def say(message_id: str, text: str, **more: Any) -> str:
    return json.dumps({"type": "message", "message_id": message_id, "text": text, **more})


def unfinished_frame(size: int = 500_000) -> bytes:
    """Return a frame that wants only its last byte."""
    return b"\x81\xff" + size.to_bytes(8, "big") + b"\0\0\0\0" + b"A" * (size - 1)


def post(*headers: bytes, body: bytes = CHUNKED, version: bytes = b"HTTP/1.1", end: bytes = b"\r\n") -> bytes:
    """Return a request with these headers, and another one hidden behind its body."""
    return end.join([b"POST / " + version, b"Host: 127.0.0.1", *headers, b"", b""]) + body + HIDDEN


AMBIGUOUS = {
    "length and coding": post(b"Content-Length: 5", b"Transfer-Encoding: chunked"),
    "coding and length": post(b"Transfer-Encoding: chunked", b"Content-Length: 5"),
    "two lengths": post(b"Content-Length: 5", b"Content-Length: 6"),
    "the same length twice": post(b"Content-Length: 5", b"Content-Length: 5"),
    "two lengths in one header": post(b"Content-Length: 5, 5"),
    "a length with a sign": post(b"Content-Length: +5"),
    "a coding over two lines": post(b"Transfer-Encoding:\r\n chunked"),
    "a length over two lines": post(b"Content-Length:\r\n\t5"),
    "a coding twice": post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
    "a coding that is not chunked": post(b"Transfer-Encoding: xchunked"),
    "a coding in HTTP/1.0": post(b"Transfer-Encoding: chunked", version=b"HTTP/1.0"),
    "a blank before the colon": post(b"Transfer-Encoding : chunked"),
    "lines that end with LF alone": post(b"Content-Length: 5", end=b"\n"),
    "one line that ends with LF alone": post(b"X: y\nContent-Length: 5"),
    "a bare CR": post(b"X: y\rContent-Length: 5"),
    "a chunk whose length is no number": post(b"Transfer-Encoding: chunked", body=b"0x5\r\nhello\r\n0\r\n\r\n"),
    "a chunk that is longer than it says": post(b"Transfer-Encoding: chunked", body=b"3\r\nhello\r\n0\r\n\r\n"),
    "a chunk extension without end": post(b"Transfer-Encoding: chunked", body=b"5;" + b"x" * 100_000),
    "a trailer without end": post(b"Transfer-Encoding: chunked", body=b"0\r\n" + b"a: b\r\n" * 20_000),
    "headers without end": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"a: b\r\n" * 20_000,
}


def answers(address: tuple[str, int], request: bytes) -> bytes:
    """Send a request and return all that comes back until the server closes the connection."""
    with socket.create_connection(address, timeout=10) as connection:
        got = b""
        try:
            connection.sendall(request)
            while more := connection.recv(65536):
                got += more
        except ConnectionError:
            pass  # closed in the middle of what was still being sent
        return got
