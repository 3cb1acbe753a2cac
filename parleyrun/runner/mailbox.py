"""The mailbox: what a participant has said and no world has read yet."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from ..core.message import Message


class Mailbox:
    """One participant's unread mail, in the order it was said.

    It goes with the participant from seat to seat, so what is said between two worlds waits for the next one.
    Whoever is to read it now listens.
    """

    __slots__ = ("_listener", "_lock", "mail", "taken")

    def __init__(self) -> None:
        self.mail: deque[Message] = deque()
        """What waits, oldest first. For looking: it is changed by `put` and `take` only."""
        self.taken = 0
        """How many messages were taken so far."""
        self._listener: Callable[[], None] | None = None
        self._lock = threading.Lock()  # makes "put, then tell the listener of that moment" one step

    def put(self, message: Message) -> None:
        """Add a message, and tell whoever listens. Any thread."""
        with self._lock:
            self.mail.append(message)
            listener = self._listener
        if listener is not None:
            listener()

    def take(self) -> Message | None:
        """Take out the oldest unread message. One thread at a time.

        Returns:
            The message; None if there is none.
        """
        if not self.mail:
            return None
        self.taken += 1
        return self.mail.popleft()

    def unread(self) -> list[Message]:
        """Return what nobody has read yet, oldest first, and leave it there. Any thread."""
        return list(self.mail)

    def set_aside(self) -> list[Message]:
        """Take out what nobody has read yet, oldest first, for `put_back()`; it does not count as taken."""
        aside: list[Message] = []
        while self.mail:
            aside.append(self.mail.popleft())
        return aside

    def put_back(self, aside: Sequence[Message]) -> None:
        """Put what was set aside in front of what has come since. While nobody listens."""
        self.mail.extendleft(reversed(aside))

    def listen(self, listener: Callable[[], None]) -> None:
        """From now on tell this listener of new mail, at once if there is some.

        Args:
            listener: Called on the thread that put the mail. It must be short.
        """
        with self._lock:
            self._listener = listener
            waiting = bool(self.mail)
        if waiting:
            listener()

    def stop_listening(self, listener: Callable[[], None]) -> None:
        """Tell this listener no more, if it is still the one that is told."""
        with self._lock:
            if self._listener is listener:
                self._listener = None

    def __len__(self) -> int:
        return len(self.mail)
