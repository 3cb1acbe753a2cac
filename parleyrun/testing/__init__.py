"""What world authors test with: people who are objects, and time that moves when it is told to.

::

    from parleyrun.testing import rehearse_world

    def test_the_chat_ends_when_somebody_says_bye():
        with rehearse_world(ChatTaskWorld, people=2) as rehearsal:
            ann, bob = rehearsal.everybody
            ann.says("hello")
            bob.sees("hello")
            ann.says("BYE")
            assert ann.place == bob.place == "overworld"

The whole service runs, on its real threads; only the clock and the people are ours. Every call here returns
when all that it set in motion has come to rest, so a test needs no sleeps.

Given a file to keep its record in, a rehearsal can die and come up again, so that a test can show that a
world goes on where it was::

    def test_the_chat_survives_a_restart(tmp_path):
        with rehearse_world(ChatTaskWorld, people=2, store=tmp_path / "chat.db") as rehearsal:
            ann, bob = rehearsal.everybody
            ann.says("hello")
            rehearsal.crash()
            bob.says("still here?")
            ann.sees("still here?")

The world must be a class of a module, as one that is defined inside a function cannot be pickled.
"""

from __future__ import annotations

from .clock import VirtualTimers
from .conformance import check_world
from .people import Person
from .rehearsal import Rehearsal, rehearse, rehearse_world

__all__ = ["Person", "Rehearsal", "VirtualTimers", "check_world", "rehearse", "rehearse_world"]
