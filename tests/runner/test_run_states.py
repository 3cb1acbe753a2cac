"""The state of a run as a state machine: any calls in any order, and many threads at once."""

import random
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from parleyrun import Message, RunStopped
from parleyrun.runner.run_state import Phase, RunState
from parleyrun.runner.slots import Slots
from parleyrun.runner.thread_budget import ThreadBudget
from parleyrun.runner.turn import Outcome, Said

PATIENCE_SECONDS = 60.0
WHY = Outcome("stopped", "for a test")
SEATS = ("ann", "bob")

people = st.sampled_from(SEATS)
now_and_then = st.sampled_from([False] * 19 + [True])  # what ends a story must not come too early


def is_in(*phases):
    return precondition(lambda self: self.state.phase in phases)


class LifeOfARun(RuleBasedStateMachine):
    """Every call that a run, its people and its runner make, in every order in which they may be made."""

    @initialize(asleep=now_and_then)
    def begin_life(self, asleep):
        self.state = RunState(asleep=asleep)
        self.queued = not asleep
        self.mail = dict.fromkeys(SEATS, 0)
        self.mail_unseen = False
        self.words = 0
        self.stopped = None
        self.waits_for = None
        self.ticks = 0
        self.over = False

    def tick(self, slot):
        assert slot == self.ticks, "each tick is told of the one before"
        self.ticks += 1
        return self.ticks

    def queue(self, asked):
        if asked:
            assert not self.queued, "a run is queued once"
            self.queued = True
        return asked

    # The run's own thread.

    @precondition(lambda self: self.queued and not self.state.on_own_thread)
    @rule()
    def a_worker_takes_it(self):
        self.queued = False
        assert self.state.begin()

    @precondition(lambda self: self.queued and self.state.on_own_thread)
    @rule()
    def a_worker_gives_its_thread_a_slot(self):
        self.queued = False
        self.state.grant()
        self.state.await_slot()
        self.waits_for = None

    @is_in(Phase.PARKED, Phase.DORMANT, Phase.DONE)
    @rule()
    def a_worker_takes_it_in_vain(self):
        assert not self.state.begin()

    @is_in(Phase.RUNNING)
    @rule()
    def a_parley_reads_all_mail(self):
        assert self.state.look() == self.mail_unseen
        self.mail_unseen = False
        self.mail = dict.fromkeys(SEATS, 0)

    @is_in(Phase.RUNNING)
    @rule()
    def it_makes_a_turn(self):
        assert len(self.state.take_said()) == self.words
        self.words = 0

    @is_in(Phase.RUNNING)
    @rule()
    def it_parks(self):
        rests = not (self.mail_unseen or self.words or self.stopped)
        assert self.state.park(self.tick) == rests

    @is_in(Phase.RUNNING)
    @rule(listened=st.booleans())
    def it_makes_room(self, listened):
        something = self.mail_unseen or self.words > 0 or self.stopped is not None
        asked = self.state.make_room(None if listened else self.tick)
        assert asked == (listened or something)
        self.queue(asked)

    @is_in(Phase.RUNNING)
    @rule(really=now_and_then)
    def it_falls_asleep(self, really):
        if not really:
            return
        if self.stopped is None:
            self.state.fall_asleep()
        else:
            with pytest.raises(RunStopped):
                self.state.fall_asleep()

    @is_in(Phase.RUNNING)
    @rule(only=st.none() | people, asked=people)
    def it_waits_inside_a_parley(self, only, asked):
        def block():
            whose = only or asked
            return self.state.block(
                only, lambda: self.mail[whose] > 0, lambda: None, self.tick if only is None else None
            )

        if self.stopped is not None:
            with pytest.raises(RunStopped):
                block()
            return
        news = self.mail[only or asked] > 0 or (self.mail_unseen and only is None)
        assert block() == (not news and not self.words)
        if self.words:
            return
        self.mail_unseen = False
        if not news:
            self.waits_for = only

    @is_in(Phase.RUNNING)
    @rule(really=now_and_then)
    def it_ends(self, really):
        if not really:
            return
        self.state.close(WHY)
        self.state.done()
        self.stopped, self.over = WHY, True

    # Any thread.

    @rule(to=people)
    def somebody_writes(self, to):
        self.mail[to] += 1
        self.mail_unseen = True
        rests = self.state.phase is Phase.PARKED or (
            self.state.phase is Phase.BLOCKED and self.waits_for in (None, to)
        )
        assert self.queue(self.state.mail_came(to)) == rests

    @rule(late=st.booleans())
    def a_tick_comes(self, late):
        slot = self.ticks - late
        waits = self.ticks > 0 and not late
        rests = self.state.phase is Phase.PARKED or (self.state.phase is Phase.BLOCKED and self.waits_for is None)
        if slot > 0:
            assert self.queue(self.state.tick_came(slot)) == (waits and rests)

    @rule(really=now_and_then)
    def the_world_speaks(self, really):
        if not really:
            return
        said = Said("ann", Message("by the way"))
        asked = self.state.speak(said)
        if self.over:
            assert asked is None
            return
        self.words += 1
        self.queue(asked)

    @is_in(Phase.DORMANT, Phase.PARKED, Phase.DONE)
    @rule()
    def it_is_called_back(self):
        sleeps = self.state.phase is Phase.DORMANT and self.stopped is None
        assert self.queue(self.state.call_back()) == sleeps
        if sleeps:
            assert self.state.called_back
            self.state.take_call()
            assert not self.state.called_back

    @rule(really=now_and_then)
    def it_is_stopped(self, really):
        if not really:
            return
        rests = self.stopped is None and self.state.phase in (Phase.PARKED, Phase.BLOCKED, Phase.DORMANT)
        assert self.queue(self.state.stop(WHY)) == rests
        if self.stopped is None:
            self.stopped = WHY

    # What is always true.

    @invariant()
    def it_is_queued_exactly_while_it_is_ready(self):
        if hasattr(self, "state"):
            assert self.queued == (self.state.phase is Phase.READY)

    @invariant()
    def nobody_rests_while_there_is_something_to_do(self):
        if not hasattr(self, "state"):
            return
        phase = self.state.phase
        if phase in (Phase.PARKED, Phase.BLOCKED, Phase.DORMANT):
            assert self.stopped is None
            assert phase is Phase.DORMANT or not self.words
        if phase is Phase.PARKED or (phase is Phase.BLOCKED and self.waits_for is None):
            assert not self.mail_unseen
        if phase is Phase.BLOCKED and self.waits_for is not None:
            assert self.mail[self.waits_for] == 0

    @invariant()
    def a_thread_is_held_only_while_it_waits(self):
        if hasattr(self, "state") and self.state.on_own_thread:
            assert self.state.phase in (Phase.BLOCKED, Phase.READY)

    @invariant()
    def what_is_over_stays_over(self):
        if hasattr(self, "state") and self.over:
            assert self.state.phase is Phase.DONE
            assert not self.queued


