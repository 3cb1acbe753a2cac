"""Requests whose end a proxy in front of us might find elsewhere than we do."""

from __future__ import annotations

import socket
from pathlib import Path

import h11
import pytest
from serve_process import ServeProcess
from strangers import AMBIGUOUS, answers

from parleyrun.web.request_framing import StrictConnection, ambiguity

ROOT = Path(__file__).parents[2]


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
        # Strangers do not write the log: a line each is enough.
        server.wait_for("Invalid HTTP request received")
        assert "Traceback" not in server.stderr
        # Two honest requests, one behind the other, are both answered.
        plain = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n%b\r\n"
        got = answers(address, plain % b"" + plain % b"Connection: close\r\n")
        assert got.count(b"HTTP/1.1 200 ") == 2


@pytest.mark.process
def test_a_body_that_goes_wrong_after_its_head_was_answered_ends_the_connection_and_no_more() -> None:
    with ServeProcess("example:demo", "--port", "0", "--store", ":memory:", folder=ROOT) as server:
        host, _, port = server.ready().removeprefix("http://").rpartition(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
            got = connection.recv(65536)
            while b"\r\n0\r\n\r\n" not in got and b"Method Not Allowed" not in got.partition(b"\r\n\r\n")[2]:
                got += connection.recv(65536)
            assert got.startswith(b"HTTP/1.1 405 ")
            connection.sendall(b"no number\r\n")
            assert connection.recv(65536) == b""
        server.interrupt()
        assert server.exit_code() == 0
        assert "Traceback" not in server.stderr


IN_THE_HEAD = (
    *list(AMBIGUOUS)[:5],
    "a coding over two lines",
    "a length over two lines",
    "a coding twice",
    "a coding in HTTP/1.0",
    "one line that ends with LF alone",
    "a bare CR",
)


@pytest.mark.parametrize("name", IN_THE_HEAD)
def test_what_is_ambiguous_is_seen_in_the_head_alone(name: str) -> None:
    head, _, _ = AMBIGUOUS[name].partition(b"\r\n\r\n")
    version = head.partition(b"\r\n")[0][-3:]
    assert ambiguity(head + b"\r\n\r\n", version) is not None
    connection = StrictConnection(h11.SERVER)
    connection.receive_data(AMBIGUOUS[name])
    with pytest.raises(h11.RemoteProtocolError):
        connection.next_event()


def test_an_honest_request_has_no_fault() -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX: a, b: c\r\n\r\n"
    assert ambiguity(head, b"1.1") is None
