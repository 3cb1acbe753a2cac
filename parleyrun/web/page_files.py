"""The chat page's files as they are sent: without what only those need who read its scripts and styles."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

_COMMENT = re.compile(r"^[ \t]*(/\*.*?\*/|//[^\n]*)", re.MULTILINE | re.DOTALL)
_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)


class PageFiles(StaticFiles):
    """Answers for the page's files. A name that no file system takes is a file that is not there."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        try:
            return super().lookup_path(path)
        except ValueError:  # a zero byte
            return "", None

    def file_response(self, full_path: Any, *rest: Any, **more: Any) -> Response:
        answer = super().file_response(full_path, *rest, **more)
        if answer.status_code != 200:
            return answer
        kept = {name: answer.headers[name] for name in ("etag", "last-modified")}
        return Response(sent_file(str(full_path), kept["etag"]), headers=kept, media_type=answer.media_type)


@lru_cache(maxsize=64)
def sent_file(path: str, _version: str = "") -> bytes:
    """Return a file; of a script or a style without comments and indentation, which are a quarter of it.

    Its lines keep their numbers. Only comments are left out that begin a line, and no text in these files goes
    over several lines, so that nothing else can be taken for one.
    """
    file = Path(path)
    if file.suffix not in (".js", ".css"):
        return file.read_bytes()
    bare = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), file.read_text("utf-8"))
    return _INDENTATION.sub("", bare).encode()
