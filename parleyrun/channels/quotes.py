"""Quotes in words, for screens that have no other way to show what somebody replies or reacts to."""

from __future__ import annotations

import logging
from dataclasses import replace

from ..errors import StoreError
from ..events import Delivery, Lines
from ..signals import LineReactions

log = logging.getLogger(__name__)

LONGEST_QUOTE = 80
"""How many characters of a line are quoted."""


def quote_of(text: str) -> str:
    """Return the beginning of a line's words as a quote of one line; "" of a line without words."""
    words = " ".join(text.split())
    if not words:
        return ""
    return f"> {words if len(words) <= LONGEST_QUOTE else words[: LONGEST_QUOTE - 1].rstrip() + '…'}"


def line_replied_to(delivery: Delivery, lines: Lines) -> Delivery | None:
    """Return the line that a line replies to, as its participant was shown that; None if it replies to none.

    None, too, if they were never shown it, or the record cannot be read just now: rather without than not at all.
    """
    reply_to = delivery.message.reply_to
    if reply_to is None:
        return None
    try:
        return lines.shown_line(delivery.participant_id, reply_to["line"])
    except StoreError as error:
        log.warning(
            "line %d of %s is shown without what it replies to: %s", delivery.seq, delivery.participant_id, error
        )
        return None


def with_quote(delivery: Delivery, lines: Lines) -> Delivery:
    """Return a line with what it replies to quoted above it, as its participant was shown that.

    What they say themselves is left as it is, and so is a reply to what they were never shown.
    """
    shown = None if delivery.mine else line_replied_to(delivery, lines)
    quote = "" if shown is None else quote_of(shown.message.text)
    if not quote:
        return delivery
    message = delivery.message
    return replace(delivery, message=replace(message, text=f"{quote}\n{message.text}"))


def reaction_in_words(participant_id: str, reactions: LineReactions, lines: Lines) -> str:
    """Return who has reacted just now, how and to what; "" where there is nobody to tell of."""
    if not reactions.added:
        return ""
    line = next(iter(lines.lines_after(participant_id, reactions.seq - 1, 1)), None)
    quote = "" if line is None else quote_of(line.message.text)
    told = f"{reactions.who}: {reactions.added}"
    return f"{quote}\n{told}" if quote else told
