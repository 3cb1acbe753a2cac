"""Random people doing random things: whatever they do, the service keeps its promises."""

import random
from collections import Counter

import pytest
from small_worlds import Chat, Echo, Menu, Question, Small, opened, pair

from parleyrun.runner.run_state import Phase
from parleyrun.service.sessions import At
from parleyrun.store.protocol import parse_line_reference

WORD = {"ask": "A word?", "kind": "choice", "options": ["hello", "bye", "no"], "decline": ["no"]}
FORMS = {
    "consent": {"fields": {"word": WORD}},
    "mood": {"fields": {"why": {"ask": "Why?", "kind": "text"}, "word": {**WORD, "required": False}}},
}
NAMES = [f"p{number}" for number in range(9)]
TASKS = ("echo", "chat", "group", "ask", "wait", "deaf", "study")
WORDS = (*TASKS, *TASKS, "bye", "bye", "EXIT", "boom", "next", "no", "hello", "how are you?", "nonsense")


class Moody:
    """Breaks at 'boom', and sends its people on to a chat at 'next'."""

    def hear(self, agent, act):
        if act["text"] == "boom":
            raise ValueError("boom")
        if act["text"] == "next":
            for each in self.agents:
                each.data["next_task"] = "chat"
            self.done = True
        else:
            super().hear(agent, act)


class MoodyEcho(Moody, Echo):
    pass


class MoodyChat(Moody, Chat):
    pass


class Group(MoodyChat):
    """Seats one even and two odd people; the others are turned down."""

    @staticmethod
    def assign_roles(agents):
        free = {0: ["Even"], 1: ["Odd", "Also odd"]}
        for agent in agents:
            seats = free[int(agent.id[-1]) % 2]
            agent.disp_id = seats.pop() if seats else None


class Waits(Moody, Chat):
    """A chat in the style that waits inside `parley()`."""

    def parley(self):
        acts = [None, None]
        while not any(acts):
            acts = [agent.act() for agent in self.agents]
        for agent, act in zip(self.agents, acts, strict=True):
            if act is not None and not self.done:
                self.hear(agent, act)


class Deaf(Small):
    """Takes no notice of anything, and is over after a while."""

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.looks = 0

    def parley(self):
        self.looks += 1
        self.done = self.looks > 8


class Walk:
    """A service, people, and what must be true of them whenever all is at rest."""

    def __init__(self, seed, rehearsal):
        self.random = random.Random(seed)
        self.rehearsal = rehearsal
        self.service = rehearsal.service
        self.connected = set()
        self.said = Counter()

    def step(self):
        """Let somebody do something, without waiting for what comes of it."""
        name = self.random.choice(NAMES)
        channel = self.rehearsal.channel
        if name not in self.connected:
            channel.arrive(name, opens=self.random.random() < 0.7)
            self.connected.add(name)
            return
        what = self.random.random()
        if what < 0.75:
            for _ in range(self.random.choice((1, 1, 1, 2, 3))):
                self.said[name] += 1
                channel.say(name, self.random.choice(WORDS))
        elif what < 0.83:
            channel.go(name)
            self.connected.remove(name)
        elif what < 0.9:
            channel.read(name, self.random.randrange(0, 50))
        else:
            channel.type(name, on=self.random.random() < 0.5)

    def rest(self):
        self.rehearsal.settle()
        self.check()

    def check(self):
        sessions = self.service._sessions.everybody()
        for session in sessions:
            self.check_lines(session)
            self.check_place(session)
        self.check_pools(sessions)
        self.check_runs(sessions)

    def check_lines(self, session):
        lines = self.service.lines_after(session.id, 0)
        assert [line.seq for line in lines] == list(range(1, len(lines) + 1)), "numbered without holes"
        name = session.id.partition(":")[2]
        assert [line for line in lines if not line.mine] == self.rehearsal.channel.lines(name), "sent as recorded"
        assert sum(line.mine for line in lines) == self.said[name], "nothing said is lost"
        heard = {}
        for line in lines:
            origin = None if line.mine else parse_line_reference(line.message.carried_line or "")
            if origin is not None:
                assert origin.seq > heard.get(origin.participant_id, 0), "heard in the order it was said, once"
                heard[origin.participant_id] = origin.seq

    def check_place(self, session):
        runs, parties = self.service._runner._runs, self.service._journey.tasks._parties
        if session.here:
            assert session.present == (session.away_timer is None), "nobody is away for ever"
            assert session.present == (session.id.partition(":")[2] in self.connected)
        if session.at is At.OVERWORLD:
            assert runs[session.overworld_uid].state is not Phase.DORMANT, (
                "nobody is left with a sleeping overworld"
            )
        elif session.at in (At.ONBOARDING, At.AFTERWARDS):
            assert session.run_uid in runs
        elif session.at is At.TASK:
            assert session.run_uid in runs
            assert [member for member, _ in parties[session.run_uid].members].count(session) == 1
        else:
            assert session.run_uid is None
        if not session.here:
            assert session.overworld_uid is None, "nobody outside keeps an overworld"
        if session.at in (At.OVERWORLD, At.WAITING):
            assert len(session.mailbox) == 0, "what is said is read"

    def check_pools(self, sessions):
        for pool in self.service._journey.tasks.waiting.pools:
            assert {entry.session for entry in pool} == {
                session for session in sessions if session.at is At.WAITING and session.task == pool.task.key
            }
            assert not pool.matching

    def check_runs(self, sessions):
        parties = self.service._journey.tasks._parties
        members = [member.id for party in parties.values() for member, _ in party.members]
        assert len(members) == len(set(members)), "nobody is in two places"
        assert set(members) == {session.id for session in sessions if session.at is At.TASK}
        expected = {session.overworld_uid for session in sessions} | {
            session.run_uid for session in sessions if session.at in (At.ONBOARDING, At.AFTERWARDS)
        }
        assert set(self.service._runner._runs) == (expected | set(parties)) - {None}, "no run without people"
        blocked = sum(run.state.phase is Phase.BLOCKED for run in self.service._runner._runs.values())
        assert self.service._runner.blocked == blocked

    def everybody_goes(self):
        for name in self.connected:
            self.rehearsal.channel.go(name)
        self.connected.clear()
        self.rehearsal.settle()
        self.rehearsal.advance(120)
        self.check()
        assert len(self.service._runner) == 0
        assert self.service.counts().places.keys() <= {"door"}


