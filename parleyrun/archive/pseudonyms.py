"""Other names for participants: the same one for the same person, and no way back without the key."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import StoreError
from ..store.safe_unpickling import to_json
from .archive_file import open_store
from .conversations import (
    Conversation,
    Matched,
    RecordedMessage,
    RecordedModeration,
    RecordedSeat,
    ShownTo,
    Transmission,
)

KEY_BYTES = 32
SHORTEST_KEY_BYTES = 16

SHORTEST_TELLING = 8
"""Characters."""

_KEY = "secret:export"


def key_of_store(path: Path) -> bytes:
    """Return the key that a store keeps for its exports, made the first time it is asked for.

    Raises `StoreError` where there is none yet and the store cannot be written to.
    """
    with closing(open_store(path, "ro")) as connection:
        key = _read_key(connection)
    if key is not None:
        return key
    try:
        with closing(open_store(path, "rw")) as connection:
            # Whoever comes second, of two exports at once, takes the key of the first.
            connection.execute(
                "INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)", [_KEY, secrets.token_bytes(KEY_BYTES)]
            )
            key = _read_key(connection)
    except (sqlite3.Error, StoreError) as error:
        raise StoreError(
            f"cannot keep a key for pseudonyms in {path} ({error}): give one with --key-file, "
            f"a file of at least {SHORTEST_KEY_BYTES} random bytes"
        ) from error
    assert key is not None
    return key


def key_of_file(path: Path) -> bytes:
    """Return the key that a file holds. Raises `StoreError` if it cannot be read or is too short to be one."""
    try:
        key = path.read_bytes()
    except OSError as error:
        raise StoreError(f"the key file {path} cannot be read: {error.strerror}") from error
    if len(key) < SHORTEST_KEY_BYTES:
        raise StoreError(f"expected at least {SHORTEST_KEY_BYTES} random bytes in {path}, got {len(key)}")
    return key


def telling(link_values: Iterable[str]) -> set[str]:
    """Return which values of a link are long enough to be no common word, and so may say who somebody is."""
    return {value for value in link_values if len(value) >= SHORTEST_TELLING}


def _read_key(connection: sqlite3.Connection) -> bytes | None:
    found = connection.execute("SELECT value FROM meta WHERE key = ?", [_KEY]).fetchone()
    return None if found is None else bytes(found[0])


class Pseudonyms:
    """Gives everybody in a conversation their pseudonym, wherever their participant id occurs in it.

    What people wrote of themselves stays as it is: names in the text are not looked for. Bots are no people, and
    keep their names.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._of = lru_cache(maxsize=10_000)(self._make)
        self._ids: re.Pattern[str] | None = None

    def of(self, participant_id: str) -> str:
        """Return a participant's pseudonym: `p_` and 16 hexadecimal digits."""
        return self._of(participant_id)

    def conversation(self, conversation: Conversation) -> Conversation:
        """Return the conversation with pseudonyms; those of its messages that follow are `message`'s business.

        In what the world found out they stand for values of people's links, too; in what was said these stay.
        """
        ids = {person.participant_id for person in conversation.people if not person.is_bot}
        matched = conversation.matched
        if matched is not None:
            ids.update(matched.taken, (who for who, _ in matched.passed_over))
            matched = Matched(
                matched.at,
                tuple(map(self.of, matched.taken)),
                tuple((self.of(who), why) for who, why in matched.passed_over),
            )
        self._look_for(ids.union(*(telling(person.link_values) for person in conversation.people)))
        data = self._anything(to_json(conversation.data))
        self._look_for(ids)
        if matched is not None:
            matched = replace(
                matched, passed_over=tuple((who, self._text(why)) for who, why in matched.passed_over)
            )
        return replace(
            conversation,
            reason=self._text(conversation.reason),
            data=data,
            people=tuple(map(self._seat, conversation.people)),
            matched=matched,
            moderated=tuple(map(self._moderated, conversation.moderated)),
        )

    def message(self, message: RecordedMessage) -> RecordedMessage:
        """Return a message of the conversation that was given last, with pseudonyms."""
        return RecordedMessage(
            at=message.at,
            speaker=self._text(message.speaker),
            participant_id=self._speaker(message),
            text=self._text(message.text),
            more=self._anything(to_json(message.more)) if message.more else message.more,
            shown_to=tuple(map(self._shown, message.shown_to)),
            sent=message.sent,
            unread=message.unread,
            is_bot=message.is_bot,
            answer=message.answer and self._anything(message.answer),
            moderated=message.moderated,
            reply_to=message.reply_to,
            reactions=tuple(replace(one, participant_id=self.of(one.participant_id)) for one in message.reactions),
        )

    def values(self, row: Mapping[str, Any], ids: Collection[str]) -> dict[str, Any]:
        """Return values by name, such as JSON has, with pseudonyms wherever one of these ids occurs in them."""
        self._look_for(ids)
        return {name: self._anything(value) for name, value in row.items()}

    def _look_for(self, ids: Collection[str]) -> None:
        # The longest first, so that an id that begins with another one is taken whole.
        longest_first = sorted(filter(None, ids), key=len, reverse=True)
        self._ids = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def _seat(self, seat: RecordedSeat) -> RecordedSeat:
        role = seat.role and self._text(seat.role)
        return replace(seat, role=role) if seat.is_bot else RecordedSeat(self.of(seat.participant_id), role)

    def _speaker(self, message: RecordedMessage) -> str | None:
        who = message.participant_id
        return who if who is None or message.is_bot else self.of(who)

    def _moderated(self, moderated: RecordedModeration) -> RecordedModeration:
        return replace(
            moderated,
            participant_id=self.of(moderated.participant_id),
            speaker=self._text(moderated.speaker),
            text=self._text(moderated.text),
            reason=self._text(moderated.reason),
            shown=moderated.shown and self._text(moderated.shown),
        )

    def _shown(self, shown: ShownTo) -> ShownTo:
        return replace(
            shown,
            participant_id=shown.participant_id if shown.is_bot else self.of(shown.participant_id),
            transmission=self._transmission(shown.transmission),
        )

    def _transmission(self, transmission: Transmission | None) -> Transmission | None:
        """Leave out what a channel calls the message, as it could be asked whom that went to."""
        if transmission is None:
            return None
        return replace(transmission, channel_ids=(), reason=self._text(transmission.reason))

    def _make(self, participant_id: str) -> str:
        return f"p_{hmac.new(self._key, participant_id.encode(), hashlib.sha256).hexdigest()[:16]}"

    def _text(self, text: str) -> str:
        return text if self._ids is None else self._ids.sub(lambda found: self.of(found[0]), text)

    def _anything(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {self._text(key): self._anything(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._anything(item) for item in value]
        return value
