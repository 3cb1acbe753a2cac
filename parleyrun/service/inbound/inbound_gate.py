"""The inbound gate: whether what somebody sends is taken, and what of it. Every channel's words pass here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...config.schema import Config
from ...core.forms.form_answers import ANSWERS
from ...core.message import FrozenDict
from ...errors import StoreError
from ...events import Inbound, Lines, RefusalReason
from ...message_marks import FINISH
from ...runner.timers import Clock
from ...store.columns import LEAST_BYTES, file_bytes_of, words_bytes_of
from ...store.media_content import MediaContent
from ...store.protocol import WordsOnRecord
from ..sessions import OUTSIDE, At, Session
from ..talks.talk import FINISH_WORD
from .people_payloads import PeoplePayloads, answers_bytes, uploaded_bytes
from .replied_lines import RepliedLines
from .stored_amounts import StoredAmounts


class InboundGate:
    """Takes or refuses. Any thread.

    Args:
        config: Says how much is taken, and which tasks allow uploads.
        keep: Keeps a file for a participant, and returns its attachment id.
        heard: Returns what is on record of somebody.
        clock: Time.
        lines: What people may reply to.
    """

    def __init__(
        self,
        config: Config,
        keep: Callable[[MediaContent, str], str],
        heard: Callable[[str], WordsOnRecord],
        clock: Clock,
        lines: Lines,
    ) -> None:
        self._replied = RepliedLines(lines)
        self._now = clock.time
        self._text_bytes = config.limits.text_bytes
        self._uploads = frozenset(key for key, task in config.tasks.items() if task.allow_uploads)
        self._payloads = PeoplePayloads(config.limits.payload_bytes, keep)
        self._amounts = StoredAmounts(
            config.limits, config.limits.burst_bytes(uploads=bool(self._uploads)), heard, clock.monotonic
        )

    def take(self, session: Session, inbound: Inbound) -> Inbound | RefusalReason:
        """Return what goes on record of what somebody sends; why, if nothing does."""
        text, payload = inbound.text, inbound.payload
        size_bytes = len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
        if size_bytes > self._text_bytes:
            return RefusalReason.TOO_LONG
        size_bytes = max(size_bytes, LEAST_BYTES)
        if inbound.claimed and session.talk.paste != "record":
            inbound = replace(inbound, claimed=FrozenDict())
        uploads = False
        of_form = payload is not None and payload.get("type") == ANSWERS
        if payload is not None and of_form:
            of_answers = answers_bytes(payload)
            if of_answers > self._text_bytes:
                return RefusalReason.TOO_LONG
            size_bytes = LEAST_BYTES + of_answers
            if session.at in OUTSIDE:
                return RefusalReason.NO_FORM
        elif payload is not None:
            uploads = session.at in (At.TASK, At.ONBOARDING) and session.task in self._uploads
            if uploads and isinstance(payload.get("data"), str | bytes):
                size_bytes += uploaded_bytes(payload["data"])
        try:
            if inbound.replies_to:
                inbound = self._replied.found(session, inbound)
            reason = self._amounts.refuses(session.id, size_bytes, in_task=session.at is At.TASK)
        except StoreError:
            return RefusalReason.TROUBLE  # the store says itself what is wrong with it
        if reason is not None:
            return reason
        if payload is None:
            # What their conversation was begun with decides, whatever its task says by now.
            if session.talk.end_button != "none" and text.strip().casefold() == FINISH_WORD:
                return replace(inbound, payload=FrozenDict(type=FINISH))
            return inbound
        if of_form:
            return self._payloads.answers(inbound, payload, self._now())
        taken = self._payloads.taken(inbound, payload, uploads=uploads)
        stored_bytes = stored_bytes_of(taken) if isinstance(taken, Inbound) else 0
        self._amounts.give_back(session.id, size_bytes - stored_bytes)
        return taken

    def give_back(self, inbound: Inbound) -> None:
        """What was taken did not go on record, or was there before: it is not counted."""
        self._amounts.give_back(inbound.participant_id, stored_bytes_of(inbound))

    def is_first_drop(self, participant_id: str) -> bool:
        """Return whether it is the first time that something beside this person's words is left out."""
        return self._amounts.is_first_drop(participant_id)

    def forget(self, participant_id: str) -> None:
        """Let go of what is known of somebody who will hardly come back."""
        self._amounts.forget(participant_id)


def stored_bytes_of(inbound: Inbound) -> int:
    """Return how much of a message is counted as stored, once it is as it goes on record."""
    return words_bytes_of(inbound.text) + (0 if inbound.payload is None else file_bytes_of(inbound.payload))
