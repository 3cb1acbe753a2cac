"""Downloads: what commands of parleyrun write from a record, made in a process of its own while people talk."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from .console_access import ConsoleAccess, NotLetIn

MOST_AT_ONCE = 2
WITHIN_SECONDS = 900.0
PART_BYTES = 256 * 1024

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "conversations.jsonl": ("export", "--format", "jsonl"),
    "messages.csv": ("export", "--format", "csv"),
    "participants.csv": ("export", "--format", "participants", "--csv"),
    "runs.csv": ("export", "--format", "runs", "--csv"),
    "lines.csv": ("export", "--format", "lines", "--csv"),
    "forms.csv": ("export", "--format", "forms", "--csv"),
    "models.csv": ("export", "--format", "models", "--csv"),
    "codebook.md": ("export", "--codebook"),
    "report.html": ("report",),
}
"""The command for each file. It gets the record and `--out`."""


class EndedTogether:
    """Processes that are ended before their time where nobody needs them any more. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards both below
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._is_over = False

    @contextmanager
    def one_of_them(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Count a process in for as long as that lasts; once all are ended, it is ended at once."""
        with self._lock:
            self._processes.add(process)
            if self._is_over:
                process.kill()
        try:
            yield
        finally:
            with self._lock:
                self._processes.discard(process)

    def end(self) -> None:
        """End them all."""
        with self._lock:
            self._is_over = True
            for process in self._processes:
                process.kill()


class Downloads:
    """Answers with files that are written from the record.

    Args:
        access: Knows who may have them.
        record: The file of the record, or the address of its database; None where it is in memory.
    """

    def __init__(self, access: ConsoleAccess, record: str | None) -> None:
        self._access = access
        self._record = record
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, "parleyrun-download")
        self._processes = EndedTogether()
        self._under_way = 0

    async def answer(self, request: Request) -> Response:
        """Answer `GET /console/download/NAME`."""
        visitor = self._access.visitor(request.scope)
        name = request.path_params["name"]
        command = COMMANDS.get(name)
        if command is None:
            raise NotLetIn(404, f"expected one of {', '.join(COMMANDS)}")
        if self._record is None:
            raise NotLetIn(409, "the record is in memory and ends with the service: there is nothing to read")
        if self._under_way >= visitor.share(MOST_AT_ONCE):
            raise NotLetIn(503, "others are being written", {"retry-after": "5"})
        self._under_way += 1
        try:
            work = partial(written, name, command, self._record, self._processes)
            file = await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._under_way -= 1
        # What is in a record is shown by no browser as a page of the console's: it is kept as a file.
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(_parts(file), 200, headers, "application/octet-stream")

    def close(self) -> None:
        """Write no more, and end what is being written: nothing waits for it any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._processes.end()


def _parts(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while part := file.read(PART_BYTES):
            yield part


def written(name: str, command: tuple[str, ...], record: str, processes: EndedTogether) -> BinaryIO:
    """Have a command write a file, and return it, open; when it is closed it is nowhere any more.

    Args:
        name: What the file is called.
        command: What writes it.
        record: What it is written from.
        processes: May end it before its time.

    Raises:
        NotLetIn: The command says why it cannot.
    """
    place, environment = without_password(record)
    verb, *options = command
    with tempfile.TemporaryDirectory(prefix="parleyrun-", ignore_cleanup_errors=True) as folder:
        out = Path(folder) / name
        # The names of our own commands, and a record of our own: nothing that came over the network.
        with (
            subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "parleyrun", verb, *options, "--out", str(out), "--", place],
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            ) as process,
            processes.one_of_them(process),
        ):
            try:
                _, said = process.communicate(timeout=WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise NotLetIn(409, f"it took longer than {WITHIN_SECONDS:g} s: use parleyrun {verb}") from None
        if process.returncode != 0 or not out.is_file():
            why = said.decode(errors="replace").strip().splitlines()
            raise NotLetIn(409, why[-1] if why else f"parleyrun {verb} wrote nothing")
        return out.open("rb")


def without_password(record: str) -> tuple[str, dict[str, str]]:
    """Return where a record is, and the password for it as a variable: others see how a command is called."""
    parts = urlsplit(record) if "://" in record else None
    if parts is None or parts.password is None:
        return record, {}
    who, _, where = parts.netloc.rpartition("@")
    netloc = f"{who.partition(':')[0]}@{where}"
    return parts._replace(netloc=netloc).geturl(), {"PGPASSWORD": unquote(parts.password)}
