"""People who say and see what a test tells them to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

from ..channels.memory_channel import MemoryChannel
from ..core.forms.form_answers import ANSWERS
from ..core.forms.form_payloads import FORM, FORM_STATE
from ..core.message import FrozenDict
from ..events import Delivery, Receipt
from ..signals import Ended, LineReactions, Place, Presence, Signal, TalkView


class Person:
    """Somebody who takes part in a rehearsal.

    Whatever they do returns when all that it set in motion has come to rest. `name` is theirs in the test.
    """

    def __init__(self, name: str, channel: Callable[[], MemoryChannel], settle: Callable[[], None]) -> None:
        self.name = name
        self._channel_now = channel
        self._settle = settle
        self._looked_at = 0
        self.is_away = False
        """True from `goes_away()` to `arrives()` or `comes_back()`."""

    @property
    def _channel(self) -> MemoryChannel:
        return self._channel_now()

    @property
    def id(self) -> str:
        """The participant id: the channel's name, a colon, and theirs."""
        return self._channel.id_of(self.name)

    def arrives(
        self, entry: dict[str, str] | None = None, *, opens: bool = False, forms: bool | None = None
    ) -> Self:
        """Open a connection.

        Args:
            entry: The parameters of the link that they came by: `stored_data["entry"]`.
            opens: Whether that is as good as a first message.
            forms: Whether their screen can show forms as a whole, as the chat page can; else they are asked
                question by question. None leaves it as it was, which is that it cannot.

        Returns:
            This person.
        """
        self.is_away = False
        self._channel.arrive(self.name, entry, opens=opens, forms=forms)
        self._settle()
        return self

    def says(
        self,
        *texts: str,
        payload: Mapping[str, Any] | None = None,
        message_id: str | None = None,
        reply_to: int = 0,
    ) -> Receipt:
        """Say something, or several things at once.

        Args:
            *texts: What is said, one message each.
            payload: What comes along: `{"type": "image", "url": "https://…"}`.
            message_id: The message's own id; one that was said before counts as the same message.
            reply_to: The number, in their own log, of the line that it replies to.

        Returns:
            The last message's receipt: its number in their log, or why it was refused.
        """
        receipts: list[Receipt] = []
        frozen = None if payload is None else FrozenDict(payload)
        for text in texts:
            self._channel.say(
                self.name,
                text,
                payload=frozen,
                message_id=message_id,
                then=receipts.append,
                replies_to=reply_to,
            )
        self._settle()
        return receipts[-1]

    def reacts(self, seq: int, reaction: str, *, on: bool = True) -> None:
        """React to a line, or take that back.

        Args:
            seq: The line's number in their own log.
            reaction: How, as one of those that the task has.
            on: Whether they do.
        """
        self._channel.react(self.name, seq, reaction, on=on)
        self._settle()

    @property
    def reactions(self) -> dict[int, dict[str, int]]:
        """How often people have reacted to each line of this person's, as they were shown, by its number."""
        shown = {each.seq: each.reactions for each in self.signals if isinstance(each, LineReactions)}
        return {
            seq: {one.reaction: one.count for one in reactions} for seq, reactions in shown.items() if reactions
        }

    @property
    def form(self) -> Mapping[str, Any] | None:
        """The form that was shown last, as a page is given it (docs/forms.md); None if there was none."""
        return next((payload[FORM] for payload in self._payloads(FORM)), None)

    def fills(self, answers: Mapping[str, Any], *, page: int | None = None, done: bool = True) -> dict[str, str]:
        """Answer the form that was shown last, as a page does.

        Args:
            answers: By question.
            page: The page that they are done with, where they go on to the next one. Leave it out on the last
                page, which is sent off with the form.
            done: Whether they send the form off, where they do not go on to another page.

        Returns:
            What is wrong, a sentence by question; empty if nothing is.

        Raises:
            AssertionError: They were shown no form, or no page comes after this one.
        """
        shown = self.form
        assert shown is not None, f"expected {self.name} to be shown a form, got none (place: {self.place})"
        last = len(shown["pages"])
        assert page is None or 1 <= page < last, (
            f"expected page below {last}, the last of {shown['name']!r}, got {page}"
        )
        asked = [field["name"] for page_shown in shown["pages"] for field in page_shown["fields"]]
        unknown = [name for name in answers if name not in asked]
        assert not unknown, f"expected answers to {shown['name']!r} ({', '.join(asked)}), got {unknown[0]!r}"
        which = {"type": ANSWERS, FORM: shown["name"], "number": shown["number"], "answers": dict(answers)}
        states = len(self._payloads(FORM_STATE))
        self.says("", payload={**which, "page": page, "done": done and page is None})
        told = self._payloads(FORM_STATE)
        return dict(told[0]["errors"]) if len(told) > states else {}

    def _payloads(self, kind: str) -> list[Mapping[str, Any]]:
        """Return the payloads of that type that they were shown, the newest first."""
        payloads = [line.message.payload for line in reversed(self.lines) if not line.mine]
        return [payload for payload in payloads if payload is not None and payload["type"] == kind]

    def goes_away(self) -> None:
        """Lose the connection."""
        self.is_away = True
        self._channel.go(self.name)
        self._settle()

    def comes_back(self) -> None:
        """Have a connection again."""
        self.arrives()

    def types(self, *, on: bool = True) -> None:
        """Begin to type, or stop."""
        self._channel.type(self.name, on=on)
        self._settle()

    def reads(self) -> None:
        """Read everything up to the newest line."""
        lines = self.lines
        self._channel.read(self.name, lines[-1].seq if lines else 0)
        self._settle()

    @property
    def lines(self) -> list[Delivery]:
        """Everything this person was sent, oldest first."""
        return self._channel.lines(self.name)

    @property
    def heard(self) -> list[str]:
        """The texts of everything this person was sent, oldest first."""
        return [line.message.text for line in self.lines]

    def news(self) -> list[Delivery]:
        """Return what was sent since this was last asked for."""
        lines = self.lines
        fresh, self._looked_at = lines[self._looked_at :], len(lines)
        return fresh

    def sees(self, text: str) -> Delivery:
        """Return the first line since the last `sees` or `news` that holds this text.

        Raises:
            AssertionError: There is none; the error shows what there was.
        """
        lines = self.lines
        for index in range(self._looked_at, len(lines)):
            if text in lines[index].message.text:
                self._looked_at = index + 1
                return lines[index]
        fresh = [line.message.text for line in lines[self._looked_at :]]
        raise AssertionError(f"expected {self.name} to see {text!r}, got {fresh} (place: {self.place})")

    def sees_nothing_new(self) -> None:
        """Raise `AssertionError` if anything was sent since the last `sees` or `news`."""
        fresh = [line.message.text for line in self.news()]
        if fresh:
            raise AssertionError(f"expected {self.name} to see nothing new, got {fresh}")

    @property
    def quick_replies(self) -> tuple[str, ...]:
        """The quick replies under the newest line."""
        lines = self.lines
        return lines[-1].message.quick_replies if lines else ()

    @property
    def signals(self) -> list[Signal]:
        """Everything this person was shown besides lines: places, partners, typing, marks; oldest first."""
        return self._channel.signals(self.name)

    @property
    def place(self) -> str:
        """Where this person is: the last place their screen was shown; `gone` after the end of a visit."""
        for signal in reversed(self.signals):
            if isinstance(signal, Place):
                return signal.place
            if isinstance(signal, Ended):
                return "gone"
        return "door"

    @property
    def role(self) -> str | None:
        """Their own role in the task they are in."""
        for signal in reversed(self.signals):
            if isinstance(signal, Place):
                return signal.role
        return None

    @property
    def talk(self) -> TalkView | None:
        """What was shown last of what stands around their conversation; None while they are in none."""
        if self.place != "task":
            return None
        return next((signal for signal in reversed(self.signals) if isinstance(signal, TalkView)), None)

    @property
    def partners(self) -> list[tuple[str, str]]:
        """What this person was shown of partners: `(role, state)`, with the states of `PresenceState`."""
        return [(signal.who, signal.state) for signal in self.signals if isinstance(signal, Presence)]
