"""The eraser: a person's words, their data and their name go out of the record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ....errors import StoreError
from ...media_library import owned_files
from ...operator_records import CHECK_PREFIX
from ...protocol import line_reference
from ..database import RecordConnection
from ..statements import LOG_OF_RUN
from .persons_words import ERASED_TEXT, PersonsWords, strings_of
from .prompt_erasure import erase_prompts

_THEIR_FILES = "SELECT key, value FROM notes WHERE channel = 'media' AND substr(key, 1, length(?)) = ?"

REQUESTS = "erasure"
"""The channel of the notes that ask for somebody to be erased; their keys are the participants' ids."""

ERASED_ID = "erased:person"
"""The participant id that takes the place of an erased one, in seats and matches."""


@dataclass(slots=True, kw_only=True)
class Erased:
    """What was erased, in numbers. `still_held_by` are others whose data seems to hold words of the person.

    `files` are those of the library that are to be deleted once this is on record.
    """

    participant_id: str
    said: int = 0
    heard: int = 0
    copies: int = 0
    conversations: int = 0
    stopped: int = 0
    snapshots: int = 0
    data: int = 0
    marks: int = 0
    sendings: int = 0
    notes: int = 0
    prompts: int = 0
    moderated: int = 0
    waiting: int = 0
    matches: int = 0
    reactions: int = 0
    still_held_by: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


_TOLD_IN_RUN = f"""
    SELECT p.id, l.seq, l.speaker, l.text, l.more, l.carried_line FROM runs AS r JOIN {LOG_OF_RUN}
    WHERE r.uid = ? AND l.mine = 0 AND p.id <> ? AND l.text <> ?
"""  # noqa: S608  # made of a constant
_MODERATED_IN_RUN = (
    "SELECT m.n, m.speaker, m.text, m.more, m.carried_line, m.shown "
    "FROM moderated AS m JOIN runs AS r ON r.n = m.run WHERE r.uid = ? AND m.text <> ?"
)
# What was shown instead is in the log since the same moment; what was held, since somebody let it go.
_BLANK_INSTEAD = """
    UPDATE log SET text = ?, more = NULL, carried_line = NULL WHERE n IN (
        SELECT l.n FROM moderated AS m JOIN log AS l ON l.participant = m.participant
            AND l.run IS m.run AND l.mine = 0 AND (l.at = m.at OR m.verdict = 'held') AND l.text = m.shown
        WHERE m.n = ?)
"""


