"""Running commands of the world library on small data, with modules of the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from parleyrun.cli import main

BABI = """\
1 Mary moved to the bathroom.
2 John went to the hallway.
3 Where is Mary? \tbathroom\t1
4 Daniel went back to the kitchen.
5 Mary moved to the hallway.
6 Where is Daniel? \tkitchen\t4
1 Sandra went to the kitchen.
2 Sandra went back to the kitchen.
3 John moved to the bathroom.
4 Where is Sandra? \tkitchen\t2
1 John went to the hallway.
2 Mary went to the bathroom.
3 Where is John? \thallway\t1
"""
"""Four questions. `ir_baseline` says the place that is named most often since the question before, and of several
the one that comes first as an answer: bathroom, kitchen, hallway. By hand that is bathroom (right), kitchen
(right), kitchen (right) and bathroom (wrong): 3 of 4."""

OWN = """\
from parleyrun import Agent, DialogTeacher, Teacher

class Sums(DialogTeacher):
    def setup_data(self, datafile):
        for n in range(7):
            asked = {"text": f"{n} + {n}?", "labels": [str(2 * n)], "image": f"https://example.org/{n}.png"}
            yield asked, n % 2 == 0

class Doubler(Agent):
    def act(self):
        n = int(self.observation["text"].split()[0])
        return {"id": self.id, "text": str(2 * n if n != 3 else 0)}

class Interrupted(Agent):
    def act(self):
        raise KeyboardInterrupt

class Broken(Agent):
    def act(self):
        raise RuntimeError("no weights")

class Endless(Teacher):
    def num_examples(self):
        return None
    num_episodes = num_examples
"""


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class TaskLab:
    """A current folder with `own_tasks.py`, and bAbI's data in `data`."""

    folder: Path
    _capsys: pytest.CaptureFixture[str]

    def run(self, *arguments: str) -> Ran:
        """Run `parleyrun ARGUMENTS` in this process."""
        with pytest.raises(SystemExit) as stopped:
            main(list(arguments))
        shown = self._capsys.readouterr()
        return Ran(int(stopped.value.code or 0), shown.out, shown.err)

    def made(self) -> set[str]:
        """Return the names of the files that commands have made."""
        return {path.name for path in self.folder.iterdir()} - {"own_tasks.py", "data", "__pycache__"}


def fill(folder: Path) -> None:
    (folder / "own_tasks.py").write_text(OWN)
    data = folder / "data" / "bAbI" / "tasks_1-20_v1-2" / "en-valid"
    data.mkdir(parents=True)
    for fold in ("train", "valid", "test"):
        (data / f"qa1_{fold}.txt").write_text(BABI)
