"""Following conversations while they go on, in a store that another process writes to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..errors import StoreError
from .archive import Archive
from .conversations import Conversation, RecordedMessage, recorded_messages
from .line_rows import LineRow, line_of, lines_after
from .selection import Selection


@dataclass(frozen=True, slots=True)
class News:
    """Something that has happened in a conversation: it began, a `message`, or it ended."""

    conversation: Conversation
    what: str
    message: RecordedMessage | None = None


@dataclass(slots=True)
class _Seat:
    """How far a participant's log has been read, and which of their own lines no world had read by then."""

    read_to: int
    unread: list[int] = field(default_factory=list)


def _copied(seats: dict[str, _Seat]) -> dict[str, _Seat]:
    return {log_id: _Seat(seat.read_to, list(seat.unread)) for log_id, seat in seats.items()}


class Follower:
    """Tells what is new in the conversations of a selection, or in one of them. For one thread.

    What was said before it began to follow is no news.
    """

    def __init__(self, archive: Archive, selection: Selection, only: str | None = None) -> None:
        self._archive = archive
        self._selection = selection
        self._seen: int | None = None
        self._followed: dict[str, dict[str, _Seat]] = {}
        with archive.file.standing_still():
            self._place = archive.newest_run()
            for uid in [only] if only is not None else self._live():
                self._follow(uid, from_now=True)
        self._watch_for_more = only is None

    @property
    def following(self) -> bool:
        """False once there is nothing left that could make news."""
        return self._watch_for_more or bool(self._followed)

    def news(self) -> list[News]:
        """Return what has happened since the last call, in order for each conversation.

        Raises `StoreError` if the store cannot be read; the next call then returns all that this one would have.
        """
        changes = self._archive.file.changes()
        if changes == self._seen:
            return []
        place, followed = self._place, {uid: _copied(seats) for uid, seats in self._followed.items()}
        try:
            with self._archive.file.standing_still():
                found = [*self._begun(), *self._said()]
        except StoreError:
            self._place, self._followed = place, followed
            raise
        self._seen = changes
        return found

    def wait(self) -> None:
        """Wait until there may be news."""
        self._archive.file.wait_for_news()

    def _begun(self) -> Iterator[News]:
        if not self._watch_for_more:
            return
        while batch := self._archive.runs_after(self._place, self._selection):
            for place, uid in batch:
                self._place = place
                self._follow(uid, from_now=False)
                conversation = self._archive.conversation(uid)
                if conversation is not None:
                    yield News(conversation, "began")

    def _said(self) -> Iterator[News]:
        for uid, seats in list(self._followed.items()):
            conversation = self._archive.conversation(uid)
            if conversation is None:
                del self._followed[uid]
                continue
            for log_id in conversation.seats_by_log:
                if log_id not in seats:  # of a bot that has sat down since
                    seats[log_id] = _Seat(0)
            rows = [row for who, seat in seats.items() for row in self._new_lines(uid, who, seat)]
            rows.sort(key=lambda row: (row.n if row.original is None else row.original, row.n))
            for message in recorded_messages(rows, conversation.seats_by_log, conversation.withheld):
                yield News(conversation, "said", message)
            if conversation.ended is not None:
                del self._followed[uid]
                yield News(conversation, "ended")

    def _new_lines(self, uid: str, participant_id: str, seat: _Seat) -> Iterator[LineRow]:
        waiting, seat.unread = seat.unread, []
        lines = [line for seq in waiting if (line := line_of(self._archive.file, participant_id, seq)) is not None]
        fresh = lines_after(self._archive.file, participant_id, seat.read_to)
        if fresh:
            seat.read_to = fresh[-1].seq
        for row in (*lines, *fresh):
            if row.run_uid == uid:
                yield row
            elif row.mine and not row.consumed:
                seat.unread.append(row.seq)

    def _follow(self, uid: str, *, from_now: bool) -> None:
        conversation = self._archive.conversation(uid)
        if conversation is None:
            return
        self._followed[uid] = {
            log_id: self._seat(log_id, from_now=from_now) for log_id in conversation.seats_by_log
        }

    def _seat(self, participant_id: str, *, from_now: bool) -> _Seat:
        if not from_now:
            return _Seat(0)
        newest, unread = self._standing_of(participant_id)
        return _Seat(newest, unread)

    def _live(self) -> list[str]:
        return self._archive.live(self._selection)

    def _standing_of(self, participant_id: str) -> tuple[int, list[int]]:
        """Return the newest line of a participant, and which of their own nobody has read yet."""
        ask = self._archive.file
        newest = ask.one("SELECT coalesce(max(seq), 0) FROM lines WHERE participant_id = ?", participant_id)[0]
        unread = ask.all(
            "SELECT seq FROM lines WHERE participant_id = ? AND mine = 1 AND consumed = 0", participant_id
        )
        return int(newest), [seq for (seq,) in unread]
