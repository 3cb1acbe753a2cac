"""The forms on record that somebody has filled in, or begun to, as their last line tells."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...store.safe_unpickling import loads, to_json
from ..places.asked_record import AskedRecord
from ..selection import Selection

EVERYTHING = Selection(kinds=())

MISSING = {
    "not_asked": "not asked, as earlier answers (`show_if`) made it needless",
    "skipped": "asked, and left out",
    "declined": "open when the person declined to take part",
    "failed": "open when a check ended the form",
    "timed_out": "open when the time was up",
    "left": "open when the person had gone",
    "closed": "open when the conversation ended",
}
"""Why there is no answer to a question: the codes of a codebook. Empty: there is an answer."""

_LAST_LINES = """
    SELECT p.id, r.n, r.uid, r.kind, r.task, l.at, l.more,
        (SELECT s.role FROM seats AS s WHERE s.run_uid = r.uid AND s.participant_id = p.id)
    FROM log AS l JOIN participants AS p ON p.n = l.participant JOIN runs AS r ON r.n = l.run
    WHERE l.mine = 0 AND l.carried_line IS NULL AND p.is_bot = 0 AND p.id <> 'erased:person'
        AND l.more IS NOT NULL AND instr(l.more, CAST('form_record' AS BLOB))
    ORDER BY l.n
"""
_TALKS = """
    SELECT s.participant_id, r.n, r.uid, s.role FROM runs AS r JOIN seats AS s ON s.run_uid = r.uid
    WHERE r.kind = 'task' AND s.model IS NULL ORDER BY r.n
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledForm:
    """A form that is over, for one person.

    Attributes:
        participant: Whose it is.
        form: What it is called.
        instance: The how-manieth form of that name it is for them, from 1.
        conversation_id: The run in which it was asked, of the kind `kind`, and `task`.
        last_conversation_id: The conversation in a task that they were in last, when it was asked; None: in none.
        role: Theirs in that run; of a form afterwards, in the conversation before it.
        at: When it was over; wall time in seconds.
        record: All that is known of it, as docs/forms.md says.
    """

    participant: str
    form: str
    instance: int
    conversation_id: str
    last_conversation_id: str | None
    kind: str
    task: str | None
    role: str | None
    at: float
    record: Mapping[str, Any]

    @property
    def status(self) -> str:
        """How it ended."""
        return str(self.record.get("status"))

    @property
    def answers(self) -> Mapping[str, Any]:
        """The answers, by question."""
        return _mapping(self.record, "answers")

    def why_missing(self, question: str) -> str | None:
        """Return why there is no answer to a question (see `MISSING`); None if there is one."""
        if self.answers.get(question) is not None:
            return None
        if question not in self.answers or question in (self.record.get("not_asked") or ()):
            return "not_asked"
        return "skipped" if self.status == "done" else self.status

    def milliseconds(self, question: str, moment: str) -> int | None:
        """Return when a question was `shown`, `touched`, `changed` or `answered`; wall time in milliseconds."""
        times = _mapping(self.record, "times").get(question)
        at = times.get(moment) if isinstance(times, Mapping) else None
        return at if isinstance(at, int) else None


def filled_forms(file: AskedRecord, selection: Selection = EVERYTHING) -> Iterator[FilledForm]:
    """Yield the forms that were over in runs of a selection, in the order in which they ended."""
    where, values = selection.where()
    wanted = {uid for (uid,) in file.all(f"SELECT uid FROM runs WHERE {where}", *values)}  # noqa: S608
    talks: dict[str, list[tuple[int, str, str | None]]] = defaultdict(list)
    for who, number, uid, role in file.each(_TALKS):
        talks[who].append((number, uid, role))
    instances: Counter[tuple[str, str]] = Counter()
    for who, run, uid, kind, task, at, more, role in file.each(_LAST_LINES):
        record = _record_in(to_json(loads(more)))
        if record is None:
            continue
        instances[who, record["form"]] += 1
        if uid not in wanted:
            continue
        theirs = talks[who]
        place = bisect_right(theirs, run, key=lambda talk: talk[0])
        _, last, last_role = theirs[place - 1] if place else (0, None, None)
        yield FilledForm(
            participant=who,
            form=record["form"],
            instance=instances[who, record["form"]],
            conversation_id=uid,
            last_conversation_id=last,
            kind=kind,
            task=task,
            role=last_role if kind == "afterwards" else role,
            at=at,
            record=record,
        )


def _record_in(more: Any) -> dict[str, Any] | None:
    extra = more.get("extra") if isinstance(more, dict) else None
    record = extra.get("form_record") if isinstance(extra, dict) else None
    return record if isinstance(record, dict) and isinstance(record.get("form"), str) else None


def _mapping(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = record.get(name)
    return found if isinstance(found, Mapping) else {}
