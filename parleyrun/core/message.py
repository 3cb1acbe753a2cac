"""One utterance: the `act` dict that authors handle, and the frozen `Message` that crosses threads."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, NoReturn

from ..errors import ActError
from ..frozen_values import quickly_made

Act = dict[str, Any]
"""What a world author handles: `id`, `text`, `episode_done`, `quick_replies`, `payload`, `persona_id`."""

DISCONNECT_TEXT = "[DISCONNECT]"
"""The text of the act that stands for a person who went away for good."""

TIMEOUT_TEXT = "[TIMEOUT]"
"""The text of the act that stands for a person who did not answer in the time `act(timeout=…)` gave."""


EXIT = "EXIT"
"""What an overworld's `parley()` returns, and a person who waits says, to go."""


class FrozenDict(dict[str, Any]):
    """A dict that cannot be changed, all the way down.

    Nested mappings become `FrozenDict`, lists become tuples. It is a real dict, so that `json`, `pickle` and
    `isinstance` take it as one. `copy()` gives a plain dict to whoever wants to build a changed one.
    """

    __slots__ = ()

    def __init__(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        merged = {**(values or {}), **more}
        super().__init__({key: freeze(value) for key, value in merged.items()})

    def copy(self) -> dict[str, Any]:
        """Return a plain, changeable dict of the same values (nested values stay frozen)."""
        return dict(self)

    def __reduce__(self) -> tuple[type[FrozenDict], tuple[dict[str, Any]]]:
        return (type(self), (dict(self),))

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none, as it can change; this one cannot
        return hash(frozenset(self.items()))

    def _refuse(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is shared and cannot be changed; use copy() to build another")

    __setitem__ = __delitem__ = __ior__ = _refuse
    update = setdefault = pop = popitem = clear = _refuse


def freeze(value: Any) -> Any:
    """Return the value with every mapping in it a `FrozenDict` and every list a tuple."""
    if isinstance(value, FrozenDict):
        return value
    if isinstance(value, Mapping):
        return FrozenDict(value)
    if isinstance(value, list | tuple):
        return tuple(freeze(item) for item in value)
    return value


IMAGE = "image"
"""The type of an image's payload, and the key of an act that says that it has one."""

REPLY_TO = "reply_to"
"""Under this key an act has the line that it replies to: `line`, and of what a person says `id` and `text`."""

_KNOWN = frozenset({"id", "text", "episode_done", "quick_replies", "payload", "persona_id", "carried_line"})
_PLAIN = (str, int, float, bool, bytes, type(None))
_NOTHING = FrozenDict()


@quickly_made
@dataclass(frozen=True, slots=True)
class Message:
    """An act, checked and frozen.

    `id` is who speaks as others see it (a role, a bot's name, empty for the system). `carried_line` names the
    line of a person's log that this message carries on, so that read marks find their way back; worlds that
    hand on the act they were given keep it without knowing. `extra` holds whatever else the author put into it.

    Args:
        text: What is said.
        id: Who speaks, as others see it.
        episode_done: Whether the conversation is over with it.
        quick_replies: What to offer as an answer.
        payload: What is shown besides: `{"type": "image", "url": …}`.
        persona_id: The persona in whose name it is said.
        carried_line: Which line of a person's log this message carries on, as `PARTICIPANT#SEQ`.
        extra: Whatever else an author put into the act.
        reply_to: Which line it replies to: `line` names it as `PARTICIPANT#SEQ` and is all that goes on record;
            beside it there may be what the person was shown, `id` and `text`.
    """

    text: str = ""
    id: str = ""
    episode_done: bool = False
    quick_replies: tuple[str, ...] = ()
    payload: FrozenDict | None = None
    persona_id: str | None = None
    carried_line: str | None = None
    extra: FrozenDict = _NOTHING
    reply_to: FrozenDict | None = None

    def said_by(self, id: str) -> Message:
        """Return the same message as that of another speaker."""
        return Message(
            self.text,
            id,
            self.episode_done,
            self.quick_replies,
            self.payload,
            self.persona_id,
            self.carried_line,
            self.extra,
            self.reply_to,
        )

    def to_act(self) -> Act:
        """Return the act dict that a world gets from `act()`. Where an image came, `image` in it is True."""
        act: Act = {"id": self.id, "text": self.text, "episode_done": self.episode_done}
        if self.quick_replies:
            act["quick_replies"] = list(self.quick_replies)
        if self.payload is not None:
            act["payload"] = dict(self.payload)
            if self.payload.get("type") == IMAGE:
                act[IMAGE] = True
        if self.persona_id is not None:
            act["persona_id"] = self.persona_id
        if self.carried_line is not None:
            act["carried_line"] = self.carried_line
        if self.reply_to is not None:
            act[REPLY_TO] = dict(self.reply_to)
        if self.extra:
            act.update(self.extra)
        return act


def words_with_quote(act: Mapping[str, Any]) -> str:
    """Return the text of an act, below a quote of what it replies to, where that is known."""
    text = str(act.get("text") or "")
    reply_to = act.get(REPLY_TO)
    quoted = reply_to.get("text") if isinstance(reply_to, Mapping) else None
    return f"> {' '.join(quoted.split())}\n{text}" if isinstance(quoted, str) and quoted.strip() else text


LeftOut = Callable[[str, str], None]
"""Told of a value that an act has and that cannot be recorded: where it is in the act, and why not."""


def message_from_act(act: Any, left_out: LeftOut | None = None) -> Message:
    """Check an act and freeze it.

    Numbers are taken for text. Replies may be any iterable; one that can be gone through only once is replaced in
    the act by what it gave, as the same act is often shown to several people.

    Args:
        act: What an author's world gives to `observe()`.
        left_out: Told of each value under a key of the author's own that cannot be recorded; the message is then
            made without that key. Without it such a value is an error.

    Raises:
        ActError: The act is no mapping, a known key has a value of the wrong type, or a value cannot be pickled
            and so could never be recorded (expected X, got Z).
    """
    if isinstance(act, Message):
        return act
    if type(act) is not dict and not isinstance(act, Mapping):
        raise ActError(f"expected an act (a dict with at least 'text'), got {_kind(act)}")
    # What nearly all acts hold is taken here and now, without a call for each key: every line passes this.
    text = act.get("text")
    speaker = act.get("id")
    persona_id = act.get("persona_id")
    carried_line = act.get("carried_line")
    payload = None if act.get("payload") is None else _payload(act["payload"])
    return Message(
        text="" if text is None else text if type(text) is str else _text("text", text),
        id="" if speaker is None else speaker if type(speaker) is str else _text("id", speaker),
        episode_done=bool(act.get("episode_done")),
        quick_replies=() if act.get("quick_replies") is None else _quick_replies(act),
        payload=payload,
        persona_id=None if persona_id is None else _text("persona_id", persona_id),
        carried_line=carried_line
        if carried_line is None or type(carried_line) is str
        else _text("carried_line", carried_line),
        extra=_NOTHING if act.keys() <= _KNOWN else _extra(act, payload, left_out),
        reply_to=_reply_to(act[REPLY_TO]) if REPLY_TO in act else None,
    )


def _reply_to(value: object) -> FrozenDict | None:
    """Return which line an act replies to, and nothing of its words: they are on record once, as that line."""
    line = value.get("line") if isinstance(value, Mapping) else None
    return FrozenDict(line=line) if isinstance(line, str) and line else None


def _kind(value: object) -> str:
    return "None" if value is None else f"{type(value).__name__} {value!r:.60}"


def _text(key: str, value: object) -> str:
    if isinstance(value, str | int | float):
        return str(value)
    raise ActError(f"expected a string at '{key}', got {_kind(value)}")


def _quick_replies(act: Mapping[str, Any]) -> tuple[str, ...]:
    value = act["quick_replies"]
    if type(value) is not list and type(value) is not tuple:
        value = _gone_through(act, value)
    return tuple(
        [
            reply if type(reply) is str else _text(f"quick_replies[{index}]", reply)
            for index, reply in enumerate(value)
            if reply is not None
        ]
    )


def _gone_through(act: Mapping[str, Any], value: Any) -> tuple[Any, ...]:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise ActError(f"expected some strings at 'quick_replies', such as a list, got {_kind(value)}")
    replies = tuple(value)
    if isinstance(value, Iterator) and isinstance(act, dict):
        dict.__setitem__(act, "quick_replies", replies)  # of whatever kind, and also where that overwrites nothing
    elif isinstance(value, Iterator) and isinstance(act, MutableMapping):
        act["quick_replies"] = replies
    return replies


def _payload(value: Any) -> FrozenDict:
    if not isinstance(value, Mapping):
        raise ActError(f"expected a mapping with a 'type' at 'payload', got {_kind(value)}")
    kind = value.get("type")
    if not isinstance(kind, str) or not kind:
        raise ActError(f"expected a string such as 'image' at 'payload.type', got {_kind(kind)}")
    frozen = FrozenDict(value)
    for path, why in _unrecordable("payload", frozen):
        raise ActError(f"'{path}' {why}")
    return frozen


def _extra(act: Mapping[str, Any], payload: FrozenDict | None, left_out: LeftOut | None) -> FrozenDict:
    kept: dict[str, Any] = {}
    for key, value in act.items():
        if key in _KNOWN or (key == REPLY_TO and _reply_to(value) is not None):
            continue  # what an author calls by that name, and is something else, is theirs
        if key == IMAGE and value is True and payload is not None and payload["type"] == IMAGE:
            continue  # what `to_act` says of an image's payload, in an act that a world hands on
        frozen = freeze(value)
        fault = next(_unrecordable(str(key), frozen), None)
        if fault is None:
            kept[key] = frozen
        elif left_out is None:
            raise ActError(f"'{fault[0]}' {fault[1]}")
        else:
            left_out(*fault)
    return FrozenDict(kept) if kept else _NOTHING


def _unrecordable(where: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield where something cannot be recorded, and why."""
    for path, leaf in _leaves(where, value):
        if not isinstance(leaf, _PLAIN):
            try:
                pickle.dumps(leaf)
            except Exception:
                yield path, f"cannot be recorded, as it cannot be pickled: {_kind(leaf)}"


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(f"{path}.{key}", item)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _leaves(f"{path}[{index}]", item)
    else:
        yield path, value
