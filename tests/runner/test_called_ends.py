"""A run that is called to its end: what was said before is read first, and nothing holds it up."""

from __future__ import annotations

import threading
from typing import Any

from runner_table import PATIENCE_SECONDS, Quiet, Table, keeping

from parleyrun.runner.turn import CalledEnd

END = CalledEnd(method="finish_early", reason="everybody wanted to finish")


class Relay(Quiet):
    """Hands on one message a parley, and says goodbye when it is told to finish. Its first parley can be held."""

    def __init__(self, agents: Any) -> None:
        super().__init__(agents)
        self.began, self.may_go_on = threading.Event(), threading.Event()
        self.finished = 0

    def parley(self) -> None:
        super().parley()
        self.began.set()
        assert self.may_go_on.wait(PATIENCE_SECONDS)
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                for other in self.agents:
                    if other is not agent:
                        other.observe(act)
                return

    def finish_early(self) -> None:
        self.finished += 1
        self.done = True
        for agent in self.agents:
            agent.observe({"text": "goodbye"})


def test_what_was_said_before_is_read_first_however_much_it_is(table: Table) -> None:
    worlds: list[Relay] = []
    future, _, uid = table.launch(keeping(Relay, worlds), "ann", "bob", settle=False)
    while not worlds:
        table.runner.wait_quiet(0.01)
    assert worlds[0].began.wait(PATIENCE_SECONDS)
    table.says("ann", "one", "two", "three", settle=False)
    table.says("bob", "four", settle=False)
    table.runner.call_end(uid, END)
    worlds[0].may_go_on.set()
    outcome = future.result(PATIENCE_SECONDS)
    assert (outcome.kind, outcome.reason) == ("finished", END.reason)
    table.settle()
    assert table.heard("bob") == ["one", "two", "three", "goodbye"]
    assert table.heard("ann") == ["four", "goodbye"]
    assert worlds[0].finished == 1


class Deaf(Relay):
    """Reads nobody."""

    def parley(self) -> None:
        self.parleys += 1


def test_a_world_that_does_not_read_on_is_told_at_once(table: Table) -> None:
    worlds: list[Deaf] = []
    future, _, uid = table.launch(keeping(Deaf, worlds), "ann", "bob")
    table.says("ann", "one", "two")
    table.runner.call_end(uid, END)
    table.settle()
    assert future.result(0).reason == END.reason
    assert table.heard("ann") == ["goodbye"]


def test_who_writes_on_and_on_holds_nothing_up(table: Table) -> None:
    worlds: list[Any] = []

    class Endless(Relay):
        """Each message that it hands on is answered at once."""

        def parley(self) -> None:
            super().parley()
            table.says("ann", "more", settle=False)

    future, _, uid = table.launch(keeping(Endless, worlds), "ann", "bob", settle=False)
    while not worlds:
        table.runner.wait_quiet(0.01)
    assert worlds[0].began.wait(PATIENCE_SECONDS)
    table.says("ann", "one", settle=False)
    table.runner.call_end(uid, END)
    worlds[0].may_go_on.set()
    assert future.result(PATIENCE_SECONDS).reason == END.reason
