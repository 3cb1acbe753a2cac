"""A mind: what a person makes of the lines they read, and what they say next. No I/O.

It depends on nothing but the lines, so a person who comes back after a kill goes on where they were.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from random import Random

from .diary import Line
from .words import EXIT, LEAVE, PASSWORD, QUESTIONS, STOP, TASKS, TEXTS, TaskKind

SHORTEST_TALK, LONGEST_TALK = 3, 9


class At(enum.Enum):
    """Where a person believes to be."""

    OUTSIDE = "outside"
    GATE = "gate"
    MENU = "menu"
    ONBOARDING = "onboarding"
    WAITING = "waiting"
    TALKING = "talking"
    HOME = "home"


class Mind:
    """Decides what to say.

    `going_home()` says whether it is time to come to an end: then the person begins nothing new, goes back to the
    overworld, says something there, and is home once that is answered. `first` is where they go first.
    """

    def __init__(self, random: Random, going_home: Callable[[], bool], first: str | None = None) -> None:
        self.at = At.OUTSIDE
        self.task: TaskKind | None = None
        self._random = random
        self._going_home = going_home
        self._first = first
        self._wrong_passwords = random.choice(
            (0,) * 9 + (1,)
        )  # they all come from one address, where many would slow everybody
        self._answers = 0
        self._to_say = 0
        self._remarks = 0
        self._asked = False
        self._silent = True

    def read(self, line: Line) -> None:
        """Take in a line that somebody else said. Lines that make no sense are the checker's business."""
        text = line.text
        word, _, rest = text.partition(" ")
        if text == TEXTS["password_ask"]:
            self._be(At.GATE)
        elif text == TEXTS["password_wrong"]:
            self._silent = False
        elif word == "menu":
            self._be(At.MENU)
        elif word == "sorry":
            self._be(At.HOME if self._asked else At.MENU)
        elif word == "going":
            self._set_out(rest.partition(" ")[0])
        elif word == "ask":
            self._be(At.ONBOARDING)
        elif word == "noted":
            self._answers += 1
            if self._answers == QUESTIONS:
                self._wait()
        elif text == TEXTS["left_pool"] or word == "end" or text == TEXTS["goodbye"]:
            self._be(At.OUTSIDE, silent=True)
        elif word == "welcome":
            self._be(At.TALKING)
            self._to_say = self._random.randint(SHORTEST_TALK, LONGEST_TALK)
        elif text.startswith("pool: no "):
            self.task = TASKS[str(self.task and self.task.backup)]

    @property
    def at_home(self) -> bool:
        return self.at is At.HOME

    @property
    def has_words(self) -> bool:
        """Whether there is something to say now."""
        return not self._silent

    def say(self) -> str:
        """Decide what to say: the first word of a message, or all of it where there is only one."""
        if self.at is At.TALKING:
            self._to_say -= 1
            self._silent = self._to_say <= 0
            return STOP if self._silent else "talk"
        if self.at is At.WAITING:
            self._remarks -= 1
            self._silent = self._remarks <= 0
            gives_up = self._silent and not self._going_home() and self._random.random() < 0.3
            return EXIT if gives_up else "hm"
        self._silent = True
        if self.at is At.GATE:
            self._wrong_passwords -= 1
            return PASSWORD if self._wrong_passwords < 0 else "guess"
        if self.at is At.MENU:
            return self._choose()
        return "answer"

    def _choose(self) -> str:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        if self._going_home():
            self._asked = True
            return "probe"
        if self._random.random() < 0.1:
            return self._random.choice(("nowhere", LEAVE))
        return self._random.choice(list(TASKS))

    def _set_out(self, key: str) -> None:
        self.task = TASKS.get(key)
        self._answers = 0
        if self.task is not None and self.task.onboarding is None:
            self._wait()
        else:
            self._be(At.OUTSIDE, silent=True)

    def _wait(self) -> None:
        self._remarks = self._random.choice((0, 0, 1, 2, 3))
        self._be(At.WAITING, silent=self._remarks == 0)

    def _be(self, at: At, *, silent: bool = False) -> None:
        self.at = at
        self._silent = silent or at is At.HOME
