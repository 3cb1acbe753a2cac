"""What has ended leaves nothing in memory."""

from __future__ import annotations

import gc

import pytest
from small_worlds import Chat, Echo, opened, pair

from parleyrun.runner.mailbox import Mailbox
from parleyrun.runner.person import PersonAgent
from parleyrun.runner.run import Run
from parleyrun.runner.seating import RunSeating
from parleyrun.service.sessions import Session

TICK_SECONDS = 6.0
"""Longer than any tick of a run that rests."""


def held(*kinds):
    """Return how many objects of these classes are alive, in circles or not."""
    return sum(isinstance(found, kinds) for found in gc.get_objects())


class TestRuns:
    """The collector looks through what has lived for a while very rarely, so nothing may wait for it."""

    def test_what_has_ended_is_freed_without_the_collector(self, tmp_path):
        with opened({"chat": pair(), "echo": Echo, "failing": Chat}, record=tmp_path / "v.db") as rehearsal:
            gc.collect()
            before = held(Run, RunSeating, PersonAgent)
            gc.disable()
            try:
                for number in range(5):
                    ann, bob, cyd = rehearsal.people(f"ann{number}", f"bob{number}", f"cyd{number}")
                    for person in (ann, bob):
                        person.says("hi", "chat")
                    ann.says("hello")
                    bob.says("bye")
                    ann.says("EXIT")
                    bob.goes_away()
                    cyd.says("hi", "echo", "once", "bye", "EXIT")
                    rehearsal.advance(120)
                rehearsal.settle()
                assert held(Run, RunSeating, PersonAgent) <= before
            finally:
                gc.enable()


def visit(rehearsal, *names):
    """Have each of them come, say a line in a task, say goodbye and hang up."""
    for name in names:
        person = rehearsal.person(name)
        person.says("hi", "echo", "bye", "EXIT")
        person.goes_away()
    rehearsal.settle()


class TestPeople:
    """Who has left is in the store, where it outlives the process."""

    def test_nothing_is_kept_of_people_who_have_left(self, tmp_path):
        # A worker that waits still knows whom it was with last: how many there are must not differ.
        with opened({"echo": Echo}, record=tmp_path / "v.db", max_workers=1) as rehearsal:
            visit(rehearsal, *(f"early{number}" for number in range(20)))
            gc.collect()
            gc.disable()
            try:
                before = held(Session, Mailbox, Run, PersonAgent)
                visit(rehearsal, *(f"late{number}" for number in range(100)))
                rehearsal.advance(TICK_SECONDS)  # a run that ever rested is held by its tick until that is due
                assert held(Session, Mailbox, Run, PersonAgent) <= before
                assert rehearsal.service._sessions.everybody() == []
                store = rehearsal.service._store
                assert (store._read_to, store._delivered_to) == ({}, {})
            finally:
                gc.enable()

    def test_who_never_came_in_is_not_kept_either(self, tmp_path):
        with opened({"echo": Echo}, record=tmp_path / "v.db", password="sesame") as rehearsal:
            for number in range(20):
                person = rehearsal.person(f"p{number}")
                person.arrives(opens=number % 2 == 0)  # to the gate, or only to look at the page
                person.goes_away()
            rehearsal.settle()
            assert rehearsal.service._sessions.everybody() == []

    def test_whoever_comes_back_finds_what_was_known_of_them(self, tmp_path):
        with opened({"echo": Echo}, record=tmp_path / "v.db", password="sesame") as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("sesame")
            session = rehearsal.service._sessions.get(ann.id)
            session.data["score"], session.stored_data["seen"] = 7, True
            ann.says("EXIT")
            ann.goes_away()
            rehearsal.settle()
            assert rehearsal.service._sessions.get(ann.id) is None
            assert ann.place == "gone"
            ann.arrives(opens=True)
            assert ann.place == "overworld", "nobody asks for the password twice"
            session = rehearsal.service._sessions.get(ann.id)
            assert (session.data, session.stored_data["seen"]) == ({"score": 7}, True)

    def test_words_of_somebody_who_has_left_let_them_in_again(self, tmp_path):
        with opened({"echo": Echo}, record=tmp_path / "v.db") as rehearsal:
            visit(rehearsal, "ann")
            ann = rehearsal.person("ann")
            ann.says("hello again", message_id="again")
            assert ann.place == "overworld"
            assert ann.says("hello again", message_id="again").duplicate
            ann.says("echo", "still here")
            assert ann.heard[-1] == "still here"

    def test_who_is_still_connected_or_locked_out_is_kept(self, tmp_path):
        with opened({"echo": Echo}, record=tmp_path / "v.db", password="sesame") as rehearsal:
            guesser, looker = rehearsal.people("guesser", "looker")
            guesser.says("hi", "1", "2", "3", "4")
            guesser.goes_away()
            looker.arrives()
            rehearsal.settle()
            assert rehearsal.service._sessions.get(guesser.id).locked_out
            assert rehearsal.service._sessions.get(looker.id) is not None

    def test_what_cannot_be_recorded_stays_in_memory(self, tmp_path):
        with opened({"echo": Echo}, record=tmp_path / "v.db") as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("hi")
            rehearsal.service._sessions.get(ann.id).data["lock"] = lock = lambda: None
            ann.says("EXIT")
            ann.goes_away()
            rehearsal.settle()
            ann.arrives(opens=True)
            assert rehearsal.service._sessions.get(ann.id).data["lock"] is lock

    def test_the_system_can_speak_to_who_has_left(self, tmp_path):
        with opened({"echo": Echo}, record=tmp_path / "v.db") as rehearsal:
            visit(rehearsal, "ann")
            rehearsal.service.authors.observe_message("memory:ann", "thank you")
            rehearsal.settle()
            assert rehearsal.service.lines_after("memory:ann", 0)[-1].message.text == "thank you"
            with pytest.raises(Exception, match="who has been here"):
                rehearsal.service.authors.observe_message("memory:nobody", "hello")
