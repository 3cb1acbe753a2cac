"""A walk: follows the lines of one person's log from place to place, and tells where they make no sense."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .diary import Line
from .words import EXIT, LEAVE, ORACLE, PASSWORD, QUESTIONS, STOP, TASKS, TEXTS, WORLD, TaskKind


class Nonsense(Exception):
    """A line that cannot be where it is."""


@dataclass
class Part:
    """One person's part in a conversation: what they said in it, and what they heard of each other speaker."""

    task: TaskKind
    role: str
    secret: str
    said: list[str]
    heard: dict[str, list[str]] = field(default_factory=dict)
    ended: bool = False


class Walk:
    """Where a person is, line by line. `parts` are their conversations, by the conversation's name."""

    def __init__(self) -> None:
        self.parts: dict[str, Part] = {}
        self.place = "outside"
        self.unanswered: deque[str] = deque()
        self._task: TaskKind | None = None
        self._part: Part | None = None
        self._visits = 0
        self._talks = 0
        self._answers: list[str] = []
        self._asked = 0

    def take(self, line: Line) -> None:
        """Go on by one line. Raises `Nonsense`."""
        if line.mine:
            self.unanswered.append(line.text)
            if self._part is not None:
                self._part.said.append(line.text)
            return
        if self._part is not None and line.speaker != WORLD:
            self._hear(self._part, line)
            return
        handle: Callable[[Walk, str], None] | None
        if line.speaker == WORLD:
            handle = _WORDS.get(line.text.partition(" ")[0])
        else:
            handle = None if line.speaker else _SENTENCES.get(line.text)
        if handle is None:
            raise Nonsense("nobody should say this here")
        handle(self, line.text.partition(" ")[2])

    # -- the gate and the overworld -----------------------------------------------------------------------

    def _gate(self, _: str) -> None:
        self._must_be("outside")
        if self._visits:
            raise Nonsense("the password is asked for a second time")
        self.place = "gate"

    def _wrong_password(self, _: str) -> None:
        self._must_be("gate")
        if self._answered() == PASSWORD:
            raise Nonsense("the right password is refused")

    def _password_waits(self, _: str) -> None:
        self._must_be("gate")
        if not self.unanswered:
            raise Nonsense("there is no password that could wait")

    def _menu(self, rest: str) -> None:
        if self.place == "gate":
            self._answer(PASSWORD)
        else:
            self._must_be("outside")
        self._visits += 1
        if rest != f"{self._visits} {self._talks}":
            expected = f"visit {self._visits} after {self._talks} conversations"
            raise Nonsense(f"expected {expected}: their data was lost, or counted twice")
        self._nothing_unanswered()
        self.place = "overworld"

    def _sorry(self, rest: str) -> None:
        self._must_be("overworld")
        self._answer(rest)

    def _going(self, rest: str) -> None:
        self._must_be("overworld")
        self._answer(rest)
        key = rest.partition(" ")[0]
        if key == LEAVE:
            self.place = "leaving"
            return
        self._go_to(TASKS[key])

    def _goodbye(self, _: str) -> None:
        self._must_be("leaving")
        self.place = "outside"

    # -- onboarding and the pool --------------------------------------------------------------------------

    def _go_to(self, task: TaskKind) -> None:
        self._task = task
        self._asked, self._answers = 0, []
        self.place = "pool" if task.onboarding is None else "onboarding"

    def _ask(self, rest: str) -> None:
        self._must_be("onboarding")
        self._asked += 1
        if int(rest) != self._asked or len(self._answers) != self._asked - 1:
            raise Nonsense(f"expected question {self._asked} after {self._asked - 1} answers")

    def _noted(self, rest: str) -> None:
        self._must_be("onboarding")
        self._answer(rest)
        self._answers.append(rest)
        if len(self._answers) != self._asked:
            raise Nonsense("an answer to a question that was not asked")
        if len(self._answers) == QUESTIONS:
            self.place = "pool"

    def _still_waiting(self, _: str) -> None:
        self._must_be("pool")
        if self._answered() == EXIT:
            raise Nonsense("they wrote EXIT, and wait on")

    def _notice(self, _: str) -> None:
        self._must_be("pool")

    def _left_pool(self, _: str) -> None:
        self._must_be("pool")
        self._answer(EXIT)
        self.place = "outside"

    def _pool_backup(self, _: str) -> None:
        self._must_be("pool")
        assert self._task is not None
        if self._task.backup is None:
            raise Nonsense("this task has no backup")
        self._go_to(TASKS[self._task.backup])

    # -- the task -----------------------------------------------------------------------------------------

    def _welcome(self, rest: str) -> None:
        self._must_be("pool")
        assert self._task is not None
        about: dict[str, Any] = json.loads(rest)
        if self._task.onboarding is not None and about["answers"] != self._answers:
            raise Nonsense(f"expected the answers of the onboarding, {self._answers}")
        if about["conversation"] in self.parts:
            raise Nonsense("they are in this conversation for the second time")
        # What they wrote ahead while they waited belongs to the conversation.
        self._part = Part(self._task, about["role"], about["secret"], list(self.unanswered))
        self.parts[about["conversation"]] = self._part
        self.place = "task"

    def _echo(self, rest: str) -> None:
        secret, _, words = rest.partition(" ")
        if self._part is None or self._part.task.relays or self._part.task.bot:
            raise Nonsense("there is no echo here")
        if secret != self._part.secret:
            raise Nonsense("the world is another one than before")
        self._answer(words)

    def _hear(self, part: Part, line: Line) -> None:
        if not line.speaker:
            raise Nonsense("the system should have nothing to say in a conversation")
        if line.speaker == ORACLE and part.task.bot:
            if not part.task.relays:
                self._answer(line.text.removeprefix("oracle on "))
        elif not part.task.relays or line.speaker == part.role:
            raise Nonsense("nobody of that name is in this conversation")
        part.heard.setdefault(line.speaker, []).append(line.text)

    def _end(self, rest: str) -> None:
        if self._part is None:
            raise Nonsense("there is no conversation that could end")
        if rest != self._part.secret:
            raise Nonsense("the world is another one than before")
        if not self._part.said or not self._part.said[-1].startswith(STOP):
            raise Nonsense("it ends before they have said stop")
        if self._part.task.relays:
            self.unanswered.clear()  # answered in the others' logs
        self._nothing_unanswered()
        self._part.ended = True
        self._talks += 1
        self._part = None
        self.place = "outside"

    # -- what is common -----------------------------------------------------------------------------------

    def _must_be(self, place: str) -> None:
        if self.place != place:
            raise Nonsense(f"expected only in place {place!r}, got in {self.place!r}")

    def _answered(self) -> str:
        if not self.unanswered:
            raise Nonsense("an answer to nothing: something was answered twice")
        return self.unanswered.popleft()

    def _answer(self, text: str) -> None:
        answered = self._answered()
        if answered != text:
            raise Nonsense(f"expected an answer to {answered!r}")

    def _nothing_unanswered(self) -> None:
        if self.unanswered:
            raise Nonsense(f"no answer yet to {list(self.unanswered)}")


_SENTENCES = {
    TEXTS["password_ask"]: Walk._gate,
    TEXTS["password_wrong"]: Walk._wrong_password,
    TEXTS["password_busy"]: Walk._password_waits,
    TEXTS["goodbye"]: Walk._goodbye,
    TEXTS["still_waiting"]: Walk._still_waiting,
    TEXTS["waiting"]: Walk._notice,
    TEXTS["left_pool"]: Walk._left_pool,
} | {
    TEXTS["pool_backup"].format(task=task.key, backup=task.backup): Walk._pool_backup
    for task in TASKS.values()
    if task.backup is not None
}

_WORDS = {
    "menu": Walk._menu,
    "sorry": Walk._sorry,
    "going": Walk._going,
    "ask": Walk._ask,
    "noted": Walk._noted,
    "welcome": Walk._welcome,
    "echo": Walk._echo,
    "end": Walk._end,
}
