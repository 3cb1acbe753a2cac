"""Reading YAML: plain values, and the place of each. Nothing in a file can run code or fill memory."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import KW_ONLY, dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from ..errors import ConfigError
from .diagnostics import Findings, KeyPath, Mark, Marks, Position, part

MAX_BYTES = 1 << 20
"""How large a config file may be."""

MAX_DEPTH = 50
"""How many lists and mappings may stand inside each other."""

MAX_ALIASED = 10_000
"""How many values may come in through aliases, all together."""

TOO_DEEP = f"expected at most {MAX_DEPTH} levels, and here begins one more"

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BOOL = "tag:yaml.org,2002:bool"
_MERGE = "tag:yaml.org,2002:merge"
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("null", "bool", "int", "float", "str", "binary", "timestamp", "value", "merge")
)
_WRITTEN_KEYS = frozenset({("tasks",), ("models",), ("forms",)})
_WRITTEN_KEYS_OF_TASKS = frozenset({"bots"})
"""Mappings whose keys are names, also those that YAML takes for numbers, dates, true or false."""

_FORMS = frozenset({("forms",), ("fields",), ("pages",)})
"""Under what questions stand: in a config, and in a form's own file."""

_QUESTIONS = "fields"

_ABOVE_PAGE_ID = frozenset({(), ("additional_args",)})
"""Where the id of a page stands, which is made of digits and is no number: a leading zero counts."""

_COLLECTION_TAGS = frozenset({None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})


def read_text(path: Path, findings: Findings) -> str | None:
    """Read a config file's text.

    Args:
        path: The file.
        findings: Learns what is wrong with it.

    Returns:
        The text; None, with a finding, if it is too large.

    Raises:
        ConfigError: There is no such file, or it cannot be read as text (`unreadable` is True).
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ConfigError(f"there is no file {path}", unreadable=True) from error
    except IsADirectoryError as error:
        raise ConfigError(f"expected a file, but {path} is a folder", unreadable=True) from error
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}", unreadable=True) from error
    except ValueError as error:
        raise ConfigError(f"cannot read {str(path)!r}: {error}", unreadable=True) from error
    if len(data) > MAX_BYTES:
        findings.add_at(
            "too-large",
            None,
            f"expected at most {MAX_BYTES:,} bytes, and the file is larger",
            "keep data in files of its own, and give worlds their path in opt",
        )
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"cannot read {path}: line {line} is not UTF-8 text", unreadable=True) from error


def parse(text: str, findings: Findings) -> Any:
    """Read the one document of a YAML text. Never raises.

    Args:
        text: The text.
        findings: Learns the marks, and what is wrong.

    Returns:
        The document as plain values; None for a text that is no YAML at all.
    """
    unprintable = yaml.SafeLoader.NON_PRINTABLE.search(text)
    if unprintable:
        from .syntax_errors import add_unprintable  # only where something is wrong

        add_unprintable(text, unprintable.start(), findings)
        return None
    loader = _Loader(text)
    try:
        root = _Builder(loader, findings).build()
    except yaml.MarkedYAMLError as error:
        from .syntax_errors import add_syntax_error  # only where something is wrong

        add_syntax_error(error, text, findings)
        return None
    except _CannotGoOnError:
        return None
    finally:
        loader.dispose()
    if root is None:
        findings.add_at("empty", Position(1, 1), "expected a config, and there is nothing in the file")
        return None
    findings.marks = Marks(dict(_marks((), None, root)))
    return root.value


class _CannotGoOnError(Exception):
    """Something was found after which nothing that follows can be understood."""


@dataclass(slots=True)
class _Located:
    """A value, where it stands, and what it is made of.

    `written` is what the file has for a number, a date, true or false. `size` counts the values in it, itself
    included; `depth` the levels of lists and mappings, aliases' included.
    """

    value: Any
    at: Position
    tag: str | None = None
    _: KW_ONLY
    written: str | None = None
    size: int = 1
    depth: int = 0
    keys: dict[Any, Position] = field(default_factory=dict)
    children: dict[Any, _Located] = field(default_factory=dict)


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not been read yet. `key` waits for its value."""

    node: _Located
    anchor: str | None
    key: _Located | None = None
    merged: list[tuple[Position, _Located]] = field(default_factory=list)


