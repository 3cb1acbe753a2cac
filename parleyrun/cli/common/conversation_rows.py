"""Words of strangers and moments, as a terminal can show them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ...archive.conversations import SYSTEM, Conversation, RecordedMessage
from ...archive.reactions.line_reactions import reactions_in_words
from ...core.forms.form_answers import ANSWERS
from ...core.forms.form_payloads import FORM, FORM_STATE
from ...store.safe_unpickling import to_json
from ...text import printable
from .moments import clock, date_and_clock, exact_clock

_LONGEST_PAYLOAD = 300
_BELOW = "           | "
_MODERATED = {
    "held": "held: nobody was shown it",
    "refused": "refused: nobody was shown it",
    "changed": "changed before it was delivered",
}


def lasting(seconds: float) -> str:
    """Return a stretch of time in its one or two largest units: `42 s`, `3 min`, `2 h 5 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def count(number: int, what: str) -> str:
    """Return a number of things in words: `1 message`, `2 messages`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def message_rows(message: RecordedMessage, quoted: str = "") -> Iterator[str]:
    """Yield a message in rows: `06:10:04Z  Speaker: words`, and more rows for what else it has.

    Args:
        message: The message.
        quoted: What it replies to, where that is known.
    """
    first, *others = [*message.text.splitlines(), *_extras(message.more)] or [""]
    yield f"{clock(message.at)}  {printable(message.speaker or SYSTEM)}: {printable(first)}"
    for other in others:
        yield f"{_BELOW}{printable(other)}"
    if quoted:
        yield f"{_BELOW}(reply to: {printable(quoted)})"
    if message.reactions:
        yield f"{_BELOW}({printable(reactions_in_words(message))})"
    if message.moderated:
        yield f"{_BELOW}({_MODERATED[message.moderated]})"
    if not message.is_models_own:
        yield f"{_BELOW}(said by the bot as its model gave no answer)"


def times_rows(message: RecordedMessage, speakers: Mapping[str, str]) -> Iterator[str]:
    """Yield when a message was sent and committed, and for each of those it was for how far it came when.

    Args:
        message: The message.
        speakers: The names of the participants, by their ids.
    """
    sent = "" if message.sent is None else f"sent {exact_clock(message.sent)}, "
    yield f"{_BELOW}{sent}committed {exact_clock(message.at)}"
    for shown in message.shown_to:
        known = {"delivered": shown.delivered, "read": shown.read}
        times = [f"{what} {exact_clock(at)}" for what, at in known.items() if at is not None]
        name = printable(speakers.get(shown.participant_id, shown.participant_id))
        unknown = "a bot, which has no screen" if shown.is_bot else "no word of its delivery"
        yield f"{_BELOW}{name}: {', '.join(times) or unknown}"


def heading(conversation: Conversation) -> str:
    """Return a conversation in one row: its name, who takes part, since when."""
    people = ", ".join(
        f"{person.role} = {person.participant_id}" if person.role else person.participant_id
        for person in conversation.people
    )
    return printable(
        f"{conversation.name} ({conversation.world}), {date_and_clock(conversation.started)}: {people or 'nobody'}"
    )


def ending(conversation: Conversation) -> str:
    """Return how a conversation ended, in one row."""
    if conversation.ended is None:
        return "it goes on"
    reason = f": {conversation.reason}" if conversation.reason else ""
    after = lasting(conversation.ended - conversation.started)
    return printable(f"{conversation.outcome} after {after}{reason}".replace("\n", " "))


def _extras(more: Mapping[str, Any]) -> Iterator[str]:
    payload = more.get("payload")
    if isinstance(payload, Mapping):
        yield f"({_payload(payload)})"
    replies = more.get("quick_replies")
    if replies:
        yield "  ".join(f"[{reply}]" for reply in replies)


def _payload(payload: Mapping[str, Any]) -> str:
    kind = FORM if payload.get("type") == FORM_STATE else payload.get("type")
    about = _about_form(payload)
    if about is None:
        rest = (value for key, value in payload.items() if key not in ("type", "data"))
        about = ", ".join(value if isinstance(value, str) else _as_json(value) for value in rest)
    if len(about) > _LONGEST_PAYLOAD:
        about = f"{about[:_LONGEST_PAYLOAD]}…"
    return f"{kind}: {about}" if about else str(kind)


def _about_form(payload: Mapping[str, Any]) -> str | None:
    """Return what people would like to know of a form, of answers to one, or of how it stands; None of others."""
    kind, form = payload.get("type"), payload.get("form")
    if kind == FORM and isinstance(form, Mapping):
        return " - ".join(str(part) for part in (form.get("name"), form.get("title")) if part)
    if kind == ANSWERS:
        return f"{form} {_as_json(payload.get('answers'))}{', sent' if payload.get('done') else ''}"
    if kind == FORM_STATE:
        errors = payload.get("errors")
        return f"{form} is {payload.get('status')}{f', {_as_json(errors)}' if errors else ''}"
    return None


def _as_json(value: object) -> str:
    return json.dumps(to_json(value), ensure_ascii=False)
