"""What a store that outlives the process does with what it is handed, whichever database it is in."""

from __future__ import annotations

import contextlib
from abc import abstractmethod
from collections.abc import Callable, Iterator
from functools import partial

from ...core.model_answer import BotDecision
from ...errors import StoreError
from ...events import Inbound, Receipt, RefusalReason
from ...runner.timers import Clock
from ...runner.turn import Turn
from ..columns import readable
from ..protocol import Move, Publish, SessionRecord
from .ledger import Ledger
from .move_entry import MoveEntry
from .opening import session_of
from .operations import DecisionEntry, JournalEntry, Milestone, Operation
from .operators.recorded_acts import RecordedActs
from .reactions.recorded_reactions import RecordedReactions
from .reader import Reader
from .recorded_lines import RecordedLines
from .recorded_notes import RecordedNotes
from .recorded_sendings import RecordedSendings
from .turn_entry import TurnEntry
from .writer import Writer

_IDS_OF_SAID = "SELECT message_id FROM lines WHERE participant_id = ? AND mine = 1"


class DurableStore(RecordedLines, RecordedSendings, RecordedNotes, RecordedActs, RecordedReactions):
    """The record in a database that one process at a time holds. Any thread, once it is open.

    When the database fails, nothing is acknowledged or published that is not on record: what was handed over is
    kept in memory and recorded once the cause is gone, people's new messages are refused meanwhile.

    Args:
        reader: Answers questions beside the writer.
        place: What the store is called where it fails, such as its file.
        clock: Where the time of records comes from.
        snapshots: Without them worlds are not recorded, just what was said.
    """

    durable = True

    def __init__(self, reader: Reader, place: str, clock: Clock, *, snapshots: bool) -> None:
        super().__init__(reader)
        self.snapshots = snapshots
        self._place = place
        self._clock = clock
        self._ledger: Ledger | None = None
        self._writer: Writer | None = None
        self._tell_group: Callable[[int, float], None] | None = None

    def journal(self, inbound: Inbound, then: Callable[[Receipt], None]) -> None:
        """Record what a person said, and tell `then` on the store's thread.

        While the store is in trouble, or closed, `then` is told of the refusal at once.
        """
        writer = self._writer or self._opened()
        if writer.trouble is not None:
            then(Receipt(refused=RefusalReason.TROUBLE))
            return
        try:
            writer.put(JournalEntry(inbound, then))
        except StoreError:
            then(Receipt(refused=RefusalReason.TROUBLE))

    def commit(self, turn: Turn, publish: Publish) -> None:
        """Record a turn whole, then publish what it says on the store's thread.

        A turn of a run that has ended, or of an older epoch, is refused whole, which is logged. Raises
        `StoreError` once the store is closed.
        """
        (self._writer or self._opened()).put(TurnEntry(turn, publish, snapshots=self.snapshots))

    def decided(self, run_uid: str, decision: BotDecision) -> None:
        """Record what a model took beside its run's turns; nothing once the store is closed."""
        with contextlib.suppress(StoreError):
            self._put(DecisionEntry(run_uid, decision))

    def move(self, move: Move, publish: Publish) -> None:
        """Record a move whole, then publish what it says on the store's thread.

        A session's `data` that is None leaves what is on record. Raises `StoreError` once the store is closed.
        """
        self._put(MoveEntry(move, publish))

    def after(self, work: Callable[[], None]) -> None:
        """Call this on the store's thread, once all that was handed over so far is recorded and published.

        Before the store is open nothing was: it is called at once.
        """
        writer = self._writer
        if writer is None:
            work()
            return
        with contextlib.suppress(StoreError):  # closed: all is recorded that ever will be, and nobody waits
            writer.put(Milestone(work))

    def session(self, participant_id: str) -> SessionRecord | None:
        """Return where a participant is on record; None if they are on none. Raises `StoreError`."""
        return self._reader.ask(lambda connection: session_of(connection, participant_id))

    def line_of_message(self, participant_id: str, message_id: str) -> int:
        """Return the number of a person's line with this message id; 0 if there is none. On the store's thread.

        Raises:
            StoreError: The record cannot be read.
        """
        # Whoever floods with messages that are refused has the record looked at once, and not for each.
        if self._ledger is not None and self._ledger.numbering.has_not_said(
            participant_id, readable(message_id), partial(self._ids_of_said, participant_id)
        ):
            return 0
        return super().line_of_message(participant_id, message_id)

    def forget(self, participant_id: str) -> None:
        """Let go of what is kept in memory of a participant; the record keeps everything."""
        self._forget_marks(participant_id)
        if self._ledger is not None:
            self._ledger.numbering.forgotten.append(participant_id)

    def tell_of_groups(self, tell: Callable[[int, float], None]) -> None:
        """Have this called for each transaction (`TellsOfGroups`). Before `open()`."""
        self._tell_group = tell

    @property
    def waiting(self) -> int:
        """About how many records wait to be written."""
        return 0 if self._writer is None else self._writer.waiting

    def trouble(self) -> str | None:
        """Say in one sentence what keeps the store from its work, None while all is well."""
        cause = None if self._writer is None else self._writer.trouble or self._fault_of_place()
        if cause is not None:
            return f"the store {self._place} cannot record: {cause}"
        damage = self._reader.damage
        return None if damage is None else f"the store {self._place} cannot be read: {damage}"

    @abstractmethod
    def _fault_of_place(self) -> str | None:
        """Say what is wrong although nothing was recorded that could have failed; None if nothing is."""

    def _ids_of_said(self, participant_id: str) -> Iterator[str]:
        return (message_id for (message_id,) in self._reader.rows(_IDS_OF_SAID, participant_id))

    def _put(self, operation: Operation) -> None:
        (self._writer or self._opened()).put(operation)

    def _opened(self) -> Writer:
        if self._writer is None:
            raise StoreError(f"the store {self._place} is not open; call open() first")
        return self._writer
