"""A person who leaves for good, and words that come in the moment before a wait."""

import threading
from collections import deque

import pytest
from runner_table import PATIENCE_SECONDS, Ask, Echo, Note, Quiet, keeping

from parleyrun import DISCONNECT_TEXT, Message
from parleyrun.runner.mailbox import Mailbox
from parleyrun.runner.person import PersonAgent


class TestSomebodyLeaves:
    """After the grace the seat says so, once, when all their mail is read."""

    def test_their_mail_is_read_first_and_then_comes_the_disconnect_act(self, table):
        worlds = []
        _, (ann, _), uid = table.launch(keeping(Note, worlds), "ann", "bob")
        table.says("ann", "last", "words", settle=False)
        table.runner.person_left(uid, ann)
        table.settle()
        texts = [act["text"] for act in worlds[0].acts if act]
        assert texts == ["last", "words", "[DISCONNECT]"]
        assert next(act for act in worlds[0].acts if act and act["text"] == "[DISCONNECT]")["episode_done"] is True
        assert ann.episode_done()

    @pytest.mark.parametrize("ask", [lambda s: s.act_blocking(), lambda s: s.act(60)])
    def test_a_world_that_waits_for_them_is_told_at_once(self, table, ask):
        class Waiting(Quiet):
            def parley(self):
                self.agents[1].observe({"text": "heard " + ask(self.agents[0])["text"]})
                self.done = True

        future, (ann, _), uid = table.launch(Waiting, "ann", "bob")
        table.runner.person_left(uid, ann)
        table.settle()
        assert table.heard("bob") == ["heard [DISCONNECT]"]
        assert (future.result(0).kind, future.result(0).forced) == ("left", False)

    def test_leaving_in_the_moment_before_the_wait_is_noticed(self, table):
        """The world has looked and found nothing; before it waits, the person leaves."""
        looked, go_on = threading.Event(), threading.Event()

        class Slow(Quiet):
            def parley(self):
                assert self.agents[0].act() is None
                looked.set()
                go_on.wait(PATIENCE_SECONDS)
                # as in act_blocking(), between its look into the mailbox and its wait
                ann = self.agents[0]
                ann._seating.wait(ann, only=True, seconds=None, has_news=ann.has_news)
                self.agents[1].observe({"text": "heard " + self.agents[0].act()["text"]})
                self.done = True

        _, (ann, _), uid = table.launch(Slow, "ann", "bob", settle=False)
        assert looked.wait(PATIENCE_SECONDS)
        table.runner.person_left(uid, ann)
        go_on.set()
        table.settle()
        assert table.heard("bob") == ["heard [DISCONNECT]"]

    def test_a_world_that_takes_no_notice_is_ended_one_tick_later(self, table):
        future, (ann, _), uid = table.launch(Quiet, "ann", "bob")
        table.runner.person_left(uid, ann)
        table.advance(4.9)
        assert not future.done()
        table.advance(0.2)
        assert future.result(0).kind == "left"
        assert future.result(0).forced
        assert "took no notice" in future.result(0).reason

    def test_a_world_that_waits_for_another_person_is_ended_too(self, table):
        class ForBob(Quiet):
            def parley(self):
                self.agents[1].act_blocking()

        future, (ann, _), uid = table.launch(ForBob, "ann", "bob")
        table.runner.person_left(uid, ann)
        table.advance(5.1)
        assert future.result(0).kind == "left"
        assert table.runner.blocked == 0

    def test_a_world_that_goes_on_asking_them_is_ended_one_tick_later(self, table):
        worlds = []
        future, (ann, _), uid = table.launch(keeping(Note, worlds), "ann", "bob")
        table.runner.person_left(uid, ann)
        table.advance(11)
        assert future.result(0).kind == "left"
        assert "went on asking" in future.result(0).reason

    def test_a_world_that_goes_on_without_them_may_go_on(self, table):
        class Onward(Quiet):
            def parley(self):
                for agent in [agent for agent in self.agents if not agent.episode_done()]:
                    act = agent.act()
                    if act is not None:
                        agent.observe({"text": act["text"]})
                        self.done = act["text"] == "bye"
                for agent in self.agents:
                    if agent.episode_done() and not agent.left_told:
                        agent.act()

        future, (ann, _, _), uid = table.launch(Onward, "ann", "bob", "cyd")
        table.runner.person_left(uid, ann)
        table.advance(120)
        table.says("bob", "still here")
        assert table.heard("bob") == ["still here"]
        table.says("cyd", "bye")
        assert future.result(0).kind == "left"
        assert not future.result(0).forced

    def test_when_everybody_has_left_the_run_is_over_one_tick_later(self, table):
        future, (ann, bob), uid = table.launch(Quiet, "ann", "bob")
        table.runner.person_left(uid, ann)
        table.runner.person_left(uid, bob)
        table.advance(6)
        assert future.result(0).kind == "left"

    def test_a_world_of_one_is_told_that_its_person_has_left_and_may_put_things_in_order(self, table):
        class Tidy(Quiet):
            def parley(self):
                act = self.agents[0].act()
                self.done = act is not None and act["text"] == DISCONNECT_TEXT

        future, (ann,), uid = table.launch(Tidy, "ann")
        table.runner.person_left(uid, ann)
        table.settle()
        assert future.result(0).kind == "left"
        assert not future.result(0).forced


class TestTheMomentBeforeAWait:
    """A word that comes between the last look into the mailbox and the wait is not slept through.

    The clock stands still in all of these: no tick comes to the rescue.
    """

    @staticmethod
    def seat(table, name):
        """A seat whose mailbox gets a word in the very moment after it was found empty."""

        mailbox = Mailbox()

        class Late(deque):
            late = True

            def __bool__(self):
                found = len(self) > 0
                # Not in the moment in which somebody begins to listen.
                if not found and self.late and not mailbox._lock.locked():
                    self.late = False
                    mailbox.put(Message("just now", carried_line="memory:ann#1"))
                return found

        mailbox.mail = Late()
        return PersonAgent(f"memory:{name}", mailbox)

    def launch(self, table, build, *names):
        seats = [self.seat(table, names[0]), *(table.seat(name) for name in names[1:])]
        table.runner.launch(table.identity(), lambda: build(seats), seats)
        table.settle()

    def test_before_parking(self, table):
        self.launch(table, Echo, "ann")
        assert table.heard("ann") == ["just now"]

    def test_between_episode_done_and_parking(self, table):
        class Late(Echo):
            def episode_done(self):
                if self.parleys == 1:
                    table.says("ann", "just now", settle=False)
                return False

        table.launch(Late, "ann")
        assert table.heard("ann") == ["just now"]

    @pytest.mark.parametrize("ask", [lambda seat: seat.act_blocking(), lambda seat: seat.act(60)])
    def test_before_waiting_for_one(self, table, ask):
        class Waiting(Quiet):
            def parley(self):
                self.agents[0].observe({"text": "heard " + ask(self.agents[0])["text"]})

        self.launch(table, Waiting, "ann")
        assert table.heard("ann") == ["heard just now"]

    def test_before_the_second_empty_act_waits(self, table):
        self.launch(table, Ask, "ann")
        assert table.heard("ann") == ["thanks for just now"]

    def test_while_another_seat_is_about_to_wait(self, table):
        class Either(Quiet):
            def parley(self):
                acts = [None, None]
                while not any(acts):
                    acts = [agent.act() for agent in self.agents]
                self.agents[1].observe({"text": "heard"})

        self.launch(table, Either, "ann", "bob")
        assert table.heard("bob") == ["heard"]
