"""What docs/embedding.md shows works as it stands there."""

from __future__ import annotations

import builtins
import re
import signal
import sys
import threading
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import parleyrun

GUIDE = (Path(__file__).parents[2] / "docs" / "embedding.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
CONFIG = "world_module: guided_worlds\noverworld: Hall\ntasks: {}\nchannels: {browser: {port: 0}}\n"
WORLDS = "from parleyrun import World\n\nclass Hall(World):\n    def parley(self):\n        self.agents[0].act()\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "guided_worlds.py").write_text(WORLDS)
    (tmp_path / "my.yml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    sys.modules.pop("guided_worlds", None)


class Visitor:
    """Looks at the page when it is told where that is, and is told to end it when it has."""

    def __init__(self) -> None:
        self.statuses: list[int] = []

    def looks(self, url: object) -> None:
        self.statuses.append(httpx.get(f"{url}/healthz", verify=False).status_code)


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def run(block: str, **names: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {"__name__": "__main__", **names}
    exec(block, shown)
    return shown


def block_with(*words: str) -> str:
    (found,) = [block for block in BLOCKS if all(word in block for word in words)]
    return str(found)


def interrupted(visitor: Visitor, url: str) -> None:
    """Look, and press Ctrl-C."""
    visitor.looks(url)
    signal.raise_signal(signal.SIGINT)


def test_every_block_is_run_here() -> None:
    assert len(BLOCKS) == 6


def test_a_script_serves_until_ctrl_c(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (block for block in BLOCKS if "parleyrun.serve(" in block)
    monkeypatch.setitem(parleyrun.serve.__kwdefaults__, "on_ready", lambda url: interrupted(visitor, url))
    run(first)
    monkeypatch.setattr(webbrowser, "open", lambda url: interrupted(visitor, url))
    run(second)
    assert visitor.statuses == [200, 200]


def test_another_thread_is_asked_for_the_end(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    before = set(threading.enumerate())
    served, serve = threading.Event(), parleyrun.serve

    def serve_to_the_end(*arguments: Any, **named: Any) -> None:
        serve(*arguments, **named)
        served.set()

    monkeypatch.setattr(builtins, "input", lambda _prompt: "")
    monkeypatch.setattr(parleyrun, "serve", serve_to_the_end)
    run(block_with("stop.ask()"))
    # Before that, one of its threads may be so new that nobody can wait for it yet.
    assert served.wait(60)
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive()
    assert capfd.readouterr().err.startswith("ready: http://127.0.0.1:")


def test_an_app_is_open_as_long_as_its_block(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    urls: list[str] = []
    monkeypatch.setattr(builtins, "input", lambda _prompt: visitor.looks(urls[0]))
    run(block_with("with parleyrun.App"), print=urls.append)
    assert visitor.statuses == [200]


def test_an_app_is_opened_in_one_cell_and_closed_in_another(visitor: Visitor) -> None:
    urls: list[str] = []
    shown = run(block_with("app.start()"), print=urls.append)
    visitor.looks(urls[0])
    exec("app.close(grace_seconds=0)", shown)
    assert visitor.statuses == [200]
    with pytest.raises(httpx.ConnectError):
        visitor.looks(urls[0])


def test_worlds_of_the_notebook_are_served(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    block = block_with('sys.modules["__main__"]')
    notebook = type(sys)("__main__")
    monkeypatch.setitem(sys.modules, "__main__", notebook)
    exec(block, vars(notebook))
    with vars(notebook)["app"] as app:
        visitor.looks(app.url)
    assert visitor.statuses == [200]
