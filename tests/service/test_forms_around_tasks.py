"""Forms that stand around a task: before it and after it, from the config alone, and over a kill."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from small_worlds import Question, session

from parleyrun import World
from parleyrun.config.texts import Texts
from parleyrun.testing import Rehearsal, rehearse

FORMS: dict[str, Any] = {
    "consent": {"fields": {"agree": {"ask": "Agree?", "kind": "yes_no", "decline": ["no"]}}},
    "background": {"fields": {"age": {"ask": "Your age?", "kind": "number", "whole": True}}},
    "check": {
        "fields": {
            "who": {
                "ask": "Who sells?",
                "kind": "choice",
                "options": ["me", "them"],
                "correct": "me",
                "after_failing": {"end": "failed_attention"},
            }
        }
    },
    "rating": {
        "fields": {
            "glad": {"ask": "How glad?", "kind": "scale", "from": 1, "to": 7},
            "why": {"ask": "Why?", "kind": "text", "required": False},
        }
    },
}
THANKS = "Thank you. These were all the questions."
COMPLETION = {
    "finished": {"code": "C1"},
    "declined": {"code": "C2"},
    "failed_attention": {"code": "C3"},
    "timed_out": {"code": "C4"},
    "partner_left": {"code": "C5"},
    "left": {"code": "C6"},
    "screened_out": {"code": "C7"},
}


def study(people: int = 1, /, store: Path | None = None, worlds: Any = None, **more: Any) -> Rehearsal:
    """Return a rehearsal of a study with one task, `talk`; what is not the config's belongs to the task."""
    top = {key: more.pop(key) for key in ("completion", "conditions", "texts", "arrival", "tasks") if key in more}
    forms = {name: FORMS[name] for name in FORMS if f"'{name}'" in str(more) + str(top)}
    task = {"task_world": "parleyrun.ready:Chat", "agents_required": people, **more}
    return rehearse(
        {"forms": forms, "opt": {"chat": {"quit_words": "bye"}}, "tasks": {"talk": task}, **top},
        worlds,
        store=store,
    )


def code(rehearsal: Rehearsal, person: Any) -> tuple[str, str]:
    kept = session(rehearsal, person).stored_data["completion"]
    return kept["outcome"], kept["code"]


def test_forms_are_asked_one_after_the_other_and_the_task_knows_the_answers() -> None:
    with study(onboard=["consent", "background"]) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=True)
        assert (ann.place, ann.form["name"]) == ("onboarding", "consent")
        ann.fills({"agree": True})
        assert (ann.place, ann.form["name"]) == ("onboarding", "background")
        ann.fills({"age": 33})
        assert ann.place == "task"
        seat = session(rehearsal, ann).agent
        assert seat.onboard_data == {"consent": {"agree": True}, "background": {"age": 33}}


class Eligible(World):
    """Lets those in who are of age."""

    @staticmethod
    def eligibility_function(candidate: Any) -> bool:
        return bool(candidate.onboard_data["background"]["age"] >= 18)

    def parley(self) -> None: ...

    def episode_done(self) -> bool:
        return False


def test_who_may_take_part_can_follow_from_the_answers() -> None:
    worlds = SimpleNamespace(Eligible=Eligible)
    with study(onboard=["background"], task_world="Eligible", worlds=worlds) as rehearsal:
        ann, bob = (rehearsal.person(name).arrives(opens=True, forms=True) for name in ("ann", "bob"))
        ann.fills({"age": 12})
        bob.fills({"age": 18})
        assert (ann.place, bob.place) == ("waiting", "task")


def test_without_a_page_the_questions_are_asked_in_words() -> None:
    with study(onboard=["consent", "background"]) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("yes", "33")
        assert ann.heard[:4] == ["Agree?", THANKS, "Your age?", THANKS]
        assert ann.place == "task"


class Named(Question):
    """Asks for the name of somebody whose age is known."""

    def parley(self) -> None:
        self.agents[0].observe({"text": f"at {self.agents[0].onboard_data['background']['age']}"})
        super().parley()


def test_a_world_among_the_forms_knows_the_answers_so_far_and_adds_what_it_finds_out() -> None:
    worlds = SimpleNamespace(Named=Named)
    with study(onboard=["background", "Named", "consent"], worlds=worlds) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("33", "Ann", "yes")
        assert ann.place == "task"
        assert "at 33" in ann.heard
        assert session(rehearsal, ann).onboard_data == {
            "background": {"age": 33},
            "name": "Ann",
            "consent": {"agree": True},
        }


def test_a_world_among_the_forms_may_turn_somebody_away() -> None:
    worlds = SimpleNamespace(Named=Named)
    steps = ["background", {"world": "Named"}, "consent"]
    with study(onboard=steps, worlds=worlds, completion=COMPLETION) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("33", "no")
        assert (ann.place, code(rehearsal, ann)) == ("gone", ("screened_out", "C7"))


