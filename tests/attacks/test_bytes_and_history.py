"""Somebody who sends as many bytes as they can, or asks for all of a long history again and again."""

from __future__ import annotations

import json
import statistics
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from serve_process import ServeProcess
from strangers import greeted, say, unfinished_frame
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
ATTACK_SECONDS = 5.0
FRAMES_PER_SECOND = 20
HANG_UP_SECONDS = 0.5
"""How long the attacker waits for a goodbye, which comes behind all that was sent."""
MAX_STORE_BYTES = 8_000_000  # half of it is the write-ahead log
MAX_RSS_GROWTH_BYTES = 60_000_000
MAX_RATIO = 10.0
"""How much longer a round trip may take than the undisturbed median; on record it was 80 times."""

PAUSE = threading.Event()


def pour(address: str, frame: dict[str, Any]) -> int:
    """Send for a while, coming back whenever thrown out; return how many frames went out."""
    sent, ends_at = 0, time.monotonic() + ATTACK_SECONDS
    while time.monotonic() < ends_at:
        with suppress(ConnectionClosed, TimeoutError), greeted(address)[0] as socket:
            while time.monotonic() < ends_at:
                socket.send(say(f"p{sent}", **frame))
                sent += 1
                PAUSE.wait(1 / FRAMES_PER_SECOND)
            socket.close_timeout = HANG_UP_SECONDS
    return sent


def round_trip(socket: ClientConnection, message_id: str) -> float:
    """Say something; return after how many seconds it is on record."""
    begun = time.monotonic()
    socket.send(say(message_id, "hm"))
    while True:
        frame = json.loads(socket.recv(timeout=20))
        if frame["type"] == "ack" and frame["message_id"] == message_id:
            return time.monotonic() - begun


def undisturbed(socket: ClientConnection) -> float:
    trips = []
    for number in range(20):
        trips.append(round_trip(socket, f"before{number}"))
        PAUSE.wait(0.05)
    return statistics.median(trips)


def measured(socket: ClientConnection, attack: threading.Thread) -> list[float]:
    """Have somebody talk beside an attack; return how long each round trip took."""
    trips: list[float] = []
    attack.start()
    while attack.is_alive():
        trips.append(round_trip(socket, f"during{len(trips)}"))
        attack.join(0.1)
    return trips


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


@pytest.mark.parametrize(
    "frame",
    [
        {"text": "look", "payload": {"type": "image", "data": "A" * 1_300_000}},
        {"text": "look", "payload": {"type": "image", "data": "A" * 350_000}},
        {"text": "A" * 65_000},
    ],
    ids=["a payload beyond a frame", "a payload within a frame", "the longest texts"],
)
def test_they_fill_no_disk_and_no_memory_and_keep_nobody_waiting(tmp_path: Path, frame: dict[str, Any]) -> None:
    store = tmp_path / "demo.db"
    with ServeProcess("example:demo", "--port", "0", "--store", store, folder=ROOT) as server:
        address = server.ready().removeprefix("http://")
        sent: list[int] = []
        attack = threading.Thread(target=lambda: sent.append(pour(address, frame)))
        bystander, _ = greeted(address)
        with bystander:
            usual = undisturbed(bystander)
            before = resident_bytes(server.pid)
            trips = measured(bystander, attack)
            # What was stored is sent again to whoever comes back: that has to be little, too.
            assert sent[0] >= 5
            assert statistics.median(trips) < MAX_RATIO * usual, (usual, trips)
            assert sum(file.stat().st_size for file in tmp_path.iterdir()) < MAX_STORE_BYTES
            assert resident_bytes(server.pid) - before < MAX_RSS_GROWTH_BYTES


