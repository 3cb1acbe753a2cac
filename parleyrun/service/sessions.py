"""Sessions: where every participant is now."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from typing import Any

from ..config.tasks.talk_settings import PLAIN_TALK, TalkSettings
from ..core.message import FrozenDict, Message
from ..errors import ParleyrunError
from ..runner.mailbox import Mailbox
from ..runner.person import PersonAgent
from ..runner.timers import Timer
from ..store.protocol import SessionRecord

CONDITION = "condition"
"""Under this key of their `stored_data` stand the values that somebody has of the study's conditions."""

ROUNDS = "rounds"
"""Under this key of their `stored_data` stands, by task, which round of it they are in, and the conversations that
they have had to the end: one for each round."""


class At(enum.Enum):
    """The places a participant can be in."""

    DOOR = "door"
    OVERWORLD = "overworld"
    ONBOARDING = "onboarding"
    WAITING = "waiting"
    TASK = "task"
    AFTERWARDS = "afterwards"
    GONE = "gone"


OUTSIDE = (At.DOOR, At.GONE)
"""Where people are who are not inside. A tuple: it is looked through with each message, by identity."""

_MOVES: Mapping[At, frozenset[At]] = {
    At.DOOR: frozenset({At.OVERWORLD, At.GONE}),
    At.OVERWORLD: frozenset({At.OVERWORLD, At.ONBOARDING, At.WAITING, At.GONE}),
    At.ONBOARDING: frozenset({At.OVERWORLD, At.WAITING, At.GONE}),
    At.WAITING: frozenset({At.OVERWORLD, At.ONBOARDING, At.WAITING, At.TASK, At.GONE}),
    At.TASK: frozenset({At.OVERWORLD, At.ONBOARDING, At.WAITING, At.AFTERWARDS, At.GONE}),
    At.AFTERWARDS: frozenset({At.OVERWORLD, At.ONBOARDING, At.WAITING, At.GONE}),
    At.GONE: frozenset({At.DOOR}),
}


