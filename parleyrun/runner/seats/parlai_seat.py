"""A person's seat as worlds know it that were written for ParlAI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from queue import Empty
from typing import Any, ClassVar

from ...core.message import Act, Message
from ...core.seats import Seat
from ..mailbox import Mailbox
from ..person import PersonAgent
from .tick_pace import TickPace


class ParlaiSeat(PersonAgent):
    """The same seat with the manners that worlds of ParlAI's count on.

    A time-out is None and no act; that somebody has gone ends the world, which is never told; an act always has
    `payload`; what is written into `data` is added to what is there; and a world is looked at often enough for
    time-outs that it counts itself.
    """

    is_told_of_leaving: ClassVar[bool] = False
    pace: ClassVar[TickPace] = TickPace(first_seconds=0.2, growth=0.08)

    def __init__(self, participant_id: str, mailbox: Mailbox, **kept: Any) -> None:
        super().__init__(participant_id, mailbox, **kept)
        self.acted_packets: dict[int, Act] = {}
        """What the person has said in this world and somebody has read, by its number from 0."""
        self.observed_packets: dict[int, Act] = {}
        """What this seat was shown in this world, likewise."""

    @property
    def message_partners(self) -> list[Seat]:
        """The seats of the other people in this conversation."""
        return self._partners

    @message_partners.setter
    def message_partners(self, partners: Sequence[Seat]) -> None:
        self._partners = list(partners)

    @property
    def data(self) -> dict[str, Any]:
        """What the author's code keeps of this person; what is put in its place is added to it."""
        return self.kept["data"]

    @data.setter
    def data(self, values: Mapping[str, Any]) -> None:
        self.kept["data"].update(values)

    @property
    def page_id(self) -> str | None:
        """The Facebook page that the service speaks for; None without one."""
        page: str | None = self.opt.get("page_id")
        return page

    @property
    def msg_queue(self) -> MessageQueue:
        """What the person has said and nobody has read."""
        return MessageQueue(self)

    def act(self, timeout: float | None = None) -> Act | None:
        """Return what the person said next; None when there is nothing, or nothing in so many seconds."""
        if timeout is not None:
            return self.act_blocking(timeout)
        return self._acted_on(super().act())

    def act_blocking(self, timeout: float | None = None) -> Act | None:  # type: ignore[override]  # None, as in ParlAI
        """Wait until the person says something and return it; None if they say nothing in so many seconds."""
        act = super().act_blocking(timeout)
        return None if self.timed_out else self._acted_on(act)

    def get_new_act_message(self) -> Act | None:
        """Return what the person said next; None when there is nothing."""
        return self.act()

    def observe(self, act: Mapping[str, Any]) -> None:
        """Show the person something that was said."""
        super().observe(act)
        self.observed_packets[len(self.observed_packets)] = dict(act)

    def mark_seen(self) -> None:
        """Show the person that their words were read, which is shown anyway when they are."""

    def set_stored_data(self) -> None:
        """Load what is kept of the person, which is always there already."""

    def _acted_on(self, act: Act | None) -> Act | None:
        if act is not None:
            act.setdefault("payload", None)
            self.acted_packets[len(self.acted_packets)] = act
        return act


def seat_kind(*, for_parlai: bool) -> type[PersonAgent]:
    """Return what people's seats are in worlds that were written for ParlAI, or for parleyrun."""
    return ParlaiSeat if for_parlai else PersonAgent


class MessageQueue:
    """Unread messages, as a queue that is looked at and taken from.

    Args:
        seat: Whose they are.
    """

    def __init__(self, seat: ParlaiSeat) -> None:
        self._seat = seat
        self._mailbox = seat.mailbox

    def qsize(self) -> int:
        """Return how many there are."""
        return len(self._mailbox)

    def empty(self) -> bool:
        """Return whether there is none."""
        return not len(self._mailbox)

    def put(self, act: Mapping[str, Any]) -> None:
        """Add one at the end."""
        self._mailbox.put(Message(text=str(act.get("text") or "")))

    def get(self, block: bool = True, timeout: float | None = None) -> Act:
        """Return the first one, as `act()` gives it. Raises `queue.Empty` if none comes in so many seconds."""
        act = None
        if block:
            act = self._seat.act_blocking(timeout)
        elif not self.empty():
            act = self._seat.act()
        if act is None:
            raise Empty
        return act

    def get_nowait(self) -> Act:
        """Return the first one. Raises `queue.Empty` if there is none."""
        return self.get(block=False)
