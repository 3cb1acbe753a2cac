"""The phone's screen: what a person has been shown of the page, and what of it they can press."""

from __future__ import annotations

from collections.abc import Callable

from .moved_clock import MovedClock
from .shown_message import Button, ShownAttachment, ShownMessage
from .watched_state import WITHIN_SECONDS, WatchedState

TYPING_SECONDS = 20.0

Watcher = Callable[[ShownMessage | str], None]
"""Takes what comes to a person: a message, or a sender action such as `typing_on`."""


class PhoneScreen:
    """What one person sees. Whatever is waited for takes up to `within_seconds` of real time."""

    def __init__(self, psid: str, watched: WatchedState, clock: MovedClock) -> None:
        self.psid = psid
        self.last_wrote: float | None = None
        """When the person last wrote or pressed something, by the fake's clock; the window is open from then."""
        self._watched = watched
        self._clock = clock
        self._shown: list[ShownMessage] = []
        self._looked_at = 0
        self._replies_open = False
        self._typing_until = 0.0
        self._typing_as: str | None = None
        self._is_seen = False
        self._watcher: Watcher | None = None

    @property
    def messages(self) -> list[ShownMessage]:
        """Everything the page has sent this person, oldest first."""
        with self._watched:
            return list(self._shown)

    @property
    def heard(self) -> list[str]:
        """The texts of everything the page has sent this person, oldest first."""
        return [message.text for message in self.messages]

    @property
    def quick_replies(self) -> tuple[str, ...]:
        """The titles of the quick replies that can be pressed now."""
        with self._watched:
            return tuple(reply.title for reply in self._shown[-1].quick_replies) if self._replies_open else ()

    @property
    def buttons(self) -> tuple[Button, ...]:
        """All buttons on the screen, the newest last."""
        found = [message.attachment for message in self.messages if message.attachment is not None]
        return tuple(button for attachment in found for button in attachment.buttons)

    @property
    def typing(self) -> bool:
        """Whether the page is shown as typing: until its next message, for 20 seconds at most."""
        with self._watched:
            return self._clock.time() < self._typing_until

    @property
    def typing_as(self) -> str | None:
        """The persona that is typing; None where the page itself is, or nobody."""
        return self._typing_as if self.typing else None

    @property
    def is_seen(self) -> bool:
        """Whether the page has marked as seen what this person last wrote."""
        with self._watched:
            return self._is_seen

    def sees(self, text: str, within_seconds: float = WITHIN_SECONDS) -> ShownMessage:
        """Wait for the first message since the last `sees` that holds this text, and return it."""
        return self.sees_message(lambda message: text in message.text, f"see {text!r}", within_seconds)

    def sees_attachment(self, kind: str = "image", within_seconds: float = WITHIN_SECONDS) -> ShownAttachment:
        """Wait for the first message since the last `sees` that has an attachment of this kind."""

        def fits(message: ShownMessage) -> bool:
            return message.attachment is not None and message.attachment.kind == kind

        attachment = self.sees_message(fits, f"see an attachment of type {kind}", within_seconds).attachment
        assert attachment is not None, "it was looked for"
        return attachment

    def sees_message(
        self, fits: Callable[[ShownMessage], bool], what: str = "see it", within_seconds: float = WITHIN_SECONDS
    ) -> ShownMessage:
        """Wait for the first message since the last `sees` that fits; fail, showing what there was."""

        def find() -> int | None:
            fresh = range(self._looked_at, len(self._shown))
            return next((index for index in fresh if fits(self._shown[index])), None)

        if not self._watched.until(lambda: find() is not None, within_seconds):
            fresh = self.heard[self._looked_at :]
            raise AssertionError(f"expected {self.psid} to {what} within {within_seconds:g} s, got {fresh}")
        with self._watched:
            index = find()
            assert index is not None, "what was shown stays"
            self._looked_at = index + 1
            return self._shown[index]

    def sees_typing(self, within_seconds: float = WITHIN_SECONDS) -> None:
        """Wait until the page is typing."""
        if not self._watched.until(lambda: self.typing, within_seconds):
            raise AssertionError(f"expected {self.psid} to see typing within {within_seconds:g} s")

    def watch(self, watcher: Watcher) -> None:
        """Have it called with all that comes from now on, in order, on whatever thread it comes."""
        self._watcher = watcher

    def take(self, message: ShownMessage) -> None:
        """Have a message on the screen."""
        with self._watched:
            self._shown.append(message)
            self._replies_open = True
            self._typing_until = 0.0
            self._tell(message)

    def take_action(self, action: str, persona: str | None) -> None:
        """Have the page type, or mark as seen."""
        with self._watched:
            now = self._clock.time()
            if action == "mark_seen":
                self._is_seen = True
            elif action in ("typing_on", "typing_off"):
                self._typing_until = now + TYPING_SECONDS if action == "typing_on" else 0.0
                self._typing_as = persona
            self._tell(action)

    def _tell(self, news: ShownMessage | str) -> None:
        if self._watcher is not None:
            self._watcher(news)
