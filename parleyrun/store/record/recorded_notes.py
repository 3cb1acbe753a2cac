"""What channels keep on record: notes, and keys."""

from __future__ import annotations

import secrets
import threading

from .database import RecordConnection
from .operations import NoteEntry
from .reader import Face, Reader

_KEPT = "SELECT key, value FROM notes WHERE channel = ? AND substr(key, 1, length(?)) = ? ORDER BY key"
_SECRET = "SELECT value FROM meta WHERE key = ?"  # noqa: S105  # a query, not a password
_ADD_SECRET = "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING"  # noqa: S105  # as above


class RecordedNotes(Face):
    """The `Notes` of a durable store."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self._secrets_lock = threading.Lock()
        self._secrets: dict[str, bytes] = {}

    def keep(self, channel: str, key: str, value: str | None) -> None:
        """Keep a note of a channel's, or with None delete it. Raises `StoreError` once the store is closed."""
        self._put(NoteEntry(channel, key, value))

    def kept(self, channel: str, prefix: str = "") -> dict[str, str]:
        """Return a channel's notes whose keys begin with this. Raises `StoreError`."""
        return dict(self._reader.rows(_KEPT, channel, prefix, prefix))

    def secret(self, name: str) -> bytes:
        """Return a random key of 32 bytes that lasts as long as the store. Raises `StoreError`.

        It is made at the first time, and on record before it is returned.
        """
        with self._secrets_lock:
            key = self._secrets.get(name)
            if key is None:
                key = self._secrets[name] = self._reader.ask(lambda connection: _secret(connection, name))
            return key


def _secret(connection: RecordConnection, name: str) -> bytes:
    key = f"secret:{name}"
    row = connection.execute(_SECRET, (key,)).fetchone()
    if row is None:
        connection.execute(_ADD_SECRET, (key, secrets.token_bytes(32)))
        row = connection.execute(_SECRET, (key,)).fetchone()
        assert row is not None
    return bytes(row[0])