def test_who_asks_for_a_long_history_again_and_again_holds_nobody_up(tmp_path: Path) -> None:
    config = tmp_path / "long.yml"
    config.write_text(
        "task_name: long\nworld_module: worlds.demo\noverworld: DemoOverworld\n"
        "limits: {bytes_per_second: 100000000, messages_per_second: 1000}\n"
        "tasks:\n  echo: {task_world: EchoTaskWorld}\n"
    )
    with (
        ServeProcess(config, "--port", "0", "--store", tmp_path / "long.db", folder=ROOT) as server,
        ExitStack() as all_,
    ):
        address = server.ready().removeprefix("http://")
        writer, token = greeted(address)
        writer.close_timeout = HANG_UP_SECONDS
        for number in range(150):
            writer.send(say(f"w{number}", "A" * 60_000))
        while True:
            frame = json.loads(writer.recv(timeout=60))
            if frame["type"] == "ack" and frame["message_id"] == "w149":
                break
        writer.close()
        bystander, _ = greeted(address)
        all_.enter_context(bystander)
        usual = undisturbed(bystander)
        before = resident_bytes(server.pid)
        seen: list[int] = []

        def come_back() -> None:
            for number in range(13):
                socket, _ = greeted(address, token)
                socket.close_timeout = HANG_UP_SECONDS
                # Most read nothing of it.
                reads, lines = number % 4 == 3, 0
                while reads and lines < 150:
                    lines += json.loads(socket.recv(timeout=60)).get("mine", False)
                seen.append(lines)
                if reads:
                    socket.close()
                else:
                    all_.callback(socket.close)

        attack = threading.Thread(target=come_back)
        trips = measured(bystander, attack)
        assert seen == [*[0, 0, 0, 150] * 3, 0]
        assert statistics.median(trips) < MAX_RATIO * usual, (usual, trips)
        assert max(trips) < 0.5, (usual, trips)
        assert resident_bytes(server.pid) - before < MAX_RSS_GROWTH_BYTES


@pytest.mark.parametrize("fragments", [1, 2_000])
def test_unfinished_frames_of_a_hundred_sockets_cost_little(tmp_path: Path, fragments: int) -> None:
    with (
        ServeProcess("example:demo", "--port", "0", "--store", tmp_path / "demo.db", folder=ROOT) as server,
        ExitStack() as all_,
    ):
        address = server.ready().removeprefix("http://")
        bystander, _ = greeted(address)
        all_.enter_context(bystander)
        undisturbed(bystander)
        before = resident_bytes(server.pid)
        for _ in range(100):
            socket, _ = greeted(address)
            all_.callback(socket.close)
            with suppress(OSError):
                if fragments == 1:
                    socket.socket.sendall(unfinished_frame())
                else:
                    part = b"\xfe\0\xc8\0\0\0\0" + b"A" * 200
                    socket.socket.sendall(b"\x01" + part + (b"\x00" + part) * fragments)
        round_trip(bystander, "after")
        assert resident_bytes(server.pid) - before < MAX_RSS_GROWTH_BYTES


def test_what_is_no_text_closes_its_connection_and_writes_nothing_into_the_log() -> None:
    with ServeProcess("example:demo", "--port", "0", "--store", ":memory:", folder=ROOT) as server:
        address = server.ready().removeprefix("http://")
        begin, rest = b"\x01\x81\0\0\0\0\xc3", b"\x80\x81\0\0\0\0"
        for frames in (b"\x81\x81\0\0\0\0\xff", begin + rest + b"A"):
            socket, _ = greeted(address)
            socket.socket.sendall(frames)
            with suppress(ConnectionClosed):
                while True:
                    socket.recv(timeout=20)
            assert socket.close_code == 1007
        # A letter over two parts is text.
        socket, _ = greeted(address)
        with socket:
            text = say("1", "Ä").encode().replace(b"\\u00c4", b"\xc3\x84")
            cut = text.index(b"\x84")
            parts = ((b"\x01", text[:cut]), (b"\x80", text[cut:]))
            for first, part in parts:
                socket.socket.sendall(first + bytes([128 + len(part)]) + b"\0\0\0\0" + part)
            while json.loads(socket.recv(timeout=20))["type"] != "ack":
                pass
        server.interrupt()
        assert server.exit_code() == 0
        assert "Traceback" not in server.stderr
        assert "UTF-8" not in server.stderr
