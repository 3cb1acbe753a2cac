"""Somebody who sends nonsense as fast as they can, so that the operator's log grows with it."""

from __future__ import annotations

import json
import logging
import os
import socket
from base64 import b64encode
from pathlib import Path
from urllib.parse import urlsplit

import h11
import pytest
from serve_process import ServeProcess

from parleyrun.web.client_faults import MOST_KINDS, TOLD_IN_A_WINDOW, WINDOW_SECONDS, ClientFaults

ROOT = Path(__file__).parents[2]
TIMES = 150

UPGRADE = (
    b"GET /websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + b64encode(bytes(16)) + b"\r\n\r\n"
)
NO_TEXT = bytes([0x81, 0x81]) + bytes(4) + b"\xff"
"""A masked text frame that is no UTF-8."""

NONSENSE = {
    "no HTTP": (b"X\r\n\r\n",),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",),
    "a chunk without a size": (b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",),
    "no UTF-8": (UPGRADE, NO_TEXT),
}


@pytest.mark.process
def test_a_log_does_not_grow_with_nonsense(tmp_path: Path) -> None:
    config = tmp_path / "c.yml"
    tasks = {"echo": {"task_world": "EchoTaskWorld"}}
    config.write_text(
        json.dumps({"task_name": "c", "world_module": "worlds.demo", "overworld": "DemoOverworld", "tasks": tasks})
    )
    env = {"PYTHONPATH": os.fspath(ROOT)}
    with ServeProcess(config, "--port", "0", "--store", ":memory:", folder=tmp_path, env=env) as server:
        where = urlsplit(server.ready())
        before = len(server.stderr)
        for pieces in NONSENSE.values():
            for _ in range(TIMES):
                with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
                    connection.sendall(pieces[0])
                    for piece in pieces[1:]:
                        connection.recv(4096)
                        connection.sendall(piece)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(4096):
                        pass
        logged = server.stderr[before:]
    assert "Traceback" not in logged
    assert len(logged.splitlines()) <= len(NONSENSE) * (TOLD_IN_A_WINDOW + 1)


def record(message: str, error: Exception | None = None) -> logging.LogRecord:
    info = None if error is None else (type(error), error, None)
    return logging.LogRecord("uvicorn.error", logging.ERROR, __file__, 1, message, (), info)


def test_a_few_of_each_kind_are_told_in_a_minute_and_then_how_many_more_there_were() -> None:
    now = [0.0]
    faults = ClientFaults(lambda: now[0])
    assert sum(faults.filter(record("Invalid HTTP request received.")) for _ in range(100)) == TOLD_IN_A_WINDOW
    assert faults.filter(record("something else"))
    now[0] = WINDOW_SECONDS
    again = record("Invalid HTTP request received.")
    assert faults.filter(again)
    assert (
        again.getMessage() == f"Invalid HTTP request received. (and {100 - TOLD_IN_A_WINDOW} more like it since)"
    )


@pytest.mark.parametrize(
    "error", [UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"), h11.RemoteProtocolError("no")]
)
def test_what_a_client_causes_has_no_traceback_and_what_we_cause_keeps_it(error: Exception) -> None:
    faults = ClientFaults()
    told, ours = (
        record("Exception in ASGI application\n", error),
        record("Exception in ASGI application\n", KeyError("x")),
    )
    assert faults.filter(told)
    assert faults.filter(ours)
    assert told.exc_info is None
    assert type(error).__name__ in told.getMessage()
    assert ours.exc_info is not None


def test_kinds_without_end_are_one_kind() -> None:
    faults = ClientFaults(lambda: 0.0)
    told = sum(faults.filter(record(f"fault {number}")) for number in range(10_000))
    assert told == MOST_KINDS + TOLD_IN_A_WINDOW
