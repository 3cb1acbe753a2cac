"""The search for a group among those who wait: the oldest first, and by the rules of the task."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ....config.plan import TaskPlan
from .pool import Entry
from .traits import PairRules, Traits

MOST_STEPS = 20_000
"""How many pairs of people one look at a pool compares at most, about 20 ms; the next look goes on from there."""

_Line = list[list[Entry]]
"""Who may still join, oldest first: a list for each kind of people who are alike to all rules."""


class GroupSearch:
    """One look at the people in a pool. Of each kind of people only the oldest is tried, so it stays short.

    Args:
        task: How many people it takes.
        rules: Who may be with whom.
        candidates: Who waits and may be taken, oldest first.
        now: On the clock of their `since`.
        look_from: Where in the line to begin.

    Attributes:
        candidates: Who has not been taken yet.
        look_from: Where the next look is to begin, where this one has compared too many.
    """

    def __init__(
        self, task: TaskPlan, rules: PairRules, candidates: list[Entry], now: float, look_from: int = 0
    ) -> None:
        self.candidates = candidates
        self.look_from = 0
        self._task = task
        self._rules = rules
        self._now = now
        self._place = {entry: place for place, entry in enumerate(candidates)}
        self._turned_down: set[Entry] = set()
        self._begin = look_from
        self._steps = MOST_STEPS

    def take(self, group: Iterable[Entry]) -> None:
        """These wait no more."""
        taken = set(group)
        self.candidates = [entry for entry in self.candidates if entry not in taken]

    def turn_down(self, entries: Iterable[Entry]) -> None:
        """These are not to be in the group that is looked for now."""
        self._turned_down.update(entries)

    def forget_turned_down(self) -> None:
        """Another group is looked for."""
        self._turned_down.clear()

    def came_before(self, entry: Entry, group: Iterable[Entry]) -> bool:
        """Whether somebody was there before the newest of a group."""
        return self._place[entry] < max(self._place[member] for member in group)

    def reason(self, entry: Entry, group: Iterable[Entry]) -> str:
        """Say why somebody is not in a group."""
        if entry in self._turned_down:
            return "turned down by assign_roles"
        for why in (self._rules.refusal, self._rules.dislike):
            for member in group:
                if (name := why(entry.traits, member.traits)) is not None:
                    return name
        return "no room in this group"

    def others_fit(self, kept: Sequence[Entry]) -> bool:
        """Whether anybody is left who could be with these."""
        return any(
            all(self._rules.refusal(entry.traits, member.traits) is None for member in kept)
            for entry in self._free()
            if entry not in kept
        )

    def group(self, kept: Sequence[Entry]) -> list[Entry] | None:
        """Return the next group, the oldest of it first; with `kept`, who are to be in it, if there are some."""
        free = self._free()
        if len(free) < self._task.fewest:
            return None
        if kept:
            return self._largest(kept, _line(free), self._task.agents_required)
        if not self._rules:
            size = self._size_of(free[0], len(free))
            return free[:size] if size else None
        traits = {entry.traits: 0 for entry in free}
        least = self._task.fewest
        # With one kind of people only, or too few, it need not be tried with each of them.
        if not self._rules.enough_values(traits, least, liked=False):
            return None
        strict_too = self._rules.enough_values(traits, least, liked=True)
        return self._search(free, strict_too=strict_too)

    def group_for_bots(self) -> list[Entry] | None:
        """Return who has waited so long that bots sit down with them, and who else is there, oldest first."""
        line = sorted(self._free(), key=lambda entry: entry.since)
        # Whoever is to have waited less long may be the first of them for whom it is time.
        first = next((entry for entry in line if entry.is_to_be_filled(self._now)), None)
        if first is None:
            return None
        line = [first, *(entry for entry in line if entry is not first)]
        most = self._task.fewest - 1
        if not self._rules:
            return line[:most]
        return self._largest(line[:1], _line(line), most, least=1)

    def _free(self) -> list[Entry]:
        if not self._turned_down:
            return self.candidates
        return [entry for entry in self.candidates if entry not in self._turned_down]

    def _search(self, free: list[Entry], *, strict_too: bool) -> list[Entry] | None:
        """Try with each as the one around whom the group is made, but with one of each kind only."""
        line = _line(free)
        begin = self._begin % len(free)
        in_vain: set[tuple[Traits, bool, bool]] = set()
        for place, seed in enumerate([*free[begin:], *free[:begin]]):
            kind = (seed.traits, self._is_strict(seed), self._takes_fewer(seed))
            if kind in in_vain or (kind[1] and not strict_too):
                continue
            group = self._largest([seed], line, self._task.agents_required)
            if group is not None:
                return group
            if self._steps <= 0:
                self.look_from = (begin + place + 1) % len(free)
                return None
            in_vain.add(kind)
        return None

    def _largest(
        self, kept: Sequence[Entry], line: _Line, most: int, least: int | None = None
    ) -> list[Entry] | None:
        """Return the largest group with these in it that there is, of at most so many."""
        strict = self._is_strict(kept[0])
        without = [[entry for entry in kind if entry not in kept] for kind in line]
        rest = [kind for kind in without if kind]
        for member in kept:
            rest = self._fitting(rest, member, strict=strict)
        if least is None:
            least = self._task.fewest if self._takes_fewer(kept[0]) else most
        for size in range(most, least - 1, -1):
            group = self._extended([*kept], rest, size, strict=strict)
            if group is not None:
                return sorted(group, key=self._place.__getitem__)
        return None

    def _extended(self, group: list[Entry], line: _Line, size: int, *, strict: bool) -> list[Entry] | None:
        if len(group) >= size:
            return group
        if sum(map(len, line)) < size - len(group):
            return None
        ordered = sorted(line, key=lambda kind: (self._disliked(kind[0], group), self._place[kind[0]]))
        for number, (head, *others) in enumerate(ordered):
            rest = ordered[number + 1 :]
            rest = self._fitting([others, *rest] if others else rest, head, strict=strict)
            found = self._extended([*group, head], rest, size, strict=strict)
            if found is not None or self._steps <= 0:
                return found
        return None

    def _fitting(self, line: _Line, member: Entry, *, strict: bool) -> _Line:
        self._steps -= len(line)
        rules, traits = self._rules, member.traits
        return [
            kind
            for kind in line
            if rules.refusal(kind[0].traits, traits) is None
            and (not strict or rules.dislike(kind[0].traits, traits) is None)
        ]

    def _disliked(self, entry: Entry, group: Iterable[Entry]) -> bool:
        return any(self._rules.dislike(entry.traits, member.traits) is not None for member in group)

    def _is_strict(self, seed: Entry) -> bool:
        """Whether somebody still waits for those whom they are to be matched with if that can be."""
        seconds = self._rules.prefers_for_seconds
        return seconds is not None and not seed.has_waited(seconds, self._now)

    def _takes_fewer(self, seed: Entry) -> bool:
        size = self._task.size
        return size is not None and seed.has_waited(size.wait, self._now)

    def _size_of(self, seed: Entry, there: int) -> int:
        """Return how many of those who are there are taken, where everybody fits; 0 for nobody yet."""
        if there >= self._task.agents_required:
            return self._task.agents_required
        return there if self._takes_fewer(seed) else 0


def _line(entries: Iterable[Entry]) -> _Line:
    kinds: dict[Traits, list[Entry]] = {}
    for entry in entries:
        kinds.setdefault(entry.traits, []).append(entry)
    return [*kinds.values()]
