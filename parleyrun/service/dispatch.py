"""The dispatch: what goes out, to the channel that the participant's id names."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from ..core.bot_seats.bot_names import BOT_PREFIX
from ..errors import ChannelError
from ..events import (
    Channel,
    ChannelRecord,
    Deliver,
    Delivery,
    Finite,
    Personas,
    ShowsForms,
    Troubled,
    Uploads,
    participant_id,
)
from ..signals import Signal
from .counts import Fullness, fullness

log = logging.getLogger(__name__)


class Dispatch:
    """Opens and closes the channels, and hands each what is for its participants. Any thread.

    People are put back, and worlds go on, before the doors open. What is said until then waits for its channel.
    What is for a bot, as that its words were read, goes nowhere: no channel has its seat.

    Raises:
        ChannelError: A channel is called as bots are on record.
    """

    def __init__(self, channels: Sequence[Channel]) -> None:
        for channel in channels:
            if participant_id(channel.name, "") == BOT_PREFIX:
                raise ChannelError(
                    f"expected another name for {type(channel).__qualname__} than {channel.name!r}: "
                    f"ids that begin with it are those of bots"
                )
        self._channels = {channel.name: channel for channel in channels}
        self._lock = threading.Lock()  # guards all below
        self._open: set[str] = set()
        self._waiting: dict[str, list[Callable[[], None]]] = {name: [] for name in self._channels}
        self._closed = False

    def open(self, deliver: Deliver, book: ChannelRecord) -> None:
        """Open one door after the other. Raises `ChannelError` at the first that cannot be opened."""
        for name, channel in self._channels.items():
            channel.start(deliver, book)
            while waiting := self._take_waiting(name):
                for hand_over in waiting:
                    hand_over()

    def close(self) -> None:
        """Close all doors. Nothing is handed to a channel from now on; what was said is on record."""
        with self._lock:
            self._closed = True
            self._open.clear()
        for channel in self._channels.values():
            channel.close()

    def send(self, delivery: Delivery) -> None:
        """Hand a line to its participant's channel."""
        channel = self._channels.get(delivery.participant_id.partition(":")[0])
        if channel is not None and channel.name in self._open:
            _send(delivery, channel)  # as nearly always, and so without a detour
        else:
            self._hand_over(delivery.participant_id, partial(_send, delivery))

    def signal(self, participant_id: str, signal: Signal) -> None:
        """Hand a signal to a participant's channel."""
        self._hand_over(participant_id, partial(_signal, participant_id, signal))

    def is_connectionless(self, participant_id: str) -> bool:
        """Say whether a participant comes over a channel in which nobody can lose their connection."""
        channel = self._channels.get(participant_id.partition(":")[0])
        return channel is not None and channel.connectionless

    def shows_forms(self, participant_id: str) -> bool:
        """Say whether a participant can be shown a form as a whole, as far as their channel knows."""
        channel: object = self._channels.get(participant_id.partition(":")[0])
        return isinstance(channel, ShowsForms) and channel.shows_forms(participant_id)

    def trouble(self) -> str | None:
        """Say what keeps channels from their work, None while all is well."""
        channels = self._channels.values()
        causes = [channel.trouble() for channel in channels if isinstance(channel, Troubled)]
        return "; ".join(filter(None, causes)) or None

    def fullness(self) -> dict[str, Fullness]:
        """Return how full those channels are that can hold only so many connections, by their names."""
        return {name: fullness(*channel.connections()) for name, channel in self._finite()}

    def is_full(self) -> bool:
        """Say whether a channel sends newcomers away."""
        return any(channel.is_full() for _, channel in self._finite())

    def _finite(self) -> Iterator[tuple[str, Finite]]:
        return ((name, channel) for name, channel in self._channels.items() if isinstance(channel, Finite))

    def uploads(self) -> Uploads | None:
        """Return the channel that takes attachments in advance; None if there is none."""
        return next((channel for channel in self._channels.values() if isinstance(channel, Uploads)), None)

    def personas(self) -> Personas | None:
        """Return the channel that has personas of its own; None if there is none."""
        return next((channel for channel in self._channels.values() if isinstance(channel, Personas)), None)

    def _take_waiting(self, name: str) -> list[Callable[[], None]]:
        """Return what waits for a door. Once that is nothing the door is open: so no line overtakes another."""
        with self._lock:
            waiting, self._waiting[name] = self._waiting[name], []
            if not waiting:
                self._open.add(name)
            return waiting

    def _hand_over(self, participant_id: str, give: Callable[[Channel], None]) -> None:
        channel = self._channels.get(participant_id.partition(":")[0])
        if channel is None:
            return
        if channel.name not in self._open:
            with self._lock:
                if self._closed:
                    return
                if channel.name not in self._open:
                    self._waiting[channel.name].append(partial(give, channel))
                    return
        give(channel)


def _send(delivery: Delivery, channel: Channel) -> None:
    try:
        channel.send(delivery)
    except Exception:  # a channel's mistake must not end the run that spoke
        log.exception("channel %r could not take a line for %s", channel.name, delivery.participant_id)


def _signal(participant_id: str, signal: Signal, channel: Channel) -> None:
    try:
        channel.signal(participant_id, signal)
    except Exception:  # nor keep others from what they are to be shown
        log.exception("channel %r could not take a signal for %s", channel.name, participant_id)
