"""Attachments: uploading them, and knowing again what was uploaded already."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any, assert_never

from ....errors import ChannelError, GraphUnreachable
from ....events import Notes
from ....runner.timers import Clock
from ....store.media_content import ByAttachmentId, ByUrl, MediaContent, media_of
from ..graph.graph_client import GraphClient
from ..page_people import CHANNEL

MEDIA_SECONDS = 90.0
"""How long to wait for an answer about media: Meta fetches a video for up to 75 s."""

KEPT_SECONDS = 80 * 86_400.0
"""How long an uploaded id is used. Meta forgets it after 90 days, and a line may wait before it is sent."""


class AttachmentUploads:
    """Uploads content once and keeps its id with the record. Any thread; what talks to Meta blocks."""

    def __init__(self, client: GraphClient, clock: Clock, notes: Notes) -> None:
        self._client = client
        self._clock = clock
        self._notes = notes
        self._lock = threading.Lock()  # guards _ids and _coming
        self._ids: dict[str, tuple[float, str]] = {}
        self._coming: dict[str, Future[str]] = {}

    def upload(self, payload: Mapping[str, Any]) -> str:
        """Upload what an author's payload shows, and return its id. Raises `ChannelError`."""
        try:
            media = media_of(payload, files=True)
        except (ValueError, KeyError) as error:
            raise ChannelError(f"cannot upload this attachment: {error}") from error
        match media:
            case ByAttachmentId(_, attachment_id):
                return attachment_id
            case ByUrl(kind, url):
                return self._upload({"attachment": {"type": kind, "payload": {"url": url, "is_reusable": True}}})
            case MediaContent():
                return self.id_of(media)
            case _:
                assert_never(media)

    def id_of(self, content: MediaContent) -> str:
        """Return the id of some content, uploading it if it is not known. Raises `ChannelError`.

        Threads that want the same content at the same time wait for one upload.
        """
        key = self._key(content)
        with self._lock:
            known = self._ids.get(key)
            if known is not None and self._is_fresh(known):
                return known[1]
            coming = self._coming.get(key)
            mine = coming is None
            if coming is None:
                coming = self._coming[key] = Future()
        if not mine:
            return coming.result()
        try:
            attachment_id = self._kept(key) or self._upload_content(key, content)
        except BaseException as error:
            with self._lock:
                del self._coming[key]
            coming.set_exception(error)
            raise
        with self._lock:
            del self._coming[key]
        coming.set_result(attachment_id)
        return attachment_id

    def forget(self, content: MediaContent) -> None:
        """Meta does not know the id of this content any more: the next use uploads it again."""
        key = self._key(content)
        with self._lock:
            self._ids.pop(key, None)
        self._notes.keep(CHANNEL, key, None)

    def _kept(self, key: str) -> str | None:
        """Return the id from the record, if it is still good."""
        at, _, attachment_id = self._notes.kept(CHANNEL, key).get(key, "0 ").partition(" ")
        entry = (float(at), attachment_id)
        if not attachment_id or not self._is_fresh(entry):
            return None
        with self._lock:
            self._ids[key] = entry
        return attachment_id

    def _upload_content(self, key: str, content: MediaContent) -> str:
        form = {"message": {"attachment": {"type": content.kind, "payload": {"is_reusable": True}}}}
        attachment_id = self._upload(form["message"], {"filedata": (content.name, content.data, content.mime)})
        now = self._clock.time()
        with self._lock:
            self._ids[key] = (now, attachment_id)
        self._notes.keep(CHANNEL, key, f"{now:.0f} {attachment_id}")
        return attachment_id

    def _upload(
        self, message: Mapping[str, Any], files: Mapping[str, tuple[str, bytes, str]] | None = None
    ) -> str:
        path = f"{self._client.page_id}/message_attachments"
        answer = self._client.post(path, {"message": message}, files=files, read_seconds=MEDIA_SECONDS)
        attachment_id = answer.get("attachment_id")
        if not attachment_id:
            raise GraphUnreachable(
                f"POST {path}: expected an 'attachment_id' in the answer, got {sorted(answer)}",
                may_have_arrived=True,
            )
        return str(attachment_id)

    def _is_fresh(self, entry: tuple[float, str]) -> bool:
        return self._clock.time() - entry[0] < KEPT_SECONDS

    def _key(self, content: MediaContent) -> str:
        # An id is good on its own page only.
        return f"attachment/{self._client.page_id}/{content.kind}/{hashlib.sha256(content.data).hexdigest()}"
