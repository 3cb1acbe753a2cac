"""Prompts hold what people said: how they are erased, together with what was called because of it."""

from __future__ import annotations

from ....core.bot_seats.bot_names import MODERATION, bot_log_id
from ..database import RecordConnection
from .persons_words import ERASED_TEXT, PersonsWords

_DECISIONS_OF_RUN = f"""
    SELECT n, why, error, parameters, prompt IS NOT NULL OR calls <> '[]' FROM decisions
    WHERE participant IN (
        SELECT p.n FROM seats AS s JOIN participants AS p ON p.id = s.participant_id
        WHERE s.run_uid = ? AND s.model IS NOT NULL
        UNION ALL SELECT n FROM participants WHERE id = '{bot_log_id(MODERATION, "")}' || ?)
"""  # noqa: S608  # made of a constant


def erase_prompts(connection: RecordConnection, run_uid: str, words: PersonsWords) -> int:
    """Erase what bots of a run were asked, and what they had called, as it holds a person's words.

    What a bot answered is its own, as what a partner wrote is theirs.

    Args:
        connection: Within a transaction.
        run_uid: A run that the person sat in.
        words: The person's.

    Returns:
        From how many decisions something was erased.
    """
    erased = 0
    for n, why, error, parameters, held in connection.execute(_DECISIONS_OF_RUN, (run_uid, run_uid)).fetchall():
        why, error = (_without(text, words) for text in (why, error))
        quoting = parameters is not None and words.quoted_in([parameters], whole=False)
        connection.execute(
            "UPDATE decisions SET why = ?, error = ?, parameters = ?, prompt = NULL, "
            "prompt_hash = CASE WHEN model IS NOT NULL THEN '' END, "
            "calls = CASE WHEN model IS NOT NULL THEN '[]' END WHERE n = ?",
            (why, error, "{}" if quoting else parameters, n),
        )
        erased += bool(held)
    return erased


def _without(text: str | None, words: PersonsWords) -> str | None:
    return ERASED_TEXT if text is not None and words.quoted_in([text], whole=True) else text
