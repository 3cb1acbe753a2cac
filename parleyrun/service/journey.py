"""The journey: how people go from the door through overworld, onboarding and pool into a task, and back.

Everything here runs on the desk.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from ..config.plan import Plan, TaskPlan
from ..events import Ended
from ..runner.mailbox import Mailbox
from ..runner.recorder import WorldSnapshots
from ..runner.timers import Timers
from ..runner.turn import Outcome, OutcomeKind
from ..runner.world_runner import WorldRunner
from ..store.protocol import MatchRecord, PoolRecord, SavedRun
from .announcements import Voice
from .counts import Meter
from .desk import Desk
from .launching import Launcher
from .password import Gate
from .pool import Match
from .sessions import At, Party, Session, Sessions
from .unit_of_work import Batch
from .waiting import EXIT, Waiting

log = logging.getLogger(__name__)


VAIN_CHOICES_ALLOWED = 10
"""How many times in a row an overworld may return what leads nowhere before its person is let go."""


TRIPS_ALLOWED = 20
"""How many tasks in a row somebody may be sent to without a word of theirs having been read."""


@dataclass(frozen=True, slots=True)
class SavedSeat:
    """A seat of a conversation on record. The session of somebody who has left is elsewhere by now."""

    session: Session
    role: str | None
    has_left: bool


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
        batch: Batch,
        sessions: Sessions,
        forget: Callable[[str], None],
        on_drained: Callable[[], None],
        snapshots: WorldSnapshots | None,
    ) -> None:
        self._plan = plan
        self._runner = runner
        self._desk = desk
        self._clock = timers.clock
        self._voice = voice
        self._sessions = sessions
        self._forget = forget
        self._on_drained = on_drained
        self._batch = batch
        self._launcher = Launcher(runner, desk, timers, meter, batch, plan.opt, snapshots)
        self._waiting = Waiting(plan, runner, desk, timers, voice, batch, self._start_task, self._stopped_waiting)
        self._gate = Gate(plan.config.password, desk, timers, voice, batch, self._enter_overworld)
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
            self._batch.touch(session)
        self._gate.open(session)

    def _knocked(self, session: Session) -> None:
        # At the gate, what is written is an answer and belongs to the gate.
        if session.here or session.at_gate:
            return
        knock = session.mailbox.take()
        if knock is not None:
            self._batch.consume(knock)
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
        self._batch.touch(session)
        self._voice.show_place(session)
        if not self._call_back(session):
            self._open_overworld(session)

    def _open_overworld(self, session: Session, saved: SavedRun | None = None) -> None:
        session.agent = session.new_agent()
        session.overworld_uid = self._launcher.overworld(
            self._plan.overworld,
            session.agent,
            partial(self._chose, session),
            partial(self._overworld_ended, session),
            saved,
        )

    def _call_back(self, session: Session) -> bool:
        """Wake the overworld that this person came from, if it is still there and knows how to go on."""
        uid = session.overworld_uid
        if uid is None:
            return False
        if hasattr(self._plan.overworld, "return_overworld") and self._runner.is_asleep(uid):
            self._batch.after(partial(self._runner.return_overworld, uid))
            return True
        session.overworld_uid = None
        self._stop(uid, Outcome("finished", "its person comes back to a fresh one"))
        return False

    def _stop(self, uid: str, outcome: Outcome) -> None:
        self._batch.after(partial(self._runner.stop, uid, outcome))

    def _chose(self, session: Session, uid: str, value: Any) -> None:
        self._batch.answer(uid)
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
        self._batch.answer(uid)
        if session.overworld_uid != uid:
            return
        session.overworld_uid = None
        self._batch.touch(session)
        if session.at is not At.OVERWORLD:
            return
        if outcome.kind == "failed":
            # A fresh overworld might fail at once again, and so for ever: the person decides.
            self._voice.tell(session, self._voice.texts.world_failed)
            self._go(session, "goodbye")
        elif outcome.kind == "stopped":
            # It could not be restored: a fresh one takes its place.
            self._choose_again(session)
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
        if self._goes_in_circles(session):
            log.error(
                "%s was sent to %r and other tasks %d times without having said anything: worlds that end at once "
                "and send their people on would do so for ever", session.id, key, TRIPS_ALLOWED,
            )  # fmt: skip
            self._voice.tell(session, self._voice.texts.world_failed)
            self._go(session, "goodbye")
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
        self._batch.touch(session)
        self._open_onboarding(session, task)

    def _goes_in_circles(self, session: Session) -> bool:
        if session.mailbox.taken != session.taken_before_trip:
            session.taken_before_trip = session.mailbox.taken
            session.trips = 0
        session.trips += 1
        return session.trips > TRIPS_ALLOWED

    def _open_onboarding(self, session: Session, task: TaskPlan, saved: SavedRun | None = None) -> None:
        assert task.onboard is not None
        session.agent = session.new_agent()
        self._onboardings += 1
        session.run_uid = self._launcher.task_world(
            "onboarding", task.key, task.onboard, [session.agent], partial(self._onboarded, session), saved
        )

    def _onboarded(self, session: Session, uid: str, outcome: Outcome) -> None:
        self._batch.answer(uid)
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
        uid = self._launcher.task_world("task", task.key, task.world, match.agents, self._task_ended)
        for session, _ in members:
            session.run_uid = uid
            self._batch.touch(session)
        taken = tuple(session.id for session, _ in members)
        self._batch.match(MatchRecord(task.key, uid, self._clock.time(), taken, match.passed_over))
        self._parties[uid] = Party(task.key, members)

    def _task_ended(self, uid: str, outcome: Outcome) -> None:
        self._batch.answer(uid)
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
        self._batch.touch(session, data=next_task is not None)
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

    # -- after a restart (class Restoring) ----------------------------------------------------------------

    def restore_counts(self, counts: dict[str, int]) -> None:
        self._launcher.counts.update(counts)

    def restore_at_door(self, session: Session) -> None:
        if session.at_gate and not self._gate.open_to_all:
            self._gate.listen(session)
        else:
            session.at_gate = False
            self.stand_at_door(session)

    def restore_gone(self, session: Session) -> None:
        self.stand_at_door(session)
        self.out_of_sight(session)

    def restore_overworld(self, session: Session, run: SavedRun | None) -> None:
        """Restore the overworld that somebody is in, or that waits for them."""
        if run is None or run.outcome is not None:
            session.overworld_uid = None
            if session.at is At.OVERWORLD:
                outcome = Outcome("stopped", "not on record") if run is None else run.outcome
                session.overworld_uid = uid = "" if run is None else run.record.identity.uid
                self._desk.put(self._overworld_ended, session, uid, outcome)
            return
        self._open_overworld(session, run)
        if session.at is not At.OVERWORLD:
            session.agent = None
        elif run.value is not None:
            self._desk.put(self._chose, session, run.record.identity.uid, run.value)
        elif run.asleep:
            # They were on their way back to it.
            self._desk.put(self._enter_overworld, session)

    def restore_onboarding(self, session: Session, run: SavedRun | None) -> None:
        task = self._plan.tasks.get(session.task or "")
        if run is not None and run.outcome is None and task is not None and task.onboard is not None:
            self._open_onboarding(session, task, run)
            return
        self._onboardings += 1
        session.run_uid = uid = "" if run is None else run.record.identity.uid
        outcome = _LOST if run is None else self._end_lost(run)
        self._desk.put(self._onboarded, session, uid, outcome)

    def restore_waiting(self, session: Session, entry: PoolRecord) -> None:
        if entry.task in self._plan.tasks:
            self._waiting.restore(session, entry)
        else:
            self._voice.tell(session, self._voice.texts.unknown_task, choice=entry.task)
            self._batch.leave_pool(session.id)
            self._desk.put(self._enter_overworld, session)

    def look_at_pools(self) -> None:
        self._waiting.look_at_all()

    def restore_lost(self, session: Session) -> None:
        """Their conversation is not on record: bring them back."""
        self._desk.put(self._enter_overworld, session)

    def restore_task(self, run: SavedRun, seats: Sequence[SavedSeat]) -> None:
        """Restore a conversation."""
        uid, key = run.record.identity.uid, run.record.task or ""
        task = self._plan.tasks.get(key)
        agents = []
        members = []
        for seat in seats:
            agent = seat.session.new_agent()
            agent.role = seat.role
            agents.append(agent)
            if seat.has_left:
                # What they say on a later visit is not for this world.
                agent.mailbox = Mailbox()
            else:
                seat.session.agent = agent
                members.append((seat.session, agent))
        self._parties[uid] = Party(key, members)
        if task is None or run.outcome is not None:
            self._desk.put(self._task_ended, uid, self._end_lost(run))
            return
        self._launcher.task_world("task", key, task.world, agents, self._task_ended, run)
        for position, agent in enumerate(agents):
            if seats[position].has_left:
                if position in run.told_left:
                    agent.mark_left(told=True)
                self._batch.after(partial(self._runner.person_left, uid, agent))

    def _end_lost(self, run: SavedRun) -> Outcome:
        """Return how a run ended; one whose task is no longer there ends now."""
        if run.outcome is None:
            self._launcher.end(run, _LOST)
        return run.outcome or _LOST

    def abandon(self, run: SavedRun, reason: str) -> None:
        """Put it on record that a run is over in which nobody is any more."""
        if run.outcome is None:
            self._launcher.end(run, Outcome("stopped", reason, forced=True))
        self._batch.answer(run.record.identity.uid)

    # -- going --------------------------------------------------------------------------------------------

    def person_left(self, session: Session) -> None:
        """Somebody stayed away for too long: free their place, and tell those who were with them."""
        if session.at is At.WAITING:
            self._waiting.leave(session)
        elif session.at is At.ONBOARDING and session.run_uid is not None:
            if session.agent is not None:
                self._batch.after(partial(self._runner.person_left, session.run_uid, session.agent))
        elif session.at is At.TASK:
            self._leave_task(session)
        # Their seats keep the old mailbox, so that what they left unread opens no door for somebody who is
        # not there, and nothing said on a later visit is read by the world they left.
        for message in session.mailbox.unread():
            self._batch.consume(message)
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
        self._batch.after(partial(self._runner.person_left, session.run_uid, session.agent))

    def _go(self, session: Session, reason: Literal["goodbye", "left"]) -> None:
        overworld_uid, session.overworld_uid = session.overworld_uid, None
        if overworld_uid is not None:
            kind: OutcomeKind = "finished" if reason == "goodbye" else "left"
            self._stop(overworld_uid, Outcome(kind, "the person has gone"))
        session.agent = None
        session.run_uid = None
        session.vain_choices = 0
        session.move(At.GONE, since=self._clock.time())
        self._batch.touch(session)
        self._voice.signal(session.id, Ended(reason))
        self.stand_at_door(session)
        self.out_of_sight(session)

    def out_of_sight(self, session: Session) -> None:
        """Somebody is outside and may never come back: remember only so many of them."""
        for participant_id in self._sessions.went(session):
            self._forget(participant_id)


_LOST = Outcome("stopped", "its task is not in the config any more", forced=True)


def _wordless(value: Any) -> str:
    """Describe a value for the log without people's words: an overworld may return what they wrote."""
    if isinstance(value, str):
        return f"a string of {len(value)} characters"
    try:
        return f"{value!r:.60}"
    except Exception:  # an author's value may not even be printable
        return f"a {type(value).__name__}"
