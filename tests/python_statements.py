"""The statements of Python code, for tests of how the package is written."""

from __future__ import annotations

import ast
from collections.abc import Iterator

BLOCKS = ("body", "handlers", "cases", "orelse", "finalbody")
"""Where statements stand in others. Whatever else a statement has are expressions, which hold none."""


def statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield every statement below a module or a statement."""
    for name in BLOCKS:
        for child in getattr(node, name, ()):
            if isinstance(child, ast.stmt):
                yield child
            yield from statements(child)
