"""Texts as ParlAI writes them."""

from __future__ import annotations

import re

_BEFORE_PUNCTUATION = re.compile(r"\s+([.,!?;:])")
_APOSTROPHE = re.compile(r"\s*'\s*(?=(?:s|t|re|ve|ll|d|m)\b)")
_LONELY_I = re.compile(r"\bi\b")
_SENTENCE = re.compile(r"(^|[.!?]\s+)(\w)")


def normalize_reply(text: str, version: int = 1) -> str:
    """Return a reply with capital letters and spaces where they belong, and with a mark at its end.

    Args:
        text: The reply, perhaps as a model writes it: lower case, with spaces around each mark.
        version: 2 adds no mark at the end.
    """
    tidy = _BEFORE_PUNCTUATION.sub(r"\1", _APOSTROPHE.sub("'", text.strip()))
    tidy = uppercase(_LONELY_I.sub("I", tidy))
    tidy = _SENTENCE.sub(lambda found: found[1] + found[2].upper(), tidy)
    if version == 1 and tidy and tidy[-1] not in ".!?'\")":
        tidy += "."
    return tidy


def uppercase(string: str) -> str:
    """Return a text with a capital letter at its beginning."""
    return string[:1].upper() + string[1:]


def name_to_classname(name: str) -> str:
    """Return the class name that belongs to a name: `MyAgent` for `my_agent`."""
    return "".join(uppercase(part) for part in name.split("_"))


def colorize(text: str, _style: str) -> str:
    """Return the text as it is: colors are left to the terminal."""
    return text


def name_to_agent_class(name: str) -> str:
    """Return the class name that belongs to an agent's name: `MyAgent` for `my`."""
    whole = name_to_classname(name)
    return whole if whole.endswith("Agent") else f"{whole}Agent"
