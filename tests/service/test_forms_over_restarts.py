"""Forms around a task when the process dies: in the middle of one, between two, and before the first."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from resume_lab import Copies, copy_before_the_desk_deals_with_it, store_on
from small_worlds import session
from test_every_instant import visit

from parleyrun.testing import Person, Rehearsal, rehearse

CONFIG: dict[str, Any] = {
    "forms": {
        "consent": {"fields": {"agree": {"ask": "Agree?", "kind": "yes_no", "decline": ["no"]}}},
        "rating": {
            "fields": {
                "glad": {"ask": "How glad?", "kind": "scale", "from": 1, "to": 7},
                "why": {"ask": "Why?", "kind": "text", "required": False},
            }
        },
    },
    "completion": {"finished": {"code": "C1"}, "left": {"code": "C2"}},
    "opt": {"chat": {"quit_words": "bye"}},
    "tasks": {
        "talk": {
            "task_world": "parleyrun.ready:Chat",
            "onboard": ["consent", {"form": "rating", "time_limit": 5000}],
            "afterwards": ["rating", "consent"],
        }
    },
}
ON_PAGE: list[Callable[[Person], object]] = [
    lambda ann: ann.fills({"agree": True}, done=False),
    lambda ann: ann.fills({}),
    lambda ann: ann.fills({"glad": 3}, done=False),
    lambda ann: ann.fills({"why": "so"}),
    lambda ann: ann.says("hello"),
    lambda ann: ann.says("bye"),
    lambda ann: ann.fills({"glad": 5}, done=False),
    lambda ann: ann.fills({}),
    lambda ann: ann.fills({"agree": True}),
]
IN_WORDS: list[Callable[[Person], object]] = [
    lambda ann, words=words: ann.says(words)  # type: ignore[misc]
    for words in ("yes", "3", "so", "hello", "bye", "5", "/skip", "yes")
]


def kept(rehearsal: Rehearsal, ann: Person) -> dict[str, Any]:
    """Return what is known of somebody in the end, but for when."""
    stored = {**session(rehearsal, ann).stored_data}
    completion = {**stored["completion"], "at": 0}
    return {"onboard": session(rehearsal, ann).onboard_data, "completion": completion, **stored["afterwards"]}


def told(ann: Person) -> list[Any]:
    """Return what somebody was shown, but for the numbers of forms."""
    shown = [line.message for line in ann.lines if not line.mine]
    return [(message.text, message.payload and message.payload["type"]) for message in shown]


def played(store: Path, *, forms: bool, kill_before: int | None) -> tuple[dict[str, Any], list[Any]]:
    steps = ON_PAGE if forms else IN_WORDS
    with rehearse(CONFIG, store=store) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=forms)
        for number, step in enumerate(steps):
            if number == kill_before:
                rehearsal.crash(down_seconds=20)
            step(ann)
        assert ann.place == "gone"
        return kept(rehearsal, ann), told(ann)


@pytest.mark.parametrize("forms", [True, pytest.param(False, marks=pytest.mark.thorough)])
def test_killed_before_any_step_a_visit_with_forms_goes_on_as_if_nothing_had_been(
    forms: bool, tmp_path: Path
) -> None:
    known, shown = played(tmp_path / "whole.db", forms=forms, kill_before=None)
    assert known["completion"]["outcome"] == "finished"
    assert known["talk"]["answers"]["rating"]["glad"] == 5
    assert known["onboard"]["rating"] == {"glad": 3, "why": "so"}
    for number in range(len(ON_PAGE if forms else IN_WORDS)):
        again = played(tmp_path / f"{number}.db", forms=forms, kill_before=number)
        assert again == (known, shown), f"killed before step {number}"


@pytest.fixture
def in_the_talk(tmp_path: Path) -> Iterator[tuple[Rehearsal, Person]]:
    with rehearse(CONFIG, store=tmp_path / "talk.db") as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=True)
        ann.fills({"agree": True})
        ann.fills({"glad": 3})
        assert ann.place == "task"
        yield rehearsal, ann


def come_up_on(rehearsal: Rehearsal, copy: Path, *, reconnect: bool) -> None:
    """Die, and come up again on a copy of the record that was made before."""
    rehearsal._close()
    rehearsal.channel = rehearsal.channel.successor()
    assert rehearsal.path is not None
    for ending in ("-wal", "-shm", ""):
        rehearsal.path.with_name(rehearsal.path.name + ending).unlink(missing_ok=True)
        source = copy.with_name(copy.name + ending)
        if source.exists() and ending != "-shm":
            shutil.copyfile(source, rehearsal.path.with_name(rehearsal.path.name + ending))
    rehearsal._come_up(None, 10.0, reconnect=reconnect)


@pytest.mark.parametrize("comes_back", [True, False])
def test_killed_between_the_end_of_the_talk_and_the_first_form_the_form_is_there(
    in_the_talk: tuple[Rehearsal, Person], comes_back: bool
) -> None:
    rehearsal, ann = in_the_talk
    copy = copy_before_the_desk_deals_with_it(rehearsal, ann, "bye")
    rehearsal.settle()
    come_up_on(rehearsal, copy, reconnect=comes_back)
    assert session(rehearsal, ann).at.value == "afterwards"
    if not comes_back:
        rehearsal.advance(61)
        ann.comes_back()
        assert ann.heard[-1] == "Your completion code: C2"
        return
    assert ann.place == "afterwards"
    assert ann.form is not None
    assert ann.form["name"] == "rating"
    ann.fills({"glad": 7})
    ann.fills({"agree": True})
    assert kept(rehearsal, ann)["completion"]["code"] == "C1"


def test_while_nobody_is_connected_after_a_kill_a_form_is_shown_as_their_page_can(
    in_the_talk: tuple[Rehearsal, Person],
) -> None:
    """Who comes back later than the form is shown is not asked in words for it."""
    rehearsal, ann = in_the_talk
    copy = copy_before_the_desk_deals_with_it(rehearsal, ann, "bye")
    rehearsal.settle()
    rehearsal.channel._with_forms.clear()  # a channel in a new process knows nobody
    come_up_on(rehearsal, copy, reconnect=False)
    rehearsal.channel._with_forms.clear()
    ann.arrives(forms=True)
    assert ann.form is not None
    assert ann.form["name"] == "rating"
    assert "How glad?" not in ann.heard
    ann.fills({"glad": 7})
    assert ann.form["name"] == "consent"


def test_closed_in_good_order_a_rating_goes_on_when_the_service_is_back(
    in_the_talk: tuple[Rehearsal, Person],
) -> None:
    rehearsal, ann = in_the_talk
    ann.says("bye")
    ann.fills({"glad": 2}, done=False)
    rehearsal.restart(down_seconds=30)
    assert ann.place == "afterwards"
    ann.fills({})
    ann.fills({"agree": True})
    assert kept(rehearsal, ann)["talk"]["answers"]["rating"]["glad"] == 2


def test_whose_rating_is_not_in_the_config_any_more_is_held_until_it_is(
    in_the_talk: tuple[Rehearsal, Person],
) -> None:
    rehearsal, ann = in_the_talk
    ann.says("bye")
    plan = rehearsal.app.plan
    without = {key: value for key, value in CONFIG["tasks"]["talk"].items() if key != "afterwards"}
    other = rehearse({**CONFIG, "tasks": {"talk": without}}).app.plan
    rehearsal.crash(other)
    assert [held.reason for held in rehearsal.service.counts().held] == ["the task 'talk' asks nothing afterwards"]
    rehearsal.crash(plan)
    ann.fills({"glad": 2})
    assert ann.form is not None
    assert ann.form["name"] == "consent"


def test_conditions_that_an_onboarding_needed_are_on_record_with_it(tmp_path: Path) -> None:
    """Over kills in the first form the cells stay balanced, and nobody has another value than before."""
    onboard = [{"form": "consent", "when": {"side": "a"}}, {"form": "rating", "when": {"side": "b"}}]
    task = {"task_world": "parleyrun.ready:Chat", "onboard": onboard}
    config = {**CONFIG, "tasks": {"talk": task}, "conditions": {"side": {"values": ["a", "b"]}}}
    with rehearse(config, store=tmp_path / "study.db") as rehearsal:
        people = []
        for number in range(8):
            people.append(rehearsal.person(f"p{number}").arrives(opens=True, forms=True))
            before = [session(rehearsal, person).condition for person in people]
            rehearsal.crash()
            assert [session(rehearsal, person).condition for person in people] == before
        sides = [session(rehearsal, person).condition["side"] for person in people]
        assert (sides.count("a"), sides.count("b")) == (4, 4)
        assert [person.form["name"] for person in people if person.form] == [
            {"a": "consent", "b": "rating"}[side] for side in sides
        ]


def test_forms_that_were_put_before_a_task_meanwhile_are_asked_of_those_inside(tmp_path: Path) -> None:
    """Who declines then leaves the conversation, and their visit has that outcome."""
    task = {"task_world": "parleyrun.ready:Chat", "agents_required": 2}
    without = {
        **CONFIG,
        "tasks": {"talk": task},
        "completion": {"finished": {"code": "C1"}, "declined": {"code": "C3"}},
    }
    added = rehearse({**without, "tasks": {"talk": {**task, "onboard": ["consent"]}}}).app.plan
    with rehearse(without, store=tmp_path / "talk.db") as rehearsal:
        people = [rehearsal.person(name).arrives(opens=True, forms=True) for name in ("ann", "bob", "cem", "dan")]
        rehearsal.crash(added)
        ann, bob, cem, dan = people
        for person in (ann, bob, cem):
            person.fills({"agree": True})
        assert (ann.place, bob.place) == ("task", "task")
        assert session(rehearsal, ann).onboard_data == {"consent": {"agree": True}}
        dan.fills({"agree": False})
        assert (dan.place, dan.heard[-1]) == ("gone", "Your completion code: C3")
        rehearsal.advance(6)
        assert cem.place != "task"


LINES = [
    "ann hi", "ann yes", "ann 3", "ann so", "bob hi", "bob yes", "bob 4", "bob /skip", "ann hello", "bob hi you",
    "ann bye", "ann 5", "bob 6", "bob why not", "ann /skip", "bob yes", "ann yes", "ann EXIT", "bob talk",
]  # fmt: skip
"""What two people write, from consent to the last form after their conversation, in the order of time."""


@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.thorough)])
def test_a_kill_at_any_commit_changes_nothing_that_people_are_asked(tmp_path: Path, every: int) -> None:
    task = {**CONFIG["tasks"]["talk"], "agents_required": 2}
    config = {"forms": CONFIG["forms"], "opt": CONFIG["opt"], "tasks": {"talk": task}}
    copies = Copies(tmp_path / "record.db")
    with rehearse(config, store=store_on(copies, copies.path)) as rehearsal:
        undisturbed = visit(rehearsal, LINES)
        instants = list(copies.taken)
        assert [session(rehearsal, person).at.value for person in rehearsal.everybody] == ["gone", "waiting"]
    assert sum("How glad?" in text for text in undisturbed["ann"]) == 2
    assert len(instants) > 2 * len(LINES)
    for instant in instants[::every]:
        with rehearse(config, store=instant) as rehearsal:
            assert visit(rehearsal, LINES) == undisturbed, instant.name
