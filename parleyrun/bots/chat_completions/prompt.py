"""The prompt: from what a seat has heard and said to the messages that a server takes.

The shape is one that every model family's template takes: one system message first, then the user and the
assistant in turn, the user first and last. What others have said since the model's last answer is one message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

BEGIN = "(The conversation begins.)"
"""Stands where the user's first message belongs, if the model has spoken first."""

GO_ON = "(Nobody has said anything since.)"
"""Stands where the user's last message belongs, if the model is asked twice."""

_CONTROL = re.compile(
    r"<[|\uff5c][^|\uff5c<>\n]{0,40}[|\uff5c]>|<</?SYS>>|<(?:start|end)_of_turn>|\[gMASK\]|</?(?:s|bos|eos|sop|eop|think)>"
    r"|</?tools?(?:_calls?|_response)?>|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|THINK)\]",
    re.IGNORECASE,
)
"""What templates write between messages. In people's words it would be taken for that."""


@dataclass(frozen=True, slots=True)
class PromptLine:
    """Something that a seat has heard or said.

    Attributes:
        text: The words.
        speaker: Who says it; empty for the system.
        mine: Whether the model said it itself.
        images: Addresses of images that came with it, `data:` ones included.
    """

    text: str
    speaker: str = ""
    mine: bool = False
    images: tuple[str, ...] = ()


def messages_of(system: str, lines: Sequence[PromptLine], *, named: bool | None = None) -> list[dict[str, Any]]:
    """Return the messages for a server.

    Args:
        system: What the model is told about itself; none where it is empty.
        lines: What was said, in order.
        named: Whether lines begin with their speaker; None: where there is more than one besides the model.
    """
    if named is None:
        named = len({line.speaker for line in lines if line.speaker and not line.mine}) > 1
    messages: list[dict[str, Any]] = [{"role": "system", "content": system}] if system.strip() else []
    first = True
    for mine, group in _in_turns(lines):
        if first and mine:
            messages.append({"role": "user", "content": BEGIN})
        first = False
        if mine:
            messages.append({"role": "assistant", "content": "\n".join(line.text for line in group)})
        else:
            messages.append({"role": "user", "content": _content(group, named=named)})
    if first:
        messages.append({"role": "user", "content": BEGIN})
    elif messages[-1]["role"] == "assistant":
        messages.append({"role": "user", "content": GO_ON})
    return messages


def in_roles(messages: list[dict[str, Any]], system_role: str) -> list[dict[str, Any]]:
    """Return messages for a model that takes its system text in another role.

    Args:
        messages: As `messages_of` gives them.
        system_role: `system`, `developer`, or `user`: then it begins the user's first message.
    """
    if system_role == "system" or not messages or messages[0]["role"] != "system":
        return messages
    system, *rest = messages
    if system_role == "developer" or not rest:
        return [{**system, "role": system_role}, *rest]
    first, *others = rest
    text, content = system["content"], first["content"]
    joined = f"{text}\n\n{content}" if isinstance(content, str) else [{"type": "text", "text": text}, *content]
    return [{**first, "content": joined}, *others]


def harmless(text: str) -> str:
    """Return people's words in such a form that no template takes anything in them for its own marks."""
    return _CONTROL.sub(lambda found: found[0][0] + "\u200b" + found[0][1:], text)


def attributed(speaker: str, text: str) -> str:
    """Return what somebody said behind their name.

    Further lines are set in, so that nobody can write one that seems to be somebody else's.
    """
    return f"{harmless(' '.join(speaker.split()))}: " + "\n  ".join(harmless(text).splitlines())


def _in_turns(lines: Iterable[PromptLine]) -> Iterator[tuple[bool, list[PromptLine]]]:
    group: list[PromptLine] = []
    for line in lines:
        if not line.text.strip() and not line.images:
            continue
        if group and group[0].mine is not line.mine:
            yield group[0].mine, group
            group = []
        group.append(line)
    if group:
        yield group[0].mine, group


def _content(group: Sequence[PromptLine], *, named: bool) -> str | list[dict[str, Any]]:
    text = "\n".join(_said(line, named=named) for line in group if line.text.strip())
    images = [image for line in group for image in line.images]
    if not images:
        return text
    parts: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
    return parts + [{"type": "image_url", "image_url": {"url": image}} for image in images]


def _said(line: PromptLine, *, named: bool) -> str:
    return attributed(line.speaker, line.text) if named and line.speaker else harmless(line.text)
