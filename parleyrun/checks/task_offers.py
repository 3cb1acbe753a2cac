"""Which tasks does an overworld never offer? Seen in its source, without running it.

Every doubt is in the author's favour: a menu that is put together while the world runs says nothing.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from ..config.diagnostics import Finding, Findings
from ..config.plan import Plan

_CORE = __name__.partition(".")[0] + ".core."


@dataclass(slots=True)
class _Seen:
    """What a class's source holds: the quick replies it offers, and every piece of text in it."""

    offered: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    has_menu: bool = False
    in_doubt: bool = False


def find_never_offered(plan: Plan) -> list[Finding]:
    """Return a warning for each task that nobody can come to, as far as the overworld's source shows."""
    if not isinstance(plan.module, ModuleType):
        return []
    findings = Findings(str(plan.config.path or "config"))
    findings.marks = plan.config.marks
    backups = {task.backup_task for task in plan.tasks.values()}
    keys = [key for key in plan.tasks if key not in backups]
    for key in never_offered(plan.overworld, plan.module, keys):
        findings.add(
            "task-never-offered",
            ("tasks", key),
            f"'{key}' is not among the quick replies of {plan.overworld.__name__}, so people may never find it",
            "offer it in the overworld's quick_replies",
            at_key=True,
        )
    return findings.in_order()


def never_offered(overworld: type[Any], module: ModuleType, keys: Iterable[str]) -> list[str]:
    """Return those task keys that the overworld's quick replies cannot lead to, as far as can be seen."""
    seen = _Seen()
    for known in overworld.__mro__:
        if known is not object and not known.__module__.startswith(_CORE):
            _look_through(known, seen)
    if seen.in_doubt or not seen.has_menu:
        return []
    tree = _tree_of(module)
    elsewhere = _next_tasks(tree) if tree is not None else None
    if elsewhere is None:
        return []
    return [key for key in keys if key not in elsewhere and not _is_offered(key, seen)]


def _is_offered(key: str, seen: _Seen) -> bool:
    word = re.compile(rf"(?<!\w){re.escape(key.casefold())}(?!\w)")
    if any(word.search(reply.casefold()) for reply in seen.offered):
        return True
    return key.casefold() in {text.strip().casefold() for text in seen.texts}


def _tree_of(module: Any) -> ast.Module | None:
    try:
        return ast.parse(inspect.getsource(module))
    except (OSError, TypeError, SyntaxError, ValueError):
        return None


def _look_through(known: type[Any], seen: _Seen) -> None:
    module = sys.modules.get(known.__module__)
    tree = _tree_of(module)
    if tree is None:
        seen.in_doubt = True
        return
    written = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    start = written.get(known.__qualname__)
    if start is None:
        seen.in_doubt = True
        return
    waiting: list[ast.AST] = [start]
    visited: set[str] = {start.name}
    while waiting:
        for node in _nodes(waiting.pop()):
            _look_at(node, known, module, seen)
            if isinstance(node, ast.Name) and node.id in written and node.id not in visited:
                visited.add(node.id)
                waiting.append(written[node.id])


def _nodes(start: ast.AST) -> Iterator[ast.AST]:
    """Walk through everything but docstrings."""
    waiting = [start]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [
            child
            for child in ast.iter_child_nodes(node)
            if not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant))
        ]


def _look_at(node: ast.AST, known: type[Any], module: Any, seen: _Seen) -> None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        seen.texts.add(node.value)
    elif isinstance(node, ast.Name):
        seen.texts.update(_texts_in(getattr(module, node.id, None)))
    for menu in _values_given_to(node, "quick_replies"):
        if isinstance(menu, ast.Constant) and menu.value is None:
            continue
        replies = _replies(menu, known, module)
        if replies is None:
            seen.in_doubt = True
        else:
            seen.has_menu = True
            seen.offered.update(replies)


def _values_given_to(node: ast.AST, name: str) -> Iterator[ast.expr]:
    """Yield what is given to `name`: `{'name': X}`, `f(name=X)`, `act['name'] = X`, `name = X`."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == name:
                yield value
    elif isinstance(node, ast.keyword):
        if node.arg == name:
            yield node.value
    elif isinstance(node, ast.Assign) and any(_is_called(target, name) for target in node.targets):
        yield node.value


def _is_called(target: ast.expr, name: str) -> bool:
    if isinstance(target, ast.Subscript):
        return isinstance(target.slice, ast.Constant) and target.slice.value == name
    if isinstance(target, ast.Attribute):
        return target.attr == name
    return isinstance(target, ast.Name) and target.id == name


def _replies(menu: ast.expr, known: type[Any], module: Any) -> set[str] | None:
    """Return the texts of a menu; None if it is put together while the world runs."""
    match menu:
        case ast.List(elts=items) | ast.Tuple(elts=items):
            texts = [item.value for item in items if isinstance(item, ast.Constant)]
            return {str(text) for text in texts} if len(texts) == len(items) else None
        case ast.Call(func=ast.Name(id="list" | "tuple" | "sorted"), args=[only], keywords=[]):
            return _replies(only, known, module)
        case ast.Name(id=name):
            return _texts_in(getattr(module, name, None)) or None
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            return _texts_in(getattr(known, name, None)) or None
    return None


def _texts_in(value: Any, depth: int = 3) -> set[str]:
    """Return the texts in a constant: a text, or lists and mappings of texts."""
    if isinstance(value, str):
        return {value}
    if depth and isinstance(value, dict):
        return _texts_in([*value.keys(), *value.values()], depth - 1)
    if depth and isinstance(value, list | tuple | set | frozenset):
        return {text for item in value for text in _texts_in(item, depth - 1)}
    return set()


def _next_tasks(tree: ast.Module) -> set[str] | None:
    """Return the tasks that worlds send people to by `next_task`; None if one of them cannot be seen."""
    keys: set[str] = set()
    for node in ast.walk(tree):
        for value in _values_given_to(node, "next_task"):
            if not isinstance(value, ast.Constant):
                return None
            keys.add(str(value.value))
    return keys
