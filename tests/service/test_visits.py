"""Visits: how they end for whom, what people are told then, and what is on record of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from small_worlds import Echo, Question, Small, go, opened, pair, session

from parleyrun import archive
from parleyrun.config.texts import Texts
from parleyrun.signals import Ended, VisitEnd

CODES = {
    "completion": {
        "finished": {"code": "C1", "link": "https://app.prolific.com/submissions/complete?cc={code}"},
        "no_partner": {"code": "C2"},
        "partner_left": {"code": "C3", "text": "We are sorry that they left."},
        "screened_out": {"code": "C4"},
        "left": {"code": "C5"},
        "failed": {"code": "C6"},
        "timed_out": {"code": "C7"},
    },
    "waiting_pay_per_minute": 0.15,
}
LINK = "https://app.prolific.com/submissions/complete?cc=C1"


def ends(person: Any) -> list[Ended]:
    return [signal for signal in person.signals if isinstance(signal, Ended)]


def completion(rehearsal: Any, person: Any) -> dict[str, Any]:
    """Return what is kept of how somebody's visit ended, but for when."""
    kept = dict(session(rehearsal, person).stored_data["completion"])
    assert kept.pop("at") > 0
    return kept


def test_who_finishes_is_given_the_code_and_the_link_back() -> None:
    with opened({"echo": Echo}, **CODES) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("echo", "hi", "bye")
        ann.news()
        ann.says("EXIT")

        assert ann.heard[-3:] == [Texts().goodbye, "Your completion code: C1", f"Please continue here: {LINK}"]
        assert ends(ann) == [
            Ended("goodbye", end=VisitEnd(outcome="finished", code="C1", link=LINK, panel="Prolific"))
        ]
        assert all(line.message.extra == {"farewell": True} for line in ann.lines[-3:])


def test_who_waited_in_vain_is_paid_for_it_and_leaves_with_another_code() -> None:
    with opened({"chat": pair(max_time_in_pool=200)}, **CODES) as rehearsal:
        (ann,) = go(rehearsal, "chat", "ann")
        rehearsal.advance(200)
        ann.says("EXIT")

        assert completion(rehearsal, ann) == {
            "outcome": "no_partner",
            "code": "C2",
            "seconds_waited": 200.0,
            "waiting_pay_cents": 50,
        }


def test_who_comes_when_enough_people_have_had_each_condition_leaves_with_a_code_for_that() -> None:
    conditions = {"partner": {"values": ["human", "model"], "quotas": {"human": 0, "model": 0}}}
    codes = {**CODES, "completion": {**CODES["completion"], "study_full": {"code": "C8"}}}
    with opened({"echo": Echo}, conditions=conditions, **codes) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        ann.sees(Texts().enough_people)
        ann.says("EXIT")

        assert completion(rehearsal, ann)["outcome"] == "study_full"
        assert completion(rehearsal, ann)["code"] == "C8"


def test_a_wait_for_a_task_whose_backup_takes_over_is_no_wait_in_vain() -> None:
    tasks = {"chat": pair(max_time_in_pool=60, backup_task="echo"), "echo": Echo}
    with opened(tasks, **CODES) as rehearsal:
        (ann,) = go(rehearsal, "chat", "ann")
        rehearsal.advance(60)
        ann.says("bye", "EXIT")

        assert completion(rehearsal, ann)["outcome"] == "finished"


def test_who_is_left_and_who_left_have_not_had_the_same_visit() -> None:
    with opened({"chat": pair()}, **CODES) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        bob.goes_away()
        rehearsal.advance(100)
        ann.says("EXIT")

        assert completion(rehearsal, ann)["outcome"] == "partner_left"
        assert completion(rehearsal, bob)["outcome"] == "left"
        assert ann.heard[-2:] == ["We are sorry that they left.", "Your completion code: C3"]
        bob.arrives(opens=True)
        assert bob.heard[-2:] == [Texts().place_lost, "Your completion code: C5"]
        assert ends(bob)[-1].end == VisitEnd(outcome="left", code="C5")


