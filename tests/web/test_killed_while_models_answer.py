"""Kill -9 while models answer: no answer is on record twice, and none is lost."""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import forked_command
import pytest
from app_lab import address_of
from serve_process import ServeProcess
from serving import Visitor

from parleyrun.testing import FakeModel, FakeReply

pytestmark = [pytest.mark.process, pytest.mark.timeout(240)]

PEOPLE = 50
AT_ONCE = 20
"""How many of the answers come before the process dies; the others are on their way."""

KILLS = 5


class Answering:
    """Answers what it is asked; of each round some at once, the others when it is let go."""

    def __init__(self) -> None:
        self.holds = threading.Event()
        self._lock = threading.Lock()  # guards the number
        self._answered = 0

    def begin_round(self) -> None:
        self._answered = 0
        self.holds.set()

    def __call__(self, request: Any) -> FakeReply:
        text = f"answer to {request.last_text}"
        with self._lock:
            self._answered += 1
            late = self.holds.is_set() and self._answered > AT_ONCE
        return FakeReply(text=text, hangs=late)


def write_config(folder: Path, base_url: str) -> Path:
    config = {
        "task_name": "killed",
        "models": {"bot": {"model": "chat_completions", "base_url": base_url, "name": "fake", "check": False}},
        "tasks": {"talk": {"task_world": "parleyrun.ready:Chat", "bots": {"Bot": {"model": "bot"}}}},
    }
    path = folder / "killed.yml"
    path.write_text(json.dumps(config))
    return path


def exported(folder: Path, store: Path) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "parleyrun", "export", str(store)]
    done = forked_command.run(command, cwd=folder, timeout=60)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_killed_while_fifty_answers_are_on_their_way_none_is_on_record_twice_and_none_is_lost(
    tmp_path: Path,
) -> None:
    answering = Answering()
    store = tmp_path / "killed.db"
    said = [[f"{person} in round {number}" for person in range(PEOPLE)] for number in range(KILLS + 1)]
    people: list[Visitor] = []
    heard: list[set[str]] = [set() for _ in range(PEOPLE)]
    with FakeModel(answering) as model:
        config = write_config(tmp_path, model.base_url)
        for number in range(KILLS + 1):
            last = number == KILLS
            with (
                ServeProcess(config, "--port", "0", "--store", store, folder=tmp_path) as server,
                ExitStack() as stack,
            ):
                url = server.ready()
                serving: Any = SimpleNamespace(url=url, address=address_of(url), clients=stack)
                known = people or [None] * PEOPLE
                people = [
                    Visitor(serving, each and each.token, each.newest if each else 0, None) for each in known
                ]
                if number == 0:
                    for person in people:
                        person.says("hi")
                        person.line("answer to hi")
                else:
                    for person, before, text in zip(people, heard, said[number - 1], strict=True):
                        if f"answer to {text}" not in before:
                            person.line(f"answer to {text}")
                asked = len(model.requests)
                if last:
                    answering.holds.clear()
                else:
                    answering.begin_round()
                for person, text in zip(people, said[number], strict=True):
                    person.says_as(text, text)
                model.wait_for_requests(asked + PEOPLE, 60)
                if last:
                    for person, text in zip(people, said[number], strict=True):
                        person.line(f"answer to {text}")
                for before, person in zip(heard, people, strict=True):
                    before.update(person.heard)
                server.kill()
                answering.holds.clear()
                model.release()
        requests = Counter(request.last_text for request in model.requests)
    runs = [run for run in exported(tmp_path, store) if run["kind"] == "task"]
    assert len(runs) == PEOPLE
    for run in runs:
        lines = [(line["participant"] or "", line["text"]) for line in run["messages"]]
        words = [text for who, text in lines if not who.startswith("bot:")]
        assert [text for who, text in lines if who == "bot:bot"] == [f"answer to {text}" for text in words]
        assert len(words) == 1 + KILLS + 1
    # Those that were answered before the process died are not asked again; those on their way are, once.
    assert requests.pop("hi") == PEOPLE
    assert set(requests) == {text for texts in said for text in texts}
    for number, texts in enumerate(said):
        again = sum(requests[text] - 1 for text in texts)
        assert max(requests[text] for text in texts) <= 2
        assert again == 0 if number == KILLS else PEOPLE - AT_ONCE <= again <= PEOPLE
