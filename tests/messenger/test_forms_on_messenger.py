"""Forms around a task, on Messenger: question by question, with quick replies."""

from __future__ import annotations

from typing import Any

from parleyrun.config.texts import Texts
from parleyrun.testing import rehearse_messenger

CONFIG: dict[str, Any] = {
    "forms": {
        "consent": {"fields": {"agree": {"ask": "Do you agree?", "kind": "yes_no", "decline": ["no"]}}},
        "rating": {"fields": {"glad": {"ask": "How glad?", "kind": "scale", "from": 1, "to": 7}}},
    },
    "completion": {"finished": {"code": "C1"}, "declined": {"code": "C2"}},
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


def test_on_messenger_the_forms_around_a_task_are_asked_question_by_question() -> None:
    with rehearse_messenger(CONFIG) as rehearsal:
        ann, bob = rehearsal.people("1", "2")
        for person in (ann, bob):
            person.gets_started()
            person.sees("Do you agree?")
            person.presses("Yes")
        ann.says("hello")
        bob.sees("hello")
        bob.says("bye")
        for person, glad in ((ann, "6"), (bob, "3")):
            person.sees("How glad?")
            person.presses(glad)
            person.sees("Your completion code: C1")


def test_who_declines_on_messenger_is_told_so_and_given_the_code_of_that() -> None:
    with rehearse_messenger(CONFIG) as rehearsal:
        ann = rehearsal.person("1")
        ann.gets_started()
        ann.sees("Do you agree?")
        ann.presses("No")
        ann.sees(Texts().declined)
        ann.sees("Your completion code: C2")
