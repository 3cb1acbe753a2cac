"""The processes of a measurement: a server, the bare echo server, the load generator; and what they use."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
READY_SECONDS = 30.0
END_SECONDS = 30.0
ANSWER_SECONDS = 300.0
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """A measurement could not be made; the message says why."""


def cpu_of(stat: str) -> float:
    """Return the seconds of user and system time in the `stat` of a process."""
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


class Process:
    """A child process. Leaving the `with` block ends it by its id, whatever has happened."""

    def __init__(self, *command: str, environment: Mapping[str, str] | None = None, **pipes: Any) -> None:
        environ = {**os.environ, **(environment or {})}
        self._process = subprocess.Popen([sys.executable, *command], cwd=PROJECT, text=True, env=environ, **pipes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """End the process at once, as a crash would; it has no chance to do anything about it."""
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def cpu_seconds(self) -> float:
        """Return the user and system time of all threads so far."""
        return cpu_of(self._read("stat"))

    def resident_bytes(self) -> int:
        return self._status("VmRSS") * 1024

    def threads(self) -> int:
        return self._status("Threads")

    def _status(self, name: str) -> int:
        for line in self._read("status").splitlines():
            key, _, value = line.partition(":")
            if key == name:
                return int(value.split()[0])
        raise Failed(f"expected {name} in the status of process {self._process.pid}")

    def _read(self, name: str) -> str:
        try:
            return Path(f"/proc/{self._process.pid}/{name}").read_text()
        except OSError as error:
            raise Failed(f"the server is gone (exit code {self._process.poll()})") from error


class Server(Process):
    """A server that says `ready: ADDRESS` on standard error; returns from the constructor once it has.

    `ready_seconds` is how long that took, and `ready_at` when it was (monotonic time, the same in all processes).
    """

    def __init__(self, *command: str, environment: Mapping[str, str] | None = None) -> None:
        started_at = time.monotonic()
        super().__init__(*command, environment=environment, stderr=subprocess.PIPE)
        self.errors = 0
        self._heard_at: dict[str, float] = {}
        self.last_lines: deque[str] = deque(maxlen=40)
        self._ready: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read_log, daemon=True).start()
        try:
            self.port = self._wait_until_ready()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        self.ready_at = time.monotonic()
        self.ready_seconds = self.ready_at - started_at

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, traceback)
        if self.errors:
            print(f"a server logged {self.errors} errors; its last lines:", *self.last_lines, file=sys.stderr)

    def said_at(self, text: str) -> float | None:
        """Return when it first logged a line with this in it (monotonic, in seconds); None if it has not."""
        return next((at for line, at in [*self._heard_at.items()] if text in line), None)

    def _wait_until_ready(self) -> int:
        try:
            address = self._ready.get(timeout=READY_SECONDS)
        except queue.Empty:
            address = None
        if address is None:
            raise Failed("the server did not get ready; it said:\n" + "".join(self.last_lines))
        return int(address.rpartition(":")[2])

    def _read_log(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.last_lines.append(line)
            self._heard_at.setdefault(line, time.monotonic())
            if line.startswith("ready: "):
                self._ready.put(line.removeprefix("ready: ").strip().rstrip("/"))
            self.errors += "ERROR" in line or "Traceback" in line
        self._ready.put(None)


def parleyrun(config: Path, *, store: Path | str | None = None, port: int = 0) -> Server:
    """Start `parleyrun serve`, on any free port if `port` is 0; without a `store` its record is in memory."""
    options = ["--port", str(port), "--store", ":memory:" if store is None else str(store), "--grace", "0"]
    return Server("-m", "parleyrun", "serve", str(config), *options)


def bare_echo() -> Server:
    """Start the yardstick."""
    return Server(str(HERE / "echo_server.py"))


def model_server(seconds: float) -> Server:
    """Start a server of chat completions that repeats what it is asked, so many seconds after it was asked."""
    return Server(str(HERE / "model_server.py"), str(seconds))


class Load(Process):
    """The load generator."""

    def __init__(self) -> None:
        super().__init__(str(HERE / "load.py"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read_answers, daemon=True).start()

    def __call__(self, do: str, **values: Any) -> dict[str, Any]:
        """Have a command carried out and return the answer. Raises `Failed` with what the generator says."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **values}) + "\n")
        self._process.stdin.flush()
        try:
            line = self._answers.get(timeout=ANSWER_SECONDS)
        except queue.Empty:
            raise Failed(f"the load generator did not finish {do!r} in {ANSWER_SECONDS:.0f} s") from None
        answer: dict[str, Any] = json.loads(line or '{"error": "the load generator is gone"}')
        if "error" in answer:
            raise Failed(f"{do}: {answer['error']}")
        return answer

    def _read_answers(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put("")
