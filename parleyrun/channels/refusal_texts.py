"""What people are told whose message was not taken."""

from __future__ import annotations

from ..config.schema import Texts
from ..events import RefusalReason


def refusal_text(texts: Texts, reason: RefusalReason) -> str:
    """Return the sentence for a reason; empty where the config has none."""
    match reason:
        case RefusalReason.CLOSING:
            return texts.closing_refused
        case RefusalReason.TROUBLE:
            return texts.trouble
