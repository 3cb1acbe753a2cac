"""One utterance: the `act` dict that authors handle, and the frozen `Message` that crosses threads."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from ..errors import ActError

Act = dict[str, Any]
"""What a world author handles: `id`, `text`, `episode_done`, `quick_replies`, `payload`, `persona_id`."""

DISCONNECT_TEXT = "[DISCONNECT]"
"""The text of the act that stands for a person who went away for good."""

TIMEOUT_TEXT = "[TIMEOUT]"
"""The text of the act that stands for a person who did not answer in the time `act(timeout=…)` gave."""


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


_KNOWN = frozenset({"id", "text", "episode_done", "quick_replies", "payload", "persona_id", "message_id"})
_PLAIN = (str, int, float, bool, bytes, type(None))
_NOTHING = FrozenDict()


@dataclass(frozen=True, slots=True)
class Message:
    """An act, checked and frozen.

    `id` is who speaks as others see it (a role, a bot's name, empty for the system). `message_id` names the
    person's message this one carries on, so that read marks find their way back; worlds that hand on the act
    they were given keep it without knowing. `extra` holds whatever else the author put into the act.

    Args:
        text: What is said.
        id: Who speaks, as others see it.
        episode_done: Whether the conversation is over with it.
        quick_replies: What to offer as an answer.
        payload: What is shown besides: `{"type": "image", "url": …}`.
        persona_id: The persona in whose name it is said.
        message_id: Which message of a person this one carries on.
        extra: Whatever else an author put into the act.
    """

    text: str = ""
    id: str = ""
    episode_done: bool = False
    quick_replies: tuple[str, ...] = ()
    payload: FrozenDict | None = None
    persona_id: str | None = None
    message_id: str | None = None
    extra: FrozenDict = _NOTHING

    def said_by(self, id: str) -> Message:
        """Return the same message as that of another speaker."""
        return Message(
            self.text,
            id,
            self.episode_done,
            self.quick_replies,
            self.payload,
            self.persona_id,
            self.message_id,
            self.extra,
        )

    def to_act(self) -> Act:
        """Return the act dict that a world gets from `act()`."""
        act: Act = {"id": self.id, "text": self.text, "episode_done": self.episode_done}
        if self.quick_replies:
            act["quick_replies"] = list(self.quick_replies)
        if self.payload is not None:
            act["payload"] = dict(self.payload)
        if self.persona_id is not None:
            act["persona_id"] = self.persona_id
        if self.message_id is not None:
            act["message_id"] = self.message_id
        if self.extra:
            act.update(self.extra)
        return act


def message_from_act(act: Any) -> Message:
    """Check an act and freeze it.

    Raises `ActError` (expected X, got Z) when it is not a mapping, when a known key has the wrong type, or
    when a value cannot be pickled and so could never be recorded.
    """
    if isinstance(act, Message):
        return act
    if type(act) is not dict and not isinstance(act, Mapping):
        raise ActError(f"expected an act (a dict with at least 'text'), got {_kind(act)}")
    text = act.get("text")
    speaker = act.get("id")
    extra = _NOTHING
    if not act.keys() <= _KNOWN:
        extra = FrozenDict({key: value for key, value in act.items() if key not in _KNOWN})
        _check_recordable("act", extra)
    return Message(
        text="" if text is None else text if type(text) is str else _text("text", text),
        id="" if speaker is None else speaker if type(speaker) is str else _text("id", speaker),
        episode_done=bool(act.get("episode_done")),
        quick_replies=() if (replies := act.get("quick_replies")) is None else _quick_replies(replies),
        payload=None if (payload := act.get("payload")) is None else _payload(payload),
        persona_id=_optional_text("persona_id", act.get("persona_id")),
        message_id=_optional_text("message_id", act.get("message_id")),
        extra=extra,
    )


def _kind(value: object) -> str:
    return "None" if value is None else f"{type(value).__name__} {value!r:.60}"


def _text(key: str, value: object) -> str:
    if isinstance(value, str):
        return str(value)
    raise ActError(f"expected a string at '{key}', got {_kind(value)}")


def _optional_text(key: str, value: object) -> str | None:
    return value if value is None or type(value) is str else _text(key, value)


def _quick_replies(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise ActError(f"expected a list of strings at 'quick_replies', got {_kind(value)}")
    for index, item in enumerate(value):
        if not isinstance(item, str):
            raise ActError(f"expected a string at 'quick_replies[{index}]', got {_kind(item)}")
    return tuple(value)


def _payload(value: Any) -> FrozenDict:
    if not isinstance(value, Mapping):
        raise ActError(f"expected a mapping with a 'type' at 'payload', got {_kind(value)}")
    kind = value.get("type")
    if not isinstance(kind, str) or not kind:
        raise ActError(f"expected a string such as 'image' at 'payload.type', got {_kind(kind)}")
    frozen = FrozenDict(value)
    _check_recordable("payload", frozen)
    return frozen


def _check_recordable(where: str, values: Mapping[str, Any]) -> None:
    for path, value in _leaves(where, values):
        if not isinstance(value, _PLAIN):
            try:
                pickle.dumps(value)
            except Exception as error:
                raise ActError(f"'{path}' cannot be recorded, as it cannot be pickled: {_kind(value)}") from error


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(f"{path}.{key}", item)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _leaves(f"{path}[{index}]", item)
    else:
        yield path, value
