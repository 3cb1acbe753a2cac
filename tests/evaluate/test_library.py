"""Evaluation from Python: what the command line does, without it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest

from parleyrun import Agent, DialogTeacher, TaskError
from parleyrun.core.task_names import load_teacher_class
from parleyrun.evaluate.conversations_file import conversation_as_json, metadata_of
from parleyrun.evaluate.evaluation import evaluate, evaluation_with_dialogues
from parleyrun.evaluate.scores_table import write_table
from parleyrun.evaluate.self_chat import names_of, self_chats
from parleyrun.evaluate.task_examples import examples_of

SUMS = f"{__name__}:Sums"
OPT = {"task": SUMS, "datatype": "valid"}


class Sums(DialogTeacher):
    def setup_data(self, datafile):
        for n in range(3):
            yield {"text": f"{n} + {n}?", "labels": [str(2 * n)]}, True


class Doubler(Agent):
    """Is wrong about 2."""

    def act(self):
        n = int(str(self.observation["text"]).split()[0]) if self.observation else 0
        return {"id": self.id, "text": str(2 * n if n != 2 else 0)}


class Counter(Agent):
    """Says how many acts it was shown since it was reset."""

    shown = 0

    def observe(self, act):
        self.shown += 1
        return act

    def reset(self):
        self.shown = 0

    def act(self):
        return {"id": self.id, "text": str(self.shown), "episode_done": self.shown >= 2}


@pytest.fixture(autouse=True)
def _the_task_is_there() -> None:
    assert load_teacher_class(SUMS) is Sums


def test_an_evaluation_gives_numbers_by_task_and_a_table() -> None:
    found = evaluate(OPT, Doubler(), [SUMS], clock=iter((1.0, 3.0)).__next__)

    assert (found.examples, found.seconds) == (3, 2.0)
    assert found.scores().overall["accuracy"] == pytest.approx(2 / 3)
    table = StringIO()
    write_table(found.scores(), table)
    assert "0.6667" in table.getvalue()


def test_whoever_watches_is_told_how_far_it_is() -> None:
    seen: list[tuple[int | None, int]] = []

    @contextmanager
    def watch(total: int | None, count: Callable[[], int]) -> Iterator[None]:
        seen.append((total, count()))
        yield
        seen.append((total, count()))

    evaluate(OPT, Doubler(), [SUMS], watch=watch)

    assert seen == [(3, 0), (3, 3)]


def test_what_was_said_comes_with_an_evaluation_and_its_files_go(tmp_path: Path) -> None:
    saved = evaluation_with_dialogues(OPT, Doubler(), [SUMS], folder=tmp_path, metadata_name="a.metadata")

    with saved as (found, lines):
        said = [json.loads(line) for line in lines]

    assert found.examples == len(said) == 3
    assert [turn["text"] for turn in said[1]["dialog"][0]] == ["1 + 1?", "2"]
    assert said[0]["metadata_path"] == "a.metadata"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    saved = evaluation_with_dialogues(OPT, Doubler(), [SUMS], folder=tmp_path / "no", metadata_name="a")

    with pytest.raises(TaskError, match="cannot write to the folder"), saved:
        raise AssertionError("not reached")


@pytest.mark.parametrize(("most", "shown"), [(2, 2), (10, 3)])
def test_examples_are_read_as_they_are_asked_for(most: int, shown: int) -> None:
    with examples_of(OPT, Doubler(), most) as examples:
        acts = list(examples.acts)

    assert (examples.total, examples.episodes) == (3, 3)
    assert [act["text"] for act in acts] == [f"{n} + {n}?" for n in range(shown)]


def test_two_agents_talk_until_one_of_them_ends_it_and_begin_anew() -> None:
    agents = [Counter(id="a"), Counter(id="b")]

    talks = [
        [[line["text"] for line in exchange] for exchange in talk]
        for talk in self_chats({}, agents, episodes=2, turns=5)
    ]

    assert talks == [[["0", "1"], ["1", "2"]]] * 2


def test_an_opening_is_what_the_second_one_said() -> None:
    talks = self_chats({}, [Counter(id="a"), Counter(id="b")], turns=1, opening="well?")

    assert next(next(talks)) == [{"id": "b", "text": "well?"}]


def test_agents_of_one_name_are_told_apart() -> None:
    assert names_of([Counter(id="a"), Counter(id="b")]) == ["a", "b"]
    assert names_of([Counter(id="a"), Counter(id="a")]) == ["a 1", "a 2"]


def test_a_conversation_is_a_line_and_its_metadata_another() -> None:
    line = json.loads(conversation_as_json([[{"id": "a", "text": "ä"}]], "m"))
    metadata = json.loads(metadata_of({"model": "x"}, ["a", "b"], self_chat=True))

    assert line == {"context": [], "metadata_path": "m", "dialog": [[{"id": "a", "text": "ä"}]]}
    assert (metadata["opt"], metadata["speakers"], metadata["self_chat"]) == ({"model": "x"}, ["a", "b"], True)


@pytest.mark.process
def test_the_library_needs_nothing_of_the_command_line() -> None:
    code = (
        "import sys, pkgutil, importlib, parleyrun.evaluate as room\n"
        "for module in pkgutil.iter_modules(room.__path__, room.__name__ + '.'):\n"
        "    importlib.import_module(module.name)\n"
        "print([name for name in sys.modules if name.startswith(('click', 'rich', 'parleyrun.cli'))])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
    )
