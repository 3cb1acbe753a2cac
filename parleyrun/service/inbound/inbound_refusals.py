"""Inbound refusals: messages that are not taken, and how many there were. Whatever is on record is not refused."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from functools import partial

from ...errors import StoreError
from ...events import Inbound, Receipt, RefusalReason, Then
from ...store.protocol import Store


class InboundRefusals:
    """Answers those whose message is not taken, and counts them. Any thread.

    Args:
        store: Knows what is on record.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()  # guards the count: `+=` is not one step
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> Mapping[str, int]:
        """How often something was refused, by its reason."""
        with self._lock:
            return dict(self._counts)

    def refuse(self, inbound: Inbound, reason: RefusalReason, then: Then | None) -> None:
        """Have a message refused, unless it is one that is sent again. Returns at once."""
        if self._store.trouble() is None:
            # Once all is on record that came before: the first time may be on its way there.
            self._store.after(partial(self._answer, inbound, reason, then))
        else:
            self._say(RefusalReason.TROUBLE, then)

    def _answer(self, inbound: Inbound, reason: RefusalReason, then: Then | None) -> None:
        """On the store's thread."""
        try:
            seq = self._store.line_of_message(inbound.participant_id, inbound.message_id)
        except StoreError:
            seq, reason = 0, RefusalReason.TROUBLE  # the store says itself what is wrong with it
        if not seq:
            self._say(reason, then)
        elif then is not None:
            then(Receipt(seq, duplicate=True))

    def _say(self, reason: RefusalReason, then: Then | None) -> None:
        with self._lock:
            self._counts[reason.value] += 1
        if then is not None:
            then(Receipt(refused=reason))