class ManyLives(LifeOfARun):
    """The same, and much more of it."""


LifeOfARun.TestCase.settings = settings(max_examples=25, stateful_step_count=100, deadline=None)
ManyLives.TestCase.settings = settings(max_examples=100, stateful_step_count=100, deadline=None)
TestLifeOfARun = LifeOfARun.TestCase
TestManyLives = pytest.mark.thorough(ManyLives.TestCase)


class Walker:
    """A run without a world: reads its mail, says something now and then, rests, and ends when it is stopped."""

    def __init__(self, slots, threads, seed):
        self.slots = slots
        self.threads = threads
        self.state = RunState()
        self.random = random.Random(seed)
        self.mail = deque()
        self.read = 0
        self.told = 0
        self.stepping = threading.Lock()
        self.ended = threading.Event()
        self.ticks = 0
        self.thread = None

    def tick(self, slot):
        self.ticks += 1
        return self.ticks

    def step(self):
        if self.state.on_own_thread:
            self.state.grant()
            return True
        if not self.state.begin():
            return False
        assert self.stepping.acquire(blocking=False), "nobody else steps it at the same moment"
        gave_up = False
        while not gave_up:
            gave_up = self.parley()
        return False

    def parley(self):
        """True once the run let go. It lets go of `stepping` before, as somebody else may go on at once."""
        self.state.look()
        self.read_all()
        self.told += len(self.state.take_said())
        if self.state.stopped is not None:
            self.state.close(WHY)
            self.state.done()
            self.read_all()
            self.told += len(self.state.take_said())
            self.ended.set()
            self.stepping.release()
            return True
        self.stepping.release()
        what = self.random.random()
        if what < 0.2 and self.state.make_room(None):
            self.slots.queue(self)
            return True
        if what < 0.5:
            try:
                if self.state.block(None, lambda: bool(self.mail), self.threads.hold, self.tick):
                    self.slots.give_up()
                    self.state.await_slot()
                    self.threads.let_go()
            except RunStopped:
                pass
        elif self.state.park(self.tick):
            return True
        assert self.stepping.acquire(blocking=False)
        return False

    def read_all(self):
        while self.mail:
            self.mail.popleft()
            self.read += 1

    def wake(self, queue):
        if queue:
            self.slots.queue(self)


def test_many_threads_at_once_lose_no_mail_no_word_and_no_stop():
    slots = Slots(ThreadPoolExecutor(60, "parleyrun-worker"), max_workers=4)
    budget = ThreadBudget(50)
    walkers = [Walker(slots, budget, seed) for seed in range(24)]
    for walker in walkers:
        slots.queue(walker)
    start = threading.Barrier(5)

    def write():
        start.wait()
        for _ in range(120):
            for walker in walkers:
                walker.mail.append("hi")
                walker.wake(walker.state.mail_came("ann"))

    def speak(spoken):
        start.wait()
        for _ in range(120):
            for walker in walkers:
                walker.wake(walker.state.speak(Said("ann", Message("by the way"))))
                spoken.append(walker)

    def tick():
        start.wait()
        for _ in range(120):
            for walker in walkers:
                walker.wake(walker.state.tick_came(walker.ticks))

    spoken = ([], [])
    threads = [threading.Thread(target=work) for work in (write, write, tick)]
    threads += [threading.Thread(target=speak, args=(each,)) for each in spoken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert slots.wait_until(lambda: slots.is_quiet, PATIENCE_SECONDS)
    for walker in walkers:
        assert (walker.read, walker.told) == (240, 240), "nothing that was put before it rested was left"
        assert walker.state.phase in (Phase.PARKED, Phase.BLOCKED)
    for walker in walkers:
        walker.wake(walker.state.stop(WHY))
    assert all(walker.ended.wait(PATIENCE_SECONDS) for walker in walkers)
    assert slots.wait_until(lambda: slots.is_quiet, PATIENCE_SECONDS)
    assert budget.held == 0
    slots.close(wait=True)
