"""What participants and runs are called in the log, and how far it has come."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from .database import Cursor

MOST_REMEMBERED = 20_000
"""Of how many participants the numbers are kept in memory; of the others they are looked up."""


class _Standing:
    """A participant's number, the newest `seq` of their log, and the ids of the messages in it that they said.

    Of the ids there are the hashes alone, which are small; None until somebody asks for them. An index of them in
    the database would be one more page to write for each message.
    """

    __slots__ = ("number", "said", "seq")

    def __init__(self, number: int, seq: int) -> None:
        self.number = number
        self.seq = seq
        self.said: set[int] | None = None


class Numbering:
    """Gives out the numbers of lines. Used on the writer's thread only, but for `forgotten`.

    What it has found out is kept in memory, and dropped with a transaction that failed. `run` executes a
    statement of the ledger by its name.
    """

    def __init__(self, run: Callable[..., Cursor]) -> None:
        self._run = run
        self._standings: dict[str, _Standing] = {}
        self._runs: dict[str, int] = {}
        self.forgotten: deque[str] = deque()
        """Of whom to let go. Any thread puts in; they are taken out between transactions."""
        self._last_n: int | None = None

    def let_go_of_forgotten(self) -> None:
        """Between two transactions, when nothing that is remembered is in use."""
        while self.forgotten:
            self._standings.pop(self.forgotten.popleft(), None)
        if len(self._standings) > MOST_REMEMBERED:
            self._standings.clear()  # of people, too, who were told something after they had gone

    def drop(self) -> None:
        """A transaction failed, and what it had numbered is not there."""
        self._standings.clear()
        self._runs.clear()
        self._last_n = None

    def participant(self, participant_id: str) -> int | None:
        """Return a participant's number, None if there is no such participant."""
        standing = self._standings.get(participant_id) or self._find(participant_id)
        return None if standing is None else standing.number

    def ensure_participant(self, participant_id: str, now: float) -> tuple[int, int]:
        """Make sure that there is such a participant; return their number, and the newest `seq` of their log."""
        standing = self._standings.get(participant_id) or self._find_or_add(participant_id, now)
        return standing.number, standing.seq

    def next_line(self, participant_id: str, now: float) -> tuple[int, int, int]:
        """Return the participant's number, the next line's `seq` in their log, and its place among all lines."""
        standing = self._standings.get(participant_id) or self._find_or_add(participant_id, now)
        n = self._last_n
        if n is None:
            n = int(self._run("get_last_n").fetchone()[0] or 0)
        self._last_n = n = n + 1
        standing.seq += 1
        return standing.number, standing.seq, n

    def ensure_bot(self, participant_id: str, now: float) -> int:
        """Make sure that a bot has a log of that name; return the log's number."""
        standing = self._standings.get(participant_id) or self._find_or_add(participant_id, now, "add_bot")
        return standing.number

    def next_place(self) -> int:
        """Return the next line's place among all lines; its number in its log is given already."""
        if self._last_n is None:
            self._last_n = int(self._run("get_last_n").fetchone()[0] or 0)
        self._last_n += 1
        return self._last_n

    def may_have_said(self, participant_id: str, message_id: str, now: float) -> bool:
        """Return whether a message of this id may be on record of them already. From now on it is."""
        standing = self._standings.get(participant_id) or self._find_or_add(participant_id, now)
        if standing.said is None:
            standing.said = {hash(known) for (known,) in self._run("get_said", standing.number).fetchall()}
        before = len(standing.said)
        standing.said.add(hash(message_id))
        return len(standing.said) == before

    def has_not_said(self, participant_id: str, message_id: str, find: Callable[[], Iterable[str]]) -> bool:
        """Return whether it is known that no message of this id is on record of them. Between two transactions.

        Args:
            participant_id: Who is remembered, or not.
            message_id: What the channel calls a message.
            find: Returns the ids of what they have said; called for somebody of whom they are not remembered.
        """
        standing = self._standings.get(participant_id)
        if standing is None:
            return False
        if standing.said is None:
            standing.said = {hash(known) for known in find()}
        return hash(message_id) not in standing.said

    def run(self, uid: str) -> int | None:
        """Return what a run is called in the log, None if it is not on record."""
        number = self._runs.get(uid)
        if number is None:
            row = self._run("get_run", uid).fetchone()
            if row is None:
                return None
            number = self._runs[uid] = int(row[0])
        return number

    def run_ended(self, uid: str) -> None:
        """Nobody will ask for this run again."""
        self._runs.pop(uid, None)

    def _find(self, participant_id: str) -> _Standing | None:
        row = self._run("get_participant", participant_id).fetchone()
        if row is None:
            return None
        standing = self._standings[participant_id] = _Standing(int(row[0]), int(row[1] or 0))
        return standing

    def _find_or_add(self, participant_id: str, now: float, add: str = "add_participant") -> _Standing:
        standing = self._find(participant_id)
        if standing is None:
            self._run(add, participant_id, now)
            standing = self._find(participant_id)
            assert standing is not None
        return standing
