"""Serving a person: their next piece is sent, and it is put on record what became of it."""

from __future__ import annotations

import logging
import math
import threading
from functools import partial
from random import Random

from ....errors import StoreError
from ....events import Delivery, Sending, Sendings, SendingState
from ....runner.timers import Clock
from ..composing.compose import compose
from ..graph.error_codes import Treatment
from ..page_people import CHANNEL
from .attempts import Attempts, OutsideWindow, Rejected, SendResult, Unanswered
from .piece_metadata import PieceMetadata, PieceName
from .retry_policy import (
    Advance,
    Decision,
    GiveUpPerson,
    Hold,
    PausePage,
    Retry,
    StopPage,
    Tries,
    decide,
    is_tried,
)
from .send_queues import PersonQueue

log = logging.getLogger(__name__)

ON_RECORD_WITHIN_SECONDS = 10.0
NOTHING_TO_SHOW = "nothing in it that Messenger can show"


class PieceSender:
    """Works on queues that are the caller's for that time. Any thread; `send_next` blocks.

    Nothing is sent before it is on record that it is tried; so even if the process dies at the worst moment, no
    more than one piece of a person's is in doubt.
    """

    def __init__(
        self,
        attempts: Attempts,
        sendings: Sendings,
        metadata: PieceMetadata,
        clock: Clock,
        random: Random,
    ) -> None:
        self._attempts = attempts
        self._sendings = sendings
        self._metadata = metadata
        self._clock = clock
        self._random = random

    def open_line(self, queue: PersonQueue) -> None:
        """Compose the first line. What of it cannot be shown is told to whoever wrote the world, in the log."""
        line = queue.lines[0]
        composition = compose(line.message)
        for fault in composition.faults:
            log.error("%s, said by %r: %s", _name(line), line.message.id, fault)
        queue.pieces = composition.pieces

    def send_next(self, queue: PersonQueue, worked_at: float) -> tuple[SendResult | None, Decision]:
        """Try the next piece. Return what came of it (None: it took no attempt), and what to do now.

        `worked_at` is when a send to anybody last worked, in monotonic seconds.
        """
        line = queue.lines[0]
        try:
            return self._try_next(queue, line, worked_at)
        except StoreError as error:
            unanswered = Unanswered(str(error), may_have_arrived=False)
            return None, self._decide(queue, unanswered, worked_at)
        except Exception as error:  # a mistake of ours must not silence a person for good
            log.exception("%s could not be sent", _name(line))
            return None, self._decide(queue, Unanswered(str(error), may_have_arrived=True), worked_at)

    def drop(self, line: Delivery, reason: str, first: int = 0, pieces: int = 1) -> None:
        """Put on record that the pieces of a line, from `first` on, are not sent."""
        for piece in range(first, pieces):
            self._put_on_record(line, piece, pieces, "dropped", self._now(), reason=reason)

    def confirm(self, name: PieceName, mid: str, began_at: float | None) -> None:
        """Put on record that a piece was sent, as its echo says, unless that is on record already.

        `began_at` is when it was sent, if that is known (wall time, seconds).
        """
        try:
            if self._sendings.sending_of(CHANNEL, mid) is None:
                at = self._now() if began_at is None else began_at
                sending = Sending(
                    participant_id=name.participant_id,
                    seq=name.seq,
                    piece=name.piece,
                    pieces=name.pieces,
                    state="sent",
                    at=at,
                    channel_id=mid,
                )
                self._sendings.record_sending(sending)
        except StoreError as error:
            log.warning("the echo of line %s#%d is not on record: %s", name.participant_id, name.seq, error)

    def _try_next(
        self, queue: PersonQueue, line: Delivery, worked_at: float
    ) -> tuple[SendResult | None, Decision]:
        if queue.pieces is None:
            self.open_line(queue)
        assert queue.pieces is not None
        piece, number, pieces = queue.current, queue.piece, len(queue.pieces)
        if piece is None:
            if not pieces:
                self.drop(line, NOTHING_TO_SHOW)
            return None, Advance()
        verdict: SendResult | None = None
        if number in queue.echoes:
            decision: Decision = Advance(queue.echoes[number])
        else:
            metadata = self._metadata.write(PieceName(queue.participant_id, line.seq, number, pieces))
            begin = partial(self._begin, queue, line, number, pieces)
            verdict = self._attempts.send(queue.participant_id, piece, metadata, begin)
            decision = self._decide(queue, verdict, worked_at)
        if isinstance(decision, Advance):
            dropped = decision.dropped_because
            state: SendingState = "sent" if dropped is None else "dropped"
            at = self._now() if queue.began_at is None else queue.began_at
            self._put_on_record(line, number, pieces, state, at, decision.mid, dropped or "")
        return verdict, decision

    def _begin(self, queue: PersonQueue, line: Delivery, piece: int, pieces: int) -> None:
        """The request goes out now.

        This is the time that counts as the piece's: what Messenger says was read until some moment is everything
        that it had by then, and it has nothing before this, nor the next piece before it has answered.
        """
        on_record = threading.Event()
        began_at = self._now()
        self._put_on_record(line, piece, pieces, "trying", began_at)
        self._sendings.after(on_record.set)
        if not on_record.wait(ON_RECORD_WITHIN_SECONDS):
            raise StoreError(f"what is sent could not be put on record within {ON_RECORD_WITHIN_SECONDS:g} s")
        queue.began_at = began_at

    def _now(self) -> float:
        """Return wall time in whole milliseconds, as Messenger counts."""
        return math.floor(self._clock.time() * 1000) / 1000

    def _decide(self, queue: PersonQueue, verdict: SendResult, worked_at: float) -> Decision:
        now = self._clock.monotonic()
        came_to = _treatment_after(verdict)
        if came_to is not queue.came_to:
            queue.came_to, queue.alike, queue.own = came_to, 0, 0
            if queue.first_tried_at is None:
                queue.tries = 0
        if queue.first_tried_at is None:
            queue.first_tried_at = now
        queue.tries += 1
        queue.alike += 1
        queue.own += worked_at >= queue.tried_at
        queue.tried_at = now
        tries = Tries(queue.tries, queue.alike, queue.own, now - queue.first_tried_at)
        decision = decide(verdict, tries, self._random)
        if isinstance(decision, Hold | PausePage | StopPage) or not is_tried(verdict):
            queue.first_tried_at = None  # until it can be tried again, nothing counts against it
        _tell(queue, decision)
        return decision

    def _put_on_record(
        self,
        line: Delivery,
        piece: int,
        pieces: int,
        state: SendingState,
        at: float,
        mid: str | None = None,
        reason: str = "",
    ) -> None:
        self._sendings.record_sending(
            Sending(
                participant_id=line.participant_id,
                seq=line.seq,
                piece=piece,
                pieces=pieces,
                state=state,
                at=at,
                channel_id=mid,
                reason=reason,
            )
        )


def _treatment_after(verdict: SendResult) -> Treatment | None:
    match verdict:
        case Rejected(_, treatment):
            return treatment
        case OutsideWindow():
            return Treatment.WINDOW_CLOSED
        case _:
            return None


def _tell(queue: PersonQueue, decision: Decision) -> None:
    """Tell the operator what one person's trouble is; what concerns the page is told elsewhere."""
    line = queue.lines[0]
    match decision:
        case Advance(_, str(reason)):
            said_by = line.message.id
            log.error(
                "%s, said by %r: message %d of it was not sent: %s", _name(line), said_by, queue.piece + 1, reason
            )
        case Retry(seconds, reason) if queue.tries == 1 and seconds > 0:
            log.warning("%s is tried again in %.0f s: %s", _name(line), seconds, reason)
        case Hold(reason) if queue.tries == 1:
            log.warning("%s waits: %s", _name(line), reason)
        case GiveUpPerson(reason):
            log.warning("%s cannot be reached, until they write again: %s", queue.participant_id, reason)
        case _:
            pass


def _name(line: Delivery) -> str:
    return f"line {line.participant_id}#{line.seq}"
