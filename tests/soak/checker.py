"""The checker: reads diaries, and says what is wrong with them. It knows nothing of the server but its lines.

`check_people` looks at each log by itself: its numbers, and whether it makes sense as a walk from place to place
in which every message is answered exactly once and in order. `check_conversations` puts the logs of those who
talked with each other side by side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .diary import Diary
from .walk import Nonsense, Part, Walk
from .words import ORACLE


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, and in whose log (empty: nobody's)."""

    person: str
    what: str

    def __str__(self) -> str:
        return f"{self.person}: {self.what}" if self.person else self.what


def check_people(diaries: Iterable[Diary], *, finished: bool = True) -> tuple[list[Finding], dict[str, Walk]]:
    """Check each log by itself; return what is wrong, and each person's walk.

    `finished` says that everybody has come home, so that nothing may be left over.
    """
    findings: list[Finding] = []
    walks: dict[str, Walk] = {}
    for diary in diaries:
        wrong = [*diary.faults, *_wrong_numbers(diary), *_wrong_contents(diary)]
        walk = walks[diary.name] = Walk()
        for line in diary.log():
            try:
                walk.take(line)
            except Nonsense as nonsense:
                wrong.append(f"line {line.seq} ({line.speaker}: {line.text!r}): {nonsense}")
                break  # everything after it would seem wrong as well
        else:
            if finished:
                wrong += _left_over(walk)
        if finished and diary.unacknowledged():
            wrong.append(f"never acknowledged: {[sent.text for sent in diary.unacknowledged()]}")
        findings += [Finding(diary.name, what) for what in wrong]
    return findings, walks


def _wrong_numbers(diary: Diary) -> Iterable[str]:
    seqs = [line.seq for line in diary.log()]
    if seqs != list(range(1, len(seqs) + 1)):
        holes = sorted(set(range(1, max(seqs) + 1)) - set(seqs))
        yield f"lines are missing: {holes[:20]}"
    newest: dict[int, int] = {}
    for line in diary.received:
        offered = diary.visits[line.visit - 1].offered
        if line.seq <= newest.get(line.visit, offered):
            yield f"line {line.seq} came twice, or too late (connection {line.visit}, which began after {offered})"
        newest[line.visit] = max(line.seq, newest.get(line.visit, 0))


def _wrong_contents(diary: Diary) -> Iterable[str]:
    contents: dict[int, tuple[Any, ...]] = {}
    for sent in diary.sent.values():
        for seq in sent.acks[1:]:
            if seq != sent.acks[0]:
                yield f"{sent.text!r} is on record as line {sent.acks[0]} and again as line {seq}"
        for seq in sent.acks[:1]:
            if seq in contents:
                yield f"line {seq} is two messages, {contents[seq][1]!r} and {sent.text!r}"
            contents[seq] = (True, sent.text)
    for line in diary.received:
        if line.mine and (line.message_id not in diary.sent or diary.sent[line.message_id].text != line.text):
            yield f"line {line.seq} is said to be theirs, but they never sent {line.text!r}"
        content = (line.mine, line.text) if line.mine else (False, line.text, line.speaker)
        if contents.setdefault(line.seq, content) != content:
            yield f"line {line.seq} is {contents[line.seq]} and {content}"


def _left_over(walk: Walk) -> Iterable[str]:
    if walk.place != "overworld":
        yield f"expected them in the overworld at the end, got {walk.place!r}"
    if walk.unanswered:
        yield f"never answered: {list(walk.unanswered)}"


def check_conversations(walks: dict[str, Walk], *, finished: bool = True) -> list[Finding]:
    """Check that those who talked with each other saw each other's words: each once, in order, none lost."""
    together: dict[str, dict[str, Part]] = {}
    for name, walk in walks.items():
        for conversation, part in walk.parts.items():
            together.setdefault(conversation, {})[name] = part
    findings: list[Finding] = []
    for parts in together.values():
        findings += _wrong_company(parts)
        for name, part in parts.items():
            for other_name, other in parts.items():
                if other_name != name:
                    findings += _wrong_relay(name, part, other, finished)
            if part.task.bot:
                findings += _wrong_oracle(name, part, list(parts.values()), finished)
    return findings


def _wrong_company(parts: dict[str, Part]) -> Iterable[Finding]:
    (first, *_) = parts.values()
    names = ", ".join(parts)
    if len(parts) != first.task.people or len({part.role for part in parts.values()}) != len(parts):
        roles = [part.role for part in parts.values()]
        yield Finding(names, f"expected {first.task.people} people in {first.task.key!r}, got roles {roles}")
    for name, part in parts.items():
        strangers = part.heard.keys() - {other.role for other in parts.values()} - {ORACLE}
        if strangers:
            yield Finding(name, f"heard from {sorted(strangers)}, who are not in the conversation")
    if len({part.secret for part in parts.values()}) > 1:
        yield Finding(names, "they are in one conversation, but not in the same world")


def _wrong_relay(name: str, part: Part, other: Part, finished: bool) -> Iterable[Finding]:
    heard = part.heard.get(other.role, [])
    whole = heard == (other.said if finished or part.ended else other.said[: len(heard)])
    if not whole:
        yield Finding(name, f"expected to hear from {other.role} {other.said}, got {heard}")


def _wrong_oracle(name: str, part: Part, everybody: list[Part], finished: bool) -> Iterable[Finding]:
    heard = Counter(part.heard.get(ORACLE, []))
    said = Counter(f"oracle on {text}" for each in everybody for text in each.said)
    if heard != said if finished or part.ended else heard - said:
        yield Finding(name, f"expected the oracle on each message once; {_difference(said, heard)}")


def _difference(expected: Counter[str], got: Counter[str]) -> str:
    return f"missing {sorted((expected - got).elements())}, too many {sorted((got - expected).elements())}"
