"""The names of bots on record: each seat of a bot has a log of its own, which no other run has."""

from __future__ import annotations

BOT_PREFIX = "bot:"
"""What the names of bots begin with on record; no channel is called like that."""

MODERATION = "moderation"
"""The name under which the model that looks at lines is on record; it has no seat."""


def bot_log_id(name: str, run_uid: str) -> str:
    """Return the participant id of a bot's log in one run: `bot:NAME@RUN_UID`.

    Args:
        name: The bot's name, with or without the prefix.
        run_uid: The run.
    """
    return f"{BOT_PREFIX}{name.removeprefix(BOT_PREFIX)}@{run_uid}"


def is_bot_log(participant_id: str) -> bool:
    """Return whether a participant id is that of a bot's log."""
    return participant_id.startswith(BOT_PREFIX)


def bot_of_log(participant_id: str) -> str:
    """Return the bot's name, as everybody is shown it: `bot:NAME`. Other ids are returned as they are."""
    return participant_id.rpartition("@")[0] if is_bot_log(participant_id) else participant_id