@pytest.mark.parametrize("forms", [True, False])
def test_who_declines_is_told_so_and_their_visit_ends_with_its_code(*, forms: bool) -> None:
    with study(onboard=["consent", "background"], completion=COMPLETION) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=forms)
        if forms:
            ann.fills({"agree": False})
        else:
            ann.says("no")
        assert ann.place == "gone"
        assert code(rehearsal, ann) == ("declined", "C2")
        assert ann.heard[-3:] == [Texts().declined, Texts().goodbye, "Your completion code: C2"]


def test_without_completion_who_declines_is_back_where_they_chose() -> None:
    tasks = {
        "talk": {"task_world": "parleyrun.ready:Chat", "onboard": ["consent"]},
        "other": {"task_world": "parleyrun.ready:Chat"},
    }
    with study(tasks=tasks) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=True)
        ann.says("talk")
        ann.fills({"agree": False})
        assert ann.place == "overworld"
        assert Texts().declined in ann.heard


def test_where_there_are_several_tasks_who_declines_is_not_offered_the_others() -> None:
    tasks = {
        "talk": {"task_world": "parleyrun.ready:Chat", "onboard": ["consent"]},
        "other": {"task_world": "parleyrun.ready:Chat"},
    }
    with study(tasks=tasks, completion=COMPLETION) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=True)
        ann.says("talk")
        ann.fills({"agree": False})
        assert (ann.place, code(rehearsal, ann)) == ("gone", ("declined", "C2"))


def test_who_fails_a_check_is_told_so_and_has_the_outcome_that_it_names() -> None:
    with study(onboard=["check"], completion=COMPLETION) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=True)
        ann.fills({"who": "them"})
        assert (ann.place, code(rehearsal, ann)) == ("gone", ("failed_attention", "C3"))
        assert Texts().not_taking_part in ann.heard


def test_a_form_has_the_time_that_it_has() -> None:
    steps = [{"form": "consent", "time_limit": 60}]
    with study(onboard=steps, completion=COMPLETION) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=True)
        rehearsal.advance(59)
        assert ann.place == "onboarding"
        rehearsal.advance(2)
        assert (ann.place, code(rehearsal, ann)) == ("gone", ("timed_out", "C4"))
        assert Texts().time_for_form_over in ann.heard


def test_who_goes_away_in_the_middle_of_a_form_has_left() -> None:
    with study(onboard=["consent"], completion=COMPLETION) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=True)
        ann.goes_away()
        rehearsal.advance(61)
        assert code(rehearsal, ann) == ("left", "C6")
        assert len(rehearsal.service._runner) == 0


TWO_TASKS = {
    "talk": {"task_world": "parleyrun.ready:Chat", "onboard": ["consent", "background"]},
    "more": {
        "task_world": "parleyrun.ready:Chat",
        "onboard": ["consent", {"form": "background", "again": True}],
    },
}


def test_who_comes_to_a_second_task_is_asked_only_what_is_new_or_asked_again() -> None:
    with study(tasks=TWO_TASKS) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=True)
        ann.says("talk")
        ann.fills({"agree": True})
        ann.fills({"age": 33})
        ann.says("bye", "more")
        assert (ann.place, ann.form["name"]) == ("onboarding", "background")
        ann.fills({"age": 34})
        assert ann.place == "task"
        assert session(rehearsal, ann).onboard_data == {"consent": {"agree": True}, "background": {"age": 34}}


def test_on_another_visit_the_forms_are_asked_again() -> None:
    with study(tasks=TWO_TASKS) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=True)
        ann.says("talk")
        ann.fills({"agree": True})
        ann.fills({"age": 33})
        ann.says("bye", "EXIT")
        assert "forms_done" not in session(rehearsal, ann).stored_data
        shown = len(ann.lines)
        ann.says("hi", "talk")
        assert ann.form["name"] == "consent"
        assert len(ann.lines) > shown


def test_who_waited_in_vain_and_tries_again_is_not_asked_again() -> None:
    with study(2, onboard=["consent"], max_time_in_pool=60) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=True)
        ann.fills({"agree": True})
        assert ann.place == "waiting"
        rehearsal.advance(61)
        ann.says("talk")
        assert ann.place == "waiting"
        assert session(rehearsal, ann).onboard_data == {"consent": {"agree": True}}


def talked(rehearsal: Rehearsal, *names: str) -> list[Any]:
    """Return people who have talked, and whose conversation one of them has ended."""
    people = [rehearsal.person(name).arrives(opens=True, forms=True) for name in names]
    people[0].says("hello", "bye")
    return people


