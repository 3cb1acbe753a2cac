"""Attempts: one try to have something shown to a person, and what came of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ....errors import GraphError, GraphUnreachable
from ..composing.attachment_uploads import MEDIA_SECONDS, AttachmentUploads
from ..composing.compose import Piece, attachment
from ..graph.error_codes import Treatment, advice_on, treatment_of
from ..graph.graph_client import GraphClient
from ..page_people import PagePeople
from .messaging_window import MessagingWindow, MessagingWindows
from .send_queues import Action

log = logging.getLogger(__name__)

ACTION_SECONDS = 3.0
"""How long to wait for the answer to an action, as a line may wait behind it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """It was shown. `mid` is what Messenger calls it, if that is known."""

    mid: str | None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Meta answered with an error."""

    error: GraphError
    treatment: Treatment


@dataclass(frozen=True, slots=True)
class Unanswered:
    """There was no answer; with `may_have_arrived` the person may have been shown it all the same."""

    reason: str
    may_have_arrived: bool


@dataclass(frozen=True, slots=True)
class OutsideWindow:
    """Nothing was tried, as nothing may be sent to this person now."""


SendResult = Sent | Rejected | Unanswered | OutsideWindow


class Attempts:
    """Sends pieces and actions to people. Any thread; blocks."""

    def __init__(
        self,
        client: GraphClient,
        people: PagePeople,
        windows: MessagingWindows,
        uploads: AttachmentUploads,
    ) -> None:
        self._client = client
        self._windows = windows
        self._people = people
        self._uploads = uploads
        self._path = f"{client.page_id}/messages"

    def send(
        self, participant_id: str, piece: Piece, metadata: str, before: Callable[[], None] = lambda: None
    ) -> SendResult:
        """Try to send a piece. `metadata` comes back in its echo; `before` is called right before the request."""
        window = self._windows.window_of(participant_id)
        if window is MessagingWindow.CLOSED:
            return OutsideWindow()
        heard_at = self._windows.heard_at(participant_id)
        envelope = {"recipient": self._recipient(participant_id), **_MESSAGING_TYPES[window]}
        try:
            before()
            return self._send(envelope, piece, metadata)
        except GraphError as error:
            treatment = _treatment_in(window, error)
            if treatment is Treatment.WINDOW_CLOSED:
                self._windows.shut(participant_id, window, heard_at)
            return Rejected(error, treatment)
        except GraphUnreachable as error:
            return Unanswered(str(error), error.may_have_arrived)

    def act(self, participant_id: str, action: Action) -> SendResult:
        """Try an action; there is no second try."""
        window = self._windows.window_of(participant_id)
        if window is MessagingWindow.CLOSED:
            return OutsideWindow()
        envelope = _MESSAGING_TYPES[window] if "message" in action.body else {}
        body = {"recipient": self._recipient(participant_id), **envelope, **action.body}
        try:
            self._client.post(self._path, body, read_seconds=ACTION_SECONDS)
        except GraphError as error:
            return Rejected(error, treatment_of(error))
        except GraphUnreachable as error:
            return Unanswered(str(error), error.may_have_arrived)
        return Sent(None)

    def _send(self, envelope: Mapping[str, Any], piece: Piece, metadata: str) -> Sent:
        try:
            return self._post(envelope, piece, piece.persona_id, metadata)
        except GraphError as error:
            if treatment_of(error) is not Treatment.AUTHOR_ERROR:
                raise
            if piece.upload is None and piece.persona_id is None:
                raise
            # What Meta no longer knows must not keep people's words from being shown.
            log.warning("sending once more without what Meta may have forgotten: %s", advice_on(error))
            if piece.upload is not None:
                self._uploads.forget(piece.upload)
            return self._post(envelope, piece, None, metadata)

    def _post(self, envelope: Mapping[str, Any], piece: Piece, persona_id: str | None, metadata: str) -> Sent:
        message = {**self._content_of(piece), "metadata": metadata}
        body: dict[str, Any] = {**envelope, "message": message}
        if persona_id is not None:
            body["persona_id"] = persona_id
        answer = self._client.post(self._path, body, read_seconds=MEDIA_SECONDS if piece.is_media else None)
        mid = answer.get("message_id")
        return Sent(mid if isinstance(mid, str) else None)

    def _content_of(self, piece: Piece) -> Mapping[str, Any]:
        if piece.upload is None:
            return piece.content
        try:
            attachment_id = self._uploads.id_of(piece.upload)
        except GraphUnreachable as error:
            raise GraphUnreachable(str(error), may_have_arrived=False) from error  # the message is yet to come
        return {**piece.content, **attachment(piece.upload.kind, {"attachment_id": attachment_id})}

    def _recipient(self, participant_id: str) -> dict[str, str]:
        return {"id": self._people.psid_of(participant_id)}


_MESSAGING_TYPES: Mapping[MessagingWindow, Mapping[str, str]] = {
    MessagingWindow.OPEN: {"messaging_type": "RESPONSE"},
    MessagingWindow.HUMAN_AGENT: {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"},
}


def _treatment_in(window: MessagingWindow, error: GraphError) -> Treatment:
    """Return what to do about an error; where it may be the tag that is refused, its window is not ours to use."""
    treatment = treatment_of(error)
    if window is MessagingWindow.HUMAN_AGENT and treatment in (Treatment.AUTHOR_ERROR, Treatment.SETUP_ERROR):
        return Treatment.WINDOW_CLOSED
    return treatment
