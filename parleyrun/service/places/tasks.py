"""Tasks: people's way through onboarding and pool into a conversation, and what comes after it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...config.plan import TaskPlan
from ...core.message import EXIT, FrozenDict
from ...runner.mailbox import Mailbox
from ...runner.person import PersonAgent
from ...runner.runner import Runner
from ...runner.seats.seat_swap import SeatSwap
from ...runner.turn import NO_ANSWER, Outcome
from ...store.protocol import MatchRecord, PoolRecord, RunRecord, SavedRun
from ...study.visit_completion import VisitPart, part_of
from ..bots.seat_swaps import past_of, swap_of
from ..bots.task_seats import FirstSeats, SeatsAgain
from ..current_plan import CurrentPlan
from ..launching import Launcher
from ..service_context import ServiceContext
from ..sessions import At, Session
from ..talks.talks import Talks
from .alone.afterwards import Afterwards
from .alone.onboarding import Onboarding
from .overworld import shortened
from .participation import Participation
from .party import Party
from .pools.matching import Match
from .pools.meanwhile import Meanwhile
from .pools.waiting import Waiting
from .role_giving import is_nameless
from .routes import Routes

log = logging.getLogger(__name__)

TRIPS_ALLOWED = 20
"""How many tasks in a row somebody may be sent to without a word of theirs having been read."""


@dataclass(frozen=True, slots=True)
class SavedSeat:
    """A seat of a conversation on record. The session of somebody who has left is elsewhere by now."""

    session: Session
    role: str | None
    has_left: bool


class Tasks:
    """Sends people to tasks, starts conversations, and sees people off when these end. Runs on the desk.

    `on_drained()` is called when the service is closing and the last conversation has ended.
    """

    def __init__(
        self,
        plan: CurrentPlan,
        runner: Runner,
        context: ServiceContext,
        launcher: Launcher,
        routes: Routes,
        participation: Participation,
        on_drained: Callable[[], None],
    ) -> None:
        self._plan = plan
        self._participation = participation
        self._runner = runner
        self._context = context
        self._launcher = launcher
        self._routes = routes
        self._on_drained = on_drained
        self._bot_seats = context.bot_seats
        meanwhile = Meanwhile(runner, context, launcher)
        self.waiting = Waiting(plan, runner, context, self._start, self._stopped_waiting, meanwhile)
        self.onboarding = Onboarding(
            plan, runner, context, launcher, routes, self._wait, self._look_whether_drained
        )
        self.afterwards = Afterwards(
            plan, runner, context, launcher, routes, self._see_off, self._look_whether_drained
        )
        self.talks = Talks(runner, context)
        self._parties: dict[str, Party] = {}
        self._closing = False

    def close(self) -> None:
        """Begin nothing new. `on_drained` is called once no conversation is left."""
        self._closing = True
        self.waiting.close()
        self.onboarding.close()
        self._look_whether_drained()

    @property
    def keys(self) -> Sequence[str]:
        """The keys of the tasks there are. Any thread."""
        return [*self._plan.now.tasks]

    def plan_of(self, key: str) -> TaskPlan:
        """Return what there is of the task of that key. Any thread."""
        return self._plan.now.tasks[key]

    @property
    def parties(self) -> Mapping[str, Party]:
        """Who is together in which conversation, by its run."""
        return self._parties

    def party_of(self, session: Session) -> Party | None:
        """Return who somebody is in conversation with, None while they are in none."""
        return None if session.run_uid is None else self._parties.get(session.run_uid)

    def bots_sit(self, uid: str, bots: Sequence[tuple[str, bool]], left: Sequence[str] | None) -> None:
        """These bots sit in a conversation, and those have `left`; None: all others."""
        party = self._parties.get(uid)
        if party is not None:
            party.bots_sit(bots, left)
        self.talks.bots_sit(uid, bots, left)

    @property
    def models(self) -> Sequence[str]:
        """The names of the models there are. Any thread."""
        return [*self._plan.now.models]

    def go_to(self, session: Session, key: str) -> bool:
        """Send somebody to a task. False if they may not: they were told, and stay where they are."""
        if self._closing or self._context.controls.door == "drain":
            self._context.tell(session, self._context.texts.closing_refused)
            return False
        if not self._participation.may_take(session, key):
            if not session.vain_choices:
                self._context.tell(session, self._context.texts.not_again, task=key)
            return False
        trips = session.begin_trip()
        if session.failed_unasked:
            # Nobody asked for another try: an overworld sends its person on whatever happened. They were told.
            self._routes.outside(session, "failed")
            return True
        if trips > TRIPS_ALLOWED:
            log.error(
                "%s was sent to %r and other tasks %d times without having said anything: worlds that end at once "
                "and send their people on would do so for ever", session.id, key, TRIPS_ALLOWED,
            )  # fmt: skip
            self._context.tell(session, self._context.texts.world_failed)
            self._routes.outside(session, "failed")
            return True
        task = self._plan.now.tasks[key]
        session.chose_well()
        session.leave_seat()
        if self._bot_seats.are_out_of_means(task):
            self._context.tell_enough_people(session)
            self._context.desk.put(self._stopped_waiting, session, None)
        elif task.onboard is None:
            self._wait(session, key)
        else:
            self.onboarding.begin(session, task)
        return True

    def _wait(self, session: Session, key: str) -> None:
        self._participation.begins_round(session, key)
        self.waiting.enter(session, key)

    def leave(self, session: Session) -> None:
        """Free the place of somebody who stayed away for too long, and tell those who were with them."""
        if session.at is At.WAITING:
            self.waiting.leave(session)
        elif session.at is At.ONBOARDING:
            self.onboarding.leave(session)
        elif session.at is At.AFTERWARDS:
            self.afterwards.leave(session)
        elif session.at is At.TASK:
            self._leave_conversation(session)

    def came_back(self, session: Session) -> None:
        """Somebody who was away is here again."""
        if session.at is At.WAITING:
            self.waiting.came_back(session)

    def with_onboarding(self, key: str) -> TaskPlan | None:
        """Return the task of that key, if there is one and it has an onboarding."""
        task = self._plan.now.tasks.get(key)
        return task if task is not None and task.onboard is not None else None

    def is_nameless(self, key: str | None) -> bool:
        """Whether who is in that task alone is shown no name."""
        task = self._plan.now.tasks.get(key or "")
        return task is not None and is_nameless(task)

    def restore_waiting(
        self, session: Session, entry: PoolRecord, *, onboard: bool, run: SavedRun | None = None
    ) -> None:
        """Put somebody back into a pool, and into the run that they were in meanwhile, if there is one.

        With `onboard` they are onboarded first.
        """
        if entry.task in self._plan.now.tasks and not onboard:
            self.waiting.restore(session, entry, run)
            return
        if run is not None:
            self._launcher.abandon(run, "its person waits no more")
            session.leave_seat()
        if onboard:
            self._context.unit_of_work.leave_pool(session.id)
            self._context.desk.put(self._routes.to_task, session, entry.task)
        else:
            self._context.tell(session, self._context.texts.unknown_task, choice=entry.task)
            self._context.unit_of_work.leave_pool(session.id)
            self._context.desk.put(self._routes.to_overworld, session)

    def restore(self, run: SavedRun, seats: Sequence[SavedSeat]) -> None:
        """Go on with a conversation, hold it, or end it, where it cannot go on."""
        uid, key = run.record.identity.uid, run.record.task or ""
        task = self._plan.now.tasks.get(key)
        agents = []
        members = []
        for seat in seats:
            agent = seat.session.new_agent()
            agent.disp_id = seat.role
            agent.nameless = self.is_nameless(key)
            agents.append(agent)
            if seat.has_left:
                # What they say on a later visit is not for this world.
                agent.mailbox = Mailbox()
            else:
                seat.session.sit(agent)
                members.append((seat.session, agent))
        party = self._parties[uid] = Party(key, members)
        holding = self._context.holding
        reason = holding.unfit(run) if holding.holds else None
        if reason is not None:
            self._hold(run.record, reason)
            return
        if task is None or run.outcome is not None:
            self._context.desk.put(self._ended, uid, self._launcher.end_lost(run))
            return
        on_held = partial(self._hold, run.record) if holding.holds else None
        seats_again = SeatsAgain(
            bot_seats=self._bot_seats,
            task=self._context.controls.sized_in(uid, task),
            person_name=self._context.texts.person_name,
        )
        self._launcher.task_world("task", key, task.world, agents, self._ended, run, on_held, seats_again)
        self.talks.go_on(task, party, run)
        for position, agent in enumerate(agents):
            entry = self._context.controls.swapped_in(uid, agent.role or "")
            if seats[position].has_left and entry is not None:
                agent.replaced = True
                swap = self._swap(agent, key, entry)
                self._context.unit_of_work.after(partial(self._runner.person_left, uid, agent, swap))
            elif seats[position].has_left:
                if position in run.told_left:
                    agent.mark_left(told=True)
                self._context.unit_of_work.after(partial(self._runner.person_left, uid, agent))

    def _hold(self, record: RunRecord, reason: str) -> None:
        party = self._parties.pop(record.identity.uid)
        self.talks.held(record.identity.uid)
        people = [session for session, _ in party.members]
        self._context.holding.hold(record, people, reason, self._leave_held)
        self._look_whether_drained()

    def _leave_held(self, session: Session) -> None:
        self._routes.outside(session, "goodbye")

    def _look_whether_drained(self) -> None:
        going_on = self._parties or self.onboarding.going_on or self.afterwards.going_on
        if self._closing and not going_on:
            self._on_drained()

    def _stopped_waiting(self, session: Session, next_task: str | None) -> None:
        if next_task is None:
            self._routes.to_overworld(session)
        else:
            self._routes.to_task(session, next_task)

    def _start(self, task: TaskPlan, match: Match) -> None:
        drawn = self._context.assignments.draw_for_group()
        if drawn:
            for agent in match.agents:
                agent.condition = FrozenDict({**agent.condition, **drawn})
            # Anew from the plan: what depends on a group's condition was left out while nobody knew its value.
            task = self._plan.now.tasks[task.key].under(match.agents[0].condition)
        members = [(entry.session, agent) for entry, agent in zip(match.entries, match.agents, strict=True)]
        for session, agent in members:
            session.move(At.TASK, since=self._context.wall_time(), task=task.key)
            session.sit(agent)
            self._context.announcements.show_place(session)
        seats = FirstSeats(
            bot_seats=self._bot_seats, task=task, filling=match.filling, filled_after=match.filled_after
        )
        uid = self._launcher.task_world("task", task.key, task.world, match.agents, self._ended, seats=seats)
        self._context.assignments.begin_group(uid, drawn, [session for session, _ in members])
        for session, _ in members:
            session.joined_run(uid)
            self._context.unit_of_work.touch(session)
            self._participation.takes(session, task.key, uid)
        taken = tuple(session.id for session, _ in members)
        self._context.unit_of_work.match(
            MatchRecord(task.key, uid, self._context.wall_time(), taken, match.passed_over)
        )
        self._context.controls.begins(uid, task.key)
        party = self._parties[uid] = Party(task.key, members)
        self.talks.begin(uid, task, party, match.filling)

    def _ended(self, uid: str, outcome: Outcome) -> None:
        self._context.unit_of_work.answer(uid)
        party = self._parties.pop(uid)
        self.talks.over(uid)
        self._context.controls.ended(uid)
        texts = self._context.texts
        people = [session for session, _ in party.members]
        parts = [self._part(session, agent, outcome) for session, agent in party.members]
        going_on = {
            session.id
            for session, part in zip(people, parts, strict=True)
            if self._participation.round_over(session, party.task, uid, part)
        }
        well = outcome.kind == "finished"
        self._context.assignments.end_group(uid, people, well=well, going_on=going_on)
        for session, part in zip(people, parts, strict=True):
            self._context.hooks.removed(session.id)
            if session.id not in going_on:
                self._context.visits.happened(session, part)
            if outcome.kind == "failed":
                session.trip_failed()
                self._context.tell(session, texts.world_failed)
            elif outcome.kind == "left" and outcome.forced:
                self._context.tell(session, texts.partner_left)
            elif outcome.kind == "finished" and outcome.forced:
                self.talks.tell_end(session, outcome)
            elif outcome.kind == "stopped":
                self._context.tell(session, texts.stopped)
            if not self.afterwards.begin(session, party.task, part):
                self._see_off(session)
        self._look_whether_drained()
        self.waiting.look_where_authors_decide()

    def _part(self, session: Session, agent: PersonAgent, outcome: Outcome) -> VisitPart:
        is_silent = agent.timed_out or outcome.reason == NO_ANSWER.format(who=agent.role or agent.id)
        return self._context.visits.part_for(session, part_of(outcome.kind, silent=is_silent))

    def _next_round(self, session: Session, key: str) -> None:
        """Look for the next partner of somebody who is to have several."""
        if self._closing or session.begin_trip() > TRIPS_ALLOWED + self._plan.now.tasks[key].config.rounds:
            self._routes.to_overworld(session)
            return
        session.leave_seat()
        number, count = self._participation.begins_round(session, key)
        self._context.tell(session, self._context.texts.next_round, round=number, rounds=count)
        self.waiting.enter(session, key)

    def _see_off(self, session: Session) -> None:
        """Send somebody whose conversation is over to where its world wants them, on to the next, or back."""
        next_task = session.data.pop("next_task", None)
        self._context.unit_of_work.touch(session, data=next_task is not None)
        if next_task is None and session.task and self._participation.goes_on(session, session.task):
            self._next_round(session, session.task)
        elif next_task is None:
            self._routes.to_overworld(session)
        elif next_task == EXIT:
            self._routes.outside(session, "goodbye")
        elif isinstance(next_task, str) and next_task in self._plan.now.tasks:
            self._routes.to_task(session, next_task)
        else:
            log.error(
                "expected a task key (%s) at agent.data['next_task'] of %s, got %s",
                ", ".join(self._plan.now.tasks), session.id, shortened(next_task),
            )  # fmt: skip
            self._routes.to_overworld(session)

    def hand_over(self, session: Session, entry: Mapping[str, Any]) -> SeatSwap:
        """Have somebody get up from a conversation, in which that bot of the control board's goes on."""
        agent, party = session.agent, self.party_of(session)
        assert agent is not None
        assert party is not None
        agent.replaced = True
        party.remove(session)
        session.give_up_agent()
        self._context.hooks.removed(session.id)
        return self._swap(agent, party.task, entry)

    def _swap(self, agent: PersonAgent, task: str, entry: Mapping[str, Any]) -> SeatSwap:
        past = past_of(agent, entry, self._context.unit_of_work.lines)
        return swap_of(agent, entry, self._plan.now.tasks[task], self._bot_seats, past)

    def _leave_conversation(self, session: Session) -> None:
        party = self.party_of(session)
        if party is None or session.agent is None or session.run_uid is None:
            return
        left = party.presence(session, "left")
        party.remove(session)
        for other in party.others(session):
            self._context.announcements.signal(other.id, left)
        self.talks.somebody_left(session.run_uid)
        self._context.unit_of_work.after(partial(self._runner.person_left, session.run_uid, session.agent))
        self._context.hooks.removed(session.id)