def asked(rehearsal: Rehearsal, person: Any) -> dict[str, Any]:
    """Return what is kept of what somebody was asked after `talk`."""
    kept: dict[str, Any] = session(rehearsal, person).stored_data["afterwards"]["talk"]
    return kept


def test_after_the_conversation_everybody_is_asked_alone_at_their_own_pace() -> None:
    with study(2, afterwards=["rating", "background"], completion=COMPLETION) as rehearsal:
        ann, bob = talked(rehearsal, "ann", "bob")
        assert [(person.place, person.form["name"]) for person in (ann, bob)] == [("afterwards", "rating")] * 2
        ann.fills({"glad": 6})
        assert (ann.place, ann.form["name"], bob.form["name"]) == ("afterwards", "background", "rating")
        ann.fills({"age": 33})
        assert (ann.place, bob.place) == ("gone", "afterwards")
        assert code(rehearsal, ann) == ("finished", "C1")
        assert asked(rehearsal, ann) == {
            "ended": "finished",
            "answers": {"rating": {"glad": 6, "why": None}, "background": {"age": 33}},
        }
        bob.fills({"glad": 2})
        bob.fills({"age": 34})
        assert code(rehearsal, bob) == ("finished", "C1")
        assert len(rehearsal.service._runner) == 0


def test_what_was_answered_afterwards_is_known_of_each_task() -> None:
    tasks = {key: {"task_world": "parleyrun.ready:Chat", "afterwards": ["rating"]} for key in ("talk", "more")}
    with study(tasks=tasks) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=True)
        for task, glad in (("talk", 1), ("more", 7)):
            ann.says(task, "bye")
            ann.fills({"glad": glad})
        kept = session(rehearsal, ann).stored_data["afterwards"]
        assert [kept[task]["answers"]["rating"]["glad"] for task in ("talk", "more")] == [1, 7]
        assert ann.place == "overworld"


def test_who_was_left_is_asked_and_who_left_is_not() -> None:
    with study(2, afterwards=["rating"], completion=COMPLETION) as rehearsal:
        ann, bob = (rehearsal.person(name).arrives(opens=True, forms=True) for name in ("ann", "bob"))
        bob.goes_away()
        rehearsal.advance(70)
        assert (ann.place, bob.place) == ("afterwards", "gone")
        ann.fills({"glad": 1})
        assert code(rehearsal, ann) == ("partner_left", "C5")
        assert code(rehearsal, bob) == ("left", "C6")
        assert "afterwards" not in session(rehearsal, bob).stored_data


def test_a_form_may_be_asked_after_some_ends_only() -> None:
    steps = [{"form": "rating", "outcomes": ["finished"]}, {"form": "background", "outcomes": "partner_left"}]
    with study(2, afterwards=steps) as rehearsal:
        ann, bob = talked(rehearsal, "ann", "bob")
        ann.fills({"glad": 1})
        assert ann.place == "overworld"
        bob.fills({"glad": 1})
        cem, dan = (rehearsal.person(name).arrives(opens=True, forms=True) for name in ("cem", "dan"))
        dan.goes_away()
        rehearsal.advance(70)
        assert cem.form["name"] == "background"


class Broken(World):
    def parley(self) -> None:
        raise RuntimeError("not today")


def test_after_a_mistake_of_ours_nobody_is_asked_anything() -> None:
    with study(task_world="Broken", afterwards=["rating"], worlds=SimpleNamespace(Broken=Broken)) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=True)
        assert ann.form is None
        assert ann.place == "overworld"


def test_who_leaves_in_the_middle_of_a_rating_has_left_and_what_was_answered_is_there() -> None:
    with study(2, afterwards=["rating"], completion=COMPLETION) as rehearsal:
        ann, bob = talked(rehearsal, "ann", "bob")
        ann.fills({"glad": 6}, done=False)
        ann.goes_away()
        rehearsal.advance(61)
        bob.fills({"glad": 6})
        assert code(rehearsal, ann) == ("left", "C6")
        assert code(rehearsal, bob) == ("finished", "C1")
        lines = rehearsal.service.lines_after(ann.id, 0)
        records = [line.message.extra["form_record"] for line in lines if "form_record" in line.message.extra]
        assert [(record["status"], record["answers"]["glad"]) for record in records] == [("left", 6)]


def test_who_lets_the_time_for_a_rating_pass_has_finished_all_the_same() -> None:
    steps = [{"form": "rating", "time_limit": 30}, "background"]
    with study(afterwards=steps, completion=COMPLETION) as rehearsal:
        (ann,) = talked(rehearsal, "ann")
        rehearsal.advance(31)
        assert (ann.place, code(rehearsal, ann)) == ("gone", ("finished", "C1"))
        assert Texts().time_for_form_over in ann.heard