@pytest.mark.parametrize("opens", [True, False])
def test_who_left_is_told_in_the_authors_words_when_they_come_back(opens: bool) -> None:
    words = "You were {away}."
    with opened({"echo": Echo}, completion={"finished": {"code": "C1"}, "left": {"text": words}}) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        ann.goes_away()
        rehearsal.advance(100)
        ann.arrives(opens=opens)
        assert ann.heard[-1] == words


class Patience(Small):
    """Asks the first of its people something, and does not wait for ever."""

    def parley(self) -> None:
        self.agents[0].act(timeout=30)
        self.done = True


def test_who_does_not_answer_in_time_and_who_waited_for_them_are_told_apart() -> None:
    with opened({"chat": pair(Patience)}, **CODES) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        rehearsal.advance(40)
        ann.says("EXIT")
        bob.says("EXIT")

        assert completion(rehearsal, ann)["outcome"] == "timed_out"
        assert completion(rehearsal, bob)["outcome"] == "partner_left"


def test_who_is_turned_away_is_screened_out_unless_they_come_through_after_all() -> None:
    with opened({"echo": {"task_world": Echo, "onboard_world": Question}}, **CODES) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        bob = rehearsal.person("bob").arrives(opens=True)
        ann.says("echo", "no", "EXIT")
        bob.says("echo", "no", "echo", "Bob", "bye", "EXIT")

        assert completion(rehearsal, ann)["outcome"] == "screened_out"
        assert completion(rehearsal, bob)["outcome"] == "finished"


class Failing(Small):
    def parley(self) -> None:
        raise RuntimeError("not today")


def test_a_mistake_of_ours_has_a_code_of_its_own() -> None:
    with opened({"chat": Failing}, **CODES) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("chat", "EXIT")

        assert completion(rehearsal, ann)["outcome"] == "failed"


def test_who_does_nothing_has_left_and_hears_no_code_that_is_not_there() -> None:
    with opened({"echo": Echo}, completion={"finished": {"code": "C1"}}) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("EXIT")

        assert ann.heard == [Texts().goodbye]
        assert ends(ann) == [Ended("goodbye", end=VisitEnd(outcome="left"))]


class Judge(Echo):
    """An author's world that decides itself how the visits of its people end."""

    def hear(self, agent: Any, act: Any) -> None:
        super().hear(agent, act)
        agent.stored_data["visit_outcome"] = "screened_out" if act["text"] == "no" else "nonsense"


@pytest.mark.parametrize(("word", "outcome"), [("no", "screened_out"), ("yes", "finished")])
def test_authors_have_the_last_word_where_it_is_an_outcome(word: str, outcome: str) -> None:
    with opened({"judge": Judge}, **CODES) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("judge", "bye" if word == "yes" else word)
        if word == "no":
            ann.goes_away()
            rehearsal.advance(100)
        else:
            ann.says("EXIT")

        assert completion(rehearsal, ann)["outcome"] == outcome


class Consent(Question):
    """An onboarding that says itself what became of it."""

    def parley(self) -> None:
        super().parley()
        if self.data is None:
            self.agents[0].data["visit_part"] = "declined"


def test_a_world_may_say_what_has_happened_and_what_comes_later_counts_all_the_same() -> None:
    with opened({"echo": {"task_world": Echo, "onboard_world": Consent}}, **CODES) as rehearsal:
        ann, bob = (rehearsal.person(name).arrives(opens=True) for name in ("ann", "bob"))
        ann.says("echo", "no", "EXIT")
        bob.says("echo", "no", "echo", "yes", "bye", "EXIT")

        assert completion(rehearsal, ann)["outcome"] == "declined"
        assert completion(rehearsal, bob)["outcome"] == "finished"
        assert "visit_part" not in session(rehearsal, ann).data


