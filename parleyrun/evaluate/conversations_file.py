"""Dialogues as ParlAI's conversations: what the task `jsonfile` reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ..cli.output import output

_KEPT = ("labels", "eval_labels", "image", "reward", "episode_done")

Message = dict[str, Any]
"""What somebody said: `id`, `text`, and what else about an act is worth keeping."""


def message_of(act: Mapping[str, Any], speaker: str) -> Message:
    """Return what a dialogue keeps of an act: its words, who spoke, and what makes it right or wrong."""
    return {
        "id": speaker,
        "text": act.get("text") or "",
        **{key: act[key] for key in _KEPT if act.get(key) is not None},
    }


def line_of(dialog: Sequence[Sequence[Message]], metadata_path: str) -> str:
    """Return one conversation, a list of exchanges, as a line without its end."""
    conversation = {"context": [], "metadata_path": metadata_path, "dialog": dialog}
    # Tasks of one's own may have anything in their examples.
    return json.dumps(conversation, ensure_ascii=False, default=str)


def metadata_path_of(path: Path) -> Path:
    """Return where the metadata that belongs to a file of conversations goes; refuse a file that is called so."""
    metadata = path.with_suffix(".metadata")
    if metadata == path:
        raise click.UsageError(
            f"{path} is where the metadata goes: expected a name such as {path.with_suffix('.jsonl')}"
        )
    return metadata


def write_conversations(
    path: Path, lines: Iterable[str], opt: Mapping[str, Any], speakers: Sequence[str], *, self_chat: bool
) -> None:
    """Write conversations, and the metadata that goes with them."""
    with output(path) as out:
        for line in lines:
            out.write(f"{line}\n")
    about = {
        "date": str(datetime.now()),
        "opt": dict(opt),
        "self_chat": self_chat,
        "speakers": list(speakers),
        "version": "0.1",
    }
    with output(metadata_path_of(path)) as out:
        out.write(json.dumps(about, default=str) + "\n")
