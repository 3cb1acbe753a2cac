"""Markdown on the chat page: a small part of CommonMark, as a tree that holds names and texts, never HTML.

It is read here and not in the page: the parser is one that many use and keep, the page stays small, and what
crosses is a closed list of names, so that nothing anybody writes can become anything else there.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Literal

from ...text import may_be_markdown

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MarkdownOf = Literal["authors", "all", "none"]
"""Whose lines are formatted: the system's and the authors' (bots too), those of people as well, or nobody's."""

LONGEST_CHARACTERS = 32_000
LONGEST_OF_PEOPLE_CHARACTERS = 4_000
"""What is written in order to take long takes a tenth of a second for so much."""
_LONGEST_KEPT = 2_000
_TEXTS_KEPT = 256

_LEFT_OUT = ("html_block", "html_inline", "image", "reference", "lheading", "hr", "code", "entity")
_BREAKS = ("softbreak", "hardbreak")
_NAMES = {
    "paragraph_open": "p",
    "blockquote_open": "blockquote",
    "bullet_list_open": "ul",
    "list_item_open": "li",
    "strong_open": "strong",
    "em_open": "em",
}
_ESCAPED = re.compile(r"\\[*_`\[\\]")
_WEB = re.compile(r"https?://", re.IGNORECASE)

Node = list[Any]
"""A name and what is in it, nodes and texts. After `a` comes its address, after `ol` the number it begins with."""


def markup_member(text: str, *, by_person: bool) -> str:
    """Return the member `markup` of a frame, with the comma before it; nothing where the text shows it all.

    Args:
        text: What is said.
        by_person: Whether a person wrote it: their addresses stay in sight, and are not hidden behind words.
    """
    if not may_be_markdown(text):
        return ""
    return (_kept_member if len(text) <= _LONGEST_KEPT else _member)(text, by_person)


def markup_nodes(text: str, *, by_person: bool) -> list[Node | str]:
    """Return what stands in `markup` for a text; nothing where the text itself shows it all."""
    longest = LONGEST_OF_PEOPLE_CHARACTERS if by_person else LONGEST_CHARACTERS
    if len(text) > longest or not may_be_markdown(text):
        return []
    nodes = _tree(_parser(links=not by_person).parse(text))
    return nodes if _is_formatted(nodes) or _ESCAPED.search(text) else []


def _member(text: str, by_person: bool) -> str:
    nodes = markup_nodes(text, by_person=by_person)
    return f',"markup":{json.dumps(nodes, separators=(",", ":"))}' if nodes else ""


_kept_member = lru_cache(maxsize=_TEXTS_KEPT)(_member)  # the same line is shown to everybody in a conversation


@cache
def _parser(*, links: bool) -> MarkdownIt:
    from markdown_it import MarkdownIt  # here, as only who serves a page needs it

    return MarkdownIt("commonmark").disable([*_LEFT_OUT, *([] if links else ["link"])])


def _tree(tokens: list[Token]) -> list[Node | str]:
    """Return what a parser found as nodes, one inside the other."""
    root: Node = []
    open_nodes = [root]
    for token in tokens:
        if token.type == "inline":
            open_nodes[-1].extend(_tree(token.children or []))
        elif token.nesting > 0:
            node = _node(token)
            if node:
                open_nodes[-1].append(node)
            # What has no name here leaves what is in it to what stands around it.
            open_nodes.append(node or open_nodes[-1])
        elif token.nesting < 0:
            open_nodes.pop()
        elif token.content or token.type in _BREAKS:
            open_nodes[-1].append(_leaf(token))
    return root


def _node(token: Token) -> Node | None:
    if token.hidden:
        return None
    if token.type == "link_open":
        address = str(token.attrGet("href") or "")
        return ["a", address] if _WEB.match(address) else None
    if token.type == "ordered_list_open":
        return ["ol", str(token.attrGet("start") or 1)]
    if token.type == "heading_open":
        return ["h"]
    name = _NAMES.get(token.type)
    return None if name is None else [name]


def _leaf(token: Token) -> Node | str:
    if token.type in _BREAKS:
        return "\n"
    if token.type == "code_inline":
        return ["code", token.content]
    return ["pre", token.content.removesuffix("\n")] if token.type == "fence" else token.content


def _is_formatted(nodes: list[Node | str]) -> bool:
    return any(
        not isinstance(node, str) and (node[0] != "p" or any(not isinstance(part, str) for part in node[1:]))
        for node in nodes
    )
