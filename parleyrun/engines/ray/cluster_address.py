"""Where a Ray cluster is: whether somebody answers there who can be one."""

from __future__ import annotations

import os
import socket
import tempfile
from importlib.util import find_spec
from pathlib import Path

from ...errors import EngineError, MissingExtra

CONNECT_SECONDS = 3.0
"""How long somebody may take to be reached at an address."""

ANSWER_SECONDS = 10.0
"""How long they may then take to answer."""

CLIENT = "ray://"
"""What an address begins with where the cluster is reached by its client server."""

# What a client of HTTP/2, which Ray speaks, begins with: its greeting, and a frame of no settings. A server's
# first frame is one of settings, too: three bytes of length, and one of its kind.
_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
_KIND_AT, _SETTINGS_KIND = 3, 4


def check_address(address: str) -> None:
    """Look whether somebody answers who can be a Ray cluster, as Ray itself tries for minutes.

    Raises:
        EngineError: Nobody does.
        MissingExtra: It is a kind of address that needs more of Ray than is installed.
    """
    if address.startswith(CLIENT) and find_spec("grpc") is None:
        raise MissingExtra(f"engine.ray.address {CLIENT}…", "ray")
    where = _running_here() if address == "auto" else address
    if where in ("local", "auto"):
        return
    if not _answers(address, where):
        raise EngineError(f"expected a Ray cluster at {where}, but what answers there is none: {port_hint(where)}")


def port_hint(address: str) -> str:
    """Return what is to be done where somebody answers who is no such cluster."""
    if address.startswith(CLIENT):
        return "give the port of its client server (10001 unless it was started with another one)"
    return "give the port of its head (6379 unless it was started with another one)"


def _answers(address: str, where: str) -> bool:
    host, _, port = where.removeprefix(CLIENT).rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS) as connection:
            return _is_encrypted() or _speaks_http2(connection)
    except (OSError, ValueError) as error:
        if address == "auto":
            raise EngineError(
                f"expected a Ray cluster that runs on this machine, but nobody answers at {where}, where one was: "
                "start one, or say address: local"
            ) from error
        raise EngineError(f"expected a Ray cluster at {where}, but nobody answers there: {error}") from error


def _speaks_http2(connection: socket.socket) -> bool:
    connection.settimeout(ANSWER_SECONDS)
    try:
        connection.sendall(_GREETING)
        answer = connection.recv(_KIND_AT + 1, socket.MSG_WAITALL)
    except OSError:
        return False
    return len(answer) > _KIND_AT and answer[_KIND_AT] == _SETTINGS_KIND


def _is_encrypted() -> bool:
    return os.environ.get("RAY_USE_TLS", "0").lower() not in ("0", "false", "")


def _running_here() -> str:
    """Return the address of the cluster that was started last here; `auto` where Ray is to look itself."""
    named = os.environ.get("RAY_ADDRESS")
    if named:
        return named
    temporary = os.environ.get("RAY_TMPDIR") or ("/tmp" if Path("/tmp").is_dir() else tempfile.gettempdir())  # noqa: S108
    try:
        return Path(temporary, "ray", "ray_current_cluster").read_text().strip() or "auto"
    except OSError:
        return "auto"
