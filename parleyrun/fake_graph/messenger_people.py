"""People who use Messenger: what they do to a page, and what they see of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Protocol

from .moved_clock import HOUR_SECONDS, MovedClock
from .phone_screen import PhoneScreen
from .refusals import Refusal, window_closed
from .watched_state import WatchedState

WINDOW_SECONDS = 24 * HOUR_SECONDS
HUMAN_AGENT_SECONDS = 7 * 24 * HOUR_SECONDS
GET_STARTED = "GET_STARTED"
THUMBS_UP = 369239263222822


class PostEvent(Protocol):
    """Posts an event to the app, if it is subscribed to that field."""

    def __call__(self, subscribed_field: str, event: Mapping[str, Any]) -> None: ...


class FakeMessengerPerson(PhoneScreen):
    """Somebody with a Messenger.

    What they do returns once the app has answered the webhook; acts that send a message return its id. What they
    see is on their `PhoneScreen`.
    """

    def __init__(self, psid: str, page_id: str, watched: WatchedState, clock: MovedClock, post: PostEvent) -> None:
        super().__init__(psid, watched, clock)
        self.is_known = True
        """False: as if the page had never met them."""
        self.unavailable: Refusal | None = None
        """Why nothing can be sent to them, whatever it is; None while it can."""
        self._page_id = page_id
        self._post = post

    def says(self, text: str, *, reply_to: str | None = None) -> str:
        """Write something."""
        message: dict[str, Any] = {"text": text}
        if reply_to is not None:
            message["reply_to"] = {"mid": reply_to}
        return self._writes(message)

    def presses(self, title: str) -> str:
        """Press a quick reply; fail if there is none of this title."""
        for reply in self._shown[-1].quick_replies if self._replies_open else ():
            if reply.title == title:
                return self._writes({"text": title, "quick_reply": {"payload": reply.payload}})
        raise AssertionError(f"expected {self.psid} to have the quick reply {title!r}, got {self.quick_replies}")

    def presses_button(self, title: str) -> None:
        """Press a button of a template that is on the screen; fail if there is none of this title."""
        for button in reversed(self.buttons):
            if button.title == title and button.payload is not None:
                self.sends_postback(button.payload, title)
                return
        raise AssertionError(f"expected {self.psid} to have the button {title!r}, got {self.buttons}")

    def sends_postback(self, payload: str, title: str, referral: Mapping[str, str] | None = None) -> None:
        """Press anything that sends a postback, such as an item of the page's menu."""
        postback: dict[str, Any] = {"title": title, "payload": payload, "mid": self._new_id()}
        if referral is not None:
            postback["referral"] = dict(referral)
        self._acts("messaging_postbacks", {"postback": postback})

    def gets_started(self, ref: str | None = None, *, source: str = "SHORTLINK") -> None:
        """Press the Get Started button, perhaps after following the link `m.me/PAGE?ref=…`."""
        referral = None if ref is None else {"ref": ref, "source": source, "type": "OPEN_THREAD"}
        self.sends_postback(GET_STARTED, "Get Started", referral)

    def follows_link(self, ref: str, *, source: str = "SHORTLINK") -> None:
        """Follow `m.me/PAGE?ref=…` in a conversation that exists already."""
        self._acts("messaging_referrals", {"referral": {"ref": ref, "source": source, "type": "OPEN_THREAD"}})

    def sends_image(self, *urls: str, text: str | None = None) -> str:
        """Send images."""
        return self.sends_attachments(*(("image", {"url": url}) for url in urls), text=text)

    def sends_attachments(self, *attachments: tuple[str, Mapping[str, Any]], text: str | None = None) -> str:
        """Send attachments of any kind, each `(type, payload)`."""
        message: dict[str, Any] = {} if text is None else {"text": text}
        message["attachments"] = [{"type": kind, "payload": dict(payload)} for kind, payload in attachments]
        return self._writes(message)

    def sends_unsupported(self) -> str:
        """Send what Meta tells apps nothing of but that it was sent: a poll, a disappearing picture."""
        return self._writes({})

    def sends_sticker(self, url: str = "https://cdn.example/like.png", sticker_id: int = THUMBS_UP) -> str:
        """Send a sticker: the thumbs up, if nothing else is said."""
        return self.sends_attachments(("image", {"url": url, "sticker_id": sticker_id}))

    def reacts(self, message_id: str, emoji: str = "❤", reaction: str = "love") -> None:
        """Put a reaction to a message."""
        self._reaction({"reaction": reaction, "emoji": emoji, "action": "react", "mid": message_id})

    def takes_reaction_back(self, message_id: str) -> None:
        self._reaction({"action": "unreact", "mid": message_id})

    def edits(self, message_id: str, text: str, num_edit: int = 1) -> None:
        """Change what one has written."""
        edit = {"mid": message_id, "text": text, "num_edit": num_edit}
        self._acts("message_edits", {"message_edit": edit}, opens_window=False)

    def reads(self) -> None:
        """Read everything that is on the screen."""
        with self._watched:
            watermark = round(self._shown[-1].at * 1000) if self._shown else 0
        self._acts("message_reads", {"read": {"watermark": watermark}}, opens_window=False)

    def sends_event(self, subscribed_field: str, **rest: Any) -> None:
        """Have any event posted as theirs, for those that have no name here."""
        self._acts(subscribed_field, rest, opens_window=False)

    def turns_away(self, code: int = 551, subcode: int | None = None) -> None:
        """Block the page, or be unreachable in another way, until `comes_back()`."""
        with self._watched:
            self.unavailable = Refusal(code, subcode, "This person isn't available right now.")

    def comes_back(self) -> None:
        """Be reachable again."""
        with self._watched:
            self.unavailable = None

    def check_reachable(self, *, human_agent: bool) -> None:
        """Raise `Refusal` if the page may not send to this person now."""
        if self.unavailable is not None:
            raise self.unavailable
        allowed = HUMAN_AGENT_SECONDS if human_agent else WINDOW_SECONDS
        if self.last_wrote is None or self._clock.time() - self.last_wrote >= allowed:
            raise window_closed()

    def _writes(self, message: Mapping[str, Any]) -> str:
        message_id = self._new_id()
        with self._watched:
            self._replies_open = False
        self._acts("messages", {"message": {"mid": message_id, **message}})
        return message_id

    def _reaction(self, reaction: Mapping[str, str]) -> None:
        self._acts("message_reactions", {"reaction": dict(reaction)}, opens_window=False)

    def _acts(self, subscribed_field: str, rest: Mapping[str, Any], *, opens_window: bool = True) -> None:
        with self._watched:
            timestamp = self._clock.stamp()
            if opens_window:
                self.last_wrote = timestamp / 1000
                self._is_seen = False
        event = {
            "sender": {"id": self.psid},
            "recipient": {"id": self._page_id},
            "timestamp": timestamp,
            **rest,
        }
        self._post(subscribed_field, event)

    def _new_id(self) -> str:
        # Unlike any other of this person's, in an earlier process too: apps remember ids to know what comes twice.
        return f"m_{self.psid}-{secrets.token_hex(8)}"
