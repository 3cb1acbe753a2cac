"""Programs in processes of their own, `parleyrun serve` above all: started, watched and stopped by their pid."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from forked_command import ForkedCommand, can_be_forked

DEADLINE_SECONDS = 60.0
"""How long anything may take before it counts as never happening; a slow machine needs some of it."""

_ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07)")


def heed_hang_ups() -> None:
    """Let a terminal that hangs up end this program, as usual: tests under nohup hand on that it does not."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class WatchedProcess:
    """A program in a process of its own. Use it as a context manager; at its end the process is gone.

    With `terminal` its standard error is a terminal, otherwise a pipe; everything it writes there is kept. With
    `own_group` Ctrl-C reaches the processes that it starts as well, as it does at a terminal.
    """

    def __init__(
        self,
        *command: str | Path,
        folder: Path,
        env: Mapping[str, str] | None = None,
        terminal: bool = False,
        before_start: Callable[[], None] | None = None,
        own_group: bool = False,
    ) -> None:
        self._command = [*map(str, command)]
        self._folder = folder
        self._env = {**os.environ, "COLUMNS": "110", "LINES": "40", "TERM": "xterm", **(env or {})}
        self._terminal = terminal
        ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN and not can_be_forked(self._command, self._env)
        self._before_start = before_start or (heed_hang_ups if ignored else None)
        self._own_group = own_group
        self._grew = threading.Condition()  # guards _written and _ended
        self._written = ""
        self._ended = False

    def __enter__(self) -> Self:
        ours, theirs = os.openpty() if self._terminal else os.pipe()
        with os.fdopen(theirs, "wb") as stderr:
            self._process = ForkedCommand(
                self._command,
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                preexec_fn=self._before_start,  # to start it under other limits
                process_group=0 if self._own_group else None,
            )
        self._reader = threading.Thread(target=self._read, args=(os.fdopen(ours, "rb", buffering=0),))
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            if self._own_group:
                os.killpg(self.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def stderr(self) -> str:
        """Everything written so far; of a terminal, without what only moves and colours."""
        with self._grew:
            return _ESCAPES.sub("", self._written).replace("\r", "")

    @property
    def raw_stderr(self) -> str:
        with self._grew:
            return self._written

    @property
    def lines(self) -> list[str]:
        return self.stderr.splitlines()

    def ready(self) -> str:
        """Wait until people can come; return the address."""
        return self.wait_for(r"^ready: (http://\S+)$")[1]

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until standard error holds the pattern; fail, showing all of it, if it never does."""
        return self.wait_until(lambda: re.search(pattern, self.stderr, re.MULTILINE), repr(pattern))

    def wait_until(self, find: Callable[[], Any], what: str) -> Any:
        """Wait, looking after everything it writes, until `find` returns something true; return that."""
        end = time.monotonic() + DEADLINE_SECONDS
        while True:
            with self._grew:
                seen, ended = len(self._written), self._ended
            found = find()
            if found:
                return found
            assert not ended, f"expected {what}, but the process ended after writing:\n{self.stderr}"
            with self._grew:
                grew = self._grew.wait_for(
                    lambda seen=seen: self._ended or len(self._written) > seen, end - time.monotonic()
                )
            assert grew, f"expected {what}, got only:\n{self.stderr}"

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """Kill -9, and wait until it is gone."""
        self.send(signal.SIGKILL)
        self.was_killed()

    def was_killed(self) -> None:
        """Wait until it is gone; fail if it went in any other way than by kill -9."""
        assert self.exit_code() == -signal.SIGKILL, self.stderr[-4000:]

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        if self._own_group:
            os.killpg(self.pid, signal.SIGINT)
        else:
            self.send(signal.SIGINT)

    def exit_code(self) -> int:
        """Wait for the end of the process; `stderr` is complete then."""
        code = self._process.wait(DEADLINE_SECONDS)
        self._reader.join(DEADLINE_SECONDS)
        return code

    def stdout(self) -> str:
        """What was written on standard output, once the process has ended."""
        assert self._process.stdout is not None
        return self._process.stdout.read()

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            while True:
                try:
                    chunk = stream.read(65536)
                except OSError:  # how a terminal says that nobody has it open any more
                    chunk = b""
                with self._grew:
                    self._written += chunk.decode(errors="replace")
                    self._ended = not chunk
                    self._grew.notify_all()
                if not chunk:
                    return


class ServeProcess(WatchedProcess):
    """`python -m parleyrun serve …`; `program` is what Python runs instead, with the same arguments."""

    def __init__(
        self, *arguments: str | Path, program: Sequence[str] = ("-m", "parleyrun", "serve"), **options: Any
    ) -> None:
        super().__init__(sys.executable, *program, *arguments, **options)
