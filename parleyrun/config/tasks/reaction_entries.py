"""The key `reactions` of a task: which marks people may put under a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...text import kind_of, quoted
from ..diagnostics import Findings, KeyPath
from ..kinds import INVALID, JsonSchema, refuse_type

USUAL_REACTIONS = ("👍", "❤️", "😂", "😮", "😢", "👎")
"""What `reactions: true` stands for."""

MOST_REACTIONS = 12
"""How many there are to choose from at most: they stand beside each other on a phone."""

LONGEST_REACTION = 24
"""How many characters one may have. An emoji may be put together from a dozen of them."""

_EXPECTED = f"true, or a list of 1 to {MOST_REACTIONS} emoji or short texts"


@dataclass(frozen=True)
class ReactionList:
    """True for the usual reactions, or a list of them."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if isinstance(value, bool):
            return USUAL_REACTIONS if value else ()
        if not isinstance(value, list | tuple):
            return refuse_type(findings, path, _EXPECTED, value, "write reactions: [👍, 👎]")
        if not 1 <= len(value) <= MOST_REACTIONS:
            message = f"expected 1 to {MOST_REACTIONS} reactions, got {len(value)}"
            findings.add("wrong-form", path, message, "" if value else "leave the key out for none")
            return INVALID
        made = [self._reaction(item, (*path, index), findings) for index, item in enumerate(value)]
        if INVALID in made:
            return INVALID
        for index, reaction in enumerate(made):
            if reaction in made[:index]:
                message = f"expected each reaction once, got {quoted(reaction)} twice"
                findings.add("wrong-form", (*path, index), message, "take one of them out")
                return INVALID
        return tuple(made)

    @staticmethod
    def _reaction(item: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(item, str):
            return refuse_type(findings, path, "an emoji or a short text", item, "put it into quotes")
        reaction = item.strip()
        if not reaction or len(reaction) > LONGEST_REACTION or any(ord(letter) < ord(" ") for letter in reaction):
            got = f"{len(reaction)} characters" if len(reaction) > LONGEST_REACTION else kind_of(item)
            message = f"expected an emoji or a text of 1 to {LONGEST_REACTION} characters on one line, got {got}"
            findings.add("wrong-form", path, message)
            return INVALID
        return reaction

    def json_schema(self) -> JsonSchema:
        return {
            "anyOf": [
                {"type": "boolean"},
                {
                    "type": "array",
                    "items": {"type": "string", "minLength": 1, "maxLength": LONGEST_REACTION},
                    "minItems": 1,
                    "maxItems": MOST_REACTIONS,
                    "uniqueItems": True,
                },
            ]
        }