def test_who_fails_an_attention_check_afterwards_has_failed_it() -> None:
    with study(afterwards=["check"], completion=COMPLETION) as rehearsal:
        (ann,) = talked(rehearsal, "ann")
        ann.fills({"who": "them"})
        assert (ann.place, code(rehearsal, ann)) == ("gone", ("failed_attention", "C3"))


class Onwards(World):
    """Sends its person on to another task."""

    done = False

    def parley(self) -> None:
        act = self.agents[0].act()
        if act is not None:
            self.agents[0].data["next_task"] = "more"
            self.done = True

    def episode_done(self) -> bool:
        return self.done


def test_where_a_world_sends_people_on_they_are_asked_before_that() -> None:
    tasks = {
        "talk": {"task_world": "Onwards", "afterwards": ["rating"]},
        "more": {"task_world": "parleyrun.ready:Chat"},
    }
    with study(tasks=tasks, worlds=SimpleNamespace(Onwards=Onwards)) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=True)
        ann.says("talk", "on")
        assert ann.place == "afterwards"
        ann.fills({"glad": 1})
        assert ann.place == "task"
        assert session(rehearsal, ann).task == "more"


CONDITIONS = {"partner": {"values": ["human", "model"], "assign": "blocked", "seed": 1}}


def test_forms_may_depend_on_a_condition_which_is_drawn_when_they_need_it() -> None:
    onboard = [
        {"form": "consent", "when": {"partner": "human"}},
        {"form": "background", "when": {"partner": "model"}},
    ]
    afterwards = [{"form": "rating", "when": {"partner": ["model"]}}]
    with study(2, onboard=onboard, afterwards=afterwards, conditions=CONDITIONS) as rehearsal:
        people = [rehearsal.person(name).arrives(opens=True, forms=True) for name in ("ann", "bob", "cem", "dan")]
        values = [session(rehearsal, person).condition["partner"] for person in people]
        assert sorted(values) == ["human", "human", "model", "model"]
        for person, value in zip(people, values, strict=True):
            assert person.form["name"] == {"human": "consent", "model": "background"}[value]
            person.fills({"agree": True} if value == "human" else {"age": 33})
        assert [person.place for person in people] == ["task"] * 4
        for person in people:
            person.says("bye") if person.place == "task" else None
        assert [person.place for person in people] == [
            {"human": "overworld", "model": "afterwards"}[value] for value in values
        ]


def test_who_comes_when_enough_have_had_each_value_is_told_so_before_any_form() -> None:
    conditions = {"partner": {"values": ["a", "b"], "quotas": {"a": 1, "b": 1}}}
    onboard = [{"form": "consent", "when": {"partner": ["a", "b"]}}]
    with study(onboard=onboard, conditions=conditions, completion=COMPLETION) as rehearsal:
        people = [rehearsal.person(name).arrives(opens=True, forms=True) for name in ("ann", "bob", "cem")]
        assert [person.place for person in people] == ["onboarding", "onboarding", "gone"]
        assert people[2].form is None
        assert Texts().enough_people in people[2].heard


def test_who_declines_has_dropped_out_and_their_value_goes_to_somebody_else() -> None:
    conditions = {"partner": {"values": ["a", "b"], "quotas": {"a": 1, "b": 0}, "seed": 3}}
    onboard = [{"form": "consent", "when": {"partner": ["a", "b"]}}]
    with study(onboard=onboard, conditions=conditions, completion=COMPLETION) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=True)
        ann.fills({"agree": False})
        assert session(rehearsal, ann).stored_data["assignment"] == "dropped"
        bob = rehearsal.person("bob").arrives(opens=True, forms=True)
        assert bob.place == "onboarding"


def test_a_group_condition_may_decide_what_is_asked_afterwards() -> None:
    conditions = {"topic": {"values": ["cars", "dogs"], "per": "group", "quotas": {"dogs": 0}}}
    steps = [
        {"form": "rating", "when": {"topic": "dogs"}},
        {"form": "background", "when": {"topic": "cars"}},
    ]
    with study(2, afterwards=steps, conditions=conditions) as rehearsal:
        ann, _bob = talked(rehearsal, "ann", "bob")
        assert ann.form["name"] == "background"


def test_while_the_service_closes_a_rating_that_goes_on_is_waited_for() -> None:
    with study(2, afterwards=["rating"]) as rehearsal:
        ann, bob = talked(rehearsal, "ann", "bob")
        journey = rehearsal.service._journey
        rehearsal.service._desk.put(journey.close)
        rehearsal.settle()
        assert not rehearsal.service._drained.is_set()
        ann.fills({"glad": 1})
        assert not rehearsal.service._drained.is_set()
        bob.fills({"glad": 1})
        assert rehearsal.service._drained.is_set()
