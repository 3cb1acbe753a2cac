"""Dialogues as ParlAI's conversations: what the task `jsonfile` reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

_KEPT = ("labels", "eval_labels", "image", "reward", "episode_done", "judge_label")

DialogueLine = dict[str, Any]
"""What somebody said: `id`, `text`, and what else about an act is worth keeping."""


def line_of_act(act: Mapping[str, Any], speaker: str) -> DialogueLine:
    """Return what a dialogue keeps of an act: its words, who spoke, and what makes it right or wrong."""
    return {
        "id": speaker,
        "text": act.get("text") or "",
        **{key: act[key] for key in _KEPT if act.get(key) is not None},
    }


def conversation_as_json(
    dialog: Sequence[Sequence[DialogueLine]], metadata_path: str, about: Mapping[str, Any] | None = None
) -> str:
    """Return one conversation, a list of exchanges, and what else is known about it, as a line without its end."""
    conversation = {**(about or {}), "context": [], "metadata_path": metadata_path, "dialog": dialog}
    # Tasks of one's own may have anything in their examples.
    return json.dumps(conversation, ensure_ascii=False, default=str)


def metadata_of(opt: Mapping[str, Any], speakers: Sequence[str], *, self_chat: bool) -> str:
    """Return the metadata that goes beside a file of conversations, as a line without its end."""
    about = {
        "date": str(datetime.now()),
        "opt": dict(opt),
        "self_chat": self_chat,
        "speakers": list(speakers),
        "version": "0.1",
    }
    return json.dumps(about, default=str)
