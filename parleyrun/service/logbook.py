"""The logbook: what channels may ask of the record, and put there."""

from __future__ import annotations

from collections.abc import Callable

from ..events import Delivery, Place, Sending, Unsent
from ..store.protocol import Store
from .sessions import Sessions
from .voice import place_of


class Logbook:
    """The `events.Log` that channels are given. Any thread."""

    def __init__(self, store: Store, sessions: Sessions) -> None:
        self._store = store
        self._sessions = sessions

    def lines_after(self, participant_id: str, seq: int) -> list[Delivery]:
        return self._store.lines_after(participant_id, seq)

    def secret(self, name: str) -> bytes:
        return self._store.secret(name)

    def place_of(self, participant_id: str) -> Place | None:
        session = self._sessions.get(participant_id)
        return None if session is None else place_of(session)

    def unsent(self, channel: str) -> list[Unsent]:
        return self._store.unsent(channel)

    def record_sending(self, sending: Sending) -> None:
        self._store.record_sending(sending)

    def after(self, work: Callable[[], None]) -> None:
        self._store.after(work)

    def sending_of(self, channel: str, channel_id: str) -> Sending | None:
        return self._store.sending_of(channel, channel_id)

    def sent_until(self, participant_id: str, at: float) -> int:
        return self._store.sent_until(participant_id, at)

    def last_heard(self, participant_id: str) -> float | None:
        return self._store.last_heard(participant_id)

    def keep(self, channel: str, key: str, value: str | None) -> None:
        self._store.keep(channel, key, value)

    def kept(self, channel: str, prefix: str = "") -> dict[str, str]:
        return self._store.kept(channel, prefix)
