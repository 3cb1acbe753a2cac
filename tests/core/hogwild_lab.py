"""Tasks and agents for worlds in several processes: importable, as processes that are spawned import them."""

import multiprocessing
import os
import signal
from collections import Counter
from contextlib import contextmanager

from world_lab import Capitals, Right

from parleyrun import Agent, BatchWorld, DialogPartnerWorld, SumMetric


class Tallied(Capitals):
    """Reports how often each text was asked, as nobody can look into another process."""

    def __init__(self, opt=None, shared=None):
        super().__init__(opt, shared)
        self.asked = Counter()

    def act(self):
        act = super().act()
        self.asked[act["text"]] += 1
        return act

    def reset_metrics(self):
        super().reset_metrics()
        self.asked.clear()

    def report(self):
        return super().report() | {f"asked {text}": SumMetric(times) for text, times in self.asked.items()}


def asked(report):
    """Return how often each text was asked, of what `Tallied` reports."""
    return Counter({name[6:]: metric.value() for name, metric in report.items() if name.startswith("asked ")})


def pair(options, student=Right, teacher=Tallied):
    return DialogPartnerWorld(options, [teacher(options), student(options)])


def reported_alone(options, student=Right):
    """Return what is reported of one epoch where there are no other processes."""
    world = pair(options, student)
    world = BatchWorld(options, world) if options.get("batchsize", 1) > 1 else world
    while not world.epoch_done():
        world.parley()
    return world.report()


class Doomed(Right):
    """Does at its third act, in process 0, what `opt['doom']` says."""

    def act(self):
        if len(self.log) == 2 and self.opt.get("process_index") == 0:
            getattr(self, self.opt["doom"])()
        return super().act()

    def raise_an_error(self):
        raise LookupError("no such word")

    def exit(self):
        raise SystemExit(7)

    def exit_at_once(self):
        os._exit(7)

    def be_killed(self):
        os.kill(os.getpid(), signal.SIGKILL)

    def fall_asleep(self):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.write(self.opt.get("descriptor", 1), b"asleep\n")
        signal.pause()


class Unbuildable(Right):
    """Cannot be copied."""

    def __init__(self, opt=None, shared=None):
        super().__init__(opt)
        if shared is not None:
            raise LookupError("no weights")


class UnableToEnd(Right):
    """Fails in the processes when it is shut down."""

    def shutdown(self):
        if self.opt.get("process_index") is not None:
            raise LookupError("disk is full")


class UnableToReport(Right):
    """Reports what cannot be sent."""

    def report(self):
        return {"words": lambda: 1}


class Holding(Agent):
    """Shares whatever `opt['held']` is."""

    def __init__(self, opt=None, shared=None):
        super().__init__({} if opt is None else {key: value for key, value in opt.items() if key != "held"})
        self.held = shared["parts"][1]["held"] if shared else opt["held"]

    def act(self):
        with self.held.get_lock():
            self.held.value += 1

    def share(self):
        return {**super().share(), "parts": ["weights", {"held": self.held}]}


@contextmanager
def in_time_and_nobody_left_behind(seconds=60):
    """A mistake about who waits for whom must fail a test, not keep it waiting."""

    def too_late(number, frame):
        raise TimeoutError(f"not done within {seconds} seconds")

    before = signal.signal(signal.SIGALRM, too_late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert processes() == []


def processes():
    return [child for child in multiprocessing.active_children() if child.name.startswith("hogwild-")]
