"""The control socket: operators' requests as lines of JSON, from whoever may write to the store."""

from __future__ import annotations

import logging
import os
import socket
import stat
import struct
import threading
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from ...private_files import OWNER_ONLY
from ...service.operations.operators import Operators
from ...service.operations.request_lines import LONGEST_LINE_BYTES, answer_line, refused_line
from .socket_place import address_of_socket, control_path

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 32
IDLE_SECONDS = 600.0
"""How long a connection may say nothing (real time)."""

PAUSE_SECONDS = 0.2
"""How long after a connection that could not be taken the next one is (real time)."""

HAS_UNIX_SOCKETS = hasattr(socket, "AF_UNIX")


class ControlSocket:
    """Answers operators on a Unix socket that only the store's owner can open. Use it in `with`.

    Each line is a request, `{"verb": …, "by": …, "why": …, "values": {…}}`, and each answer is a line:
    `{"ok": true, "result": {…}}` or `{"ok": false, "error": "…"}`.

    Args:
        operators: Does what is asked for.
        path: Where the socket is made. One that a killed process left there makes room, one that is in use does
            not.
    """

    def __init__(self, operators: Operators, path: Path) -> None:
        self._operators = operators
        self._path = path
        self._closing = threading.Event()
        self._lock = threading.Lock()  # guards both below
        self._listening: socket.socket | None = None
        self._connections: set[socket.socket] = set()

    def __enter__(self) -> Self:
        """Open it. Where that is not possible the log says so, and the service does without."""
        try:
            listening = self._open()
        except OSError as error:
            log.warning("`parleyrun ctl` cannot reach this service: %s", error)
            return self
        closing = self._closing = threading.Event()
        with self._lock:
            self._listening = listening
        threading.Thread(
            target=self._accept, args=(listening, closing), name="parleyrun-operators", daemon=True
        ).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it, and every connection to it."""
        self._closing.set()
        with self._lock:
            listening, self._listening = self._listening, None
            connections, self._connections = self._connections, set()
        if listening is None:
            return
        self._path.unlink(missing_ok=True)
        for one in (listening, *connections):
            with suppress(OSError):  # the other side may have gone
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _open(self) -> socket.socket:
        with suppress(FileNotFoundError):
            if not stat.S_ISSOCK(self._path.lstat().st_mode):
                raise OSError(f"expected a socket at {self._path}, got another kind of file; move it away")
            if self._answers():
                raise OSError(f"another service answers at {self._path}")
            self._path.unlink()
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with address_of_socket(self._path) as address:
                listening.bind(address)
            # Before it listens nobody can connect: so it is never open to others.
            self._path.chmod(OWNER_ONLY)
            listening.listen(MOST_CONNECTIONS)
        except BaseException:
            listening.close()
            raise
        return listening

    def _answers(self) -> bool:
        """Whether a process listens at the socket that is there already."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trying:
            try:
                with address_of_socket(self._path) as address:
                    trying.connect(address)
            except OSError:
                return False
        return True

    def _accept(self, listening: socket.socket, closing: threading.Event) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                if closing.wait(PAUSE_SECONDS):
                    return
                continue  # the process may have no file left for another connection; it will have later
            with self._lock:
                is_open = self._listening is listening
                has_room = len(self._connections) < MOST_CONNECTIONS
                if is_open and has_room:
                    self._connections.add(connection)
            if not is_open or not has_room or not _is_ours(connection):
                self._let_go(connection)
                continue
            threading.Thread(
                target=self._serve, args=(connection,), name="parleyrun-operator", daemon=True
            ).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(IDLE_SECONDS)
        try:
            with connection.makefile("rb") as lines:
                while line := lines.readline(LONGEST_LINE_BYTES + 1):
                    if len(line) > LONGEST_LINE_BYTES:
                        connection.sendall(refused_line(f"expected a line of at most {LONGEST_LINE_BYTES} bytes"))
                        return
                    connection.sendall(answer_line(self._operators, line).line)
        except OSError:  # they have gone, or said nothing for too long
            return
        finally:
            self._let_go(connection)

    def _let_go(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)
        connection.close()


def operators_socket(operators: Operators, store: Path | None) -> AbstractContextManager[object]:
    """Return the socket for the service that keeps its record there; nothing where that is in memory."""
    if store is None or not HAS_UNIX_SOCKETS:
        return nullcontext()
    return ControlSocket(operators, control_path(store))


def _is_ours(connection: socket.socket) -> bool:
    """Whether the other side is of our own user or the system's, as far as the system tells."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True  # the file's permissions have said so
    size = struct.calcsize("3i")
    _, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return user in (0, os.geteuid())