class Session:
    """One participant's stay. Touched on the desk only, but for `mailbox`, which any thread may put into.
    Everybody may look; it is changed by its own methods only.

    `data`, `stored_data` and `onboard_data` belong to the author's code; `agent` is the seat they have now,
    `run_uid` the run it is in, `overworld_uid` the overworld that waits for them, `at_gate` whether the password
    has been asked for, `talk` what their conversation was begun with, `first_line` the number of its first line in
    their log, where that matters.
    """

    __slots__ = (
        "address",
        "admitted",
        "agent",
        "at",
        "at_gate",
        "away_timer",
        "data",
        "departures",
        "failed_unasked",
        "first_line",
        "held",
        "id",
        "late_words",
        "locked_out",
        "mailbox",
        "onboard_data",
        "only_in_memory",
        "overworld_uid",
        "present",
        "recalled",
        "run_uid",
        "seat_kind",
        "since",
        "stored_data",
        "taken_before_trip",
        "talk",
        "task",
        "trips",
        "vain_choices",
        "waiting_timers",
        "wrong_passwords",
    )

    def __init__(self, participant_id: str, seat_kind: type[PersonAgent] = PersonAgent) -> None:
        self.id = participant_id
        self.seat_kind = seat_kind
        self.mailbox = Mailbox()
        self.data: dict[str, Any] = {}
        self.stored_data: dict[str, Any] = {}
        self.onboard_data: Any = None
        self.at = At.DOOR
        self.since = 0.0
        self.task: str | None = None
        self.talk: TalkSettings = PLAIN_TALK
        self.first_line = 0
        self.agent: PersonAgent | None = None
        self.run_uid: str | None = None
        self.overworld_uid: str | None = None
        self.address = ""
        self.present = True
        self.away_timer: Timer | None = None
        self.admitted = False
        self.at_gate = False
        self.wrong_passwords = 0
        self.late_words = False
        self.locked_out = False
        self.vain_choices = 0
        self.trips = 0
        self.taken_before_trip = 0
        self.failed_unasked = False
        self.held = False
        self.waiting_timers: tuple[Timer, ...] = ()
        self.departures = 0
        self.only_in_memory = False
        self.recalled = False

    def recall(self) -> bool:
        """From now on the session is what is known of the person. False if it was so before."""
        if self.recalled:
            return False
        self.recalled = True
        return True

    def know_nothing(self) -> None:
        """Be a newcomer's, whose connection may be there; what is on record of the person is not read back."""
        self.recall()
        self.departs()  # so that whoever was about to let go of the session does not
        self.cancel_grace()
        self.mailbox = Mailbox()
        self.data, self.stored_data, self.onboard_data = {}, {}, None
        self.at, self.task, self.talk, self.late_words = At.DOOR, None, PLAIN_TALK, False
        self.agent = self.run_uid = self.overworld_uid = None
        self.admitted, self.at_gate, self.wrong_passwords = False, False, 0

    def restore(self, record: SessionRecord, *, data: Any, onboard_data: Any, mail: Iterable[Message]) -> None:
        """Be where a record says, with what was known of the person. Before anybody else knows this session."""
        self.recalled = True
        self.at = At(record.place)
        self.since = record.since
        self.task = record.task
        self.run_uid = record.run_uid
        self.overworld_uid = record.overworld_uid
        self.admitted = record.admitted
        self.at_gate = record.at_gate
        self.wrong_passwords = record.wrong_passwords
        self.data = data.get("data", {})
        self.stored_data = data.get("stored_data", {})
        self.onboard_data = onboard_data
        for message in mail:
            self.mailbox.put(message)

    def move(self, at: At, *, since: float, task: str | None = None) -> None:
        """Go to a place. Raises `ParleyrunError` for a move that cannot be."""
        if at not in _MOVES[self.at]:
            raise ParleyrunError(f"{self.id} cannot go from {self.at.value} to {at.value}")
        self.at = at
        self.since = since
        self.task = task
        self.talk = PLAIN_TALK
        for timer in self.waiting_timers:
            timer.cancel()
        self.waiting_timers = ()

    @property
    def condition(self) -> dict[str, Any]:
        """The values that they have of the study's conditions, by name. Not to be changed."""
        condition: dict[str, Any] = self.stored_data.get(CONDITION, {})
        return condition

    @property
    def round(self) -> int:
        """Which round of their task they are in, from 1."""
        entry: dict[str, Any] = self.stored_data.get(ROUNDS, {}).get(self.task or "", {})
        return int(entry.get("round", 1))

    def new_agent(self) -> PersonAgent:
        """Return a fresh seat for this person, in no run yet."""
        agent = self.seat_kind(
            self.id, self.mailbox, data=self.data, stored_data=self.stored_data, onboard_data=self.onboard_data
        )
        agent.condition = FrozenDict(self.condition)
        agent.round = self.round
        return agent

    def take_seat(self) -> PersonAgent:
        """Sit down on a fresh seat, and return it."""
        self.agent = self.new_agent()
        return self.agent

    def sit(self, agent: PersonAgent) -> None:
        """Sit down on a seat that was made before."""
        self.agent = agent

    def lines_begin(self, first_line: int) -> None:
        """The lines of their conversation begin with that number."""
        self.first_line = first_line

    def talks_under(self, talk: TalkSettings) -> None:
        """This is what is said of the conversation that they are in, until they go to another place."""
        self.talk = talk

    def joined_run(self, uid: str) -> None:
        """The seat is in this run."""
        self.run_uid = uid

    def leave_seat(self) -> None:
        """Get up: in no seat and no run."""
        self.agent = None
        self.run_uid = None

    def give_up_agent(self) -> None:
        """Get up from a seat that only waits, and stay in the run."""
        self.agent = None

    def overworld_opened(self, uid: str) -> None:
        """This overworld is the person's."""
        self.overworld_uid = uid

    def overworld_ended(self) -> str | None:
        """The person has no overworld any more. Returns the one they had."""
        uid, self.overworld_uid = self.overworld_uid, None
        return uid

    def onboarded(self, data: Any) -> None:
        """An onboarding has ended well, with this as its data."""
        self.onboard_data = data

    def wait_with(self, timers: tuple[Timer, ...]) -> None:
        """While the person waits these timers run; they are cancelled when they move on."""
        self.waiting_timers = timers

    def hold(self) -> None:
        """The run they are in is held: their seat stays theirs, however long they are away."""
        self.held = True

    def release(self) -> None:
        """Nothing is held for them any more."""
        self.held = False

    def take_fresh_mailbox(self) -> list[Message]:
        """Begin with an empty mailbox. Returns what was never read in the old one."""
        unread = self.mailbox.unread()
        self.mailbox, self.taken_before_trip = Mailbox(), -1  # what is read of another one is news
        return unread

    def arrived(self) -> None:
        """The person is here, as far as anybody can tell."""
        self.present = True
        if self.away_timer is not None:
            self.away_timer.cancel()
            self.away_timer = None

    def came_from(self, address: str) -> None:
        """Their connection comes from there."""
        self.address = address

    def went_away(self) -> None:
        """The last connection is gone."""
        self.present = False

    def begin_grace(self, timer: Timer) -> None:
        """From now on it is counted how long the person stays away; `timer` ends that."""
        self.away_timer = timer

    def cancel_grace(self) -> None:
        """Nobody needs to count any more how long the person stays away."""
        if self.away_timer is not None:
            self.away_timer.cancel()
            self.away_timer = None

    def departs(self) -> int:
        """The person is outside and out of sight. Returns how often that was so."""
        self.departures += 1
        return self.departures

    def recorded(self, *, whole: bool) -> None:
        """The session goes on record; `whole` says whether all of the person's data can."""
        self.only_in_memory = not whole

    def end_grace(self) -> None:
        """The grace is over."""
        self.away_timer = None

    @property
    def in_grace(self) -> bool:
        """True while it is counted how long the person stays away."""
        return self.away_timer is not None

    def come_to_gate(self) -> None:
        """Be asked for the password."""
        self.at_gate = True

    def left_gate(self) -> None:
        """Nobody asks for a password any more."""
        self.at_gate = False

    def admit(self) -> None:
        """The password was right: once in a life is enough."""
        self.admitted = True
        self.at_gate = False
        self.wrong_passwords = 0

    def said_wrong_password(self) -> int:
        """Count a wrong password. Returns how many there were."""
        self.wrong_passwords += 1
        return self.wrong_passwords

    def lock_out(self) -> None:
        """What is written stays unread for a while."""
        self.locked_out = True

    def unlock(self) -> None:
        """What is written is read again."""
        self.locked_out = False

    def chose_in_vain(self) -> int:
        """Count a choice that leads nowhere. Returns how many there were in a row."""
        self.vain_choices += 1
        return self.vain_choices

    def chose_well(self) -> None:
        """A choice led somewhere."""
        self.vain_choices = 0

    def begin_trip(self) -> int:
        """Count a trip to a task. Returns how many there were without a word having been read."""
        if self.mailbox.taken != self.taken_before_trip:
            self.taken_before_trip = self.mailbox.taken
            self.trips = 0
            self.failed_unasked = False
        self.trips += 1
        return self.trips

    def trip_failed(self) -> None:
        """Something failed on the trip; until the person says something, trying again is of no use."""
        self.failed_unasked = True

    @property
    def lost_task(self) -> str | None:
        """The task that somebody who is outside was in when they stayed away for too long; None once they know."""
        return self.task if self.at is At.GONE else None

    def told_of_loss(self, *, late_words: bool) -> None:
        """The person knows what happened. With `late_words` what they write now was meant for what is over."""
        self.task = None
        self.late_words = late_words

    def begin_anew(self) -> None:
        """What the person writes from now on is meant for what comes."""
        self.late_words = False

    @property
    def here(self) -> bool:
        """True while the person is somewhere inside."""
        return self.at not in OUTSIDE

    @property
    def role(self) -> str | None:
        agent = self.agent if self.at is At.TASK else None
        return None if agent is None or agent.nameless else agent.role
