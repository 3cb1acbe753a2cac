"""A played conversation: what bots say in a task, told while it goes on."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..config.plan import TaskPlan
from ..core.bot_seats.bot_names import is_bot_log
from ..core.bot_seats.bot_settings import BotSettings
from ..core.conditions import Value
from ..runner.turn import BotLine, Outcome, Turn
from .conversations_file import DialogueLine, line_of_act

ENOUGH = "it has come to the most lines that it may have"


@dataclass(frozen=True, slots=True)
class PlayedLine:
    """One line. What the world says has an empty `id`, or whose words it changed, and `to` whom it was said."""

    said: DialogueLine
    to: tuple[str, ...] = ()


class PlayedConversation:
    """Written on the run's own thread, and read on another one.

    Args:
        most_lines: After how many lines of bots it is enough.
        condition: The values of the conditions that hold in it.
    """

    def __init__(self, most_lines: int, condition: Mapping[str, Value]) -> None:
        self.condition = condition
        self.lines_said = 0
        """How many lines bots have said so far."""
        self.outcome: Outcome | None = None
        """How it ended; None while it goes on."""
        self._most_lines = most_lines
        self._stop: Callable[[str], None] = _stop_nothing
        self._roles: dict[str, str] = {}
        self._events: queue.SimpleQueue[PlayedLine | None] = queue.SimpleQueue()

    def staged(self, task: TaskPlan) -> TaskPlan:
        """Return the task as it is played in this conversation."""
        return task

    def cast(self, role: str, settings: BotSettings) -> BotSettings:
        """Return how a bot behaves in a person's place in this conversation."""
        return settings

    def begun(self, stop: Callable[[str], None]) -> None:
        """It goes on from now; `stop` ends it, for a reason: once there are as many lines as there may be."""
        self._stop = stop

    def take(self, turn: Turn) -> None:
        """Take what a turn has to tell."""
        for seat in turn.bots:
            self._roles[seat.participant_id] = seat.role or seat.participant_id
        told: dict[str, tuple[DialogueLine, list[str]]] = {}
        for line in turn.bot_lines:
            if line.mine:
                self._say(line)
            elif not is_bot_log(line.message.carried_line or ""):
                act = line.message.to_act()
                said = line_of_act(act, str(act.get("id") or ""))
                told.setdefault(repr(said), (said, []))[1].append(self._roles[line.participant_id])
        for said, roles in told.values():
            self._events.put(PlayedLine(said, tuple(roles)))

    def ended(self, outcome: Outcome) -> None:
        """It is over."""
        self.outcome = outcome
        self._events.put(None)

    def lines(self) -> Iterator[PlayedLine]:
        """Yield its lines as they are said, until its end. Blocks; to be read once."""
        while (event := self._events.get()) is not None:
            yield event

    def _say(self, line: BotLine) -> None:
        if self.lines_said == self._most_lines:
            return  # said in the moment in which it was ended
        self.lines_said += 1
        act: dict[str, Any] = line.message.to_act()
        self._events.put(PlayedLine(line_of_act(act, self._roles[line.participant_id])))
        if self.lines_said == self._most_lines:
            self._stop(ENOUGH)


def _stop_nothing(_reason: str) -> None:
    """It has not begun."""


def exchanges_of(lines: list[DialogueLine]) -> list[list[DialogueLine]]:
    """Return lines as exchanges, each of which ends before somebody speaks for the second time in it."""
    exchanges: list[list[DialogueLine]] = []
    for line in lines:
        if not exchanges or any(other["id"] == line["id"] for other in exchanges[-1]):
            exchanges.append([])
        exchanges[-1].append(line)
    return exchanges
