"""Killed and started again: the conversation goes on with the same partners, roles and turn."""

from itertools import count

import pytest
from resume_lab import PARTNER_LEFT, ask, go, opened, spoken_to
from resume_worlds import Oracle


@pytest.fixture(autouse=True)
def _fresh_counts(monkeypatch):
    monkeypatch.setattr(Oracle, "asked", count(1))


@pytest.mark.parametrize("task", ["chat", "turns"])
def test_a_pair_goes_on_with_the_same_partner_role_and_turn(path, again, task):
    with opened(path) as rehearsal:
        ann, bob = go(rehearsal, task, "ann", "bob")
        ann.says("one")
        again(rehearsal)
        bob.says("two")
        again(rehearsal)
        ann.says("three")
        assert (ann.place, ann.role, bob.place, bob.role) == ("task", "Anna", "task", "Bert")
        assert [(line.message.id, line.message.text) for line in bob.lines if line.message.id] == [
            ("Anna", "1 one"),
            ("Anna", "3 three"),
        ]
        assert [line.message.text for line in ann.lines if line.message.id] == ["2 two"]
        bob.says("bye")
        assert ann.place == bob.place == "overworld"


def test_in_turns_nobody_is_asked_twice(path, again):
    with opened(path) as rehearsal:
        ann, bob = go(rehearsal, "turns", "ann", "bob")
        for text in ("one", "two", "three"):
            again(rehearsal)
            ann.says(text)
            again(rehearsal)
            bob.says(text)
        assert ann.heard.count("your turn, Anna") == 4
        assert bob.heard.count("your turn, Bert") == 3


def test_a_group_of_three_goes_on(path, again):
    with opened(path) as rehearsal:
        ann, bob, cleo = go(rehearsal, "trio", "ann", "bob", "cleo")
        ann.says("one")
        again(rehearsal)
        cleo.says("two")
        assert spoken_to(bob)[-2:] == ["1 one", "2 two"]
        assert ann.heard[-1] == "2 two"
        assert cleo.role == "Cleo"


def test_a_group_that_one_has_left_goes_on_without_them(path, again):
    with opened(path) as rehearsal:
        ann, bob, cleo = go(rehearsal, "trio", "ann", "bob", "cleo")
        bob.goes_away()
        rehearsal.advance(60)
        assert ann.heard[-1] == cleo.heard[-1] == "1 [DISCONNECT]"
        again(rehearsal)
        ann.says("still here")
        cleo.sees("2 still here")
        rehearsal.advance(60)
        assert ann.place == cleo.place == "task"
        assert bob.place == "gone"
        again(rehearsal)
        cleo.says("so am I")
        ann.sees("3 so am I")
        assert ann.heard.count("1 [DISCONNECT]") == 1


def test_a_group_that_one_has_left_in_the_middle_of_a_parley_goes_on_without_them(path, again):
    with opened(path) as rehearsal:
        ann, bob, cleo = go(rehearsal, "three-turns", "ann", "bob", "cleo")
        ann.says("one")
        bob.goes_away()
        rehearsal.advance(60)
        assert spoken_to(cleo)[-1] == "2 [DISCONNECT]"
        again(rehearsal)
        rehearsal.advance(60)
        ann.says("three")
        again(rehearsal)
        rehearsal.advance(60)
        cleo.says("four")
        assert ann.place == cleo.place == "task"
        assert [text for text in spoken_to(cleo) if text[0].isdigit()] == ["1 one", "2 [DISCONNECT]", "3 three"]
        assert "4 four" in ann.heard


def test_somebody_whose_leaving_the_world_had_not_been_told_of_leaves_after_the_restart(path, again):
    with opened(path) as rehearsal:
        ann, bob, cleo = go(rehearsal, "three-turns", "ann", "bob", "cleo")
        bob.goes_away()
        rehearsal.advance(4)
        again(rehearsal)
        rehearsal.advance(56)
        ann.says("one")
        rehearsal.advance(4)
        assert spoken_to(cleo)[0] == "1 one"
        assert cleo.heard.count("2 [DISCONNECT]") == 1
        assert cleo.place == "task"


def test_a_world_that_takes_no_notice_of_one_who_left_is_ended_after_a_restart_too(path, again):
    with opened(path) as rehearsal:
        ann, bob = go(rehearsal, "inattentive", "ann", "bob")
        bob.goes_away()
        rehearsal.timers.advance(60, rehearsal.settle)
        assert bob.place == "gone"
        assert ann.place == "task"
        again(rehearsal)
        rehearsal.advance(10)
        assert ann.place == "overworld"
        ann.sees(PARTNER_LEFT)


def test_a_person_who_does_not_come_back_after_a_restart_has_left(path, again):
    with opened(path) as rehearsal:
        ann, _bob = go(rehearsal, "chat", "ann", "bob")
        again(rehearsal, reconnect=False)
        ann.comes_back()
        rehearsal.advance(60)
        ann.sees("1 [DISCONNECT]")
        assert ann.place == "overworld"


