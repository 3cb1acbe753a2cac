"""A proxy on loopback that can lose what goes through it without a word, as some on the way to people do."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self


class SwallowingProxy:
    """Hands on between its own `port` and another, until `swallow()`; later connections are handed on again."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._swallowed = threading.Event()  # that of the connections made from now on
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def swallow(self) -> None:
        """From now on nothing comes through the connections of this moment, and none of them is closed."""
        self._swallowed.set()
        self._swallowed = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for each in (self._listener, *self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._to_port))
                self._sockets += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(source, sink, self._swallowed), daemon=True).start()

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket, swallowed: threading.Event) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if not swallowed.is_set():
                    sink.sendall(data)
            if not swallowed.is_set():
                sink.shutdown(socket.SHUT_WR)
