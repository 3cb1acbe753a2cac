"""The chat page as it is sent: compressed for who takes it so, and not again to who has it already."""

from __future__ import annotations

import gzip
import mimetypes
import os
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_ETAG_BYTES = 12


class PackedFile:
    """One file of the page, compressed once. Any thread.

    Args:
        content: The file.
        media_type: What it is, as in `Content-Type`.
    """

    def __init__(self, content: bytes, media_type: str) -> None:
        self.content = content
        self.packed = gzip.compress(content, mtime=0)
        self._media_type = media_type
        self._hash = blake2b(content, digest_size=_ETAG_BYTES).hexdigest()

    def answer(self, asked: Headers) -> Response:
        """Return the file for a request with these headers; 304 without it where the browser has it already."""
        packed = takes_gzip(asked.get("accept-encoding", ""))
        # Packed and as it is are two answers, and a cache between has to tell them apart.
        etag = f'"{self._hash}-gzip"' if packed else f'"{self._hash}"'
        headers = {"etag": etag, "vary": "Accept-Encoding"}
        known = [tag.strip().removeprefix("W/") for tag in asked.get("if-none-match", "").split(",")]
        if etag in known or "*" in known:
            return Response(status_code=304, headers=headers)
        if packed:
            headers["content-encoding"] = "gzip"
        return Response(self.packed if packed else self.content, headers=headers, media_type=self._media_type)


class PageFiles(StaticFiles):
    """Answers for the page's files. A name that no file system takes is a file that is not there."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        try:
            return super().lookup_path(path)
        except ValueError:  # a zero byte
            return "", None

    def file_response(
        self, full_path: Any, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        file = packed_file(str(full_path), (stat_result.st_mtime_ns, stat_result.st_size))
        return file.answer(Headers(scope=scope))


@lru_cache(maxsize=128)
def packed_file(path: str, _version: tuple[int, int] = (0, 0)) -> PackedFile:
    """Return a file of the page, read once for as long as it stays the same version."""
    return PackedFile(Path(path).read_bytes(), mimetypes.guess_type(path)[0] or "application/octet-stream")


def takes_gzip(accepted: str) -> bool:
    """Return whether who sent this `Accept-Encoding` takes what is compressed with gzip."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        try:
            weights[name.strip()] = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            weights[name.strip()] = 0.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0
