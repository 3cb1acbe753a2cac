"""Worlds of the library in the service: a person in a seat is waited for, whatever happens meanwhile."""

import pytest
from library_worlds import Adder, PersonAndBot, WithBot

from parleyrun import MultiAgentDialogWorld
from parleyrun.testing import check_world, rehearse_world


def said_to(person, *texts):
    """Return which of these texts a person was sent, in order."""
    return [text for text in person.heard if text in texts]


@pytest.mark.parametrize(("world", "people"), [(MultiAgentDialogWorld, 3), (WithBot, 2), (PersonAndBot, 1)])
def test_worlds_of_the_library_keep_the_contract_of_the_service(world, people):
    check_world(world, people)


def test_the_class_itself_can_be_a_task_world_and_people_take_turns_in_it():
    with rehearse_world(MultiAgentDialogWorld, people=3) as rehearsal:
        ann, bob, cat = rehearsal.everybody
        cat.says("third")
        bob.says("second")
        assert ann.heard == []
        ann.says("first")
        assert said_to(cat, "first", "second", "third") == ["first", "second"]
        assert said_to(ann, "first", "second", "third") == ["second", "third"]
        ann.says("fourth")
        bob.sees("fourth")


@pytest.mark.parametrize("when", range(7))
def test_a_round_that_is_cut_off_anywhere_goes_on_where_it_was(when, tmp_path):
    steps = [(0, "a1"), (2, "early"), (1, "b1"), (0, "a2"), (1, "b2"), (2, "c2")]
    with rehearse_world(WithBot, people=3, store=tmp_path / "r.db") as rehearsal:
        everybody = rehearsal.everybody
        for number, (who, text) in enumerate(steps):
            if number == when:
                rehearsal.crash()
            everybody[who].says(text)
        if when == len(steps):
            rehearsal.crash()
        bots = [text for text in everybody[0].heard if text.startswith("answer")]
        assert [text.partition(",")[0] for text in bots] == ["answer 1", "answer 2", "answer 3"]
        for who, person in enumerate(everybody):
            texts = [text for text in person.heard if not text.startswith("answer")]
            assert texts == [
                text for seat, text in ((0, "a1"), (1, "b1"), (2, "early"), *steps[3:]) if seat != who
            ]


def test_a_person_and_a_bot_go_on_after_a_restart(tmp_path):
    with rehearse_world(PersonAndBot, store=tmp_path / "p.db") as rehearsal:
        (ann,) = rehearsal.everybody
        ann.says("hello")
        ann.sees("answer 1")
        rehearsal.crash()
        ann.says("again")
        ann.sees("answer 2")


def test_an_executable_world_has_its_state_after_a_restart(tmp_path):
    with rehearse_world(Adder, people=2, store=tmp_path / "e.db") as rehearsal:
        ann, bob = rehearsal.everybody
        ann.says("10")
        rehearsal.crash()
        bob.says("20")
        rehearsal.crash()
        ann.says("30")
        assert ann.heard == bob.heard == ["sum 10", "sum 30", "sum 60"]
        rehearsal.restart()
        bob.says("40")
        for person in (ann, bob):
            person.sees("sum 100")
            assert person.place == "overworld"


def test_a_round_that_is_cut_short_asks_nobody_any_more():
    with rehearse_world(Adder, people=2) as rehearsal:
        ann, bob = rehearsal.everybody
        ann.says("100")
        assert ann.place == bob.place == "overworld"


def test_whoever_goes_at_their_turn_ends_it_and_the_others_are_told_by_name():
    with rehearse_world(MultiAgentDialogWorld, people=3) as rehearsal:
        ann, bob, cat = rehearsal.everybody
        ann.says("hello")
        bob.goes_away()
        rehearsal.advance(61)
        assert said_to(ann, "Person 2 has left, so the conversation is over.")
        assert said_to(cat, "Person 2 has left, so the conversation is over.")
        assert bob.heard == ["hello"]
        assert not any("[DISCONNECT]" in text for person in (ann, cat) for text in person.heard)
        assert ann.place == cat.place == "overworld"


def test_whoever_goes_out_of_turn_ends_it_too():
    with rehearse_world(MultiAgentDialogWorld, people=3) as rehearsal:
        ann, bob, cat = rehearsal.everybody
        cat.goes_away()
        rehearsal.advance(66)
        assert ann.place == bob.place == "overworld"


def test_whoever_does_not_answer_in_time_ends_it_and_is_told_so_too():
    with rehearse_world(MultiAgentDialogWorld, people=2, opt={"seconds_to_answer": 30}) as rehearsal:
        ann, bob = rehearsal.everybody
        rehearsal.advance(29)
        ann.says("in time")
        rehearsal.advance(29)
        assert bob.place == "task"
        rehearsal.advance(2)
        for person in (ann, bob):
            person.sees("Person 2 did not answer in time, so the conversation is over.")
            assert "[TIMEOUT]" not in person.heard
            assert person.place == "overworld"


def test_somebody_may_come_back_within_the_grace_and_nothing_was_lost(tmp_path):
    with rehearse_world(MultiAgentDialogWorld, people=2, store=tmp_path / "g.db") as rehearsal:
        ann, bob = rehearsal.everybody
        ann.goes_away()
        rehearsal.advance(30)
        rehearsal.crash()
        ann.comes_back()
        ann.says("back")
        bob.sees("back")


def test_waiting_people_hold_no_slot():
    with rehearse_world(MultiAgentDialogWorld, people=2) as rehearsal:
        runner = rehearsal.service._runner
        assert runner.blocked == 1
        assert runner.wait_quiet(1)
