"""The dialect `parleyrun.v1`: what the chat page speaks. Who comes back with a token misses nothing."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from functools import partial

from ...events import (
    Arrived,
    DeliveredThrough,
    Delivery,
    Reacted,
    ReadThrough,
    Receipt,
    RefusalReason,
    TypingChanged,
)
from ...signals import Ended, Growing, LineReactions, Signal
from ...study.arrival_parameters import bounded_parameters
from ..quotes import line_replied_to, with_quote
from ..refusal_texts import refusal_text
from .frame_reading import (
    BadFrame,
    DeliveredFrame,
    HeartbeatFrame,
    MessageFrame,
    ReactFrame,
    SessionFrame,
    TypingFrame,
    parse_v1,
)
from .frame_writing import encode, v1_ack, v1_ended, v1_error, v1_growing, v1_line, v1_reactions, v1_signal
from .peer import Link, Peer, PeerSetting, device_entry
from .seat_claims import SeatRefusal

PAGE_LINES = 32
PAGE_CHARACTERS = 256 * 1024
"""Of what was said before, somebody who comes back is sent so much, and more once that has gone out."""

REACTIONS_A_FRAME = 500
"""To how many lines one frame tells the reactions at most."""

SIGNALS_KEPT = 200
"""How many signals and acknowledgements wait until somebody has been sent what was said before."""

LIGHT_FRAME_WEIGHT = 0.25
"""What a typing, delivered or read frame counts against the limit, in messages."""

ASK_AFTER_SECONDS = 20.0
"""How long a page may be silent before it is asked whether it is there."""

DEAD_AFTER_SECONDS = 45.0
"""How long it may be silent before its connection counts as dead, whatever the network says."""


class V1Peer(Peer):
    """A chat page, or anything else that speaks `parleyrun.v1`."""

    __slots__ = ("_answers", "_behind", "_forms", "_growing", "_lock", "_passed", "_replies", "_shown")

    patience_seconds = 10.0

    def __init__(
        self, setting: PeerSetting, link: Link, address: str, parameters: Mapping[str, str], agent: str = ""
    ) -> None:
        super().__init__(setting, link, address, parameters, agent)
        # Guards the four below: what comes while older lines are still being sent must wait for them.
        self._lock = threading.Lock()
        self._behind: deque[Signal | str] | None = deque(maxlen=SIGNALS_KEPT)
        self._passed = 0
        self._shown = 0
        self._growing: set[str] = set()  # who is saying something
        self._forms = False
        self._replies = False  # whether the client can show what is replied and reacted to
        self._answers = False  # whether the client has shown that it knows of ping and pong

    @property
    def shows_forms(self) -> bool:
        return self._forms

    def opened(self) -> None:
        """Nothing yet: the client speaks first."""

    def idle_too_long(self) -> None:
        if not self.participant_id:
            self.link.close(1008, "expected a session frame")

    def beat(self) -> None:
        silent_seconds = self.silent_seconds
        if not self._answers or silent_seconds < ASK_AFTER_SECONDS:
            return
        if silent_seconds < DEAD_AFTER_SECONDS:
            self.link.send(encode({"type": "ping"}))
        else:
            self.link.drop()

    def replaced(self) -> None:
        self.link.send(v1_ended("elsewhere", ""))
        super().replaced()

    def send_line(self, delivery: Delivery) -> None:
        with self._lock:
            if self._behind is not None:
                self._passed = max(self._passed, delivery.seq)
            elif delivery.seq > self._shown:
                self._shown = delivery.seq
                if self._growing:
                    self._is_whole(delivery.message.id)
                self.link.send(self._line(delivery))

    def send_signal(self, signal: Signal) -> None:
        if isinstance(signal, Growing):
            self._grow(signal)
            return
        if isinstance(signal, LineReactions) and not self._replies:
            return
        with self._lock:
            if self._behind is not None:
                self._behind.append(signal)
                return
        self._show_signal(signal)

    def _grow(self, growing: Growing) -> None:
        """Show how a line grows. Somebody who is still sent older ones sees its next words, or all of it."""
        with self._lock:
            if self._behind is not None:
                return
            if growing.text:
                self._growing.add(growing.who)
                self.link.send_newest(growing.who, partial(v1_growing, growing))
            else:
                self._is_whole(growing.who)
                self.link.send(v1_growing(growing))

    def _is_whole(self, speaker: str) -> None:
        """Words so far must come no more, as their line does, or as they are taken back."""
        if speaker in self._growing:
            self._growing.remove(speaker)
            self.link.withhold(speaker)

    def _show_signal(self, signal: Signal) -> None:
        texts = self._setting.texts
        ended = {
            "goodbye": texts.goodbye,
            "closing": texts.closing_refused,
            "left": texts.place_lost,
            "once": texts.once_only,
        }
        self.link.send(v1_signal(signal, self._setting.now(), ended, self._setting.style))
        if isinstance(signal, Ended):
            self.link.close(1012 if signal.reason == "closing" else 1000, signal.reason)

    def received(self, raw: str) -> float:
        try:
            frame = parse_v1(raw)
            if isinstance(frame, SessionFrame):
                self._greet(frame)
                return self._slow_down(1.0, 0)
            if not self.participant_id:
                raise BadFrame("expected a session frame first")
        except BadFrame as error:
            return self._take_bad(error, len(raw))
        if isinstance(frame, MessageFrame):
            assert frame.message_id is not None
            then = partial(self._acknowledge, frame.message_id)
            return self._say(frame, frame.message_id, then, len(raw))
        if isinstance(frame, HeartbeatFrame):
            self._answers = True
            if frame.asks:
                self.link.send(encode({"type": "pong"}))
        elif isinstance(frame, TypingFrame):
            self._setting.deliver(TypingChanged(self.participant_id, frame.on))
        elif isinstance(frame, DeliveredFrame):
            self._setting.deliver(DeliveredThrough(self.participant_id, frame.seq))
        elif isinstance(frame, ReactFrame):
            self._setting.deliver(Reacted(self.participant_id, frame.seq, frame.reaction, frame.on))
            return self._slow_down(1.0, len(raw))
        else:
            self._setting.deliver(ReadThrough(self.participant_id, frame.seq))
        return self._slow_down(LIGHT_FRAME_WEIGHT, len(raw))

    def _greet(self, hello: SessionFrame) -> None:
        if self.participant_id:
            raise BadFrame("expected one session frame only")
        parameters = bounded_parameters({**self.parameters, **hello.entry})
        claim = self._claim(hello.token, parameters, hello.touch_points)
        if claim is None:
            return
        self.participant_id = claim.participant_id
        self._forms = hello.forms
        self._replies = hello.replies
        self._setting.seat(self)
        # What a client says it has is worth something only where it shows that this is the log it has it from.
        after = hello.seq if claim.holds_token else 0
        resumed = claim.holds_token
        newest = self._setting.lines.newest_line(self.participant_id)
        if after > newest:  # a log that was forgotten begins anew, at line 1
            resumed, after = False, 0
        self._shown = after
        self.link.send(
            encode(
                {
                    "type": "session",
                    "token": self._setting.tokens.token_of(self.participant_id),
                    "seq": newest,
                    "resumed": resumed,
                    "title": self._setting.style.title,
                }
            )
        )
        self._setting.deliver(
            Arrived(
                self.participant_id,
                claim.parameters,
                opens=True,
                address=self.address,
                device=device_entry(claim.device),
                forms=self._forms,
            )
        )

    def _refuse_claim(self, refusal: SeatRefusal, sentence: str) -> None:
        self.link.send(v1_ended(refusal.reason, sentence, again=False, end=refusal.end))

    def catch_up(self) -> bool:
        if self._behind is None or not self.participant_id:
            return False
        # What comes now is on record before it is sent here, so that it is found there in its turn; what came
        # before this look and is not found by it has been erased.
        passed = self._passed
        lines = self._setting.lines.lines_after(self.participant_id, self._shown, PAGE_LINES)
        characters = 0
        for line in lines:
            frame = self._line(line)
            self.link.send(frame)
            self._shown = line.seq
            characters += len(frame)
            if characters > PAGE_CHARACTERS:
                return True
        if self._replies and self._setting.style.reactions and len(lines) < PAGE_LINES:
            self._tell_reactions()
        with self._lock:
            if len(lines) == PAGE_LINES or self._passed > max(passed, self._shown):
                return True
            waiting, self._behind = self._behind, None
            for item in waiting:
                if isinstance(item, str):
                    self.link.send(item)
                else:
                    self._show_signal(item)
        return False

    def _tell_reactions(self) -> None:
        """Tell how people have reacted so far: who was away has missed some of it."""
        known = self._setting.lines.reactions_to(self.participant_id)
        for place in range(0, max(1, len(known)), REACTIONS_A_FRAME):
            self.link.send(v1_reactions(known[place : place + REACTIONS_A_FRAME], whole=place == 0))

    def _line(self, delivery: Delivery) -> str:
        reply_to: int | None = None
        if delivery.message.reply_to is not None:
            lines = self._setting.lines
            if self._replies:
                shown = line_replied_to(delivery, lines)
                reply_to = None if shown is None else shown.seq
            else:
                delivery = with_quote(delivery, lines)
        return v1_line(delivery, self._setting.media, self._setting.style.markdown, reply_to)

    def _acknowledge(self, message_id: str, receipt: Receipt) -> None:
        if receipt.refused is not None:
            code = "too_long" if receipt.refused is RefusalReason.TOO_LONG else "refused"
            text = refusal_text(self._setting.texts, self._setting.limits, receipt.refused)
            self._complain(code, text, message_id)
            return
        ack = v1_ack(message_id, receipt.seq)
        with self._lock:
            if self._behind is not None:
                # Whoever has it takes it that the lines before it have come.
                self._behind.append(ack)
                return
        self.link.send(ack)

    def _complain(self, code: str, text: str, message_id: str | None = None) -> None:
        self.link.send(v1_error(code, text, message_id))
