"""What the writer records: an operation is made by whoever calls the store, and applied on the writer's thread."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import ClassVar, Literal

from ...core.model_answer import BotDecision
from ...events import Delivery, Inbound, Receipt, RefusalReason, Sending, SentElsewhere
from ...runner.turn import Said
from ..columns import readable
from ..decision_columns import row_of_decision
from ..protocol import Publish, sending_of_line
from .ledger import Ledger

log = logging.getLogger(__name__)

MarkKind = Literal["delivered", "read"]


class NotRecorded(Exception):
    """An operation must not become part of the record; the message says why. Raised before it writes anything."""


class Operation(ABC):
    """Something to record. Made on the caller's thread, where it also pickles what is the author's."""

    __slots__ = ()

    writes: ClassVar[bool] = True
    """Whether there is anything to write; `apply` is not called without."""

    @abstractmethod
    def apply(self, ledger: Ledger) -> None:
        """Write it, inside a transaction. May be called again after a transaction that failed.

        Raises:
            NotRecorded: It must not be recorded, and has written nothing. Whatever else is raised undoes the whole
                transaction.
        """

    def recorded(self) -> None:  # noqa: B027  # most have nobody who waits for them
        """It is part of the record now: tell whoever waits for that."""

    @abstractmethod
    def refused(self, why: BaseException) -> None:
        """It is not, and never will be part of the record."""


class JournalEntry(Operation):
    """A message of a person. Twice the same id is one line."""

    __slots__ = ("_inbound", "_is_news", "_seq", "_then")

    def __init__(self, inbound: Inbound, then: Callable[[Receipt], None]) -> None:
        self._inbound = inbound
        self._then = then
        self._seq = 0
        self._is_news = False

    def apply(self, ledger: Ledger) -> None:
        self._seq, self._is_news = ledger.hear(self._inbound)

    def recorded(self) -> None:
        self._then(Receipt(self._seq, not self._is_news))

    def refused(self, why: BaseException) -> None:
        log.error("a message of %s could not be recorded: %s", self._inbound.participant_id, why)
        self._then(Receipt(refused=RefusalReason.TROUBLE))


class Milestone(Operation):
    """Nothing to record: a point in the order of operations that somebody wants to hear of."""

    __slots__ = ("_work",)

    writes = False

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work

    def apply(self, ledger: Ledger) -> None:
        """There is nothing to write."""

    def recorded(self) -> None:
        self._work()

    def refused(self, why: BaseException) -> None:
        log.error("what was to come after a record does not come: %s", why)


class MarkEntry(Operation):
    """Everything up to a line of a participant's log, which is on record already, was delivered or read."""

    __slots__ = ("_kind", "_participant_id", "_seq")

    def __init__(self, participant_id: str, seq: int, kind: MarkKind) -> None:
        self._participant_id = participant_id
        self._seq = seq
        self._kind = kind

    def apply(self, ledger: Ledger) -> None:
        if self._kind == "read":
            ledger.run("set_read_to", self._seq, self._participant_id)
        ledger.run("add_mark", self._participant_id, self._seq, self._kind, ledger.now)

    def refused(self, why: BaseException) -> None:
        who = self._participant_id
        log.error("it is not recorded that line %d of %s was %s: %s", self._seq, who, self._kind, why)


class SendingEntry(Operation):
    """What became of one piece of a line."""

    __slots__ = ("_sending",)

    def __init__(self, sending: Sending) -> None:
        self._sending = sending

    def apply(self, ledger: Ledger) -> None:
        _add_sending(ledger, self._sending)

    def refused(self, why: BaseException) -> None:
        sending = self._sending
        log.error("what became of line %d for %s is not recorded: %s", sending.seq, sending.participant_id, why)


class SentElsewhereEntry(Operation):
    """A line that was sent to somebody on the channel itself: said, and sent. Twice the same is one line."""

    __slots__ = ("_line",)

    def __init__(self, line: SentElsewhere) -> None:
        self._line = line

    def apply(self, ledger: Ledger) -> None:
        line = self._line
        channel = line.participant_id.partition(":")[0]
        known = ledger.run("find_sending", readable(line.channel_id), f"{channel}:", f"{channel};").fetchone()
        if known is not None:
            return
        ledger.numbering.ensure_participant(line.participant_id, ledger.now)
        (run,) = ledger.run("get_run_of", line.participant_id).fetchone()
        (said,) = ledger.say([Said(line.participant_id, line.message, line.at)], run)
        ledger.settle_lines()
        _add_sending(ledger, sending_of_line(line, said.seq))

    def refused(self, why: BaseException) -> None:
        log.error("a line that was sent to %s elsewhere is not recorded: %s", self._line.participant_id, why)


def _add_sending(ledger: Ledger, sending: Sending) -> None:
    where = (sending.participant_id, sending.seq, sending.piece, sending.pieces)
    channel_id = None if sending.channel_id is None else readable(sending.channel_id)
    ledger.run("add_sending", *where, sending.state, sending.at, channel_id, readable(sending.reason))
    if sending.state != "trying":
        ledger.run("move_sent_to", sending.participant_id)


class DecisionEntry(Operation):
    """What a model took beside its run's turns. Twice the same number of one bot is one decision."""

    __slots__ = ("_participant_id", "_row", "_run_uid")

    def __init__(self, run_uid: str, decision: BotDecision) -> None:
        self._run_uid = run_uid
        self._participant_id = decision.participant_id
        self._row = row_of_decision(decision)

    def apply(self, ledger: Ledger) -> None:
        run = ledger.numbering.run(self._run_uid)
        if run is None:
            raise NotRecorded("its run is not on record")
        ledger.decide([self._row], run)

    def refused(self, why: BaseException) -> None:
        log.error("what the model of %s took is not recorded: %s", self._participant_id, why)


class NoteEntry(Operation):
    """Something that a channel wants to remember, or (None) to forget."""

    __slots__ = ("_channel", "_key", "_value")

    def __init__(self, channel: str, key: str, value: str | None) -> None:
        self._channel = channel
        self._key = readable(key)
        self._value = None if value is None else readable(value)

    def apply(self, ledger: Ledger) -> None:
        if self._value is None:
            ledger.run("delete_note", self._channel, self._key)
        else:
            ledger.run("set_note", self._channel, self._key, self._value)

    def refused(self, why: BaseException) -> None:
        log.error("the note %r of channel %r is not recorded: %s", self._key, self._channel, why)


def publish_all(lines: Iterable[Delivery], publish: Publish) -> None:
    """Hand on what was said, once it is on record."""
    for line in lines:
        try:
            publish(line)
        except Exception:  # one person's line must not keep the others' from going out
            log.exception("line %d for %s could not be handed on", line.seq, line.participant_id)
