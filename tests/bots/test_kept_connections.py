"""Connections to a server are used again, where it lets them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from completions_lab import ASK, STREAM, chunk, client_of, data

EVENTS = chunk({"content": "Hi"}) + chunk({}, "stop") + data("[DONE]")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
BODY = f"{len(EVENTS):x}\r\n{EVENTS}\r\n".encode()
END = b"0\r\n\r\n"


class Server:
    """Answers each request with these bytes, as long as its connection is open; `connections` counts these."""

    def __init__(self, answer: bytes) -> None:
        self.connections = 0
        self._answer = answer
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}/v1"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._answer_all, args=(connection,), daemon=True).start()

    def _answer_all(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as reading:
            while line := reading.readline():
                size = 0
                while line.strip():
                    name, _, value = line.partition(b":")
                    size = int(value) if name.lower() == b"content-length" else size
                    line = reading.readline()
                reading.read(size)
                connection.sendall(self._answer)


@contextmanager
def served(answer: bytes) -> Iterator[Server]:
    server = Server(answer)
    try:
        yield server
    finally:
        server.close()


@pytest.mark.parametrize("ask", [ASK, STREAM])
def test_a_stream_that_has_ended_leaves_its_connection_for_the_next_request(ask):
    with served(HEAD + BODY + END) as server:
        client = client_of(server.address)
        assert [client.complete(ask).text for _ in range(5)] == ["Hi"] * 5
        client.close()
    assert server.connections == 1


def test_a_server_that_does_not_end_its_streams_is_not_waited_for_and_has_a_connection_each(monkeypatch):
    monkeypatch.setattr("parleyrun.bots.chat_completions.completions_client.END_SECONDS", 0.01)
    with served(HEAD + BODY) as server:
        client = client_of(server.address)
        assert client.complete(STREAM).text == "Hi"
        # From here on it would be waited for without end.
        monkeypatch.setattr("parleyrun.bots.chat_completions.completions_client.END_SECONDS", None)
        assert [client.complete(STREAM).text for _ in range(3)] == ["Hi"] * 3
        client.close()
    assert server.connections == 4