def test_who_has_finished_once_has_finished_and_hears_the_code_again() -> None:
    with opened({"chat": pair(), "echo": Echo}, **CODES) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("echo", "bye", "EXIT")
        ann.goes_away()
        ann.arrives(opens=True)
        ann.says("chat")
        rehearsal.advance(60)
        ann.says("EXIT", "EXIT")

        assert completion(rehearsal, ann) == {
            "outcome": "finished",
            "code": "C1",
            "seconds_waited": 60.0,
            "waiting_pay_cents": 15,
        }
        assert ann.heard[-2] == "Your completion code: C1"


def test_who_may_come_only_once_is_shown_their_code_when_they_come_again() -> None:
    with opened({"echo": Echo}, arrival={"once": True}, **CODES) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("echo", "bye", "EXIT")
        ann.goes_away()
        ann.arrives(opens=True)

        assert ends(ann)[-1] == Ended("once", again=False, end=ends(ann)[0].end)
        assert ann.heard[-2] == "Your completion code: C1"


def test_each_link_has_a_completion_of_its_own() -> None:
    with opened({"chat": pair(max_time_in_pool=60), "echo": Echo}, **CODES) as rehearsal:
        first, second = {"PROLIFIC_PID": "p", "SESSION_ID": "1"}, {"PROLIFIC_PID": "p", "SESSION_ID": "2"}
        ann = rehearsal.person("ann").arrives(opens=True, entry=first)
        ann.says("chat")
        rehearsal.advance(60)
        ann.says("EXIT")
        ann.goes_away()
        ann.arrives(opens=True, entry=second)
        ann.says("echo", "bye", "EXIT")

        stored = session(rehearsal, ann).stored_data
        assert stored["entry"] == second
        assert stored["completion"]["outcome"] == "finished"
        (earlier,) = stored["earlier_visits"]
        assert earlier["entry"] == first
        assert earlier["completion"]["outcome"] == "no_partner"


def test_parameters_of_the_link_are_filled_into_the_link_back() -> None:
    ends_so = {"finished": {"link": "https://lab.example/{PROLIFIC_PID}?s={session_id}&id={id}"}}
    with opened({"echo": Echo}, completion=ends_so) as rehearsal:
        ann = rehearsal.person("ann")
        ann.arrives(opens=True, entry={"PROLIFIC_PID": "a/b", "SESSION_ID": "x y"})
        ann.says("echo", "bye", "EXIT")

        assert ends(ann)[0].end == VisitEnd(outcome="finished", link="https://lab.example/a%2Fb?s=x%20y&id=a%2Fb")


def test_without_completion_in_the_config_nothing_is_kept() -> None:
    with opened({"echo": Echo}) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("echo", "bye", "EXIT")

        assert not {"visit", "completion"} & set(session(rehearsal, ann).stored_data)
        assert ends(ann) == [Ended("goodbye")]


@pytest.mark.parametrize("how", ["crash", "restart"])
def test_what_has_happened_and_how_it_ended_outlive_the_process(tmp_path: Path, how: str) -> None:
    with opened({"chat": pair(max_time_in_pool=100)}, record=tmp_path / "a.db", **CODES) as rehearsal:
        (ann,) = go(rehearsal, "chat", "ann")
        rehearsal.advance(40)
        getattr(rehearsal, how)(down_seconds=20)
        rehearsal.advance(40)
        getattr(rehearsal, how)()
        ann.says("EXIT")
        assert ends(ann)[-1].end == VisitEnd(outcome="no_partner", code="C2")
        getattr(rehearsal, how)()

    with archive.open(tmp_path / "a.db") as tables:
        (row,) = tables.participants()
    assert (row["outcome"], row["code"], row["waiting_pay_cents"]) == ("no_partner", "C2", 25)
    assert "visit" not in row["stored_data"]
    json.dumps(row["stored_data"])
