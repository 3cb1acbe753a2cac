"""Sessions are changed by their own methods only, wherever in the service somebody holds one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SERVICE = Path(__file__).parents[2] / "parleyrun" / "service"
HOME = "sessions.py"


def assignments_to_sessions(source: str) -> Iterator[str]:
    """Yield each assignment to an attribute of something that is called a session."""
    for node in ast.walk(ast.parse(source)):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
                    owner = ast.unparse(part.value)
                    if owner.rpartition(".")[2] == "session":
                        yield f"line {node.lineno}: {ast.unparse(part)}"


def test_a_session_is_changed_by_its_verbs_only():
    others = (path for path in SERVICE.rglob("*.py") if path.name != HOME)
    found = {str(path): list(assignments_to_sessions(path.read_text("utf-8"))) for path in others}
    assert len(found) > 50
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_the_check_sees_assignments_that_hide():
    source = (
        "session.at = 1\n"
        "entry.session.trips += 1\n"
        "(session.agent, x) = 1, 2\n"
        "self.session = session\n"
        "session.data['a'] = 1\n"
    )
    assert list(assignments_to_sessions(source)) == [
        "line 1: session.at",
        "line 2: entry.session.trips",
        "line 3: session.agent",
    ]
