"""What authors write passes `mypy --strict` where parleyrun is installed; examples, README and docs are so."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[1]

USES_A_SEAT = """
from typing import assert_type

from parleyrun import Act, BotAgent, Seat, World

class Uses(World):
    def parley(self) -> str | None:
        for agent in self.agents:
            assert_type(agent, Seat)
            assert_type(agent.act(), Act | None)
            assert_type(agent.act_blocking(timeout=3.5), Act)
            assert_type(agent.is_bot, bool)
            for partner in agent.message_partners:
                partner.observe({"text": "hi", "quick_replies": ["yes", "no"]})
                partner.typing_on()
            agent.data["turns"] = agent.data.get("turns", 0) + 1
            agent.role = agent.disp_id or agent.stored_data["entry"]["ref"] or agent.id
            agent.shutdown()
        return None

def a_bot_is_a_seat(bot: BotAgent) -> Seat:
    return bot
"""
MISUSES_A_SEAT = """
from parleyrun import World

class Misuses(World):
    def parley(self) -> None:
        self.agents[0].actt()
        self.agents[0].observe("hi")
"""


def install(wheel: Path, folder: Path) -> Path:
    """Put a wheel into a new environment, and return its Python."""
    venv.create(folder, with_pip=False)
    [site] = folder.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return folder / "bin" / "python"


def code_in(text: str) -> list[tuple[str | None, str]]:
    """Return what a page shows of Python: under which name it says to save that, if it says so, and the code."""
    pieces = re.split(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    saved_as = [re.findall(r"Save (?:this|it) as\s`(\w+)\.py`", before) for before in pieces[::2]]
    return [(names[-1] if names else None, code) for names, code in zip(saved_as, pieces[1::2], strict=False)]


def write_shown_code(folder: Path) -> None:
    """Write what README and docs show as a module each, under the name that the page gives it, if it does."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for number, (name, code) in enumerate(code_in(page.read_text("utf-8"))):
            file = folder / f"{name or re.sub(r'[^a-z0-9_]', '_', f'{page.stem}_{number}'.lower())}.py"
            assert not file.exists(), f"two pages say to save something as {file.name}"
            file.write_text(code, "utf-8")


@pytest.fixture(scope="module")
def findings(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("author")
    python = install(wheel, tmp_path_factory.mktemp("environment"))
    shutil.copytree(ROOT / "worlds", folder / "worlds", ignore=shutil.ignore_patterns("__pycache__"))
    for template in (ROOT / "templates").iterdir():
        package = folder / f"template_{template.name.replace('-', '_')}"
        shutil.copytree(template, package, ignore=shutil.ignore_patterns("__pycache__"))
        (package / "__init__.py").touch()
    write_shown_code(folder)
    (folder / "uses_a_seat.py").write_text(USES_A_SEAT, "utf-8")
    (folder / "misuses_a_seat.py").write_text(MISUSES_A_SEAT, "utf-8")
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.py"))
    assert {"my_worlds.py", "interview.py"} <= {*files}
    assert {"worlds/demo.py", "template_chat/test_study.py"} <= {*files}
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python), "--config-file", ""]
    ran = subprocess.run([*command, *files], cwd=folder, capture_output=True, text=True, timeout=300)
    assert "misuses_a_seat.py" in ran.stdout, ran.stdout + ran.stderr
    return ran.stdout


def test_examples_and_shown_code_are_typed_strictly(findings: str) -> None:
    errors = [line for line in findings.splitlines() if ": error:" in line]
    assert [line for line in errors if not line.startswith("misuses_a_seat.py")] == []


def test_a_wrong_use_of_a_seat_is_found(findings: str) -> None:
    assert '"Seat" has no attribute "actt"' in findings
    assert 'Argument 1 to "observe" of "Seat" has incompatible type "str"' in findings
