"""Restarts as world authors rehearse them."""

import pytest
from resume_lab import plan, spoken_to
from resume_worlds import BlockingChat, BlockingQuestions, Echo

from parleyrun.testing import rehearse_world


def test_a_world_goes_on_after_a_crash(path):
    with rehearse_world(BlockingChat, people=2, store=path) as rehearsal:
        ann, bob = rehearsal.everybody
        ann.says("hello")
        bob.sees("1 hello")
        rehearsal.crash()
        bob.says("still here?")
        ann.sees("2 still here?")


def test_an_onboarding_goes_on_too(path):
    with rehearse_world(Echo, ["ann"], onboard=BlockingQuestions, store=path) as rehearsal:
        (ann,) = rehearsal.everybody
        ann.says("Ann")
        rehearsal.crash()
        assert ann.place == "onboarding"
        ann.says("42")
        assert ann.place == "task"


def test_people_keep_what_they_were_sent_and_connect_again(path):
    with rehearse_world(Echo, store=path) as rehearsal:
        (ann,) = rehearsal.everybody
        ann.says("one")
        rehearsal.crash()
        ann.says("two")
        assert ann.heard == ["1 one", "2 two"]
        assert [line.seq for line in ann.lines] == [2, 4]
        rehearsal.advance(3600)
        assert ann.place == "task"


def test_who_does_not_connect_again_is_away_and_who_was_away_stays_away(path):
    with rehearse_world(BlockingChat, ["ann", "bob"], store=path) as rehearsal:
        ann, bob = rehearsal.everybody
        rehearsal.crash(reconnect=False)
        ann.comes_back()
        assert ann.partners[-1] == ("Bert", "away")
        bob.comes_back()
        assert ann.partners[-1] == ("Bert", "back")
        bob.goes_away()
        rehearsal.crash()
        assert ann.partners[-1] == ("Bert", "away")


def test_time_goes_on_while_nothing_runs(path):
    with rehearse_world(Echo, store=path) as rehearsal:
        before = rehearsal.timers.time()
        rehearsal.crash(down_seconds=90)
        assert rehearsal.timers.time() == before + 90
        rehearsal.restart(down_seconds=10)
        assert rehearsal.timers.time() == before + 100


def test_what_an_orderly_end_says_is_seen_and_what_a_crash_would_say_is_not(path):
    with rehearse_world(Echo, store=path) as rehearsal:
        (ann,) = rehearsal.everybody
        rehearsal.crash()
        assert ann.heard == []
        rehearsal.restart()
        assert len(ann.heard) == 1
        assert spoken_to(ann) == []


def test_another_rehearsal_can_go_on_with_the_same_file(path):
    with rehearse_world(Echo, store=path) as rehearsal:
        rehearsal.everybody[0].says("one")
    with rehearse_world(Echo, store=str(path)) as rehearsal:
        (person,) = rehearsal.everybody
        person.says("two", message_id="of this life")
        assert person.heard == ["2 two"]


def test_without_a_file_there_is_nothing_to_come_up_again_on():
    with rehearse_world(Echo) as rehearsal, pytest.raises(ValueError, match="store=PATH"):
        rehearsal.crash()
    with rehearse_world(Echo) as rehearsal, pytest.raises(ValueError, match="store=PATH"):
        rehearsal.restart(plan())
