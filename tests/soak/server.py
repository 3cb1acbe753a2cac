"""The server of the soak: a real `parleyrun serve`, on the same port and the same store after each kill."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import parleyrun

from . import words

READY_WITHIN_SECONDS = 60.0
MEMORY = ":memory:"
GENEROUS_LIMITS = {"messages_per_second": 10_000}
"""For people who speak as fast as they can."""
_TESTS = Path(__file__).parents[1]
_PROJECT = Path(str(parleyrun.__file__)).parents[1]


class ServerDied(AssertionError):
    """The server ended, though nobody killed it."""


def config(overworld: str, asked_path: Path, limits: dict[str, Any]) -> dict[str, Any]:
    """Return the soak's config."""
    tasks: dict[str, dict[str, Any]] = {}
    for kind in words.TASKS.values():
        task = tasks[kind.key] = {"task_world": kind.world, "agents_required": kind.people}
        if kind.onboarding is not None:
            task["onboard_world"] = kind.onboarding
        if kind.seconds_in_pool is not None:
            task["max_time_in_pool"] = kind.seconds_in_pool
        if kind.backup is not None:
            task["backup_task"] = kind.backup
    return {
        "task_name": "soak",
        "world_module": "soak.worlds",
        "overworld": overworld,
        "password": words.PASSWORD,
        "tasks": tasks,
        "texts": words.TEXTS,
        "opt": {"asked_path": str(asked_path)},
        "limits": limits,
        "channels": {"browser": {}},
    }


class Server:
    """One config, one port, one store, and one process after the other.

    `log` is all that the processes wrote, in order; `troubles` are the records among it of level ERROR and above.
    """

    environment: Mapping[str, str] = {}
    """What else its processes find in their environment."""

    ready_within = READY_WITHIN_SECONDS

    def __init__(self, folder: Path, overworld: str, store: str, limits: dict[str, Any] = GENEROUS_LIMITS) -> None:
        self.folder = folder
        self.store = store
        self.asked_path = folder / "asked.txt"
        self.asked_path.touch()
        self.url = ""
        self.log: list[str] = []
        self.troubles: list[str] = []
        self._config_path = folder / "soak.yml"
        # JSON is YAML, too.
        self._config_path.write_text(json.dumps(config(overworld, self.asked_path, limits)))
        self._port = 0
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    async def start(self, doomed_after_steps: int | None = None) -> bool:
        """Start a process and wait until people can come.

        With `doomed_after_steps` it will kill itself (see doomed.py); False if it did so before it was ready.
        """
        await self.spawn(doomed_after_steps)
        assert self._reader is not None
        waiting = asyncio.create_task(self._ready.wait())
        await asyncio.wait({waiting, self._reader}, timeout=self.ready_within, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._ready.is_set():
            return True
        if not self.is_gone:
            raise ServerDied(f"the server was not ready in {self.ready_within:g} s:\n{self.last_words()}")
        await self.kill()
        return False

    async def spawn(self, doomed_after_steps: int | None = None) -> None:
        """Start a process, and don't wait until it is ready."""
        self._ready = asyncio.Event()
        self._doomed = doomed_after_steps is not None
        program = ["soak.doomed", str(doomed_after_steps)] if self._doomed else ["parleyrun"]
        arguments = ["serve", str(self._config_path), "--port", str(self._port), "--store", self.store]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", *program, *arguments, "--log-format", "json"),
            cwd=_TESTS,
            env={**os.environ, "PYTHONPATH": f"{_PROJECT}{os.pathsep}{_TESTS}", **self.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        self._reader = asyncio.create_task(self._read(self._process))

    @property
    def is_gone(self) -> bool:
        return self._reader is not None and self._reader.done()

    async def kill(self) -> None:
        """Kill -9, and wait until the process is gone. Raises `ServerDied` if it ended in any other way."""
        await self.end()
        assert self._process is not None
        if self._process.returncode != -signal.SIGKILL:
            raise ServerDied(f"the server ended by itself ({self._process.returncode}):\n{self.last_words()}")

    async def end(self) -> None:
        """Leave no process behind, whatever happened."""
        if self._process is not None and self._reader is not None:
            # A process that has ended closed its standard error, and is not there to be killed.
            if not self.is_gone:
                self._process.kill()
            await self._process.wait()
            await self._reader

    def last_words(self, lines: int = 40) -> str:
        return "\n".join(self.log[-lines:])

    def asked(self) -> list[str]:
        """Return what the oracle was asked so far, in order."""
        return self.asked_path.read_text().splitlines()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while raw := await process.stderr.readline():
            line = raw.decode(errors="replace").rstrip()
            self.log.append(line)
            if line.startswith("ready: "):
                self.url = line.removeprefix("ready: ")
                self._port = int(self.url.rpartition(":")[2])
                self._ready.set()
            elif _is_trouble(line):
                self.troubles.append(line)


def _is_trouble(line: str) -> bool:
    try:
        return json.loads(line)["level"] in ("ERROR", "CRITICAL")
    except (ValueError, TypeError, KeyError):
        return True  # a traceback, or a warning of Python's own