class Eraser:
    """Erases a participant, within a transaction that is not its own.

    Args:
        connection: With foreign keys checked. What is to be gone from free space, too, is up to the database.
        participant_id: Who.
        now: Wall time; when conversations that still went on have ended.
    """

    def __init__(self, connection: RecordConnection, participant_id: str, now: float) -> None:
        self._connection = connection
        self._id = participant_id
        self._now = now
        self._erased = Erased(participant_id=participant_id)
        self._blanked: set[str] = set()

    def erase(self) -> Erased:
        """Return what was erased. Raises `StoreError`, with nothing changed, if nobody of that id is on record."""
        known = self._one("SELECT 1 FROM participants WHERE id = ? AND is_bot = 0", self._id)
        if not known or self._id == ERASED_ID:
            raise StoreError(f"expected the id of a participant on record, got '{self._id}'")
        runs = [
            uid for (uid,) in self._all("SELECT DISTINCT run_uid FROM seats WHERE participant_id = ?", self._id)
        ]
        words = PersonsWords(self._id, self._own_words())
        self._moderated_for_them()
        self._copies_elsewhere(words)
        for uid in runs:
            self._copies_in(uid, words)
            self._erased.prompts += erase_prompts(self._connection, uid, words)
            self._run(uid, words)
        self._matches()
        self._reactions()
        self._acts()
        self._own()
        self._erased.still_held_by = tuple(self._holders(runs, words))
        self._seats()
        # The counts of conditions stay true, and say nothing of whose they were.
        self._run_sql(
            "UPDATE assignments SET owner = 'erased:' || lower(hex(randomblob(8))) WHERE owner = ?", self._id
        )
        self._run_sql("DELETE FROM participants WHERE id = ?", self._id)
        self._run_sql("DELETE FROM notes WHERE channel = ? AND key = ?", REQUESTS, self._id)
        return self._erased

    def _own_words(self) -> Iterator[str]:
        for text, more in self._all(
            "SELECT text, more FROM lines WHERE participant_id = ? AND mine = 1", self._id
        ):
            yield text
            yield from strings_of(more)

    def _acts(self) -> None:
        """Of what operators did to them it stays on record that it was done, and when."""
        blank = (
            "UPDATE operator_acts SET target = CASE WHEN target = ? THEN ? ELSE target END, "
            "why = '', details = '{}' "
        )
        named = json.dumps(self._id)
        ids = (self._id, ERASED_ID, self._id, named, self._id)
        self._run_sql("DELETE FROM controls WHERE key = ?", f"{CHECK_PREFIX}{self._id}")
        self._run_sql(blank + "WHERE target = ? OR instr(details, ?) > 0 OR instr(why, ?) > 0", *ids)

    def _moderated_for_them(self) -> None:
        """Take away what was to be shown to them, as what was shown to them goes, too."""
        self._erased.moderated += self._run_sql(
            "DELETE FROM moderated WHERE participant = (SELECT n FROM participants WHERE id = ?)", self._id
        )

    def _copies_elsewhere(self, words: PersonsWords) -> None:
        """Blank the lines of others that carry this person's on, or name them."""
        told = self._all(
            """SELECT participant_id, seq, speaker, text, carried_line FROM lines
            WHERE participant_id <> ? AND mine = 0 AND (
                instr(carried_line, ?) > 0 OR instr(text, ?) > 0 OR speaker = ?)""",
            *[self._id] * 4,
        )
        for participant_id, seq, speaker, text, carried_line in told:
            carried = carried_line is not None and carried_line.rpartition("#")[0] == self._id
            if carried or speaker == self._id or words.name_in(text):
                self._blank(participant_id, seq, ERASED_ID if speaker == self._id else speaker)
        moderated = self._all(
            "SELECT n, speaker, text, carried_line FROM moderated "
            "WHERE instr(carried_line, ?) > 0 OR instr(text, ?) > 0 OR speaker = ?",
            *[self._id] * 3,
        )
        for n, speaker, text, carried_line in moderated:
            carried = carried_line is not None and carried_line.rpartition("#")[0] == self._id
            if carried or speaker == self._id or words.name_in(text):
                self._blank_moderated(n, ERASED_ID if speaker == self._id else speaker)

    def _copies_in(self, uid: str, words: PersonsWords) -> None:
        """Blank what a world told others in this person's name, or in their words."""
        roles = dict(self._all("SELECT participant_id, role FROM seats WHERE run_uid = ?", uid))
        own_name = roles.get(self._id)
        others = {role for who, role in roles.items() if who != self._id and role}

        def is_theirs(speaker: str, texts: list[str], carried_line: str | None) -> bool:
            if carried_line is not None and self._is_others_line(carried_line):
                return False
            return speaker == own_name or words.quoted_in(texts, whole=speaker not in others)

        told = self._all(_TOLD_IN_RUN, uid, self._id, ERASED_TEXT)
        for participant_id, seq, speaker, text, more, carried_line in told:
            if is_theirs(speaker, [text, *strings_of(more)], carried_line):
                self._blank(participant_id, seq, speaker)
        moderated = self._all(_MODERATED_IN_RUN, uid, ERASED_TEXT)
        for n, speaker, text, more, carried_line, shown in moderated:
            if is_theirs(speaker, [text, shown or "", *strings_of(more)], carried_line):
                self._blank_moderated(n, speaker)

    def _reactions(self) -> None:
        """Take away how they have reacted, how others have to their lines, and that others replied to these."""

        def is_theirs(line: str) -> bool:
            return line.rpartition("#")[0] == self._id or line in self._blanked

        theirs = "DELETE FROM reactions WHERE participant = (SELECT n FROM participants WHERE id = ?)"
        self._erased.reactions += self._run_sql(theirs, self._id)
        for (line,) in self._all("SELECT DISTINCT line FROM reactions"):
            if is_theirs(line):
                self._erased.reactions += self._run_sql("DELETE FROM reactions WHERE line = ?", line)
        for table in ("log", "moderated"):
            named = self._all(f"SELECT DISTINCT reply_to FROM {table} WHERE reply_to IS NOT NULL")  # noqa: S608
            for (line,) in named:
                if is_theirs(line):
                    self._run_sql(f"UPDATE {table} SET reply_to = NULL WHERE reply_to = ?", line)  # noqa: S608

    def _blank(self, participant_id: str, seq: int, speaker: str) -> None:
        self._erased.copies += 1
        self._blanked.add(line_reference(participant_id, seq))
        self._run_sql(
            "UPDATE log SET speaker = ?, text = ?, more = NULL, carried_line = NULL "
            "WHERE participant = (SELECT n FROM participants WHERE id = ?) AND seq = ?",
            speaker,
            ERASED_TEXT,
            participant_id,
            seq,
        )

    def _blank_moderated(self, n: int, speaker: str) -> None:
        """Blank what was to be shown, what was shown instead, and why: that may quote it."""
        self._erased.copies += self._run_sql(_BLANK_INSTEAD, ERASED_TEXT, n)
        self._erased.moderated += self._run_sql(
            "UPDATE moderated SET speaker = ?, text = ?, more = NULL, carried_line = NULL, reason = '', "
            "shown = CASE WHEN shown IS NOT NULL THEN ? END WHERE n = ?",
            speaker,
            ERASED_TEXT,
            ERASED_TEXT,
            n,
        )

    def _is_others_line(self, reference: str) -> bool:
        who, _, seq = reference.rpartition("#")
        return who != self._id and bool(
            self._one("SELECT 1 FROM lines WHERE participant_id = ? AND seq = ? AND mine = 1", who, seq)
        )

    def _run(self, uid: str, words: PersonsWords) -> None:
        """Take out of a run what it kept of this person; end it if it was still going on."""
        erased = self._erased
        erased.conversations += 1
        ended, answered, snapshot, reason = self._one(
            "SELECT ended, answered, snapshot IS NOT NULL, coalesce(reason, '') FROM runs WHERE uid = ?", uid
        )
        erased.snapshots += snapshot
        for table in ("inside", "said_inside"):
            self._run_sql(f"DELETE FROM {table} WHERE run_uid = ?", uid)  # noqa: S608  # one of two names
        self._run_sql(
            "UPDATE runs SET snapshot = NULL, outcome_data = NULL, outcome_data_json = NULL, value = NULL "
            "WHERE uid = ?",
            uid,
        )
        if words.quoted_in([reason], whole=True):
            self._run_sql("UPDATE runs SET reason = ? WHERE uid = ?", ERASED_TEXT, uid)
        if ended is None:
            erased.stopped += 1
            self._run_sql(
                "UPDATE runs SET ended = ?, outcome = 'left', reason = 'a participant was erased', forced = 1, "
                "answered = 0 WHERE uid = ?",
                self._now,
                uid,
            )
        if ended is None or not answered:
            # When the service starts again it tells those who are left, and seats nobody in the empty place.
            self._run_sql("DELETE FROM seats WHERE run_uid = ? AND participant_id = ?", uid, self._id)
            self._run_sql(
                "UPDATE runs SET answered = 1 "
                "WHERE uid = ? AND NOT EXISTS (SELECT 1 FROM seats WHERE run_uid = ? AND model IS NULL)",
                uid,
                uid,
            )

    def _matches(self) -> None:
        holding = self._all(
            "SELECT id, taken, passed_over FROM matches WHERE instr(taken, ?) > 0 OR instr(passed_over, ?) > 0",
            *[json.dumps(self._id)] * 2,
        )
        for match, taken, passed_over in holding:
            self._erased.matches += 1
            self._run_sql(
                "UPDATE matches SET taken = ?, passed_over = ? WHERE id = ?",
                json.dumps([self._renamed(who) for who in json.loads(taken)]),
                json.dumps([[self._renamed(who), why] for who, why in json.loads(passed_over)]),
                match,
            )

    def _renamed(self, participant_id: str) -> str:
        return ERASED_ID if participant_id == self._id else participant_id

    def _own(self) -> None:
        erased = self._erased
        (erased.said,) = self._one("SELECT count(*) FROM lines WHERE participant_id = ? AND mine = 1", self._id)
        erased.heard = (
            self._run_sql(
                "DELETE FROM log WHERE participant = (SELECT n FROM participants WHERE id = ?)", self._id
            )
            - erased.said
        )
        erased.marks = self._run_sql("DELETE FROM marks WHERE participant_id = ?", self._id)
        erased.sendings = self._run_sql("DELETE FROM outbox WHERE participant_id = ?", self._id)
        self._erased.files = tuple(owned_files(dict(self._all(_THEIR_FILES, f"{self._id}/", f"{self._id}/"))))
        erased.notes = self._run_sql(
            "DELETE FROM notes WHERE substr(key, 1, length(?)) = ?",
            *[f"{self._id}/"] * 2,
        )
        erased.waiting = self._run_sql("DELETE FROM pool WHERE participant_id = ?", self._id)
        (erased.data,) = self._one(
            "SELECT count(data) + count(onboard_data) FROM participants WHERE id = ?", self._id
        )

    def _holders(self, runs: list[str], words: PersonsWords) -> Iterator[str]:
        """Yield those who sat with this person and whose data holds their words or their id."""
        partners: dict[str, None] = {}
        for uid in runs:
            seated = self._all(
                "SELECT participant_id FROM seats WHERE run_uid = ? AND participant_id <> ?", uid, self._id
            )
            partners.update((who, None) for (who,) in seated)
        for who in partners:
            data, onboard_data = self._one("SELECT data, onboard_data FROM participants WHERE id = ?", who)
            if words.quoted_in([*strings_of(data), *strings_of(onboard_data)], whole=False):
                yield who

    def _seats(self) -> None:
        """Leave the seats of past conversations, without saying who sat there."""
        if self._one("SELECT 1 FROM seats WHERE participant_id = ?", self._id):
            self._run_sql(
                "INSERT INTO participants (id, first_seen, place, since) VALUES (?, 0, 'gone', 0) "
                "ON CONFLICT DO NOTHING",
                ERASED_ID,
            )
            self._run_sql("UPDATE seats SET participant_id = ? WHERE participant_id = ?", ERASED_ID, self._id)

    def _one(self, query: str, *values: Any) -> Any:
        return self._connection.execute(query, values).fetchone()

    def _all(self, query: str, *values: Any) -> list[Any]:
        return self._connection.execute(query, values).fetchall()

    def _run_sql(self, statement: str, *values: Any) -> int:
        return self._connection.execute(statement, values).rowcount
