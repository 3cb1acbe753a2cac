"""`parleyrun local` in a process of its own: fed through a pipe, or at a terminal whose other end is ours."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from forked_command import ForkedCommand, run

DEADLINE_SECONDS = 60.0
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def run_local(*arguments: str | Path, folder: Path, said: str = "") -> subprocess.CompletedProcess[str]:
    """Run `parleyrun local` to its end with this on standard input."""
    return run(command(arguments), cwd=folder, input=said, timeout=DEADLINE_SECONDS)


def command(arguments: Sequence[str | Path], name: str = "local") -> list[str]:
    return [sys.executable, "-m", "parleyrun", name, *map(str, arguments)]


class TerminalProcess:
    """`parleyrun local`, or another command, at a terminal.

    Use it as a context manager; at its end the process is gone.
    """

    def __init__(self, *arguments: str | Path, folder: Path, no_color: bool = False, name: str = "local") -> None:
        self._arguments = command(arguments, name)
        self._folder = folder
        self._env = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
        self._env.pop("NO_COLOR", None)
        if no_color:
            self._env["NO_COLOR"] = "1"
        self.raw = ""

    def __enter__(self) -> Self:
        self._ours, self._theirs = os.openpty()
        self._process = ForkedCommand(
            self._arguments,
            cwd=self._folder,
            env=self._env,
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait_for(self, text: str) -> str:
        """Wait until this is shown, after what the last call waited for; return all until then."""
        end = time.monotonic() + DEADLINE_SECONDS
        while text not in _ESCAPES.sub("", self.raw):
            ready, _, _ = select.select([self._ours], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"expected {text!r}, got only {self.raw!r}"
            self.raw += os.read(self._ours, 65536).decode(errors="replace")
        before, _, after = _split(self.raw, text)
        self.raw = after
        return before

    def exit_code(self) -> int:
        """Wait for the end."""
        return self._process.wait(DEADLINE_SECONDS)

    def rest(self) -> str:
        """Return what was shown since the last `wait_for`, once the process has ended."""
        while select.select([self._ours], [], [], 0)[0]:
            self.raw += os.read(self._ours, 65536).decode(errors="replace")
        return self.raw

    def is_sane(self) -> bool:
        """Whether the terminal echoes keys and waits for whole lines, as before."""
        import termios

        modes = termios.tcgetattr(self._theirs)[3]
        return bool(modes & termios.ECHO and modes & termios.ICANON)


def _split(raw: str, text: str) -> tuple[str, str, str]:
    """Split what a terminal was sent behind the first place that shows this text, whatever escapes are in it."""
    pattern = r"(?:\x1b\[[0-9;?]*[A-Za-z])*".join(map(re.escape, text))
    found = re.search(pattern, raw)
    assert found, f"{text!r} in {raw!r}"
    return raw[: found.end()], text, raw[found.end() :]
