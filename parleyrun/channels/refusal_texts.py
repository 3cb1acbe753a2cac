"""What people are told whose message was not taken."""

from __future__ import annotations

from typing import assert_never

from ..config.schema import Limits
from ..config.texts import Texts
from ..events import RefusalReason


def refusal_text(texts: Texts, limits: Limits, reason: RefusalReason) -> str:
    """Return the sentence for a reason; empty where the config has none."""
    match reason:
        case RefusalReason.CLOSING:
            return texts.closing_refused
        case RefusalReason.TROUBLE:
            return texts.trouble
        case RefusalReason.TOO_LONG:
            return texts.too_long.format(limit=limits.text_bytes)
        case RefusalReason.NO_ATTACHMENTS:
            return texts.no_attachments
        case RefusalReason.NO_FORM:
            return texts.no_form
        case RefusalReason.UPLOAD_KIND:
            return texts.upload_kind
        case RefusalReason.UPLOAD_TOO_LARGE:
            return texts.upload_too_large
        case RefusalReason.TOO_MANY_BYTES:
            return texts.too_fast
        case RefusalReason.SAID_ENOUGH:
            return texts.said_enough
        case RefusalReason.NEWCOMERS_FULL:
            return texts.full
        case _:
            assert_never(reason)