def seeds(count):
    """As many walks; the first three of them also where tests have to be fast."""
    return [*range(3), *(pytest.param(seed, marks=pytest.mark.thorough) for seed in range(3, count))]


def walk(seed):
    tasks = {
        "echo": MoodyEcho,
        "chat": pair(MoodyChat, max_time_in_pool=40, backup_task="echo"),
        "group": {"task_world": Group, "agents_required": 3, "max_time_in_pool": 60},
        "ask": {**pair(MoodyChat), "onboard_world": Question},
        "wait": pair(Waits),
        "deaf": Deaf,
        "study": {
            "task_world": MoodyEcho,
            "onboard": ["consent"],
            "afterwards": ["mood", {"form": "consent", "time_limit": 30}],
        },
    }
    return opened(tasks, overworld=QuietMenu, max_workers=2, disconnect_grace=20, forms=FORMS)


class QuietMenu(Menu):
    def return_overworld(self):
        """Come back without a word."""


@pytest.mark.parametrize("seed", seeds(8))
def test_one_thing_after_the_other(seed):
    with walk(seed) as rehearsal:
        walking = Walk(seed, rehearsal)
        for _ in range(120):
            walking.step()
            walking.rest()
            if walking.random.random() < 0.15:
                rehearsal.advance(walking.random.choice((0.5, 3, 10, 45)))
                walking.check()
        walking.everybody_goes()


@pytest.mark.parametrize("seed", seeds(12))
def test_many_things_at_the_same_moment(seed):
    with walk(seed) as rehearsal:
        walking = Walk(seed, rehearsal)
        for _ in range(25):
            for _ in range(walking.random.randrange(5, 40)):
                walking.step()
            walking.rest()
            rehearsal.advance(walking.random.choice((0, 0.5, 3, 25)))
            walking.check()
        walking.everybody_goes()


def test_after_a_wild_walk_everybody_can_begin_anew():
    with walk(0) as rehearsal:
        walking = Walk(4711, rehearsal)
        for _ in range(300):
            walking.step()
        walking.rest()
        walking.everybody_goes()
        for name in NAMES:
            person = rehearsal.person(name).arrives(opens=True)
            if rehearsal.service.place_of(person.id).place == "gone":
                person.arrives(opens=True)  # they were told that their place was given up, and come again
            if rehearsal.service.place_of(person.id).place != "overworld":
                person.says("hi")
            person.says("echo", "here I am")
            assert person.heard[-1] == "here I am"
