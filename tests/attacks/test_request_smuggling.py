"""Requests whose end a proxy in front of us might find elsewhere than we do."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from serve_process import ServeProcess

from parleyrun.web.request_framing import ambiguity

ROOT = Path(__file__).parents[2]

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
CHUNKED = b"0\r\n\r\n"


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


@pytest.mark.process
def test_a_request_that_can_be_read_in_two_ways_is_refused_and_what_it_hides_is_never_answered() -> None:
    with ServeProcess("example:demo", "--port", "0", "--store", ":memory:", folder=ROOT) as server:
        host, _, port = server.ready().removeprefix("http://").rpartition(":")
        address = (host, int(port))
        for name, request in AMBIGUOUS.items():
            got = answers(address, request)
            # Where only the body is wrong, its head may have been answered by then; the connection ends anyway.
            wrong_body = name.startswith(("a chunk", "a trailer"))
            allowed = (b"HTTP/1.1 400 ", b"HTTP/1.1 405 ") if wrong_body else (b"HTTP/1.1 400 ", b"HTTP/1.1 501 ")
            assert got.startswith(allowed) or (got == b"" and "without end" in name), f"{name}: {got!r}"
            assert got.count(b"HTTP/1.1 ") <= 1, f"{name}: {got!r}"
        # Two honest requests, one behind the other, are both answered.
        plain = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n%b\r\n"
        got = answers(address, plain % b"" + plain % b"Connection: close\r\n")
        assert got.count(b"HTTP/1.1 200 ") == 2


@pytest.mark.parametrize("name", list(AMBIGUOUS)[:5])
def test_what_is_ambiguous_is_seen_in_the_head_alone(name: str) -> None:
    head, _, _ = AMBIGUOUS[name].partition(b"\r\n\r\n")
    assert ambiguity(head + b"\r\n\r\n", b"1.1") is not None


def test_an_honest_request_has_no_fault() -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX: a, b: c\r\n\r\n"
    assert ambiguity(head, b"1.1") is None
