"""The mailbox: what a participant has said and no world has read yet."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence

from ..core.message import Message
from .seats.form_events import is_answers, is_press


class Mailbox:
    """One participant's unread mail, in the order it was said.

    It goes with the participant from seat to seat, so what is said between two worlds waits for the next one.
    Whoever is to read it now listens.
    """

    __slots__ = ("_listener", "_lock", "answers", "mail", "presses", "taken")

    def __init__(self) -> None:
        self.mail: deque[Message] = deque()
        """What waits, oldest first. For looking: it is changed by `put` and `take` only."""
        self.answers: deque[Message] = deque()
        """Answers to forms that wait, oldest first: no world hears them as words. For looking, as above."""
        self.presses: deque[Message] = deque()
        """What says that somebody would like to finish, and waits until their conversation is over; as above."""
        self.taken = 0
        """How many messages were taken so far."""
        self._listener: Callable[[], None] | None = None
        self._lock = threading.Lock()  # makes "put, then tell the listener of that moment" one step

    def put(self, message: Message) -> None:
        """Add a message, and tell whoever listens. Any thread."""
        with self._lock:
            (self.mail if message.payload is None else self._box_of(message)).append(message)
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

    def take_answers(self) -> Message | None:
        """Take out the oldest answers to a form; None if there are none. One thread at a time."""
        if not self.answers:
            return None
        self.taken += 1
        return self.answers.popleft()

    def take_presses(self) -> list[Message]:
        """Take out all that says that this person would like to finish."""
        presses = []
        while self.presses:
            presses.append(self.presses.popleft())
        return presses

    def read_elsewhere(self, references: Collection[str]) -> None:
        """Take out what was read where a copy of this mailbox is: the messages of these lines. Any thread."""
        with self._lock:
            for box in (self.mail, self.answers):
                if not any(message.carried_line in references for message in box):
                    continue
                for _ in range(len(box)):
                    message = box.popleft()
                    if message.carried_line in references:
                        self.taken += 1
                    else:
                        box.append(message)

    def _box_of(self, message: Message) -> deque[Message]:
        if is_answers(message):
            return self.answers
        return self.presses if is_press(message) else self.mail

    def unread(self) -> list[Message]:
        """Return what nobody has read yet, words before answers, oldest first, and leave it there. Any thread."""
        return [*self.mail, *self.answers, *self.presses]

    def set_aside(self) -> list[Message]:
        """Take out what nobody has read yet, words before answers, for `put_back()`; that does not count."""
        aside: list[Message] = []
        for waiting in (self.mail, self.answers, self.presses):
            while waiting:
                aside.append(waiting.popleft())
        return aside

    def put_back(self, aside: Sequence[Message]) -> None:
        """Put what was set aside in front of what has come since. While nobody listens."""
        for message in reversed(aside):
            self._box_of(message).appendleft(message)

    def listen(self, listener: Callable[[], None]) -> None:
        """From now on tell this listener of new mail, at once if there is some.

        Args:
            listener: Called on the thread that put the mail. It must be short.
        """
        with self._lock:
            self._listener = listener
            waiting = bool(self.mail or self.answers)
        if waiting:
            listener()

    def stop_listening(self, listener: Callable[[], None]) -> None:
        """Tell this listener no more, if it is still the one that is told."""
        with self._lock:
            if self._listener is listener:
                self._listener = None

    def __len__(self) -> int:
        """Return how many words wait."""
        return len(self.mail)
