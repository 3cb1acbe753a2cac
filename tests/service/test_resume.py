"""Killed and started again: everybody is where they were."""

import pytest
from resume_lab import (
    GOODBYE,
    WORLD_FAILED,
    ask,
    copy_before_the_desk_deals_with_it,
    go,
    opened,
    plan,
    spoken_to,
    texts_on_record,
)


def test_somebody_at_the_door_is_still_outside(path, again):
    with opened(path) as rehearsal:
        ann = rehearsal.person("ann").arrives()
        again(rehearsal)
        assert ann.place in ("door", "gone")
        ann.says("hi")
        assert ann.place == "overworld"


def test_a_first_message_that_nobody_has_dealt_with_yet_opens_the_door(path):
    with opened(path) as rehearsal:
        ann = rehearsal.person("ann")
        copy = copy_before_the_desk_deals_with_it(rehearsal, ann, "hi")
    with opened(copy) as rehearsal:
        ann = rehearsal.person("ann")
        assert ann.place == "overworld"
        rehearsal.advance(60)
        assert ann.place == "gone"
        ann.says("hi again", message_id="of this life")
        assert ann.place == "overworld"
        rehearsal.advance(60)
        assert ann.place == "overworld"


def test_half_way_through_wrong_passwords_the_gate_goes_on_counting(path, again):
    with opened(path, password="sesame") as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi", "open", "please")
        assert ann.heard.count("That is not the password. Please try again.") == 2
        again(rehearsal)
        ann.news()
        ann.says("really")
        ann.sees("Please wait 2 seconds")
        ann.says("sesame")
        assert ann.place == "door"
        rehearsal.advance(2)
        assert ann.place == "overworld"
        again(rehearsal)
        assert ann.place == "overworld"


def test_a_password_that_is_no_longer_asked_for_keeps_nobody_out(path):
    with opened(path, password="sesame") as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        rehearsal.crash(plan())
        ann.says("hello?")
        assert ann.place == "overworld"


def test_somebody_who_said_goodbye_is_gone_and_keeps_their_data(path, again):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "remember", "ann")
        ann.says("one")
        ann.says("bye", "EXIT")
        assert ann.place == "gone"
        again(rehearsal)
        assert ann.place == "gone"
        ann.says("hi")
        ann.says("remember", "two")
        ann.sees("{'seen': ['one', 'bye', 'two']} {'first_message': 'hi', 'last': 'two'}")


# -- the overworld ----------------------------------------------------------------------------------------


def test_the_overworld_goes_on_where_it_was(path, again):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        ann.says("bye")
        ann.sees("welcome back 1")
        again(rehearsal)
        assert ann.place == "overworld"
        ann.news()
        ann.says("look")
        assert [line.message.text for line in ann.news()] == ["menu after 1"]


def test_an_overworld_that_sleeps_is_called_back_later(path, again):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        ann.says("bye")
        ann.says("echo")
        again(rehearsal)
        again(rehearsal)
        assert ann.place == "task"
        ann.says("bye")
        ann.sees("welcome back 2")
        assert len(rehearsal.service._runner) == 1


def test_a_fresh_overworld_is_fresh_once_more(path, again):
    with opened(path, overworld="FreshMenu") as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        again(rehearsal)
        ann.says("echo", "bye")
        again(rehearsal)
        ann.says("echo", "bye")
        assert spoken_to(ann) == ["menu", "1 bye", "menu", "1 bye", "menu"]


def test_an_overworld_that_waits_inside_parley_goes_on_waiting(path, again):
    with opened(path, overworld="BlockingMenu") as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        assert ann.heard == ["come in", "where to?"]
        again(rehearsal)
        ann.says("look")
        again(rehearsal)
        ann.says("echo", "bye")
        assert ann.place == "overworld"
        again(rehearsal)
        ann.says("look")
        assert spoken_to(ann) == [
            "come in", "where to?", "nothing to see", "1 bye", "welcome back", "where to?", "nothing to see",
        ]  # fmt: skip


