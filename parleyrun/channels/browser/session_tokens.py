"""Session tokens: how somebody who comes back is known again."""

from __future__ import annotations

import hmac
import secrets

from ...events import participant_id


class SessionTokens:
    """Gives tokens and reads them: a participant's own id, signed. Any thread.

    Args:
        channel: The name of the channel that participants are of.
        key: What tokens are signed with; as long as it stays the same, they stay good.
    """

    def __init__(self, channel: str, key: bytes) -> None:
        self._channel = channel
        self._key = key

    def new_participant(self) -> str:
        """Return the id of somebody who was never here."""
        return participant_id(self._channel, secrets.token_hex(10))

    def participant_by(self, identity: str) -> str:
        """Return the id of whoever a link calls so: always the same, and it does not tell what the link said."""
        digest = hmac.new(self._key, f"arrival:{identity}".encode(), "sha256").hexdigest()
        return participant_id(self._channel, digest[:20])

    def token_of(self, participant_id: str) -> str:
        """Return the token by which this person comes back."""
        native_id = participant_id.partition(":")[2]
        return f"{native_id}.{hmac.new(self._key, native_id.encode(), 'sha256').hexdigest()}"

    def participant_of(self, token: str | None) -> str | None:
        """Return whose token this is; None for one that was not given here."""
        if token is None or not token.isascii():
            return None
        native_id, _, _ = token.partition(".")
        known = participant_id(self._channel, native_id)
        return known if native_id and hmac.compare_digest(self.token_of(known), token) else None
