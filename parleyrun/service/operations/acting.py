"""Acting: what operators change, on the desk, and the record of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from ...core.message import FrozenDict, Message
from ...errors import OperatorError
from ...message_marks import OPERATOR
from ...runner.runner import Runner
from ...runner.turn import CalledEnd, Outcome, OutcomeKind
from ...store.operator_records import OperatorAct
from ..journey import Journey
from ..places.pools.hand_matching import HandMatching
from ..places.pools.pool import Pool
from ..service_context import ServiceContext
from ..session_table import Sessions
from ..sessions import At, Session
from .attention_checks import AttentionChecks, check_as_asked
from .bot_seat_orders import BotSeatOrders, SeatExchange, said_at_once
from .control_board import (
    ALL,
    DOOR,
    condition_and_value,
    ending_of,
    is_of_pools,
    pause_of,
    quota_of,
    size_of,
    time_of,
    wait_of,
)
from .effect import Effect
from .operation_requests import (
    CheckAttention,
    EndConversation,
    NotePerson,
    PairPeople,
    ReleaseLine,
    SendMessage,
    SendPerson,
    UndoAct,
)
from .request_kinds import WritingRequest
from .seat_requests import GiveSeat, SetModel, SwapSeat, TakeSeat
from .setting_requests import (
    DrainHost,
    FillHost,
    PauseMatching,
    ResumeMatching,
    SetDoor,
    SetQuota,
    SetSize,
    SetTimeLimit,
    SetWait,
)
from .size_checks import LONGEST_SECONDS, size_as_set
from .study_view import StudyView, row_of
from .usher import Usher, outcome_named

ENDED_BY_OPERATOR = "an operator ended it"
"""Why a conversation is over, as its record says it."""


class Acting:
    """Does what changes something. Runs on the desk. Whatever is refused has changed nothing.

    Args:
        context: What the parts of the service work with.
        journey: The places, and the ways between them.
        sessions: Everybody whom the service has in memory.
        view: Finds people and conversations.
        runner: Ends runs, and has author code run.
    """

    def __init__(
        self, context: ServiceContext, journey: Journey, sessions: Sessions, view: StudyView, runner: Runner
    ) -> None:
        self._context = context
        self._journey = journey
        self._sessions = sessions
        self._view = view
        self._runner = runner
        self._bot_seats = BotSeatOrders(view, journey)
        self._usher = Usher(journey, context)
        self._exchange = SeatExchange(context, journey, view, self._usher, runner)
        self._by_hand = HandMatching(journey.tasks.waiting, runner, context.desk, context.texts.person_name)
        self.checks = AttentionChecks(context, sessions, self._usher, self.record)
        """The questions that people have open."""
        self._done_by: Mapping[type[WritingRequest], Callable[[Any], Effect]] = {
            SendMessage: self._message,
            CheckAttention: self._check,
            SendPerson: self._send,
            EndConversation: self._end,
            PauseMatching: lambda request: self._pause(request.task, True),
            ResumeMatching: lambda request: self._pause(request.task, None),
            SetDoor: self._door,
            SetQuota: self._quota,
            SetWait: self._wait,
            SetTimeLimit: self._time_limit,
            SetSize: self._size,
            DrainHost: self._host,
            FillHost: self._host,
            TakeSeat: self._seat,
            GiveSeat: self._seat,
            SetModel: self._seat,
            SwapSeat: self._exchange.swap,
            ReleaseLine: self._release,
            NotePerson: self._note,
            UndoAct: lambda request: self._undo(request.act),
        }
        self._last_act = 0
        self._released: set[int] = set()

    def number_on(self, last_act: int) -> None:
        """Count on from the last act on record."""
        self._last_act = last_act

    @property
    def pools(self) -> Sequence[Pool]:
        """All pools."""
        return self._journey.tasks.waiting.pools

    def record(self, verb: str, by: str, why: str, effect: Effect) -> int:
        """Have an act recorded with all that this job of the desk changes. Returns its number."""
        self._last_act += 1
        self._context.unit_of_work.act(
            OperatorAct(
                number=self._last_act,
                at=self._context.wall_time(),
                by=by,
                verb=verb,
                target=effect.target,
                why=why,
                details=effect.details,
            )
        )
        return self._last_act

    def do(self, request: WritingRequest) -> Effect:
        """Do it. Raises `OperatorError` if it cannot be done."""
        return self._done_by[type(request)](request)

    def pair(self, request: PairPeople, then: Callable[[OperatorError | Effect], None]) -> None:
        """Match people by hand; `then` is called in the job in which their conversation begins.

        Raises `OperatorError` if it cannot be done, and `then` is not called.
        """
        people = [self._view.inside(name).id for name in request.people]
        if not people:
            raise OperatorError("expected the people to pair, got none")

        def matched(came_of_it: OperatorError | str) -> None:
            if isinstance(came_of_it, OperatorError):
                then(came_of_it)
                return
            session = self._sessions.get(people[0])
            uid = None if session is None else session.run_uid
            details = {"people": people, "task": came_of_it}
            then(Effect(target=uid or "", details=details, conversation=uid))

        self._by_hand.match(people, matched)

    def end_run(self, uid: str, outcome: str, reason: str) -> None:
        """End a run once this job is on record; one that is not there stays as it is."""
        if outcome == "finished":
            end = partial(self._runner.call_end, uid, CalledEnd(method="finish_early", reason=reason))
        else:
            kind: OutcomeKind = "timed out" if outcome == "timed out" else "stopped"
            end = partial(self._runner.stop, uid, Outcome(kind, reason, forced=True))
        self._context.unit_of_work.after(end)

    def _message(self, request: SendMessage) -> Effect:
        named = [request.person, request.conversation, request.task, request.everybody or None]
        if sum(each is not None for each in named) != 1:
            raise OperatorError("expected one of person, conversation, task and everybody: to whom it is said")
        unit, message = self._context.unit_of_work, self._as_operator(request.text)
        details = {"text": request.text}
        if request.person is not None:
            who = self._view.id_of(request.person)
            unit.say(who, message)
            return Effect(target=who, details=details, told=1)
        if request.conversation is not None:
            uid = self._view.uid_of(request.conversation)
            people = self._in_conversation(uid)
            for session in people:
                unit.say_in_run(uid, session.id, message)
            return Effect(target=uid, details=details, told=len(people))
        key = None if request.task is None else self._view.task(request.task)
        people = [each for each in self._sessions.everybody() if each.here and key in (None, each.task)]
        for session in people:
            unit.say(session.id, message)
        return Effect(target=key or ALL, details=details, told=len(people))

    def _check(self, request: CheckAttention) -> Effect:
        if sum(each is not None for each in (request.person, request.conversation, request.task)) != 1:
            raise OperatorError("expected one of person, conversation and task: who is asked")
        check = check_as_asked(request, self._last_act + 1, self._context.wall_time())
        say: Callable[[Session, Message], None]
        if request.conversation is not None:
            target = self._view.uid_of(request.conversation)
            people = self._in_conversation(target)
            say = partial(self._say_within, target)
        else:
            say = self._say
            if request.person is not None:
                people = [self._view.inside(request.person)]
                target = people[0].id
            else:
                target = self._view.task(request.task or "")
                everybody = self._sessions.everybody()
                people = [each for each in everybody if each.at is At.WAITING and each.task == target]
        asked = self.checks.ask(check, people, say)
        if not asked:
            raise OperatorError(f"there is nobody to ask: {len(people)} are there, and have a question open")
        details = {name: value for name, value in asdict(check).items() if name not in ("number", "at")}
        return Effect(target=target, details=details, told=asked)

    def _say(self, session: Session, message: Message) -> None:
        self._context.unit_of_work.say(session.id, message)

    def _say_within(self, uid: str, session: Session, message: Message) -> None:
        self._context.unit_of_work.say_in_run(uid, session.id, message)

    def _as_operator(self, text: str) -> Message:
        sentence = self._context.texts.from_operator or "{text}"
        return Message(sentence.format(text=_words(text)), extra=FrozenDict({OPERATOR: True}))

    def _in_conversation(self, uid: str) -> list[Session]:
        return [session for session, _ in self._journey.tasks.parties[uid].members]

    def _send(self, request: SendPerson) -> Effect:
        session = self._view.inside(request.person)
        before = row_of(session)
        details: dict[str, Any] = {"to": request.to, "from": before.place, "conversation": before.conversation}
        if (request.task is not None) is not (request.to == "task"):
            raise OperatorError("expected a task where somebody is sent to a task, and nowhere else")
        if request.outcome is not None and request.to != "out":
            raise OperatorError("expected an outcome only where somebody is sent out")
        outcome = outcome_named(request.outcome)
        if session.at_gate:
            raise OperatorError(f"{session.id} is asked for the password, and is sent nowhere before that")
        if request.to == "overworld":
            self._usher.back(session)
        elif request.to == "task":
            details["task"] = self._view.task(request.task or "")
            self._usher.to_task(session, details["task"])
        else:
            details["outcome"] = request.outcome
            self._usher.out(session, outcome)
        return Effect(target=session.id, details=details, person=row_of(session))

    def _end(self, request: EndConversation) -> Effect:
        uid = self._view.uid_of(request.conversation)
        how = {"outcome": request.outcome, "reason": ENDED_BY_OPERATOR}
        self._context.controls.set({ending_of(uid): how})
        self.end_run(uid, request.outcome, ENDED_BY_OPERATOR)
        return Effect(target=uid, details={"outcome": request.outcome}, told=len(self._in_conversation(uid)))

    def _host(self, request: DrainHost | FillHost) -> Effect:
        hosts = self._runner.hosts
        if hosts is None:
            raise OperatorError("expected an engine with hosts, and this process executes everything itself")
        if isinstance(request, FillHost):
            hosts.fill(request.host)
            return Effect(target=request.host)
        return Effect(target=request.host, details={"conversations": hosts.drain(request.host)})

    def _pause(self, task: str | None, value: bool | None) -> Effect:
        key = ALL if task is None else self._view.task(task)
        return self._set(key, {pause_of(key): value})

    def _door(self, request: SetDoor) -> Effect:
        state = None if request.state == "open" else request.state
        return self._set("", {DOOR: state}, state=request.state)

    def _seat(self, request: TakeSeat | GiveSeat | SetModel) -> Effect:
        order = self._bot_seats.order(request)
        return self._set(order.uid, order.changes, **order.details)

    def _note(self, request: NotePerson) -> Effect:
        return Effect(target=self._view.id_of(request.person), details={"text": _words(request.text)})

    def _quota(self, request: SetQuota) -> Effect:
        if self._context.assignments.value_named(request.condition, request.value) is None:
            raise OperatorError(f"there is no condition '{request.condition}' with the value '{request.value}'")
        key = quota_of(request.condition, request.value)
        return self._set(f"{request.condition}: {request.value}", {key: request.quota}, quota=request.quota)

    def set_quotas(self, quotas: Mapping[str, int | None]) -> None:
        """Have quotas hold that the control board has; None is what the config says."""
        for key, quota in quotas.items():
            about = condition_and_value(key)
            if about is not None:
                self._context.assignments.set_quota(*about, quota)

    def _wait(self, request: SetWait) -> Effect:
        key = self._view.task(request.task)
        return self._set(key, {wait_of(key): request.seconds}, seconds=request.seconds)

    def _time_limit(self, request: SetTimeLimit) -> Effect:
        key = self._view.task(request.task)
        if request.seconds is not None and request.seconds > LONGEST_SECONDS:
            raise OperatorError(f"expected at most {LONGEST_SECONDS} seconds, got {request.seconds}")
        return self._set(key, {time_of(key): request.seconds}, seconds=request.seconds)

    def _size(self, request: SetSize) -> Effect:
        key = self._view.task(request.task)
        size = size_as_set(self._journey.tasks.plan_of(key), request)
        return self._set(key, {size_of(key): size}, size=size)

    def _set(self, target: str, changes: Mapping[str, Any], **details: Any) -> Effect:
        before = self._context.controls.set(changes)
        if before == {**changes}:
            raise OperatorError("it is so already")
        self.set_quotas(changes)
        waiting = self._journey.tasks.waiting
        if any(map(is_of_pools, changes)):
            waiting.wait_on()
        waiting.go_on_matching()
        return Effect(target=target, details={**details, "before": before})

    def _undo(self, number: int) -> Effect:
        act = self._view.acts.operator_act(number)
        if act is None:
            raise OperatorError(f"there is no act {number}: `acts` lists them")
        if act.verb == CheckAttention.verb:
            if not self.checks.withdraw(number):
                raise OperatorError(f"act {number}: nobody has that question open any more")
            return Effect(target=act.target, details={"undoes": number})
        before = act.details.get("before")
        if not isinstance(before, Mapping):
            raise OperatorError(f"act {number} ({act.verb}) cannot be undone")
        self._bot_seats.refuse_what_is_over(before)
        return self._set(act.target, before, undoes=number)

    def _release(self, request: ReleaseLine) -> Effect:
        held = {line.number: line for line in self._view.acts.held_lines()}
        line = held.get(request.line)
        if line is None or line.run_uid is None or request.line in self._released:
            raise OperatorError(f"there is no line {request.line} that is held: `held` lists them")
        parties = self._journey.tasks.parties
        if line.run_uid not in parties or line.participant_id not in {
            session.id for session in self._in_conversation(line.run_uid)
        }:
            raise OperatorError(f"{line.participant_id} is not in that conversation any more")
        text = None if request.text is None else _words(request.text)
        inside = {session.id for session in self._in_conversation(line.run_uid)}
        lines = [each for each in said_at_once(line, [*held.values()]) if each.participant_id in inside]
        for each in lines:
            message = each.message if text is None else replace(each.message, text=text)
            self._released.add(each.number)
            self._context.unit_of_work.release(line.run_uid, each, message)
        details = {"line": line.number, "text": request.text, "conversation": line.run_uid}
        return Effect(target=line.participant_id, details=details, told=len(lines))


def _words(text: str) -> str:
    if not text.strip():
        raise OperatorError("expected words, got none")
    return text
