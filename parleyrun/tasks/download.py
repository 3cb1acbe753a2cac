"""Fetching a file: resumed where it was cut off, checked before it is used."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests

from ..errors import TaskError
from .alone import alone

_CHUNK_BYTES = 1 << 16
_TIMEOUT_SECONDS = (10, 60)
"""For a connection to open, and for the next piece of data to come."""

_MOST_BYTES = 64 << 30


@dataclass(frozen=True, slots=True)
class Download:
    """A file that is fetched: from `url`, to be called `name`.

    Without `sha256` the first download is trusted, and its checksum is put on record beside the file, as
    `NAME.sha256`: whoever fetches the file again, or checks it, is told when it has changed. `size_bytes` is
    shown to people and bounds what is taken from the server.
    """

    url: str
    name: str
    sha256: str | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is; `total_bytes` is None where the server does not say."""

    name: str
    done_bytes: int
    total_bytes: int | None


OnProgress = Callable[[Progress], None]


class _CutOff(requests.ConnectionError):
    """The server sent less than it announced; what has come is kept."""


def fetch(download: Download, folder: Path, on_progress: OnProgress | None = None) -> Path:
    """Bring a file into a folder, and return its path. Does nothing if it is there and its checksum is right.

    What was fetched before a download was cut off is used again. `on_progress` is called on this thread, for each
    piece that comes. Raises `TaskError` if the checksum is wrong (the file is then removed, unless it was there
    before), and `requests.RequestException` or `OSError` if the file cannot be had.
    """
    path = folder / download.name
    if path.is_file():
        check_sum(download, path)
        return path
    folder.mkdir(parents=True, exist_ok=True)
    # Two processes must not write one file; the later one finds it finished.
    with alone(folder / f"{download.name}.lock"):
        if not path.is_file():
            part = _Part(folder / f"{download.name}.part")
            _fetch_all(download, part, on_progress)
            try:
                _compare(download, part.path, download.sha256 or _on_record(path))
            except TaskError:
                part.remove()
                raise
            if download.sha256 is None:
                _record_of(path).write_text(f"{digest_of(part.path)}  {download.name}\n", "utf-8")
            part.become(path)
    return path


def check_sum(download: Download, path: Path) -> None:
    """Raise `TaskError` if a file is not what it should be. A file without a known checksum passes."""
    expected = download.sha256 or _on_record(path)
    _compare(download, path, expected)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _compare(download: Download, path: Path, expected: str | None) -> None:
    if expected is None:
        return
    found = digest_of(path)
    if found != expected.lower():
        raise TaskError(
            f"expected a file with the SHA-256 {expected} at {path}, got {found}: it is damaged, or another "
            f"version. Remove it, and it is fetched again from {download.url}"
        )


def _record_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _on_record(path: Path) -> str | None:
    record = _record_of(path)
    return record.read_text("utf-8").split()[0] if record.is_file() else None


class _Part:
    """What has come of a file so far, and the server's mark of the version it came from."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mark = path.with_name(f"{path.name}.from")

    @property
    def size_bytes(self) -> int:
        return self.path.stat().st_size if self.path.is_file() else 0

    @property
    def mark(self) -> str | None:
        return self._mark.read_text("utf-8") if self._mark.is_file() else None

    def begin(self, mark: str | None) -> None:
        """Start from nothing, with the version that the server names now."""
        self.remove()
        if mark is not None:
            self._mark.write_text(mark, "utf-8")

    def become(self, path: Path) -> None:
        os.replace(self.path, path)
        self._mark.unlink(missing_ok=True)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self._mark.unlink(missing_ok=True)


def _fetch_all(download: Download, part: _Part, on_progress: OnProgress | None) -> None:
    """Fetch until all is there, going on after each cut as long as something comes."""
    while True:
        before = part.size_bytes
        try:
            _fetch_on(download, part, on_progress)
            return
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
            if part.size_bytes <= before:
                raise


def _fetch_on(download: Download, part: _Part, on_progress: OnProgress | None) -> None:
    """Ask once for what is missing, and add what comes."""
    have, mark = part.size_bytes, part.mark
    # Without the mark, a file that has changed on the server would be put together from two versions.
    headers = {"Accept-Encoding": "identity"}
    if have and mark is not None:
        headers |= {"Range": f"bytes={have}-", "If-Range": mark}
    with requests.get(download.url, headers=headers, stream=True, timeout=_TIMEOUT_SECONDS) as answer:
        if have and answer.headers.get("Content-Range") == f"bytes */{have}":
            return  # nothing is missing
        if have and not _continues(answer, have):
            part.remove()
            answer.close()
            _fetch_on(download, part, on_progress)
            return
        answer.raise_for_status()
        if answer.status_code == requests.codes.ok:
            part.begin(answer.headers.get("ETag") or answer.headers.get("Last-Modified"))
            have = 0
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length is not None and length.isdigit() else None
        _add(download, part, answer, total, on_progress)


def _continues(answer: requests.Response, have: int) -> bool:
    """Whether what was fetched is of any use: not if there is no more, or it goes on at another place."""
    if answer.status_code == requests.codes.partial_content:
        found = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
        return found is not None and int(found[1]) == have
    return bool(answer.status_code != requests.codes.requested_range_not_satisfiable)


def _add(
    download: Download, part: _Part, answer: requests.Response, total: int | None, on_progress: OnProgress | None
) -> None:
    most = download.size_bytes or _MOST_BYTES
    with part.path.open("ab") as file:
        done = file.tell()
        for chunk in answer.iter_content(_CHUNK_BYTES):
            done += len(chunk)
            if done > most:
                part.remove()
                raise TaskError(f"expected at most {most:,} bytes from {download.url}, got more")
            file.write(chunk)
            if on_progress is not None:
                on_progress(Progress(download.name, done, total))
    if total is not None and done < total:
        raise _CutOff(f"{download.url} ended after {done:,} of {total:,} bytes")
