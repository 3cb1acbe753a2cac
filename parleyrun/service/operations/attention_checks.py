"""Attention checks: short questions of an operator's to people, with a time in which to answer them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ...core.message import EXIT, FrozenDict, Message
from ...errors import OperatorError
from ...events import Delivery, Lines
from ...message_marks import OPERATOR
from ...store.protocol import parse_line_reference
from ..service_context import ServiceContext
from ..session_table import Sessions
from ..sessions import Session
from .control_board import check_of
from .effect import Effect
from .operation_requests import CheckAttention
from .usher import Usher, outcome_named

BY_ITSELF = "parleyrun"
"""Who did it, on record, where it was the service itself."""

LONGEST_CHECK_SECONDS = 86_400
MOST_REPLIES = 10

Record = Callable[[str, str, str, Effect], int]
"""Has an act recorded: its verb, who did it, why, and what came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCheck:
    """A question that somebody has not answered yet; plain JSON as a dict.

    Attributes:
        number: The act's by which it was asked.
        text: The question.
        at: When it was asked, in wall time.
        seconds: How long they have.
        replies: The answers that are offered; only these count then.
        answer: The right one; None where there is none.
        otherwise: What follows where it is not answered, or wrongly: `nothing`, `note` or `out`.
        outcome: How the visit ends of somebody who goes out.
    """

    number: int
    text: str
    at: float
    seconds: int
    replies: tuple[str, ...] = ()
    answer: str | None = None
    otherwise: str = "nothing"
    outcome: str | None = None

    def is_answered_by(self, message: Message) -> bool:
        """Whether that is an answer; anything else that people say goes where it always goes."""
        said = message.text.strip().casefold()
        if message.payload is not None or not said or said == EXIT.casefold():
            return False
        return not self.replies or said in {reply.strip().casefold() for reply in self.replies}

    def is_right(self, said: str) -> bool | None:
        """Whether that is the right answer; None where there is none."""
        return None if self.answer is None else said.strip().casefold() == self.answer.strip().casefold()


