"""Queues: what waits to be sent, one ordered queue for each person, and whose turn it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import count
from typing import Any

from ....events import Delivery
from ....runner.timers import Timer
from ..composing.compose import Piece
from ..graph.error_codes import Treatment


class QueueState(Enum):
    """Where a person's queue is. Only a queue that is `READY` has a place in a lane."""

    IDLE = "nothing waits"
    READY = "waits for its turn"
    BUSY = "a worker has it"
    WAITING = "waits for a moment"
    HELD = "waits for the person"


class Lane(Enum):
    """What a queue's next piece takes: an ordinary answer's time; longer, for media; or nobody knows how long."""

    TEXT = "text"
    MEDIA = "media"
    SUSPECT = "suspect"


ROOM: Mapping[Lane, int] = {Lane.TEXT: 44, Lane.MEDIA: 12, Lane.SUSPECT: 8}
"""How many pieces of a lane may be under way. Nobody whose sends hang can take the place of those whose do not."""

NOTICE_SLOT = "notice"
"""The slot of what tells somebody that a message of theirs went no further."""


@dataclass(frozen=True, slots=True)
class Action:
    """What a person is shown if it can be done soon, and is on no record: that somebody types, say.

    `body` is the request but for who gets it. After `until` (monotonic seconds) it is not worth sending.
    """

    body: Mapping[str, Any]
    until: float


class PersonQueue:
    """What waits to be sent to one person, oldest first, and how far that is.

    The sender's lock guards all of it; but while it is `BUSY`, its worker alone changes what concerns the first
    line, so that it may read that without the lock. `echoes` alone may grow at any time. `heard_meanwhile` tells
    that the person wrote since it became busy.
    """

    __slots__ = (
        "actions",
        "alike",
        "began_at",
        "came_to",
        "echoes",
        "first_tried_at",
        "heard_meanwhile",
        "held_because",
        "lane",
        "lines",
        "own",
        "participant_id",
        "piece",
        "pieces",
        "state",
        "suspect",
        "ticket",
        "timer",
        "tried_at",
        "tries",
    )

    def __init__(self, participant_id: str) -> None:
        self.participant_id = participant_id
        self.state = QueueState.IDLE
        self.held_because = ""
        self.lines: deque[Delivery] = deque()
        self.actions: dict[str, Action] = {}
        self.lane = Lane.TEXT
        self.ticket = 0
        self.timer: Timer | None = None
        self.suspect = False
        self.heard_meanwhile = False
        self.begin_line()

    def begin_line(self) -> None:
        """The first line is a new one: nothing is known of it."""
        self.pieces: tuple[Piece, ...] | None = None
        self.echoes: dict[int, str] = {}
        self.begin_piece(0)

    def begin_piece(self, piece: int) -> None:
        """The next piece is that one, and was not tried yet."""
        self.piece = piece
        self.tries = 0
        self.alike = 0
        self.own = 0
        self.came_to: Treatment | None = None
        self.first_tried_at: float | None = None
        self.tried_at = 0.0
        self.began_at: float | None = None

    @property
    def current(self) -> Piece | None:
        """The piece that is next, if its line is composed."""
        return self.pieces[self.piece] if self.pieces is not None and self.piece < len(self.pieces) else None

    def next_lane(self) -> Lane:
        if self.suspect:
            return Lane.SUSPECT
        if self.pieces is not None:
            current = self.current
            is_media = current is not None and current.is_media
        else:
            is_media = bool(self.lines) and self.lines[0].message.payload is not None
        return Lane.MEDIA if is_media else Lane.TEXT

    def cancel_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class SendQueues:
    """Everybody for whom something waits; nobody else takes any memory. The sender's lock guards it."""

    def __init__(self) -> None:
        self._queues: dict[str, PersonQueue] = {}
        self._lanes: dict[Lane, deque[PersonQueue]] = {lane: deque() for lane in Lane}
        self._under_way = dict.fromkeys(Lane, 0)
        self._tickets = count()

    def __iter__(self) -> Iterator[PersonQueue]:
        return iter(self._queues.values())

    @property
    def under_way(self) -> int:
        return sum(self._under_way.values())

    @property
    def ready(self) -> int:
        return sum(map(len, self._lanes.values()))

    def get(self, participant_id: str) -> PersonQueue | None:
        return self._queues.get(participant_id)

    def of(self, participant_id: str) -> PersonQueue:
        queue = self._queues.get(participant_id)
        if queue is None:
            queue = self._queues[participant_id] = PersonQueue(participant_id)
        return queue

    def make_ready(self, queue: PersonQueue) -> None:
        """Give a queue a place behind all that are ready, so that each has one piece sent in turn."""
        queue.cancel_timer()
        queue.state = QueueState.READY
        queue.lane = queue.next_lane()
        queue.ticket = next(self._tickets)
        self._lanes[queue.lane].append(queue)

    def take(self, lanes: Iterable[Lane]) -> PersonQueue | None:
        """Return whose turn it is in these lanes, as far as there is room, and make them busy."""
        waiting = [
            self._lanes[lane][0] for lane in lanes if self._lanes[lane] and self._under_way[lane] < ROOM[lane]
        ]
        if not waiting:
            return None
        queue = min(waiting, key=_ticket)
        self._lanes[queue.lane].popleft()
        self._under_way[queue.lane] += 1
        queue.state = QueueState.BUSY
        queue.heard_meanwhile = False
        return queue

    def leave(self, queue: PersonQueue) -> None:
        """A worker has done with a busy queue, which has to be put somewhere else now."""
        self._under_way[queue.lane] -= 1
        queue.state = QueueState.IDLE

    def rest(self, queue: PersonQueue) -> None:
        """Put a queue to where it belongs: behind the others that are ready, or away if it is empty."""
        if queue.lines or queue.actions:
            self.make_ready(queue)
        else:
            self.remove(queue)

    def remove(self, queue: PersonQueue) -> None:
        """Forget about a person. Not for a queue that is ready or busy."""
        queue.cancel_timer()
        self._queues.pop(queue.participant_id, None)


def _ticket(queue: PersonQueue) -> Any:
    return queue.ticket
