"""Three people and a bot at one table, in the service and with people who come, go and fall silent."""

from pathlib import Path

import pytest

from parleyrun.testing import check_world, rehearse, rehearse_world
from worlds.table_talk import Host, TableWorld

CONFIG = Path(__file__).parents[2] / "configs" / "table_talk.yml"
OPT = {"table_talk": {"questions": ["Tea?", "Milk?"]}, "seconds_to_answer": 300}


def evening(**more):
    return rehearse_world(TableWorld, people=["ann", "bob", "cat"], opt=OPT, **more)


def test_it_keeps_the_contract_whatever_people_do():
    check_world(TableWorld)


def test_the_config_seats_three_people_with_the_host():
    with rehearse(CONFIG) as rehearsal:
        people = rehearsal.people("ann", "bob", "cat")
        for person in people:
            person.says("hi")
            person.says("Sit down")
        assert [person.role for person in people] == ["Ada", "Ben", "Cleo"]
        for person in people:
            person.sees("What was the best meal of your life?")


def test_everybody_speaks_in_turn_and_hears_what_all_others_said():
    with evening() as rehearsal:
        ann, bob, cat = rehearsal.everybody
        ann.says("a1")
        bob.says("b1")
        cat.says("c1")
        ann.says("a2")
        bob.says("b2")
        cat.says("c2")
        said = {"a1", "b1", "c1", "a2", "b2", "c2"}
        for person, own in ((ann, "a"), (bob, "b"), (cat, "c")):
            assert [text for text in person.heard if text in said] == [
                text for text in ("a1", "b1", "c1", "a2", "b2", "c2") if text[0] != own
            ]
            person.sees("Thank you all")
            assert person.place == "overworld"


def test_what_is_said_out_of_turn_is_not_lost():
    with evening() as rehearsal:
        ann, bob, cat = rehearsal.everybody
        cat.says("c1", "c2")
        bob.says("b1")
        ann.sees("It is your turn, Ada.")
        ann.sees_nothing_new()
        ann.says("a1")
        ann.sees("b1")
        ann.sees("c1")
        ann.says("a2")
        bob.says("b2")
        ann.sees("c2")


@pytest.mark.parametrize("crashes", [{0}, {1, 2}, {3, 4, 5, 6}, set(range(7))])
def test_an_evening_survives_any_restart_with_nothing_lost_or_said_twice(crashes, tmp_path):
    def people_heard(store, crashes):
        with evening(store=store) as rehearsal:
            ann, bob, cat = rehearsal.everybody
            for number, (person, text) in enumerate(
                [(ann, "a1"), (cat, "early"), (bob, "b1"), (ann, "a2"), (bob, "b2"), (cat, "c2")]
            ):
                if number in crashes:
                    rehearsal.crash()
                person.says(text)
            if 6 in crashes:
                rehearsal.crash()
            return [person.heard for person in rehearsal.everybody]

    assert people_heard(tmp_path / "a.db", crashes) == people_heard(tmp_path / "b.db", set())


def test_somebody_who_leaves_at_their_turn_ends_the_evening_and_the_others_are_told():
    with evening() as rehearsal:
        ann, bob, cat = rehearsal.everybody
        ann.goes_away()
        rehearsal.advance(61)
        for person in (bob, cat):
            person.sees("Ada has left the table, so the evening is over.")
            assert person.place == "overworld"


def test_somebody_who_leaves_while_another_is_asked_ends_it_too():
    with evening() as rehearsal:
        ann, bob, cat = rehearsal.everybody
        cat.goes_away()
        rehearsal.advance(70)
        assert ann.place == bob.place == "overworld"
        ann.sees("Your partner has left")


def test_somebody_who_does_not_answer_in_time_ends_it_and_is_told_so():
    with evening() as rehearsal:
        rehearsal.advance(299)
        ann, *_ = rehearsal.everybody
        assert ann.place == "task"
        rehearsal.advance(2)
        for person in rehearsal.everybody:
            person.sees("Ada has fallen asleep, so the evening is over.")
            assert person.place == "overworld"


def test_a_restart_does_not_keep_people_from_leaving(tmp_path):
    with evening(store=tmp_path / "t.db") as rehearsal:
        ann, bob, cat = rehearsal.everybody
        ann.says("a1")
        rehearsal.crash()
        bob.goes_away()
        rehearsal.advance(61)
        cat.sees("Ben has left the table")
        assert ann.place == cat.place == "overworld"


def test_bye_ends_it_at_once_for_all():
    with evening() as rehearsal:
        ann, bob, _ = rehearsal.everybody
        ann.says("BYE")
        bob.sees("Ada has to go.")
        assert [person.place for person in rehearsal.everybody] == ["overworld"] * 3


def test_the_host_asks_one_question_after_the_other_and_then_says_goodbye():
    host = Host(["Tea?"], guests=2)
    assert host.act() == host.act() == {"text": "Tea?"}
    host.observe({"id": "Ada", "text": "yes"})
    host.observe({"id": "Ben", "text": "oh yes"})
    assert host.act() == {
        "text": "Ben had most to say. Thank you all, that was a lovely evening!",
        "episode_done": True,
    }


def test_the_overworld_leads_to_the_table_or_out():
    with rehearse(CONFIG) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        ann.says("what?")
        ann.sees("Please write Sit down to begin")
        ann.says("EXIT")
        assert ann.place == "gone"
