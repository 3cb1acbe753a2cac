"""Downloads: what commands of parleyrun write from a record, made in a process of its own while people talk."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
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
            work = asyncio.get_running_loop().run_in_executor(self._threads, written, name, command, self._record)
            file = await work
        finally:
            self._under_way -= 1
        # What is in a record is shown by no browser as a page of the console's: it is kept as a file.
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(_parts(file), 200, headers, "application/octet-stream")

    def close(self) -> None:
        """Write no more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _parts(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while part := file.read(PART_BYTES):
            yield part


def written(name: str, command: tuple[str, ...], record: str) -> BinaryIO:
    """Have a command write a file, and return it, open; when it is closed it is nowhere any more.

    Raises:
        NotLetIn: The command says why it cannot.
    """
    place, environment = without_password(record)
    verb, *options = command
    with tempfile.TemporaryDirectory(prefix="parleyrun-", ignore_cleanup_errors=True) as folder:
        out = Path(folder) / name
        try:
            # The names of our own commands, and a record of our own: nothing that came over the network.
            ran = subprocess.run(  # noqa: S603
                [sys.executable, "-m", "parleyrun", verb, *options, "--out", str(out), "--", place],
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=WITHIN_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NotLetIn(409, f"it took longer than {WITHIN_SECONDS:g} s: use parleyrun {verb}") from None
        if ran.returncode != 0 or not out.is_file():
            why = ran.stderr.decode(errors="replace").strip().splitlines()
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