class AttentionChecks:
    """Asks people, and sees to what follows. On the desk, but for `take`.

    What is open is on the control board, and so on record. After a restart people have the whole time again.

    Args:
        context: What the parts of the service work with.
        sessions: Everybody whom the service has in memory.
        usher: Brings those out who are to go.
        record: Has an act recorded.
    """

    def __init__(self, context: ServiceContext, sessions: Sessions, usher: Usher, record: Record) -> None:
        self._context = context
        self._sessions = sessions
        self._usher = usher
        self._record = record
        self._found: dict[str, Message] = {}

    def take(self, session: Session, message: Message) -> bool:
        """Take what somebody says who is inside, if it answers a question that they have open. Any thread."""
        check = self._open(session.id)
        if check is None or not check.is_answered_by(message):
            return False
        self._context.desk.put(self.answered, session, message)
        return True

    def ask(self, check: OpenCheck, people: Iterable[Session], say: Callable[[Session, Message], None]) -> int:
        """Ask people, but for those who have a question open already. Returns how many were asked."""
        sentence = self._context.texts.from_operator or "{text}"
        shown = Message(
            sentence.format(text=check.text), quick_replies=check.replies, extra=FrozenDict({OPERATOR: True})
        )
        asked = [session for session in people if not session.at_gate and self._open(session.id) is None]
        for session in asked:
            say(session, shown)
            self._context.controls.set({check_of(session.id): asdict(check)})
            self._call_later(session.id, check)
        return len(asked)

    def withdraw(self, number: int) -> int:
        """Take back what was asked by that act. Returns of how many people who have not answered yet."""
        people = [who for who, check in self._all().items() if check.number == number]
        self._context.controls.set({check_of(who): None for who in people})
        return len(people)

    def answered(self, session: Session, message: Message) -> None:
        """Somebody has said that; where the question is not open any more it goes where it always goes."""
        check = self._open(session.id)
        if check is None or not check.is_answered_by(message):
            session.mailbox.put(message)
            return
        self._context.unit_of_work.consume(message)
        self._context.reading_signs.read(session.id, message.carried_line)
        self._over(session.id, check, message.text)

    def without_answers(
        self, mail: Mapping[str, tuple[Message, ...]], lines: Lines
    ) -> dict[str, tuple[Message, ...]]:
        """Return people's unread mail without the answers that are in it, which `go_on` looks at."""
        left = dict(mail)
        for who, check in self._all().items():
            asked_at = max((line.seq for line in lines.lines_after(who, 0) if _is_of_operator(line)), default=0)
            for message in left.get(who, ()):
                if _seq_of(message) > asked_at and check.is_answered_by(message):
                    left[who] = tuple(other for other in left[who] if other is not message)
                    self._found[who] = message
                    break
        return left

    def go_on(self) -> None:
        """Everybody is put back: look at what was answered, and count the time of all else anew."""
        for who, check in self._all().items():
            message, session = self._found.pop(who, None), self._sessions.get(who)
            if message is not None and session is not None:
                self.answered(session, message)
            else:
                again = replace(check, at=self._context.wall_time())
                self._context.controls.set({check_of(who): asdict(again)})
                self._call_later(who, again)

    def _call_later(self, participant_id: str, check: OpenCheck) -> None:
        self._context.call_later(check.seconds, self._time_is_up, participant_id, check)

    def _time_is_up(self, participant_id: str, check: OpenCheck) -> None:
        if self._open(participant_id) == check:
            self._over(participant_id, check, None)

    def _over(self, participant_id: str, check: OpenCheck, said: str | None) -> None:
        self._context.controls.set({check_of(participant_id): None})
        seconds = round(max(0.0, self._context.wall_time() - check.at), 3)
        is_right = None if said is None else check.is_right(said)
        session = self._sessions.get(participant_id)
        is_here = session is not None and session.here
        details = {
            "check": check.number,
            "text": check.text,
            "answer": said,
            "right": is_right,
            "seconds": seconds,
            "was_here": is_here,
        }
        self._by_itself("checked", participant_id, details)
        if said is not None and session is not None:
            self._context.tell(session, self._context.texts.check_answered)
        if (said is not None and is_right is not False) or check.otherwise == "nothing":
            return
        what = "no answer" if said is None else "a wrong answer"
        if check.otherwise == "note":
            self._by_itself("note", participant_id, {"text": f"{what} to: {check.text}"})
        elif session is not None and is_here and not session.at_gate:
            self._usher.out(session, outcome_named(check.outcome))
            self._by_itself("send", participant_id, {"to": "out", "outcome": check.outcome, "check": check.number})

    def _by_itself(self, verb: str, target: str, details: Mapping[str, Any]) -> None:
        self._record(verb, BY_ITSELF, "", Effect(target=target, details=details))

    def _open(self, participant_id: str) -> OpenCheck | None:
        values = self._context.controls.open_check(participant_id)
        return None if values is None else _check_from(values)

    def _all(self) -> dict[str, OpenCheck]:
        return {who: _check_from(values) for who, values in self._context.controls.open_checks.items()}


def check_as_asked(request: CheckAttention, number: int, now: float) -> OpenCheck:
    """Return the question of a request. Raises `OperatorError`."""
    if not request.text.strip():
        raise OperatorError("expected words, got none")
    if not 1 <= request.seconds <= LONGEST_CHECK_SECONDS:
        raise OperatorError(f"expected 1 to {LONGEST_CHECK_SECONDS} seconds, got {request.seconds}")
    replies = request.replies
    if len(replies) > MOST_REPLIES or not all(reply.strip() for reply in replies):
        raise OperatorError(f"expected at most {MOST_REPLIES} quick replies, each with words")
    check = OpenCheck(
        number=number,
        text=request.text,
        at=now,
        seconds=request.seconds,
        replies=replies,
        answer=request.answer,
        otherwise=request.otherwise,
        outcome=outcome_named(request.outcome),
    )
    if check.answer is not None and not check.is_answered_by(Message(check.answer)):
        raise OperatorError(f"expected the right answer among the quick replies, got '{check.answer}'")
    if check.outcome is not None and check.otherwise != "out":
        raise OperatorError("expected an outcome only where somebody goes out otherwise")
    return check


def _check_from(values: Mapping[str, Any]) -> OpenCheck:
    return OpenCheck(**{**values, "replies": tuple(values["replies"])})


def _is_of_operator(line: Delivery) -> bool:
    return line.message.extra.get(OPERATOR) is True


def _seq_of(message: Message) -> int:
    line = None if message.carried_line is None else parse_line_reference(message.carried_line)
    return 0 if line is None else line.seq
