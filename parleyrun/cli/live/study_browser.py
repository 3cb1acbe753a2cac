"""The study browser: what operators see of a study in the live view, and how keys lead into its conversations."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from rich.console import RenderableType
from rich.text import Text

from ...errors import ParleyrunError
from ...service.operations.operation_results import ConversationFound, ConversationRow, ConversationsFound
from ...service.operations.operators import Operators
from ...service.operations.reading.study_results import OverviewFound
from ...text import printable
from ..common.moments import clock
from .figure_rows import Figure, FigureRow

T = TypeVar("T")

LISTED_AT_MOST = 12
KEYS = "↑ ↓ choose   enter read   p pause all or resume   l log"
KEYS_INSIDE = "↑ ↓ the next one   ← → whose view   q back   p pause   l log"


class StudyBrowser:
    """Any thread.

    Args:
        operators: Reads the study, and pauses it.
        name: Who sits at this terminal, for the record.
        now: Returns wall time in seconds.
    """

    def __init__(self, operators: Operators, name: str, now: Callable[[], float]) -> None:
        self._operators = operators
        self._name = name
        self._now = now
        self._lock = threading.Lock()  # guards all below
        self._chosen = 0
        self._chosen_id: str | None = None
        self._inside: str | None = None
        self._whose = 0
        self._said = ""
        self.shows_log = True
        """Whether the log is shown above the view."""

    @property
    def is_inside(self) -> bool:
        """Whether a conversation is shown, and not the study."""
        return self._inside is not None

    def press(self, key: str) -> None:
        """Do what a key stands for; one that stands for nothing does nothing."""
        with self._lock:
            self._said = ""
            try:
                self._press(key)
            except ParleyrunError as error:
                self._said = str(error)

    def blocks(self, rows: int) -> Iterator[RenderableType]:
        """Yield what is to be drawn, in at most about so many rows."""
        with self._lock:
            try:
                yield from self._study()
                yield from self._talk(rows) if self._inside is not None else self._list(rows)
            except ParleyrunError as error:
                self._said = str(error)
            if self._said:
                yield _line(self._said, "yellow")
            yield _line(KEYS if self._inside is None else KEYS_INSIDE, "dim")

    def _press(self, key: str) -> None:
        if key in ("up", "k", "down", "j"):
            self._choose(-1 if key in ("up", "k") else 1)
        elif key == "enter":
            self._inside = self._chosen_id
            self._whose = 0
        elif key in ("q", "escape"):
            self._inside = None
        elif key in ("left", "right"):
            self._whose += 1 if key == "right" else -1
        elif key == "l":
            self.shows_log = not self.shows_log
        elif key == "p":
            is_paused = "*" in self._ask(OverviewFound, "overview").paused
            self._operators.ask("resume" if is_paused else "pause", {}, by=self._name, why="at the terminal")

    def _choose(self, by: int) -> None:
        total = self._ask(ConversationsFound, "conversations", at_most=0).total
        self._chosen = max(0, min(self._chosen + by, total - 1))
        found = self._ask(ConversationsFound, "conversations", skip=self._chosen, at_most=1).conversations
        self._chosen_id = found[0].id if found else None
        if self._inside is not None and self._chosen_id is not None:
            self._inside, self._whose = self._chosen_id, 0

    def _ask(self, kind: type[T], verb: str, **values: Any) -> T:
        found = self._operators.ask(verb, values, by=self._name)
        assert isinstance(found, kind)
        return found

    def _study(self) -> Iterator[RenderableType]:
        found = self._ask(OverviewFound, "overview")
        dropped = sum(count for outcome, count in found.ended.items() if outcome in ("left", "timed out"))
        figures: list[Figure] = [("drop-outs", dropped, "yellow" if dropped else "")]
        if found.quota is not None:
            figures.append(("of target", f"{found.quota_filled} of {found.quota}", ""))
        if found.longest_wait_seconds is not None:
            figures.append(("longest wait", f"{found.longest_wait_seconds:.0f} s", ""))
        if found.models_cost:
            figures.append(("cost", f"{found.models_cost:.2f}", ""))
        figures.append(("errors", found.errors, "bold red" if found.errors else ""))
        if found.held:
            figures.append(("held lines", found.held, "bold yellow"))
        if found.door != "open":
            figures.append(("doors", found.door, "bold yellow"))
        if found.paused:
            paused = "all" if "*" in found.paused else ", ".join(found.paused)
            figures.append(("paused", printable(paused, " "), "bold yellow"))
        yield FigureRow(*figures)

    def _list(self, rows: int) -> Iterator[RenderableType]:
        shown = max(1, min(LISTED_AT_MOST, rows))
        first = max(0, self._chosen - shown + 1)
        found = self._ask(ConversationsFound, "conversations", skip=first, at_most=shown)
        if not found.conversations:
            self._chosen, self._chosen_id = 0, None
            return
        self._chosen = min(self._chosen, found.total - 1)
        for place, row in enumerate(found.conversations, first):
            is_chosen = place == self._chosen
            if is_chosen:
                self._chosen_id = row.id
            yield _line(f"{'▸' if is_chosen else ' '} {self._about(row)}", "bold" if is_chosen else "")
        more = found.total - first - len(found.conversations)
        if more:
            yield _line(f"  and {more} more", "dim")

    def _about(self, row: ConversationRow) -> str:
        minutes, seconds = divmod(max(0, int(self._now() - row.since)), 60)
        people = ", ".join(person.role or person.id for person in row.people)
        bots = "".join(f", {bot.role} (bot{', taken' if bot.taken else ''})" for bot in row.bots)
        return f"{row.name}  {minutes}:{seconds:02}  {people}{bots}"

    def _talk(self, rows: int) -> Iterator[RenderableType]:
        shown = max(3, rows)
        try:
            found = self._ask(ConversationFound, "conversation", conversation=self._inside, at_most=shown)
        except ParleyrunError:
            self._inside, self._said = None, "that conversation is over"
            return
        people = found.conversation.people
        yield _line(self._about(found.conversation), "bold")
        if not people:
            return
        person = people[self._whose % len(people)]
        yield _line(f"as {person.role or person.id} ({person.id}) sees it", "dim")
        lines = [line for line in found.lines if line.person == person.id]
        for line in lines[-shown:]:
            speaker = person.role or person.id if line.mine else line.speaker
            who = f"{speaker}: " if speaker else ""
            yield _line(f"{clock(line.at)} {who}{line.text}", "cyan" if line.mine else "")


def _line(text: str, style: str) -> Text:
    """A text that is no markup, whatever is in it, and no command of the terminal; on one line."""
    return Text(printable(text, " "), style=style, no_wrap=True, overflow="ellipsis")
