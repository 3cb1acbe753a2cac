"""The journey: how people go from the door through overworld, onboarding and pool into a task, and back.

Everything here runs on the desk.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from ..config.plan import Plan, TaskPlan
from ..events import Ended
from ..runner.mailbox import Mailbox
from ..runner.timers import Timers
from ..runner.turn import Outcome, OutcomeKind
from ..runner.world_runner import WorldRunner
from .desk import Desk
from .figures import Meter
from .gate import Gate
from .launching import Launcher
from .parties import Party
from .pool import Match
from .sessions import At, Session, Sessions
from .voice import Voice
from .waiting import EXIT, Waiting

log = logging.getLogger(__name__)


VAIN_CHOICES_ALLOWED = 10
"""How many times in a row an overworld may return what leads nowhere before its person is let go."""


class Journey:
    """Moves people from place to place.

    `forget(participant_id)` is told of those whom nobody needs to remember any more, `on_drained()` when the
    service is closing and the last conversation has ended.
    """

    def __init__(
        self,
        plan: Plan,
        runner: WorldRunner,
        desk: Desk,
        timers: Timers,
        meter: Meter,
        voice: Voice,
        sessions: Sessions,
        forget: Callable[[str], None],
        on_drained: Callable[[], None],
    ) -> None:
        self._plan = plan
        self._runner = runner
        self._desk = desk
        self._clock = timers.clock
        self._voice = voice
        self._sessions = sessions
        self._forget = forget
        self._on_drained = on_drained
        self._launcher = Launcher(runner, desk, meter, plan.opt)
        self._waiting = Waiting(plan, runner, desk, timers, voice, self._start_task, self._stopped_waiting)
        self._gate = Gate(plan.config.password, desk, timers, voice, self._enter_overworld)
        self._parties: dict[str, Party] = {}
        self._onboardings = 0
        self._closing = False

    def close(self) -> None:
        """Begin nothing new. `on_drained` is called once no conversation is left."""
        self._closing = True
        self._waiting.close()
        self._look_whether_drained()

    def _look_whether_drained(self) -> None:
        if self._closing and not self._parties and not self._onboardings:
            self._on_drained()

    def party_of(self, session: Session) -> Party | None:
        return None if session.run_uid is None else self._parties.get(session.run_uid)

    # -- the door -----------------------------------------------------------------------------------------

    def stand_at_door(self, session: Session) -> None:
        """Wait for somebody's first message, which only opens the door."""
        session.mailbox.listen(partial(self._desk.put, self._knocked, session))

    def open_door(self, session: Session) -> None:
        """Let somebody in who is outside."""
        if session.here:
            return
        if self._closing:
            self._voice.tell(session, self._voice.texts.closing_refused)
            return
        self._sessions.came_back(session)
        if session.at is At.GONE:
            session.move(At.DOOR, since=self._clock.time())
        self._gate.open(session)

    def _knocked(self, session: Session) -> None:
        # At the gate, what is written is an answer and belongs to the gate.
        if not session.here and not session.at_gate and session.mailbox.take() is not None:
            # Who writes long after they went is there, though no connection was told of. Before that it may be
            # mail that they left behind, and the grace that runs then lets them out again.
            if session.away_timer is None:
                session.present = True
            self.open_door(session)

    # -- the overworld ------------------------------------------------------------------------------------

    def _enter_overworld(self, session: Session) -> None:
        session.agent = None
        session.run_uid = None
        session.move(At.OVERWORLD, since=self._clock.time())
        self._voice.show_place(session)
        if self._call_back(session):
            return
        session.agent = session.new_agent()
        session.overworld_uid = self._launcher.overworld(
            self._plan.overworld,
            session.agent,
            partial(self._chose, session),
            partial(self._overworld_ended, session),
        )

    def _call_back(self, session: Session) -> bool:
        """Wake the overworld that this person came from, if it is still there and knows how to go on."""
        uid = session.overworld_uid
        if uid is None:
            return False
        if hasattr(self._plan.overworld, "return_overworld") and self._runner.return_overworld(uid):
            return True
        session.overworld_uid = None
        self._runner.stop(uid, Outcome("finished", "its person comes back to a fresh one"))
        return False

    def _chose(self, session: Session, uid: str, value: Any) -> None:
        if session.overworld_uid != uid or session.at is not At.OVERWORLD:
            return
        choice = value if isinstance(value, str) else _wordless(value)
        if value is choice and choice == EXIT:
            self._say_goodbye(session)
        elif value is choice and choice in self._plan.tasks:
            self._go_to_task(session, choice)
        else:
            log.error(
                "%s.parley() returned %s for %s: expected a task key (%s) or %r",
                self._plan.overworld.__name__, _wordless(value), session.id, ", ".join(self._plan.tasks), EXIT,
            )  # fmt: skip
            self._voice.tell(session, self._voice.texts.unknown_task, choice=choice)
            self._choose_again(session)

    def _choose_again(self, session: Session) -> None:
        session.vain_choices += 1
        if session.vain_choices < VAIN_CHOICES_ALLOWED:
            self._enter_overworld(session)
        else:
            # An overworld that returns the same again whatever happens would do so for ever.
            self._go(session, "goodbye")

    def _overworld_ended(self, session: Session, uid: str, outcome: Outcome) -> None:
        if session.overworld_uid != uid:
            return
        session.overworld_uid = None
        if session.at is not At.OVERWORLD:
            return
        if outcome.kind == "failed":
            # A fresh overworld might fail at once again, and so for ever: the person decides.
            self._voice.tell(session, self._voice.texts.world_failed)
            self._go(session, "goodbye")
        else:
            self._say_goodbye(session)

    def _say_goodbye(self, session: Session) -> None:
        self._voice.tell(session, self._voice.texts.goodbye)
        self._go(session, "goodbye")

    # -- onboarding and the pool --------------------------------------------------------------------------

    def _go_to_task(self, session: Session, key: str) -> None:
        if self._closing:
            self._voice.tell(session, self._voice.texts.closing_refused)
            if session.at is At.OVERWORLD:
                self._choose_again(session)
            else:
                self._enter_overworld(session)
            return
        task = self._plan.tasks[key]
        session.vain_choices = 0
        session.agent = None
        session.run_uid = None
        if task.onboard is None:
            self._waiting.enter(session, key)
            return
        session.move(At.ONBOARDING, since=self._clock.time(), task=key)
        self._voice.show_place(session)
        session.agent = session.new_agent()
        self._onboardings += 1
        session.run_uid = self._launcher.task_world(
            f"{key}-onboarding", task.onboard, [session.agent], partial(self._onboarded, session)
        )

    def _onboarded(self, session: Session, uid: str, outcome: Outcome) -> None:
        self._onboardings -= 1
        self._look_whether_drained()
        if session.run_uid != uid or session.at is not At.ONBOARDING or session.task is None:
            return
        session.agent = None
        session.run_uid = None
        if outcome.kind == "failed":
            self._voice.tell(session, self._voice.texts.onboarding_failed)
            self._enter_overworld(session)
        elif outcome.kind == "stopped":
            self._voice.tell(session, self._voice.texts.stopped)
            self._enter_overworld(session)
        elif outcome.data is None:
            self._voice.tell(session, self._voice.texts.turned_away)
            self._enter_overworld(session)
        elif self._closing:
            self._voice.tell(session, self._voice.texts.closing_refused)
            self._enter_overworld(session)
        else:
            session.onboard_data = outcome.data
            self._waiting.enter(session, session.task)

    def _stopped_waiting(self, session: Session, next_task: str | None) -> None:
        if next_task is None:
            self._enter_overworld(session)
        else:
            self._go_to_task(session, next_task)

    # -- the task -----------------------------------------------------------------------------------------

    def _start_task(self, task: TaskPlan, match: Match) -> None:
        members = [(entry.session, agent) for entry, agent in zip(match.entries, match.agents, strict=True)]
        for session, agent in members:
            session.move(At.TASK, since=self._clock.time(), task=task.key)
            session.agent = agent
            self._voice.show_place(session)
        uid = self._launcher.task_world(task.key, task.world, match.agents, self._task_ended)
        for session, _ in members:
            session.run_uid = uid
        self._parties[uid] = Party(task.key, members)

    def _task_ended(self, uid: str, outcome: Outcome) -> None:
        party = self._parties.pop(uid)
        self._look_whether_drained()
        texts = self._voice.texts
        for session, _ in party.members:
            if outcome.kind == "failed":
                self._voice.tell(session, texts.world_failed)
            elif outcome.kind == "left" and outcome.forced:
                self._voice.tell(session, texts.partner_left)
            elif outcome.kind == "stopped":
                self._voice.tell(session, texts.stopped)
            self._after_task(session)

    def _after_task(self, session: Session) -> None:
        next_task = session.data.pop("next_task", None)
        if next_task is None:
            self._enter_overworld(session)
        elif isinstance(next_task, str) and next_task in self._plan.tasks:
            self._go_to_task(session, next_task)
        else:
            log.error(
                "expected a task key (%s) at agent.data['next_task'] of %s, got %s",
                ", ".join(self._plan.tasks), session.id, _wordless(next_task),
            )  # fmt: skip
            self._enter_overworld(session)

    # -- going --------------------------------------------------------------------------------------------

    def person_left(self, session: Session) -> None:
        """Somebody stayed away for too long: free their place, and tell those who were with them."""
        if session.at is At.WAITING:
            self._waiting.leave(session)
        elif session.at is At.ONBOARDING and session.run_uid is not None:
            self._runner.stop(session.run_uid, Outcome("left", "the person left"))
        elif session.at is At.TASK:
            self._leave_task(session)
        # Their seats keep the old mailbox, so that what they left unread opens no door for somebody who is
        # not there, and nothing said on a later visit is read by the world they left.
        session.mailbox = Mailbox()
        self._go(session, "left")

    def came_back(self, session: Session) -> None:
        """Somebody who was away is here again."""
        if session.at is At.WAITING and session.task is not None:
            self._waiting.look_again(session.task)

    def _leave_task(self, session: Session) -> None:
        party = self.party_of(session)
        if party is None or session.agent is None or session.run_uid is None:
            return
        left = party.presence(session, "left")
        party.remove(session)
        for other in party.others(session):
            self._voice.signal(other.id, left)
        self._runner.person_left(session.run_uid, session.agent)

    def _go(self, session: Session, reason: Literal["goodbye", "left"]) -> None:
        overworld_uid, session.overworld_uid = session.overworld_uid, None
        if overworld_uid is not None:
            kind: OutcomeKind = "finished" if reason == "goodbye" else "left"
            self._runner.stop(overworld_uid, Outcome(kind, "the person has gone"))
        session.agent = None
        session.run_uid = None
        session.vain_choices = 0
        session.move(At.GONE, since=self._clock.time())
        self._voice.signal(session.id, Ended(reason))
        self.stand_at_door(session)
        self.out_of_sight(session)

    def out_of_sight(self, session: Session) -> None:
        """Somebody is outside and may never come back: remember only so many of them."""
        for participant_id in self._sessions.went(session):
            self._forget(participant_id)


def _wordless(value: Any) -> str:
    """Describe a value for the log without people's words: an overworld may return what they wrote."""
    if isinstance(value, str):
        return f"a string of {len(value)} characters"
    try:
        return f"{value!r:.60}"
    except Exception:  # an author's value may not even be printable
        return f"a {type(value).__name__}"
