"""The HTTP side: requests come in, are handed over whole, and the answer goes out in one piece."""

from __future__ import annotations

import json
import logging
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .graph_calls import GraphRequest
from .message_rules import UPLOAD_BYTES
from .refusals import Refusal
from .request_parsing import read_fields

log = logging.getLogger(__name__)

BACKLOG = 512
MAX_BODY_BYTES = UPLOAD_BYTES + 1024 * 1024


@dataclass(frozen=True, slots=True)
class GraphAnswer:
    """What is answered; `status` 0 drops the connection instead. `then` is called once that has happened."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    then: Callable[[], None] | None = None


AnswerRequest = Callable[[GraphRequest | Refusal, str], GraphAnswer]
"""Called with a request (or with why it could not be read) and its method; any thread."""


class GraphServer:
    """Serves on a port of the loopback interface, one thread a connection. `open()` before `url`."""

    def __init__(self, answer: AnswerRequest) -> None:
        self._answer = answer
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Begin to answer."""
        self._server = _Server(self._answer)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), name="parleyrun-fake-graph", daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        assert self._server is not None, "expected the fake to be started before its url is asked for"
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def close(self) -> None:
        """Close the port and every connection."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.close_connections()


class _Server(ThreadingHTTPServer):
    request_queue_size = BACKLOG
    daemon_threads = True

    def __init__(self, answer: AnswerRequest) -> None:
        self.answer = answer
        self._connections: set[socket.socket] = set()
        self._handlers: set[threading.Thread] = set()
        self._lock = threading.Lock()  # guards _connections and _handlers
        super().__init__(("127.0.0.1", 0), _Handler)

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)
            self._handlers.add(threading.current_thread())

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)
            self._handlers.discard(threading.current_thread())

    def close_connections(self) -> None:
        with self._lock:
            connections, handlers = list(self._connections), list(self._handlers)
        for connection in connections:
            _shut(connection)
        for handler in handlers:
            handler.join(timeout=5.0)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Called while the exception is handled. A caller that is gone is nothing of ours.
        if not isinstance(sys.exception(), ConnectionError):
            log.exception("the fake Graph API could not answer")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024  # so that head and body of an answer go out together
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        with suppress(OSError):
            super().finish()

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def _handle(self) -> None:
        answer = self.server.answer(self._request(), self.command)
        try:
            if answer.status == 0:
                self.close_connection = True
                _shut(self.connection)
            else:
                self._write(answer)
        finally:
            if answer.then is not None:
                answer.then()

    def _request(self) -> GraphRequest | Refusal:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY_BYTES:
            self.close_connection = True
            return Refusal(100, 2018109, "Attachment size exceeds allowable limit", http_status=413)
        raw = self.rfile.read(length)
        address = urlsplit(self.path)
        try:
            body, upload = read_fields(self.headers.get("Content-Type", ""), raw)
        except Refusal as refusal:
            return refusal
        params = dict(parse_qsl(address.query))
        headers = {name.lower(): value for name, value in self.headers.items()}
        return GraphRequest(
            method=self.command, path=address.path, headers=headers, params=params, body=body, upload=upload
        )

    def _write(self, answer: GraphAnswer) -> None:
        content = json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(content)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Calls are kept, not printed."""


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
