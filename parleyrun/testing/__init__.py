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

Whether what you write keeps its contract is checked by `check_world` for a world with people,
`check_environment` for one without, `check_agent` and `check_teacher`.

What Messenger adds can be tested without Facebook, over real sockets and with a page of our own::

    from parleyrun.testing import rehearse_messenger

    def test_newcomers_are_greeted():
        with rehearse_messenger("configs/demo.yml") as rehearsal:
            ann = rehearsal.person("ann")
            ann.gets_started()
            ann.sees("Welcome")
            ann.presses("echo")

Everything that goes wrong with Messenger does so on demand (see `parleyrun.fake_graph`).
"""

from __future__ import annotations

from ..lazy_imports import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__)
