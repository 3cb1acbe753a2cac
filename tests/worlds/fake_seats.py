"""Seats without people, for tests that step a world by hand."""

from collections import deque

from parleyrun import DISCONNECT_TEXT, TIMEOUT_TEXT, Agent


class WouldWaitForEver(Exception):
    """A world asked, within one parley, for more than the test has given it to read."""


class Seat(Agent):
    """Says what it is given to say, and keeps what it is shown."""

    def __init__(self, id="someone", role=None, says=(), data=None, onboard_data=None):
        super().__init__(id=id, role=role)
        self.data = {} if data is None else data
        self.onboard_data = onboard_data
        self.message_partners = ()
        self.mail = deque(says)
        self.seen = []
        self.empty_acts = 0

    def act(self, timeout=None):
        if self.mail:
            text = self.mail.popleft()
            return {"id": self.role, "text": text, "episode_done": text == DISCONNECT_TEXT}
        if timeout is not None:
            return {"id": self.role, "text": TIMEOUT_TEXT, "episode_done": True}
        self.empty_acts += 1
        if self.empty_acts > 1:
            raise WouldWaitForEver(f"{self.id} was shown: {self.texts}")
        return None

    def act_blocking(self, timeout=None):
        return self.act(timeout)

    def observe(self, act):
        self.seen.append(act)

    @property
    def texts(self):
        return [act["text"] for act in self.seen]

    @property
    def last(self):
        return self.seen[-1]


def seated(world_class, seats, opt=None):
    """Build a world for these seats, with roles given if the class gives any."""
    for seat in seats:
        seat.message_partners = tuple(other for other in seats if other is not seat)
    if hasattr(world_class, "assign_roles"):
        world_class.assign_roles(seats)
    return world_class.generate_world(opt or {}, seats)


def go_on(world):
    """Step a world until it is done, returns something, or nothing happens any more."""
    while not world.episode_done():
        before = _happened(world)
        for seat in world.agents:
            seat.empty_acts = 0
        value = world.parley()
        if value is not None:
            return value
        if _happened(world) == before:
            return None
    return None


def say(world, seat, *texts):
    """Let somebody say something, and step the world for as long as anything happens."""
    seat.mail.extend(texts)
    return go_on(world)


def _happened(world):
    return [(len(seat.mail), len(seat.seen)) for seat in world.agents]
