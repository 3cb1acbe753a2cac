"""A runner on a table: a clock of our own, and every turn it commits."""

import threading
from itertools import count

from parleyrun.core.message import Message
from parleyrun.runner.mailbox import Mailbox
from parleyrun.runner.person import PersonAgent
from parleyrun.runner.run_context import SeatSigns
from parleyrun.runner.runner import Runner, RunnerSettings
from parleyrun.runner.turn import RunIdentity
from parleyrun.testing import VirtualTimers

PATIENCE_SECONDS = 60.0
"""How long (of real time) a test waits for threads; only a broken test ever waits that long."""


class Table:
    """Launches worlds for people named by a word, and lets them speak."""

    def __init__(self, bot_means=None, **options):
        self.timers = VirtualTimers()
        self.turns = []
        self.typed = []
        self.signs = []
        self.bot_signs = []
        self.on_commit = lambda turn: None
        self.runner = Runner(
            timers=self.timers,
            commit=self._commit,
            signs=SeatSigns(
                typing=lambda *what: self.typed.append((*what, len(self.turns))),
                read=lambda *what: self.signs.append(("read", *what, len(self.turns))),
                unanswered=lambda *what: self.signs.append(("unanswered", *what, len(self.turns))),
                bot_read=lambda *what: self.bot_signs.append(("read", *what)),
                bot_typing=lambda *what: self.bot_signs.append(("typing", *what)),
                growing=lambda *what: self.bot_signs.append(("growing", *what)),
            ),
            settings=RunnerSettings(**options),
            bot_means=bot_means,
        )
        self._mailboxes = {}
        self._numbers = count(1)

    def _commit(self, turn):
        self.turns.append(turn)
        self.on_commit(turn)

    def seat(self, name):
        mailbox = self._mailboxes.setdefault(name, Mailbox())
        return PersonAgent(f"memory:{name}", mailbox)

    def identity(self, world="W"):
        number = next(self._numbers)
        return RunIdentity(f"t_{number}", f"uid{number}", "task", world)

    def launch(self, build, *names, settle=True):
        """Launch a task world; `build` gets the seats. Returns (future, seats, uid)."""
        seats = [self.seat(name) for name in names]
        identity = self.identity(getattr(build, "__name__", "W"))
        future = self.runner.launch(identity, lambda: build(seats), seats)
        if settle:
            self.settle()
        return future, seats, identity.uid

    def launch_overworld(self, build, name, on_value):
        seat = self.seat(name)
        identity = self.identity(getattr(build, "__name__", "O"))
        future = self.runner.launch(identity, lambda: build([seat]), [seat], on_value=on_value)
        self.settle()
        return future, seat, identity.uid

    def says(self, name, *texts, settle=True):
        for text in texts:
            number = next(self._numbers)
            self._mailboxes[name].put(Message(text, carried_line=f"memory:{name}#{number}"))
        if settle:
            self.settle()

    def settle(self):
        assert self.runner.wait_quiet(PATIENCE_SECONDS), "author code did not come to rest"

    def advance(self, seconds):
        self.timers.advance(seconds, self.settle)

    def heard(self, name):
        """What was said to that person, in committed turns."""
        said = [said for turn in self.turns for said in turn.said]
        return [each.message.text for each in said if each.participant_id == f"memory:{name}"]


class Quiet:
    """A world that is over once `done` is set; its `parley()` does nothing."""

    def __init__(self, agents):
        self.agents = agents
        self.done = False
        self.parleys = 0
        self.shutdowns = 0

    def parley(self):
        self.parleys += 1

    def episode_done(self):
        return self.done

    def shutdown(self):
        self.shutdowns += 1


class Echo(Quiet):
    """Says everything back, until somebody says 'bye'."""

    def parley(self):
        self.parleys += 1
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                agent.observe({"text": act["text"]})
                self.done = act["text"] == "bye"


class Note(Quiet):
    """Notes everything that one look at `act()` gives, once in each parley."""

    def __init__(self, agents):
        super().__init__(agents)
        self.acts = []

    def parley(self):
        self.acts.append(self.agents[0].act())


class Ask(Quiet):
    """The idiom of existing worlds: ask again and again until there is an answer."""

    def __init__(self, agents):
        super().__init__(agents)
        self.empty = 0

    def parley(self):
        answer = None
        while answer is None:
            answer = self.agents[0].act()
            self.empty += answer is None
        self.agents[0].observe({"text": f"thanks for {answer['text']}"})
        self.done = answer["text"] == "bye"


def keeping(world_class, kept):
    """Return a builder that puts the world it makes into the list `kept`."""

    def build(agents):
        kept.append(world_class(agents))
        return kept[-1]

    build.__name__ = world_class.__name__
    return build


def worker_threads():
    """The names of the pool threads that are alive."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("parleyrun-worker")]
