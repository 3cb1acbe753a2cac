"""A server on loopback that hands out files, and does what servers do to downloads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Archive:
    """What is served: `files` by their path, and how.

    `cuts` are for the next answers, one each: after how many bytes the connection breaks. `marked` is whether
    versions are named (ETag), `resumable` whether parts can be had, `sized` whether the length is told, `late` how
    far behind the place that was asked for a part begins. `asked` is what came: `(path, Range, If-Range)`.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    marked: bool = True
    resumable: bool = True
    sized: bool = True
    status: int = 200
    late: int = 0
    asked: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    url: str = ""

    def mark_of(self, path: str) -> str:
        return f'"{hash(self.files[path]) & 0xFFFFFF:x}"'


@contextmanager
def serving(**files: bytes) -> Iterator[Archive]:
    """Serve these files, whose names are their paths, as long as the block lasts."""
    archive = Archive({f"/{name}": content for name, content in files.items()})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self, archive)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    archive.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield archive
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answer(handler: BaseHTTPRequestHandler, archive: Archive) -> None:
    wanted, same = handler.headers["Range"], handler.headers["If-Range"]
    archive.asked.append((handler.path, wanted, same))
    content = archive.files.get(handler.path)
    if content is None or archive.status != 200:
        handler.send_error(404 if content is None else archive.status)
        return
    start = 0
    if wanted and archive.resumable and same in (None, archive.mark_of(handler.path)):
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) + archive.late
        if start >= len(content):
            handler.send_response(416)
            handler.send_header("Content-Range", f"bytes */{len(content)}")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
    else:
        handler.send_response(200)
    if archive.marked:
        handler.send_header("ETag", archive.mark_of(handler.path))
    if archive.sized:
        handler.send_header("Content-Length", str(len(content) - start))
    handler.send_header("Connection", "close")
    handler.end_headers()
    rest = content[start:]
    handler.wfile.write(rest[: archive.cuts.pop(0)] if archive.cuts else rest)
    handler.close_connection = True
