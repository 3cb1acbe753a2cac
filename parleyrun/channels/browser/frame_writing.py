"""Frames that go out: the JSON of the browser protocol, docs/protocol.md.

All of it is ASCII, so that a frame is as many bytes as it has characters, and nothing that an author says can fail
to be sent.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any, assert_never

from ...core.forms.form_payloads import FORM
from ...core.message import Message
from ...core.person_address import PersonAddress
from ...events import Delivery
from ...message_marks import BOT, FAREWELL, FINISH, FINISH_HOW, FINISH_WISH, INSTRUCTIONS, VERBATIM
from ...signals import Ended, Growing, LineReactions, Place, Presence, ReadMark, Signal, TalkView, Typing, VisitEnd
from ...store.media_library import Persona, ShownMedia
from .form_markup import form_with_markup
from .markdown import MarkdownOf, markup_member
from .page_style import PageStyle


def plain_line(message: Message, media: ShownMedia) -> str:
    """Write a line in the plain dialect."""
    # Put together by hand, as JSON's encoder would be a third of what it takes to relay a line.
    replies, payload = message.quick_replies, message.payload
    return (
        f'{{"text":{_quoted(message.text)},"quick_replies":{_texts(replies) if replies else "null"}'
        f"{_payload(media.shown(payload)) if payload is not None else ''}}}"
    )


def plain_notice(text: str) -> str:
    """Write what is no line of a conversation in the plain dialect, which has no other frame."""
    return f'{{"text":{_quoted(text)},"quick_replies":null}}'


def v1_line(
    delivery: Delivery, media: ShownMedia, markdown: MarkdownOf = "none", reply_to: int | None = None
) -> str:
    """Write a line of a participant's log in `parleyrun.v1`.

    Args:
        delivery: The line.
        media: Knows what authors uploaded, and the personas they speak as.
        markdown: Whose lines are formatted.
        reply_to: The number, in the same log, of the line that it replies to; None for none.
    """
    message = delivery.message
    replies, payload = message.quick_replies, message.payload
    more = "" if message.persona_id is None else _persona(media.persona(message.persona_id))
    by_bot = message.extra.get(BOT) is True
    if payload is not None and payload.get("type") == FORM and markdown != "none":
        payload = form_with_markup(payload)
    if markdown != "none" and not delivery.mine:
        # A bot that people are not told of passes for a person here as everywhere.
        by_person = not by_bot and (message.carried_line is not None or VERBATIM in message.extra)
        if markdown == "all" or not by_person:
            more += markup_member(message.text, by_person=by_person)
    if by_bot and not delivery.mine:
        more += ',"bot":true'
    if message.extra == FAREWELL:
        more += ',"farewell":true'
    if message.id == "" and message.extra.get(INSTRUCTIONS) is True:
        more += ',"instructions":true'
    if message.id == "" and message.extra.get(FINISH_HOW) is True:
        more += ',"finish_how":true'
    if message.id == "" and isinstance(name := message.extra.get(FINISH_WISH), str):
        more += f',"finish_wish":{_quoted(name)}'
    if reply_to is not None:
        more += f',"reply_to":{reply_to}'
    if delivery.mine:
        client_id = "null" if delivery.message_id is None else _quoted(delivery.message_id)
        more += f',"message_id":{client_id}'
        if payload is not None and payload.get("type") == FINISH:
            payload = None  # the words say it
    return (
        f'{{"type":"message","seq":{delivery.seq},"id":{_quoted(message.id)},"text":{_quoted(message.text)},'
        f'"quick_replies":{_texts(replies) if replies else "null"},'
        f'"mine":{"true" if delivery.mine else "false"},"at":{round(delivery.at, 3)!r}'
        f"{_payload(media.shown(payload)) if payload is not None else ''}{more}}}"
    )


def v1_ack(message_id: str, seq: int) -> str:
    """Write that a message is on record."""
    return f'{{"type":"ack","message_id":{_quoted(message_id)},"seq":{seq}}}'


def v1_error(code: str, text: str, message_id: str | None) -> str:
    """Write that something was not taken, and why."""
    frame = {"type": "error", "code": code, "text": text}
    return encode(frame if message_id is None else {**frame, "message_id": message_id})


def v1_signal(signal: Signal, now: float, ended_texts: dict[str, str], style: PageStyle) -> str:
    """Write a signal in `parleyrun.v1`.

    Args:
        signal: What to show.
        now: Wall time in seconds.
        ended_texts: What to say at the end, by its reason.
        style: Says whose lines are formatted, and where files may be sent.
    """
    frame: dict[str, Any]
    match signal:
        case Typing(who, on):
            frame = {"type": "typing", "id": who, "on": on}
        case ReadMark(who, seq):
            frame = {"type": "read", "id": who, "seq": seq}
        case Presence(who, state):
            frame = {"type": "presence", "id": who, "state": state}
        case Place(place, task, since, role):
            waited = max(0.0, round(now - since, 1))
            frame = {"type": "presence", "place": place, "task": task, "role": role, "waited": waited}
            if style.takes_files(place, task):
                frame["uploads"] = {"bytes": style.most_bytes}
        case TalkView():
            return _v1_talk(signal, now, style.markdown)
        case Ended(reason, again, end):
            return v1_ended(reason, ended_texts.get(reason, ""), again=again, end=end)
        case Growing():
            return v1_growing(signal)
        case LineReactions():
            return v1_reactions([signal])
        case _:
            assert_never(signal)
    return encode(frame)


def _v1_talk(view: TalkView, now: float, markdown: MarkdownOf) -> str:
    """Write what stands around a conversation; the time that is left is counted from now."""
    frame: dict[str, Any] = {"type": "talk", "title": view.title, "role": view.role}
    frame["partners"] = [{"id": one.name, "bot": True} if one.bot else {"id": one.name} for one in view.partners]
    if view.ends_at is not None:
        frame["seconds_left"] = max(0.0, round(view.ends_at - now, 1))
    if view.finish is not None:
        frame["finish"] = {name: getattr(view.finish, name) for name in ("word", "open", "wanted", "wanted_by")}
    if view.paste != "allow":
        frame["paste"] = view.paste
    if view.reactions:
        frame["reactions"] = view.reactions
    if view.replies:
        frame["replies"] = True
    if view.reactions or view.replies:
        frame["from"] = view.first_line
    if not view.instructions:
        return encode(frame)
    told = f'"text":{_quoted(view.instructions)}'
    if markdown != "none":
        told += markup_member(view.instructions, by_person=False)
    return f'{encode(frame)[:-1]},"instructions":{{{told}}}}}'


def v1_reactions(lines: Sequence[LineReactions], *, whole: bool = False) -> str:
    """Write how people have reacted to lines; with `whole`, to no others."""
    told = [
        {
            "seq": line.seq,
            "reactions": [{"text": one.reaction, "count": one.count, "mine": one.mine} for one in line.reactions],
        }
        for line in lines
    ]
    return encode({"type": "reactions", "lines": told, **({"whole": True} if whole else {})})


def v1_growing(growing: Growing) -> str:
    """Write what there is so far of a line that is being made."""
    return f'{{"type":"growing","id":{_quoted(growing.who)},"text":{_quoted(growing.text)}}}'


def v1_ended(reason: str, text: str, *, again: bool = True, end: VisitEnd | None = None) -> str:
    """Write that a visit is over; with `again` the person may begin another one.

    What their outcome is called is not for them to read.
    """
    frame: dict[str, Any] = {"type": "ended", "reason": reason, "text": text}
    if not again:
        frame["again"] = False
    if end is not None:
        # Who comes once more is told just that.
        frame["text"] = text if reason == "once" else end.text or text
        frame |= {name: value for name in ("code", "link", "panel") if (value := getattr(end, name))}
    return encode(frame)


def encode(frame: dict[str, Any]) -> str:
    """Write any frame, whatever is in it."""
    try:
        return json.dumps(frame, separators=(",", ":"), default=str, allow_nan=False)
    except (ValueError, TypeError):
        return json.dumps(_as_json(frame), separators=(",", ":"))


def _as_json(value: Any) -> Any:
    """Return the nearest that JSON has: null for NaN and Infinity, strings for keys and for what it knows not."""
    if isinstance(value, dict):
        return {str(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int) else str(value)


def _texts(texts: tuple[str, ...]) -> str:
    return f"[{','.join(map(_quoted, texts))}]"


def _persona(persona: Persona | None) -> str:
    if persona is None:
        return ""
    return f',"persona":{{"name":{_quoted(persona.name)},"picture":{_quoted(persona.picture_url)}}}'


def _payload(payload: Mapping[str, Any]) -> str:
    """Return the member of a frame that shows a payload; bytes travel as base64, as the page expects it."""
    if isinstance(payload.get("url"), PersonAddress):
        # What a person's address leads to is loaded by nobody who has not asked for it.
        payload = {**payload, "type": "link"}
    shown = {
        key: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for key, value in payload.items()
    }
    return f',"payload":{encode(shown)}'