class _Builder:
    """Builds values from the parser's events, with a stack of its own: depth never meets Python's."""

    def __init__(self, loader: Any, findings: Findings) -> None:
        self._loader = loader
        self._findings = findings
        self._stack: list[_Open] = []
        self._anchors: dict[str, _Located | None] = {}
        self._aliased = 0
        self._root: _Located | None = None

    def build(self) -> _Located | None:
        documents = 0
        while self._loader.check_event():
            event = self._loader.get_event()
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._give_up(
                        "several-documents",
                        event,
                        "expected one YAML document, and another begins here",
                        "remove the line '---', or make it two files",
                    )
            self._take(event)
        root = self._root
        empty = root is None or (root.value is None and not root.children)
        return None if empty else root

    def _take(self, event: Any) -> None:
        match event:
            case yaml.ScalarEvent():
                self._place(self._scalar(event), event.anchor)
            case yaml.AliasEvent():
                self._place(self._alias(event), None)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._open(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._close()

    def _open(self, event: Any) -> None:
        if len(self._stack) >= MAX_DEPTH:
            self._give_up("too-deep", event, TOO_DEEP)
        if event.tag not in _COLLECTION_TAGS:
            self._refuse_tag(event)
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        if event.anchor:
            self._anchors[event.anchor] = None
        self._stack.append(_Open(_Located(value, position_of(event)), event.anchor))

    def _close(self) -> None:
        opened = self._stack.pop()
        for at, source in opened.merged:
            self._merge(opened.node, at, source)
        opened.node.depth = 1 + max((child.depth for child in opened.node.children.values()), default=0)
        self._place(opened.node, opened.anchor)

    def _place(self, node: _Located, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = node
        if not self._stack:
            self._root = node
            return
        parent = self._stack[-1]
        if isinstance(parent.node.value, list):
            way = self._path()
            is_id = self._is_written(node) and way[-1:] == ("page_id",) and way[:-1] in _ABOVE_PAGE_ID
            if is_id or (node.written is not None and _is_of_words(way)):
                node = replace(node, value=node.written)
            parent.node.children[len(parent.node.value)] = node
            parent.node.value.append(node.value)
            parent.node.size += node.size
        elif parent.key is None:
            parent.key = node
        else:
            self._pair(parent, parent.key, node)
            parent.key = None

    def _pair(self, parent: _Open, key: _Located, node: _Located) -> None:
        if key.written is not None and _has_written_keys(self._path()):
            key = replace(key, value=key.written)
        elif key.value == "page_id" and self._is_written(node) and self._path() in _ABOVE_PAGE_ID:
            node = replace(node, value=node.written)
        if key.tag == _MERGE:
            parent.merged.append((key.at, node))
            return
        if not isinstance(key.value, Hashable):
            self._findings.add_at(
                "key-not-text", key.at, "expected a key that is text, got a list or a mapping", "quote it"
            )
            return
        first = parent.node.keys.get(key.value)
        if first is not None:
            self._findings.add_at(
                "duplicate-key",
                key.at,
                f"expected each key once, got '{key.value}' again (first in line {first.line})",
                "keep one of the two",
                (*self._path(), part(key.value)),
            )
            return
        parent.node.keys[key.value] = key.at
        parent.node.children[key.value] = node
        parent.node.value[key.value] = node.value
        parent.node.size += node.size

    @staticmethod
    def _is_written(node: _Located) -> bool:
        return node.written is not None and node.tag != _BOOL

    def _path(self) -> KeyPath:
        """The way to the list or mapping that is being read."""
        path: list[str | int] = []
        for opened in self._stack[:-1]:
            if isinstance(opened.node.value, list):
                path.append(len(opened.node.value))
            elif opened.key is not None:
                path.append(part(opened.key.value))
        return tuple(path)

    def _merge(self, into: _Located, at: Position, source: _Located) -> None:
        several = isinstance(source.value, list)
        for mapping in source.children.values() if several else (source,):
            if not isinstance(mapping.value, dict):
                self._findings.add_at(
                    "bad-merge", at, "expected '<<' to hold a mapping, or a list of them", "write '<<: *name'"
                )
                return
            for key, child in mapping.children.items():
                if key not in into.children:
                    into.keys[key] = mapping.keys[key]
                    into.children[key] = child
                    into.value[key] = child.value
                    into.size += child.size

    def _scalar(self, event: Any) -> _Located:
        tag = event.tag
        if tag is None or tag == "!":
            tag = self._loader.resolve(yaml.ScalarNode, event.value, event.implicit)
        at = position_of(event)
        if tag not in _PLAIN_TAGS:
            self._refuse_tag(event)
            return _Located(event.value, at)
        if tag in (_MERGE, "tag:yaml.org,2002:value"):
            return _Located(event.value, at, tag)
        node = yaml.ScalarNode(tag, event.value, event.start_mark, event.end_mark)
        try:
            value = self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError, LookupError, AttributeError):
            # AttributeError: what PyYAML says to `!!timestamp x`
            kind = tag.rpartition(":")[2]
            shown = f"{event.value[:40]}…" if len(event.value) > 40 else event.value
            self._findings.add_at(
                "bad-scalar",
                at,
                f"expected a value of YAML's type '{kind}', got {shown!r}",
                "quote it, if it is text",
            )
            return _Located(event.value, at)
        return _Located(value, at, tag, written=None if value is None or isinstance(value, str) else event.value)

    def _alias(self, event: Any) -> _Located:
        known = self._anchors.get(event.anchor)
        if known is None:
            itself = event.anchor in self._anchors
            problem = "this is inside what it names" if itself else "nothing before it has that name"
            self._findings.add_at(
                "bad-alias", position_of(event), f"expected '*{event.anchor}' to name a value, but {problem}"
            )
            return _Located(None, position_of(event))
        if len(self._stack) + known.depth > MAX_DEPTH:
            self._give_up("too-deep", event, TOO_DEEP)
        self._aliased += known.size
        if self._aliased > MAX_ALIASED:
            self._give_up(
                "too-many-aliases",
                event,
                f"expected at most {MAX_ALIASED:,} values to come in through aliases, and here are more",
            )
        return known

    def _refuse_tag(self, event: Any) -> None:
        self._findings.add_at(
            "refused-tag",
            position_of(event),
            f"expected plain values, got the tag '{event.tag}'",
            "remove the tag",
        )

    def _give_up(self, code: str, event: Any, message: str, hint: str = "") -> None:
        self._findings.add_at(code, position_of(event), message, hint)
        raise _CannotGoOnError


def _has_written_keys(path: KeyPath) -> bool:
    """Whether the keys of this mapping are names that its author has chosen."""
    below = path[1:] if path[:1] == ("additional_args",) else path
    return (
        below in _WRITTEN_KEYS
        or (len(below) == 3 and below[0] == "tasks" and below[2] in _WRITTEN_KEYS_OF_TASKS)
        or (path[:1] in _FORMS and path[-1:] == (_QUESTIONS,))
        or _is_of_words(path)
    )


def _is_of_words(path: KeyPath) -> bool:
    """Whether in this list or mapping are the answers to a question: `[yes, no]` are words there."""
    return path[:1] in _FORMS and path[-3:-2] == (_QUESTIONS,) and path[-1] in ("options", "items")


def position_of(event: Any) -> Position:
    """Return where an event or a token of the parser begins."""
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)


def _marks(path: KeyPath, key: Position | None, node: _Located) -> Iterator[tuple[KeyPath, Mark]]:
    yield path, Mark(key, node.at)
    for name, child in node.children.items():
        yield from _marks((*path, part(name)), node.keys.get(name), child)