def test_a_choice_that_nobody_has_dealt_with_yet_is_dealt_with(path):
    with opened(path) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        copy = copy_before_the_desk_deals_with_it(rehearsal, ann, "echo")
    assert ask(copy, "SELECT count(*) FROM runs WHERE value IS NOT NULL") == [(1,)]
    with opened(copy) as rehearsal:
        ann = rehearsal.person("ann").arrives()
        assert ann.place == "task"
        ann.says("hello", message_id="of this life")
        assert ann.heard == ["1 hello"]


def test_goodbye_that_nobody_has_dealt_with_yet_is_said(path):
    with opened(path) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        copy = copy_before_the_desk_deals_with_it(rehearsal, ann, "EXIT")
    with opened(copy) as rehearsal:
        ann = rehearsal.person("ann")
        assert ann.heard == [GOODBYE]
        assert ann.place == "gone"
        rehearsal.crash()
        assert ann.heard == [GOODBYE]


@pytest.mark.parametrize("text", ["bye", "raise"])
def test_an_outcome_that_nobody_has_dealt_with_yet_is_dealt_with(path, text):
    with opened(path) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        copy = copy_before_the_desk_deals_with_it(rehearsal, ann, text)
    (kind,) = ask(copy, "SELECT outcome FROM runs WHERE kind = 'task' AND answered = 0")[0]
    assert kind == ("finished" if text == "bye" else "failed")
    with opened(copy) as rehearsal:
        ann, bob = (rehearsal.person(name).arrives() for name in ("ann", "bob"))
        assert ann.place == bob.place == "overworld"
        sorry = [] if text == "bye" else [WORLD_FAILED]
        assert ann.heard == bob.heard == [*sorry, "welcome back 1"]
        rehearsal.crash()
        assert ann.heard == bob.heard == [*sorry, "welcome back 1"]


def test_a_next_task_that_nobody_has_dealt_with_yet_is_taken(path):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "onwards", "ann")
        copy = copy_before_the_desk_deals_with_it(rehearsal, ann, "echo")
    with opened(copy) as rehearsal:
        ann = rehearsal.person("ann").arrives()
        assert ann.place == "task"
        rehearsal.crash()
        ann.says("bye", message_id="of this life")
        assert ann.heard == ["1 bye", "welcome back 1"]


def test_a_finding_of_an_onboarding_that_nobody_has_dealt_with_yet_is_handed_on(path):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "known", "ann")
        ann.says("Ann")
        copy = copy_before_the_desk_deals_with_it(rehearsal, ann, "42")
    with opened(copy) as rehearsal:
        ann = rehearsal.person("ann").arrives()
        assert ann.place == "task"
        ann.says("well?", message_id="of this life")
        ann.sees("{'answers': ['Ann', '42']}")


# -- onboarding -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", ["known", "asked"])
def test_an_onboarding_goes_on_in_the_middle_and_hands_on_what_it_knows(path, again, task):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, task, "ann")
        again(rehearsal)
        ann.says("Ann")
        again(rehearsal)
        assert ann.place == "onboarding"
        ann.says("42")
        assert ann.place == "task"
        again(rehearsal)
        ann.says("well?")
        ann.sees("{'answers': ['Ann', '42']}")
        questions = [text for text in ann.heard if text.startswith("question")]
        assert questions == ["question 1", "question 2"]


# -- the pool ---------------------------------------------------------------------------------------------


def test_the_time_somebody_has_waited_goes_on_counting(path, again):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "chat", "ann")
        since = ann.signals[-1].since
        rehearsal.advance(20)
        again(rehearsal)
        assert ann.place == "waiting"
        assert ann.signals[-1].since == since
        ann.news()
        rehearsal.advance(9)
        ann.sees_nothing_new()
        rehearsal.advance(1)
        ann.sees("We are still looking")
        again(rehearsal, down_seconds=100)
        ann.news()
        rehearsal.advance(49)
        ann.sees_nothing_new()
        rehearsal.advance(1)
        ann.sees("You can do “echo” instead")
        assert ann.place == "task"


def test_the_notice_comes_once_in_all_lives(path, again):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "chat", "ann")
        rehearsal.advance(30)
        for _ in range(3):
            again(rehearsal)
            rehearsal.advance(35)
        assert sum("We are still looking" in text for text in ann.heard) == 1


