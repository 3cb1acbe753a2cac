"""The inbound gate: whether what somebody sends is taken, and what of it. Every channel's words pass here."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping

from ...config.schema import Config
from ...errors import StoreError
from ...events import Inbound, RefusalReason
from ...store.media_content import MediaContent
from ...store.protocol import WordsOnRecord
from ..sessions import At, Session
from .people_payloads import PeoplePayloads
from .stored_amounts import StoredAmounts


class InboundGate:
    """Takes or refuses, and counts what it refuses. Any thread.

    Args:
        config: Says how much is taken, and which tasks allow uploads.
        keep: Keeps a file for a participant, and returns its attachment id.
        heard: Returns what is on record of somebody.
        monotonic: Time for limits, in seconds.
    """

    def __init__(
        self,
        config: Config,
        keep: Callable[[MediaContent, str], str],
        heard: Callable[[str], WordsOnRecord],
        monotonic: Callable[[], float],
    ) -> None:
        self._uploads = frozenset(key for key, task in config.tasks.items() if task.allow_uploads)
        self._payloads = PeoplePayloads(config.limits.payload_bytes, keep)
        self._amounts = StoredAmounts(
            config.limits, config.limits.burst_bytes(uploads=bool(self._uploads)), heard, monotonic
        )
        self._lock = threading.Lock()  # guards the count: `+=` is not one step
        self._refused: Counter[str] = Counter()

    @property
    def refused(self) -> Mapping[str, int]:
        """How often something was refused, by its reason."""
        with self._lock:
            return dict(self._refused)

    def take(self, session: Session, inbound: Inbound) -> Inbound | RefusalReason:
        """Return what goes on record of what somebody sends; why, if nothing does."""
        text, payload = inbound.text, inbound.payload
        size_bytes = len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
        uploads = False
        if payload is not None:
            uploads = session.at in (At.TASK, At.ONBOARDING) and session.task in self._uploads
            if uploads and isinstance(payload.get("data"), str | bytes):
                size_bytes += len(payload["data"])
        try:
            reason = self._amounts.refuses(session.id, size_bytes, in_task=session.at is At.TASK)
        except StoreError:
            reason = RefusalReason.TROUBLE  # the store says itself what is wrong with it
        if reason is None:
            if payload is None:
                return inbound
            taken = self._payloads.taken(inbound, payload, uploads=uploads)
            if isinstance(taken, Inbound):
                return taken
            reason = taken
        with self._lock:
            self._refused[reason.value] += 1
        return reason

    def forget(self, participant_id: str) -> None:
        """Let go of what is known of somebody who will hardly come back."""
        self._amounts.forget(participant_id)
