"""The mailbox: what a participant has said and no world has read yet."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from ..core.message import Message


class Mailbox:
    """One participant's unread mail, in the order it was said.

    It goes with the participant from seat to seat, so what is said between two worlds waits for the next one.
    Whoever is to read it now listens: `listener` is called on the thread that put the mail, and must be short.
    """

    __slots__ = ("_listener", "_lock", "_mail", "taken")

    def __init__(self) -> None:
        self._mail: deque[Message] = deque()
        self.taken = 0
        self._listener: Callable[[], None] | None = None
        self._lock = threading.Lock()  # makes "put, then tell the listener of that moment" one step

    def put(self, message: Message) -> None:
        with self._lock:
            self._mail.append(message)
            listener = self._listener
        if listener is not None:
            listener()

    def take(self) -> Message | None:
        """Return the oldest unread message, or None. One thread at a time; `taken` counts them."""
        try:
            message = self._mail.popleft()
        except IndexError:
            return None
        self.taken += 1
        return message

    def unread(self) -> list[Message]:
        """Return what nobody has read yet, oldest first, and leave it there."""
        return list(self._mail)

    def listen(self, listener: Callable[[], None]) -> None:
        """From now on tell this listener of new mail, at once if there is some."""
        with self._lock:
            self._listener = listener
            waiting = bool(self._mail)
        if waiting:
            listener()

    def stop_listening(self, listener: Callable[[], None]) -> None:
        """Tell this listener no more, if it is still the one that is told."""
        with self._lock:
            if self._listener is listener:
                self._listener = None

    def __len__(self) -> int:
        return len(self._mail)
