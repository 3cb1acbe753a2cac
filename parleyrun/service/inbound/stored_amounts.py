"""Stored amounts: how many bytes of what people send are on record, of each and of all newcomers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from ...config.schema import Limits
from ...core.token_bucket import TokenBucket
from ...events import RefusalReason
from ...store.protocol import WordsOnRecord

NEWCOMERS_REFILL_SECONDS = 3_600.0
"""Within so much time what all newcomers may store together is theirs again, whole."""


@dataclass(slots=True)
class _Amount:
    """What one person has sent. `as_newcomer` is the part that counts among that of all newcomers; `dropped` says
    whether something beside their words was left out."""

    bucket: TokenBucket
    stored_bytes: int
    has_talked: bool
    as_newcomer: int = 0
    dropped: bool = False


class StoredAmounts:
    """Counts, and says when it is too much. Any thread.

    Args:
        limits: How much it may be.
        burst_bytes: How much of it may come at once.
        heard: Returns what is on record of somebody.
        monotonic: Time for limits, in seconds.
    """

    def __init__(
        self,
        limits: Limits,
        burst_bytes: float,
        heard: Callable[[str], WordsOnRecord],
        monotonic: Callable[[], float],
    ) -> None:
        self._limits = limits
        self._heard = heard
        self._monotonic = monotonic
        self._burst = burst_bytes
        self._lock = threading.Lock()  # guards all below
        self._amounts: dict[str, _Amount] = {}
        by_newcomers = limits.stored_bytes_by_newcomers
        self._of_newcomers = TokenBucket(by_newcomers / NEWCOMERS_REFILL_SECONDS, monotonic(), by_newcomers)

    def refuses(self, participant_id: str, size_bytes: int, *, in_task: bool) -> RefusalReason | None:
        """Count what a person wants to send, unless it is too much; return why it is then.

        Raises:
            StoreError: What there is of them cannot be read.
        """
        now = self._monotonic()
        amount = self._amounts.get(participant_id)
        if amount is None:
            heard = self._heard(participant_id)
            bucket = TokenBucket(self._limits.bytes_per_second, now, self._burst)
            with self._lock:
                amount = self._amounts.setdefault(participant_id, _Amount(bucket, heard.size_bytes, heard.in_task))
        with self._lock:
            if in_task and not amount.has_talked:
                amount.has_talked = True
                self._of_newcomers.give_back(amount.as_newcomer)
                amount.as_newcomer = 0
            if amount.stored_bytes + size_bytes > self._limits.stored_bytes_per_participant:
                return RefusalReason.SAID_ENOUGH
            if not amount.bucket.try_take(now, size_bytes):
                return RefusalReason.TOO_MANY_BYTES
            if not amount.has_talked:
                if not self._of_newcomers.try_take(now, size_bytes):
                    return RefusalReason.NEWCOMERS_FULL
                amount.as_newcomer += size_bytes
            amount.stored_bytes += size_bytes
        return None

    def give_back(self, participant_id: str, size_bytes: int) -> None:
        """What was counted is not stored after all, or was stored before. Their bytes a second are spent."""
        with self._lock:
            amount = self._amounts.get(participant_id)
            if amount is None:
                return
            amount.stored_bytes -= size_bytes
            if not amount.has_talked:
                amount.as_newcomer -= size_bytes
                self._of_newcomers.give_back(size_bytes)

    def is_first_drop(self, participant_id: str) -> bool:
        """Return whether nothing of what this person sent was dropped so far; from now on something was."""
        with self._lock:
            amount = self._amounts.get(participant_id)
            if amount is None or amount.dropped:
                return False
            amount.dropped = True
            return True

    def forget(self, participant_id: str) -> None:
        """Let go of what is known of somebody; what they stored as a newcomer is not given back."""
        with self._lock:
            self._amounts.pop(participant_id, None)
