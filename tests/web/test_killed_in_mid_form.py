"""A study with forms before and after its talk, in real processes that are killed in the middle of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from app_lab import address_of
from serve_process import ServeProcess
from serving import Frame, Visitor

from parleyrun import archive

pytestmark = pytest.mark.process

STUDY: dict[str, Any] = {
    "task_name": "study",
    "forms": {
        "consent": {"fields": {"agree": {"ask": "Agree?", "kind": "yes_no", "decline": ["no"]}}},
        "rating": {
            "fields": {
                "glad": {"ask": "How glad?", "kind": "scale", "from": 1, "to": 7},
                "why": {"ask": "Why?", "kind": "text"},
            }
        },
    },
    "completion": {"finished": {"code": "C1"}},
    "opt": {"chat": {"quit_words": "bye"}},
    "tasks": {
        "talk": {
            "task_world": "parleyrun.ready:Chat",
            "agents_required": 2,
            "onboard": ["consent"],
            "afterwards": ["rating"],
        }
    },
}


class PageVisitor(Visitor):
    """Somebody whose page shows forms as a whole."""

    def send(self, **frame: Any) -> None:
        super().send(**(frame | {"forms": True} if frame["type"] == "session" else frame))

    def shown_form(self, name: str) -> Frame:
        while True:
            payload = self.get("message").get("payload") or {}
            if payload.get("type") == "form" and payload["form"]["name"] == name:
                form: Frame = payload["form"]
                return form

    def answers(self, form: Frame, *, done: bool, **answers: Any) -> None:
        which = {"type": "answers", "form": form["name"], "number": form["number"]}
        self.says("", payload={**which, "answers": answers, "done": done})

    def back(self, serving: Any) -> PageVisitor:
        return PageVisitor(serving, self.token, self.newest, None)


@contextmanager
def served(folder: Path) -> Iterator[tuple[ServeProcess, Any]]:
    config = folder / "study.yml"
    config.write_text(json.dumps(STUDY))
    arguments = (config, "--port", "0", "--store", folder / "study.db")
    with ServeProcess(*arguments, folder=folder) as server, ExitStack() as clients:
        url = server.ready()
        yield server, SimpleNamespace(url=url, address=address_of(url), clients=clients)


def test_two_people_come_through_forms_and_talk_over_three_kills(tmp_path: Path) -> None:
    with served(tmp_path) as (server, serving):
        ann = PageVisitor(serving, None, 0, None)
        bob = Visitor(serving, None, 0, None)
        consent = ann.shown_form("consent")
        bob.line("Agree?")
        server.kill()
    with served(tmp_path) as (server, serving):
        ann, bob = ann.back(serving), Visitor(serving, bob.token, bob.newest, None)
        ann.answers(consent, done=True, agree=True)
        bob.says("yes")
        for person in (ann, bob):
            person.place("task")
        ann.says("hello")
        bob.line("hello")
        bob.says("bye")
        ann.place("afterwards")
        rating = ann.shown_form("rating")
        ann.answers(rating, done=False, glad=6)
        bob.get("message", id="")
        bob.says("3")
        bob.line("(2/2) Why?")
        server.kill()
    with served(tmp_path) as (server, serving):
        ann, bob = ann.back(serving), Visitor(serving, bob.token, bob.newest, None)
        ann.place("afterwards")
        server.kill()
    with served(tmp_path) as (server, serving):
        ann, bob = ann.back(serving), Visitor(serving, bob.token, bob.newest, None)
        ann.answers(rating, done=True, why="so it was")
        bob.says("because")
        for person in (ann, bob):
            assert person.get("ended")["code"] == "C1"
        server.kill()
    with archive.open(tmp_path / "study.db") as kept:
        rows = list(kept.forms())
    answers = [(row["asked_in"], row["question"], row["value"]) for row in rows if row["status"] == "done"]
    assert len(answers) == len(rows)
    assert sorted(answers, key=str) == [
        ("afterwards", "glad", 3),
        ("afterwards", "glad", 6),
        ("afterwards", "why", "because"),
        ("afterwards", "why", "so it was"),
        ("onboarding", "agree", True),
        ("onboarding", "agree", True),
    ]