def test_unread_mail_is_read_in_order(path):
    with opened(path) as rehearsal:
        ann, bob = go(rehearsal, "turns", "ann", "bob")
        bob.says("too early", "much too early")
        rehearsal.crash()
        bob.says("even later")
        ann.says("one")
        rehearsal.crash()
        ann.says("two")
        ann.says("three")
        relayed = [line.message.text for line in ann.lines if line.message.id]
        assert relayed == ["2 too early", "4 much too early", "6 even later"]


def test_a_message_that_was_sent_before_the_crash_counts_once(path):
    with opened(path) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        first = ann.says("hello", message_id="same")
        rehearsal.crash()
        second = ann.says("hello", message_id="same")
        assert second.duplicate
        assert second.seq == first.seq
        assert bob.heard.count("1 hello") == 1


def test_the_next_task_is_taken_after_a_restart(path, again):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "onwards", "ann")
        again(rehearsal)
        ann.says("echo")
        assert ann.place == "task"
        again(rehearsal)
        ann.says("hello")
        assert ann.heard[-1] == "1 hello"
        ann.says("bye")
        assert ann.place == "overworld"


def test_data_of_people_lasts(path, again):
    with opened(path) as rehearsal:
        ann = rehearsal.person("ann").arrives({"ref": "ad"}, opens=True)
        (ann,) = go(rehearsal, "known", "ann")
        ann.says("Ann", "42")
        ann.says("one")
        again(rehearsal)
        ann.says("two")
        ann.sees("{'seen': ['one', 'two']} {'entry': {'ref': 'ad'}, 'last': 'two'} {'answers': ['Ann', '42']}")


def test_runs_go_on_counting(path, again):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        ann.says("bye")
        again(rehearsal)
        ann.says("echo", "bye")
        go(rehearsal, "echo", "bob")
    assert ask(path, "SELECT task_id FROM runs WHERE grp = 'echo' ORDER BY rowid") == [
        ("t_1",),
        ("t_2",),
        ("t_3",),
    ]


def test_a_parley_with_several_waits_goes_on_at_any_of_them(path, again):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "quiz", "ann")
        for answer in ("a", "b"):
            again(rehearsal)
            ann.says(answer)
        again(rehearsal)
        again(rehearsal)
        ann.says("c")
        ann.sees("['a', 'b', 'c'] 3")
        spoken = [text for text in ann.heard if "question" in text]
        assert spoken == ["question 1", "question 2", "question 3"]


def test_a_parley_in_which_nothing_happened_before_the_one_that_was_cut_off_is_run_again_too(path, again):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "thoughtful", "ann")
        for text in ("yes", "no"):
            rehearsal.advance(1)
            assert spoken_to(ann)[-1] == "well?"
            again(rehearsal)
            rehearsal.advance(1)
            ann.says(text)
            assert spoken_to(ann)[-1] == f"so {text}"
        assert spoken_to(ann).count("well?") == 2


def test_a_person_who_reconnects_inside_a_parley_counts_nothing_twice(path):
    with opened(path) as rehearsal:
        ann = rehearsal.person("ann").arrives({"ref": "ad"}, opens=True)
        ann.says("quiz")
        ann.says("a")
        ann.arrives({"ref": "ad"})
        rehearsal.crash()
        ann.says("b", "c")
        ann.sees("['a', 'b', 'c'] 3")


def test_a_world_that_gives_its_person_some_time_gives_it_anew(path, again):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "hasty", "ann")
        ann.says("one")
        rehearsal.advance(20)
        again(rehearsal)
        rehearsal.advance(20)
        assert spoken_to(ann)[-1] == "1 one"
        rehearsal.advance(10)
        assert ann.heard[-1] == "2 [TIMEOUT]"
        again(rehearsal)
        ann.says("three")
        assert ann.heard[-1] == "3 three"
        assert ann.place == "task"


def test_a_parley_that_heard_no_answer_in_time_goes_on_with_the_next_try(path, again):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "patient", "ann")
        rehearsal.advance(30)
        again(rehearsal)
        rehearsal.advance(29)
        assert spoken_to(ann) == ["try 1: [TIMEOUT]"]
        rehearsal.advance(1)
        again(rehearsal)
        ann.says("here")
        assert spoken_to(ann)[:3] == ["try 1: [TIMEOUT]", "try 2: [TIMEOUT]", "try 3: here"]
        assert ann.place == "overworld"


# -- bots -------------------------------------------------------------------------------------------------


def test_a_bot_goes_on_with_what_it_was_shown(path, again):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "seance", "ann")
        ann.says("a")
        again(rehearsal)
        ann.says("b")
        assert [text for text in ann.heard if "answer" in text] == ["answer 1 on a", "answer 2 on a b"]


def test_a_bot_is_not_asked_again_for_an_answer_that_is_on_record(path, again):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "long-seance", "ann")
        again(rehearsal)
        ann.says("a")
        again(rehearsal)
        again(rehearsal)
        ann.says("b")
        said = [text for text in ann.heard if "answer" in text]
        assert said == ["answer 1 on ", "answer 2 on a", "answer 3 on a b"]
