"""Files of which `-m` asks for no test: they need not be imported, nor what they import."""

from __future__ import annotations

import ast
import re
from functools import cache
from itertools import product
from pathlib import Path

MARKED = re.compile(r"^pytestmark = (.*(?:\n[ \])].*)*)", re.MULTILINE)
"""The marks of all tests of a file."""
MARK = re.compile(r"\bpytest\.mark\.(\w+)")


def left_out(path: Path, wanted: str) -> bool:
    """Whether no test of a file can be asked for, whatever else its tests are marked with.

    Args:
        path: The file.
        wanted: The expression behind `-m`; with an empty one all are asked for.
    """
    if not wanted:
        return False
    marked = MARKED.search(path.read_text(encoding="utf-8"))
    return marked is not None and never(wanted, frozenset(MARK.findall(marked[1])))


@cache
def never(wanted: str, marks: frozenset[str]) -> bool:
    """Whether an expression is false of a test with these marks, and with any others besides."""
    try:
        tree = ast.parse(wanted.strip(), mode="eval")
    except SyntaxError:
        return False  # pytest says what is wrong with it
    if any(isinstance(node, ast.Call) for node in ast.walk(tree)):
        return False  # marks with certain values
    code = compile(tree, "-m", "eval")
    others = sorted(set(code.co_names) - marks)
    return not any(
        eval(code, {"__builtins__": {}}, dict.fromkeys(marks, True) | dict(zip(others, has, strict=True)))
        for has in product((False, True), repeat=len(others))
    )
