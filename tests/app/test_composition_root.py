"""What makes an app run is put together in one room, and tests and benchmarks go through it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

PARTS = {"Service", "WebServer", "BrowserChannel", "MessengerChannel"}
"""Classes that nobody makes but `parleyrun/app`."""

CALLED = re.compile(rf"\b(?:{'|'.join(sorted(PARTS))})\s*\(")
"""What stands wherever one of them is made; it stands where a class is defined, too."""

ALONE = {
    "tests/channels/channel_lab.py": {"BrowserChannel"},
    "tests/messenger/test_out_channel.py": {"MessengerChannel"},
    "tests/web/test_socket.py": {"BrowserChannel", "WebServer"},
}
"""Tests of one part without the others."""


def made_in(path: Path) -> Iterator[str]:
    """Yield which of the parts a module makes."""
    text = path.read_text(encoding="utf-8")
    if not CALLED.search(text):
        return  # most modules: nothing in them has to be looked at more closely
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
            if name in PARTS:
                yield str(name)


def test_parts_of_an_app_are_made_in_its_room_only() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): made
        for folder in ("parleyrun", "tests", "benchmarks", "worlds")
        for path in (ROOT / folder).rglob("*.py")
        if "broken_configs" not in path.parts and (made := set(made_in(path)))
    }
    assert {path: made for path, made in found.items() if not path.startswith("parleyrun/app/")} == ALONE
    assert set().union(*(made for path, made in found.items() if path.startswith("parleyrun/app/"))) == PARTS


def test_the_way_of_looking_sees_what_is_made(tmp_path: Path) -> None:
    module = tmp_path / "a.py"
    module.write_text("Service(plan)\nweb.WebServer(None)\nApp(plan)\nservice = Service\n")
    assert set(made_in(module)) == {"Service", "WebServer"}
