"""Pools: who waits for a task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ....config.plan import TaskPlan
from ....runner.timers import Timer
from ...sessions import Session
from .traits import NO_TRAITS, PairRules, Traits


class Entry:
    """One person's place in a queue. `listening` once they are told what they write meanwhile is not read.

    `traits` is what the task's rules go by, `fill_after` for how many seconds they wait before bots sit down with
    them; None: none do. `is_new` says that nothing of this wait was shown yet,
    `overdue` that their time was up while nobody was matched at all.
    """

    __slots__ = ("fill_after", "is_new", "listening", "overdue", "session", "since", "traits")

    def __init__(
        self, session: Session, since: float, traits: Traits = NO_TRAITS, fill_after: float | None = None
    ) -> None:
        self.fill_after = fill_after
        self.session = session
        self.since = since
        self.traits = traits
        self.listening = False
        self.is_new = False
        self.overdue = False

    def has_waited(self, seconds: float, now: float) -> bool:
        """Whether they have waited for so long, give or take what numbers are rounded by."""
        return now - self.since >= seconds - 0.001

    def is_to_be_filled(self, now: float) -> bool:
        """Whether they have waited for so long that bots sit down with them."""
        return self.fill_after is not None and self.has_waited(self.fill_after, now)


class Pool:
    """The queue of one task, oldest first. Touched on the desk only.

    Of a task with rules it holds those whose values are the same where they must be. `look_seconds` is how long
    to wait with the next look after one in vain, `next_look` its timer, `look_from` the place in the queue where
    that one begins, if the last one did not come through.
    """

    def __init__(self, task: TaskPlan, rules: PairRules, cell: tuple[object, ...] = ()) -> None:
        self.task = task
        self.rules = rules
        self.cell = cell
        self.matching = False
        self.again = False
        self.look_seconds = 1.0
        self.look_from = 0
        self.next_look: Timer | None = None
        self._entries: dict[str, Entry] = {}
        self._different: list[Counter[str | None]] = []  # how many have each value, for each that is to differ

    def stop_looking(self) -> None:
        """Drop the look that was to come: there is one now."""
        if self.next_look is not None:
            self.next_look.cancel()
            self.next_look = None

    def add(self, session: Session, since: float, traits: Traits) -> Entry:
        fill_with = self.task.fill_with
        # By what is on record of their wait, so that a restart comes to the same.
        seconds = None if fill_with is None else fill_with.seconds_for(f"{session.id}:{session.since!r}")
        entry = self._entries[session.id] = Entry(session, since, traits, seconds)
        self._different = self._different or [Counter() for _ in traits.different]
        for counts, value in zip(self._different, traits.different, strict=True):
            counts[value] += 1
        return entry

    def changes_for(self, entry: Entry) -> list[float]:
        """Return after how many seconds of waiting others may be with somebody than before, or bots."""
        seconds = [entry.fill_after] if entry.fill_after is not None else []
        if self.task.size is not None:
            seconds.append(self.task.size.wait)
        if self.rules.prefers_for_seconds is not None:
            seconds.append(self.rules.prefers_for_seconds)
        return seconds

    def remove(self, session: Session) -> None:
        entry = self._entries.pop(session.id, None)
        if entry is None:
            return
        for counts, value in zip(self._different, entry.traits.different, strict=True):
            counts[value] -= 1
            if not counts[value]:
                del counts[value]

    def holds(self, entry: Entry) -> bool:
        """True if this very entry still waits: not one of an earlier or a later visit."""
        return self._entries.get(entry.session.id) is entry

    def present(self) -> list[Entry]:
        """Return who waits and is here to be matched, oldest first."""
        return [entry for entry in self._entries.values() if entry.session.present]

    def could_match(self, waiting: list[Entry], now: float) -> bool:
        """Whether these may be enough, or one has waited for so long that bots sit down where nobody came."""
        fewest = self.task.fewest
        # Of thousands who all have the same, where that must differ, nobody need be looked at one by one.
        enough = len(waiting) >= fewest and all(len(counts) >= fewest for counts in self._different)
        return enough or self.fills(waiting, now)

    def fills(self, waiting: Iterable[Entry], now: float) -> bool:
        """Whether one of these has waited for so long that bots sit down in the places of who did not come."""
        return self.task.fill_with is not None and any(entry.is_to_be_filled(now) for entry in waiting)

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def is_done_with(self) -> bool:
        """Whether nobody waits here, and nobody looks at who does."""
        return not self._entries and not self.matching

    @property
    def needs_author_code(self) -> bool:
        """Whether matching calls author code, which must not run on the desk."""
        return self.task.eligibility is not None or self.task.assign_roles is not None
