"""A store read beside whatever process writes to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..core.bot_seats.bot_names import bot_of_log
from ..store.protocol import SavedRun, ServiceStart
from ..store.record.opening import unfinished_runs
from ..store.record.statements import LOG_OF_RUN
from ..store.safe_unpickling import loads
from .archive_file import ArchiveFile
from .conversations import (
    Conversation,
    Matched,
    RecordedMessage,
    RecordedModeration,
    RecordedSeat,
    recorded_messages,
)
from .line_rows import lines_of_run
from .places.asked_record import AskedRecord
from .reactions.line_reactions import reactions_in, with_reactions
from .selection import Selection
from .talk_count import IS_TALK, TalkCount

_BATCH = 500

_SAID_IN_RUN = (
    "SELECT l.participant, s.model IS NOT NULL "  # noqa: S608  # made of constants
    f"FROM runs AS r JOIN {LOG_OF_RUN} WHERE r.uid = ? AND l.mine = 1 AND {IS_TALK} ORDER BY l.n"
)
_RUN = """
    SELECT uid, task_id, (SELECT run_id FROM starts WHERE starts.n = runs.start), grp, world, kind, task,
        started, ended, outcome, reason, forced, outcome_data
    FROM runs WHERE uid = ?
"""
_SEATS = """
    SELECT participant_id, role,
        coalesce((SELECT arrival FROM study_people AS p WHERE p.participant_id = s.participant_id), '{}'),
        model, disclosed
    FROM seats AS s WHERE run_uid = ? ORDER BY position
"""
_STARTS = """
    SELECT n, run_id, at, version, config_hash, host, pid,
        (SELECT count(*) FROM runs WHERE runs.start = starts.n AND runs.kind = 'task')
    FROM starts ORDER BY n
"""
_MATCH = "SELECT at, taken, passed_over FROM matches WHERE run_uid = ? ORDER BY id LIMIT 1"
_MODERATED = """
    SELECT p.id, m.at, m.speaker, m.text, m.verdict, m.reason, m.shown, m.carried_line
    FROM moderated AS m JOIN participants AS p ON p.n = m.participant JOIN runs AS r ON r.n = m.run
    WHERE r.uid = ? ORDER BY m.n
"""
_SPEAKERS = """
    SELECT role FROM seats WHERE role <> ''
    UNION SELECT speaker FROM log
    WHERE mine = 0 AND speaker <> '' AND run IN (SELECT n FROM runs WHERE kind = 'task')
    LIMIT 20
"""
_PARTICIPANTS = f"""
    SELECT p.id, p.first_seen, p.place, p.task, p.since,
        (SELECT count(*) FROM log AS l WHERE l.participant = p.n AND l.mine = 1 AND {IS_TALK}),
        (SELECT count(*) FROM seats AS s JOIN runs AS r ON r.uid = s.run_uid
         WHERE s.participant_id = p.id AND r.kind = 'task'),
        (SELECT arrival FROM study_people WHERE n = p.n)
    FROM participants AS p WHERE p.is_bot = 0 ORDER BY p.n
