"""Sessions: where every participant is now."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import ParleyrunError
from ..events import Presence, PresenceState
from ..runner.mailbox import Mailbox
from ..runner.person import PersonAgent
from ..runner.timers import Timer


class At(enum.Enum):
    """The places a participant can be in."""

    DOOR = "door"
    OVERWORLD = "overworld"
    ONBOARDING = "onboarding"
    WAITING = "waiting"
    TASK = "task"
    GONE = "gone"


_MOVES: Mapping[At, frozenset[At]] = {
    At.DOOR: frozenset({At.OVERWORLD, At.GONE}),
    At.OVERWORLD: frozenset({At.OVERWORLD, At.ONBOARDING, At.WAITING, At.GONE}),
    At.ONBOARDING: frozenset({At.OVERWORLD, At.WAITING, At.GONE}),
    At.WAITING: frozenset({At.OVERWORLD, At.ONBOARDING, At.WAITING, At.TASK, At.GONE}),
    At.TASK: frozenset({At.OVERWORLD, At.ONBOARDING, At.WAITING, At.GONE}),
    At.GONE: frozenset({At.DOOR}),
}


class Session:
    """One participant's stay. Touched on the desk only, but for `mailbox`, which any thread may put into.

    `data`, `stored_data` and `onboard_data` belong to the author's code; `agent` is the seat they have now,
    `run_uid` the run it is in, `overworld_uid` the overworld that waits for them, `at_gate` whether the password
    has been asked for.
    """

    __slots__ = (
        "admitted",
        "agent",
        "at",
        "at_gate",
        "away_timer",
        "data",
        "id",
        "locked_out",
        "mailbox",
        "onboard_data",
        "overworld_uid",
        "present",
        "run_uid",
        "since",
        "stored_data",
        "taken_before_trip",
        "task",
        "trips",
        "vain_choices",
        "waiting_timers",
        "wrong_passwords",
    )

    def __init__(self, participant_id: str) -> None:
        self.id = participant_id
        self.mailbox = Mailbox()
        self.data: dict[str, Any] = {}
        self.stored_data: dict[str, Any] = {}
        self.onboard_data: Any = None
        self.at = At.DOOR
        self.since = 0.0
        self.task: str | None = None
        self.agent: PersonAgent | None = None
        self.run_uid: str | None = None
        self.overworld_uid: str | None = None
        self.present = True
        self.away_timer: Timer | None = None
        self.admitted = False
        self.at_gate = False
        self.wrong_passwords = 0
        self.locked_out = False
        self.vain_choices = 0
        self.trips = 0
        self.taken_before_trip = 0
        self.waiting_timers: tuple[Timer, ...] = ()

    def move(self, at: At, *, since: float, task: str | None = None) -> None:
        """Go to a place. Raises `ParleyrunError` for a move that cannot be."""
        if at not in _MOVES[self.at]:
            raise ParleyrunError(f"{self.id} cannot go from {self.at.value} to {at.value}")
        self.at = at
        self.since = since
        self.task = task
        for timer in self.waiting_timers:
            timer.cancel()
        self.waiting_timers = ()

    def new_agent(self) -> PersonAgent:
        """Return a fresh seat for this person, in no run yet."""
        return PersonAgent(
            self.id,
            self.mailbox,
            data=self.data,
            stored_data=self.stored_data,
            onboard_data=self.onboard_data,
        )

    @property
    def here(self) -> bool:
        """True while the person is somewhere inside."""
        return self.at not in (At.DOOR, At.GONE)

    @property
    def role(self) -> str | None:
        return None if self.agent is None or self.at is not At.TASK else self.agent.role


@dataclass(frozen=True, slots=True)
class SessionView:
    """What `eligibility_function` is given. `time_in_pool` maps a task key to seconds."""

    id: str
    data: dict[str, Any]
    stored_data: dict[str, Any]
    onboard_data: Any
    time_in_pool: Mapping[str, float]


KEEP_GONE = 50_000
"""How many people who have gone are remembered, so that they find their data when they come back."""


class Sessions:
    """Everybody the service knows."""

    def __init__(self, keep_gone: int = KEEP_GONE) -> None:
        self._sessions: dict[str, Session] = {}
        self._gone: dict[str, None] = {}  # in the order in which they went
        self._keep_gone = keep_gone

    def get(self, participant_id: str) -> Session | None:
        return self._sessions.get(participant_id)

    def get_or_create(self, participant_id: str) -> tuple[Session, bool]:
        """Return the participant's session, and whether it is new. Any thread."""
        session = self._sessions.get(participant_id)
        if session is not None:
            return session, False
        fresh = Session(participant_id)
        # setdefault is atomic, so of two threads that meet a newcomer only one gets to see `True`.
        session = self._sessions.setdefault(participant_id, fresh)
        return session, session is fresh

    def went(self, session: Session) -> list[str]:
        """Note that somebody is outside and out of sight; return the ids of those who are forgotten for it."""
        self._gone[session.id] = None
        forgotten = []
        while len(self._gone) > self._keep_gone:
            oldest = next(iter(self._gone))
            del self._gone[oldest], self._sessions[oldest]
            forgotten.append(oldest)
        return forgotten

    def came_back(self, session: Session) -> None:
        self._gone.pop(session.id, None)

    def everybody(self) -> list[Session]:
        """Return all sessions of this moment. Any thread."""
        return list(self._sessions.values())


class Party:
    """Who is together in one run of a task. Touched on the desk only."""

    __slots__ = ("members", "task")

    def __init__(self, task: str, members: list[tuple[Session, PersonAgent]]) -> None:
        self.task = task
        self.members = members

    def others(self, session: Session) -> Iterator[Session]:
        """Yield the people who are with this one."""
        for member, _ in self.members:
            if member is not session:
                yield member

    def remove(self, session: Session) -> None:
        self.members = [(member, agent) for member, agent in self.members if member is not session]

    def role_of(self, session: Session) -> str:
        for member, agent in self.members:
            if member is session:
                return agent.role or ""
        return ""

    def presence(self, session: Session, state: PresenceState) -> Presence:
        return Presence(self.role_of(session), state)
