"""Attachments: what authors uploaded, at an address that nobody can guess."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from ..store.media_library import MediaFile

_SHOWN = ("image/", "audio/", "video/")
_HEADERS = {
    # Whatever an author uploaded, opened on its own it may run nothing and reach nothing.
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
}


class AttachmentEndpoint:
    """Answers for the files that `find` returns, by the last part of their address."""

    def __init__(self, find: Callable[[str], MediaFile | None]) -> None:
        self._find = find

    async def answer(self, request: Request) -> Response:
        """Answer with a file, of its own type and under its own name; 404 if there is none."""
        file = self._find(request.path_params["token"])
        if file is None:
            return PlainTextResponse("there is no such file", 404)
        how = "inline" if file.mime.startswith(_SHOWN) else "attachment"
        if isinstance(file.content, Path):
            return FileResponse(
                file.content,
                media_type=file.mime,
                headers=_HEADERS,
                filename=file.name,
                content_disposition_type=how,
            )
        return Response(file.content, media_type=file.mime, headers={**_HEADERS, "content-disposition": how})