"""  # noqa: S608  # made of constants


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownParticipant:
    """A participant as the record knows them. `said` counts their messages, `conversations` their task runs.

    `arrival` holds the parameters of the link they came by.
    """

    participant_id: str
    first_seen: float
    place: str | None
    task: str | None
    since: float | None
    said: int
    conversations: int
    arrival: Mapping[str, Any] = field(default_factory=dict)

    def is_called(self, words: str) -> bool:
        """Return whether the words stand in their id, or in a value of their link, in whatever case."""
        names = (self.participant_id, *map(str, self.arrival.values()))
        return any(words.casefold() in name.casefold() for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStart:
    """A start of a service. `number` counts them from 1; `conversations` are the task runs that began in it."""

    number: int
    start: ServiceStart
    conversations: int


class Archive:
    """Reads a store that another process may be writing to. For one thread; use it as a context manager.

    Nothing is ever written. Raises `StoreError` where there is no store, it cannot be read, or it is of a
    version this code does not know. `store` is its file, or what asks it elsewhere, which is closed with this.
    """

    def __init__(self, store: Path | AskedRecord) -> None:
        self.file: AskedRecord = ArchiveFile(store) if isinstance(store, Path) else store
        self._at_exit = ExitStack()

    def __enter__(self) -> Self:
        self._at_exit.callback(self.close)
        self._at_exit.enter_context(self.file.damage_told())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._at_exit.__exit__(kind, error, traceback)

    def close(self) -> None:
        """Let go of the file. Calling it twice is harmless."""
        self.file.close()

    def count(self, selection: Selection) -> int:
        """Return how many conversations a selection takes."""
        where, values = selection.where()
        return int(self.file.one(f"SELECT count(*) FROM runs WHERE {where}", *values)[0])  # noqa: S608

    def conversations(self, selection: Selection) -> Iterator[Conversation]:
        """Yield the conversations of a selection, in the order in which they began.

        Between one and the next the record stands still, so that `messages` tells of the same moment.
        """
        place = 0
        while batch := self.runs_after(place, selection):
            place = batch[-1][0]
            for _, uid in batch:
                with self.file.standing_still():
                    conversation = self.conversation(uid)
                    if conversation is not None:
                        yield conversation

    def conversation(self, uid: str) -> Conversation | None:
        """Return the run of that uid, None if there is none."""
        run = self.file.one(_RUN, uid)
        if run is None:
            return None
        uid, task_id, run_id, group, world, kind, task, started, ended, outcome, reason, forced, data = run
        return Conversation(
            uid=uid,
            task_id=task_id,
            run_id=run_id,
            group=group,
            world=world,
            kind=kind,
            task=task,
            started=started,
            ended=ended,
            outcome=outcome,
            reason=reason or "",
            forced=bool(forced),
            data=loads(data),
            people=tuple(map(_seat, self.file.all(_SEATS, uid))),
            matched=self._matched(uid),
            moderated=tuple(self._moderated(uid)),
        )

    def messages(self, conversation: Conversation, *, and_between: bool = False) -> Iterator[RecordedMessage]:
        """Yield the messages of a conversation, in the order in which they were recorded.

        With `and_between` also what the system told people meanwhile, and what they wrote that no world has read.
        """
        rows = lines_of_run(self.file, conversation.uid, and_between=and_between)
        found = recorded_messages(rows, conversation.seats_by_log, conversation.withheld)
        return with_reactions(found, reactions_in(self.file, conversation.uid))

    def find(self, name: str) -> list[str]:
        """Return the uids of the runs that a name means: `chat/t_12`, a uid, or the first characters of one."""
        group, _, task_id = name.rpartition("/")
        found = self.file.all("SELECT uid FROM runs WHERE grp = ? AND task_id = ? LIMIT 10", group, task_id)
        if not found and name:
            begins = "SELECT uid FROM runs WHERE substr(uid, 1, length(?)) = ? LIMIT 10"
            found = self.file.all(begins, name, name)
        return [uid for (uid,) in found]

    def said(self, uid: str) -> TalkCount:
        """Return how much people and bots said in a run."""
        return TalkCount.of(self.file.each(_SAID_IN_RUN, uid))

    def tasks(self) -> list[str]:
        """Return the keys of the tasks there are conversations of."""
        found = self.file.all("SELECT DISTINCT task FROM runs WHERE task IS NOT NULL ORDER BY 1")
        return [task for (task,) in found]

    def speakers(self) -> list[str]:
        """Return the roles, and the names of bots and worlds, that spoke in tasks; twenty at most."""
        return [name for (name,) in self.file.all(_SPEAKERS)]

    def participants(self) -> Iterator[KnownParticipant]:
        """Yield everybody the record knows, in the order in which they first came."""
        return (
            KnownParticipant(
                participant_id=who,
                first_seen=first_seen,
                place=place,
                task=task,
                since=since,
                said=said,
                conversations=conversations,
                arrival={} if arrival is None else json.loads(arrival),
            )
            for who, first_seen, place, task, since, said, conversations, arrival in self.file.each(_PARTICIPANTS)
        )

    def starts(self) -> Iterator[RecordedStart]:
        """Yield the starts of services on this store, the oldest first."""
        for number, run_id, at, version, config_hash, host, pid, conversations in self.file.each(_STARTS):
            start = ServiceStart(
                run_id=run_id, at=at, version=version, config_hash=config_hash, host=host, pid=pid
            )
            yield RecordedStart(number=number, start=start, conversations=conversations)

    def newest_run(self) -> int:
        """Return the place of the newest run, for `runs_after`."""
        return int(self.file.one("SELECT coalesce(max(n), 0) FROM runs")[0])

    def runs_after(self, place: int, selection: Selection) -> list[tuple[int, str]]:
        """Return `(place, uid)` of the runs of a selection that began after that one, a batch at most."""
        where, values = selection.where()
        wanted = f"SELECT n, uid FROM runs WHERE n > ? AND {where} ORDER BY n LIMIT {_BATCH}"  # noqa: S608
        return self.file.all(wanted, place, *values)

    def unfinished_runs(self) -> list[SavedRun]:
        """Return the runs that would go on at the next start, as they are on record."""
        return [run for run in self.file.ask(unfinished_runs) if run.outcome is None]

    def waiting(self) -> list[tuple[str, int]]:
        """Return the tasks that people wait for, and how many."""
        return self.file.all("SELECT task, count(*) FROM pool GROUP BY task ORDER BY task")

    def live(self, selection: Selection) -> list[str]:
        """Return the uids of the runs of a selection that go on."""
        where, values = selection.where()
        found = self.file.all(f"SELECT uid FROM runs WHERE ended IS NULL AND {where}", *values)  # noqa: S608
        return [uid for (uid,) in found]

    def _moderated(self, uid: str) -> Iterator[RecordedModeration]:
        for who, at, speaker, text, verdict, reason, shown, line in self.file.each(_MODERATED, uid):
            yield RecordedModeration(
                participant_id=who,
                at=at,
                speaker=speaker,
                text=text,
                verdict=verdict,
                reason=reason,
                shown=shown,
                carried_line=line,
            )

    def _matched(self, uid: str) -> Matched | None:
        found = self.file.one(
            "SELECT at, taken, passed_over FROM matches WHERE run_uid = ? ORDER BY id LIMIT 1", uid
        )
        if found is None:
            return None
        at, taken, passed_over = found
        return Matched(at, tuple(json.loads(taken)), tuple((who, why) for who, why in json.loads(passed_over)))


def _seat(row: tuple[Any, ...]) -> RecordedSeat:
    who, role, arrival, model, disclosed = row
    if model is not None:
        return RecordedSeat(bot_of_log(who), role, is_bot=True, model=model, disclosed=bool(disclosed), log_id=who)
    return RecordedSeat(who, role, tuple(map(str, json.loads(arrival).values())))
