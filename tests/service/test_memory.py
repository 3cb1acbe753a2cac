"""What has ended leaves nothing in memory."""

from __future__ import annotations

import gc

from small_worlds import Chat, Echo, opened, pair

from parleyrun.runner.person import PersonAgent
from parleyrun.runner.run import Run
from parleyrun.runner.seating import RunSeating


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
