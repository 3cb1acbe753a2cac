"""How people react to lines, in memory."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ..events import Delivery
from ..signals import LineReactions
from .protocol import Reaction, RunRecord, name_of_line
from .record.reactions.line_copies import counted


@dataclass(slots=True)
class _Reactions:
    """Those in one run: by line, each with who has reacted so, in order. `people` are who is still known."""

    people: list[str]
    is_open: bool = True
    on_lines: dict[str, dict[tuple[str, str], None]] = field(default_factory=dict)


class MemoryReactions(ABC):
    """The part of a store in memory that knows of reactions. Any thread."""

    def __init__(self) -> None:
        # Guards what follows, and that what is published is in the order in which it came to be.
        self._reactions_lock = threading.RLock()
        self._reactions: dict[str, _Reactions] = {}

    @abstractmethod
    def lines_after(self, participant_id: str, seq: int, at_most: int | None = None) -> list[Delivery]: ...

    @abstractmethod
    def shown_line(self, participant_id: str, line: str) -> Delivery | None: ...

    def react(self, reaction: Reaction, publish: Callable[[str, LineReactions], None]) -> None:
        who, seq = reaction.participant_id, reaction.seq
        line = next(iter(self.lines_after(who, seq - 1, 1)), None)
        if line is None or line.seq != seq or not (line.mine or line.message.id):
            return
        name = name_of_line(line)
        with self._reactions_lock:
            run = self._reactions.get(reaction.run_uid)
            if run is None or not run.is_open:
                return
            there = run.on_lines.setdefault(name, {})
            one = (reaction.reaction, who)
            if (one in there) is reaction.on:
                return
            if reaction.on:
                there[one] = None
            else:
                del there[one]
            for other in run.people:
                shown = self.shown_line(other, name)
                if shown is not None:
                    told = (reaction.name, reaction.reaction) if reaction.on and other != who else ("", "")
                    publish(other, LineReactions(shown.seq, counted([*there], other), *told))

    def reactions_to(self, participant_id: str) -> list[LineReactions]:
        with self._reactions_lock:
            on_lines = {
                line: [*there]
                for run in self._reactions.values()
                if participant_id in run.people
                for line, there in run.on_lines.items()
                if there
            }
        shown = ((self.shown_line(participant_id, line), there) for line, there in on_lines.items())
        found = [
            LineReactions(line.seq, counted(there, participant_id)) for line, there in shown if line is not None
        ]
        return sorted(found, key=lambda each: each.seq)

    def _open_to_reactions(self, started: Iterable[RunRecord]) -> None:
        with self._reactions_lock:
            for run in started:
                if run.kind == "task":
                    self._reactions[run.identity.uid] = _Reactions([who for who, _ in run.seats])

    def _close_to_reactions(self, run_uid: str) -> None:
        with self._reactions_lock:
            run = self._reactions.get(run_uid)
            if run is not None:
                run.is_open = False
                if not run.on_lines:
                    del self._reactions[run_uid]

    def _forget_reactions(self, participant_id: str) -> None:
        with self._reactions_lock:
            for uid, run in [*self._reactions.items()]:
                if participant_id in run.people:
                    run.people.remove(participant_id)
                    if not run.people:
                        del self._reactions[uid]