def test_whoever_waited_longer_is_still_first(path, again):
    with opened(path) as rehearsal:
        ann, bob = go(rehearsal, "trio", "ann", "bob")
        again(rehearsal)
        cleo, dan = go(rehearsal, "trio", "cleo", "dan")
        assert [person.role for person in (ann, bob, cleo)] == ["Anna", "Bert", "Cleo"]
        assert dan.place == "waiting"
        again(rehearsal)
        assert dan.place == "waiting"


def test_somebody_who_does_not_come_back_after_a_restart_is_not_matched(path, again):
    with opened(path) as rehearsal:
        go(rehearsal, "chat", "ann")
        again(rehearsal, reconnect=False)
        (bob,) = go(rehearsal, "chat", "bob")
        assert bob.place == "waiting"
        rehearsal.advance(60)
        (cleo,) = go(rehearsal, "chat", "cleo")
        assert bob.place == cleo.place == "task"


def test_those_who_wait_are_matched_when_a_restart_brings_them_together(path):
    with opened(path) as rehearsal:
        ann = go(rehearsal, "chat", "ann")[0]
        ann.goes_away()
        bob = go(rehearsal, "chat", "bob")[0]
        assert bob.place == "waiting"
        rehearsal.crash()
        ann.comes_back()
        assert ann.place == bob.place == "task"


def test_exit_while_waiting_works_after_a_restart(path, again):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "chat", "ann")
        again(rehearsal)
        ann.says("hello?")
        ann.sees("You are still waiting")
        ann.says("exit")
        assert ann.place == "overworld"
        again(rehearsal)
        assert ann.place == "overworld"
        assert ask(path, "SELECT * FROM pool") == []


def test_a_clock_that_jumps_back_changes_no_order(path):
    with opened(path) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        ann.says("one")
        (cleo,) = go(rehearsal, "chat", "cleo")
        rehearsal.crash(down_seconds=-3600)
        ann.says("two")
        bob.says("three")
        assert [text for text in bob.heard if text[0].isdigit()] == ["1 one", "2 two"]
        on_record = texts_on_record(rehearsal, bob)
        assert on_record[-3:] == ["1 one", "2 two", "three"]
        rehearsal.crash()
        assert texts_on_record(rehearsal, bob) == on_record
        (dan,) = go(rehearsal, "chat", "dan")
        assert cleo.place == dan.place == "task"
        assert (cleo.role, dan.role) == ("Anna", "Bert")


def test_what_a_process_does_whose_runs_another_one_has_taken_over_is_refused_whole(path, caplog):
    with opened(path) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        ask(path, "UPDATE runs SET epoch = epoch + 1")
        ann.says("from the dead")
        bob.sees_nothing_new()
        assert "1 from the dead" not in texts_on_record(rehearsal, bob)
        assert any("its epoch has passed" in line for line in caplog.messages)
        rehearsal.crash()
        assert bob.heard[-1] == "1 from the dead"
        assert texts_on_record(rehearsal, bob).count("1 from the dead") == 1


def test_many_lives_in_a_row_change_nothing_and_say_nothing(path):
    with opened(path, password="sesame") as rehearsal:
        everybody = rehearsal.people("ann", "bob", "cleo", "dan", "eve", "fay", "gus", "hal")
        for person in everybody[:-1]:
            person.says("hi", "sesame")
        everybody[-1].says("hi", "wrong")
        tasks = ("turns", "turns", "chat", "asked", "quiz", "long-seance")
        for person, task in zip(everybody, tasks, strict=False):
            person.says(task)
        for person in everybody[:6]:
            person.says("something")
        places = [person.place for person in everybody]
        heard = [person.heard for person in everybody]
        runs = ask(path, "SELECT uid, turn, ended, answered FROM runs ORDER BY rowid")
        for _ in range(8):
            rehearsal.crash()
            assert [person.place for person in everybody] == places
            assert [person.heard for person in everybody] == heard
        assert ask(path, "SELECT uid, turn, ended, answered FROM runs ORDER BY rowid") == runs
        for person in everybody[:2]:
            person.says("bye")
        assert everybody[0].place == "overworld"
