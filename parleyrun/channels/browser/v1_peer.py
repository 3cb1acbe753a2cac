"""The dialect `parleyrun.v1`: what the chat page speaks. Who comes back with a token misses nothing."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import partial

from ...events import (
    Arrived,
    DeliveredThrough,
    Delivery,
    Ended,
    ReadThrough,
    Receipt,
    Signal,
    TypingChanged,
)
from ...study.arrival_parameters import bounded_parameters
from ..refusal_texts import refusal_text
from .frame_reading import (
    BadFrame,
    DeliveredFrame,
    HeartbeatFrame,
    MessageFrame,
    SessionFrame,
    TypingFrame,
    parse_v1,
)
from .frame_writing import encode, v1_ack, v1_ended, v1_error, v1_line, v1_signal
from .peer import Link, Peer, PeerSetting

LIGHT_FRAME_WEIGHT = 0.25
"""What a typing, delivered or read frame counts against the limit, in messages."""

ASK_AFTER_SECONDS = 20.0
"""How long a page may be silent before it is asked whether it is there."""

DEAD_AFTER_SECONDS = 45.0
"""How long it may be silent before its connection counts as dead, whatever the network says."""


class V1Peer(Peer):
    """A chat page, or anything else that speaks `parleyrun.v1`."""

    __slots__ = ("_answers", "_catching_up", "_lock", "_shown")

    patience_seconds = 10.0

    def __init__(self, setting: PeerSetting, link: Link, address: str, parameters: Mapping[str, str]) -> None:
        super().__init__(setting, link, address, parameters)
        # Guards the two below: what comes while older lines are still being sent must wait for them.
        self._lock = threading.Lock()
        self._catching_up: list[Delivery | Signal] | None = []
        self._shown = 0
        self._answers = False  # whether the client has shown that it knows of ping and pong

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
            if self._catching_up is not None:
                self._catching_up.append(delivery)
            elif delivery.seq > self._shown:
                self._shown = delivery.seq
                self.link.send(self._line(delivery))

    def send_signal(self, signal: Signal) -> None:
        with self._lock:
            if self._catching_up is not None:
                self._catching_up.append(signal)
                return
        self._show_signal(signal)

    def _show_signal(self, signal: Signal) -> None:
        texts = self._setting.texts
        ended = {
            "goodbye": texts.goodbye,
            "closing": texts.closing_refused,
            "left": texts.place_lost,
            "once": texts.once_only,
        }
        self.link.send(v1_signal(signal, self._setting.now(), ended))
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
        else:
            self._setting.deliver(ReadThrough(self.participant_id, frame.seq))
        return self._slow_down(LIGHT_FRAME_WEIGHT, len(raw))

    def _greet(self, hello: SessionFrame) -> None:
        if self.participant_id:
            raise BadFrame("expected one session frame only")
        claim = self._claim(hello.token, bounded_parameters({**self.parameters, **hello.entry}))
        if claim is None:
            return
        self.participant_id = claim.participant_id
        self._setting.seat(self)
        # What a client says it has is worth something only where it shows that this is the log it has it from.
        after = hello.seq if claim.holds_token else 0
        resumed = claim.holds_token
        # From the line they have, to see that it exists: a log that was forgotten begins anew, at line 1.
        lines = self._setting.lines.lines_after(self.participant_id, max(0, after - 1))
        if after > 0 and not lines:
            resumed, after = False, 0
            lines = self._setting.lines.lines_after(self.participant_id, 0)
        newest = lines[-1].seq if lines else 0
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
        self._catch_up([line for line in lines if line.seq > after], newest)
        self._setting.deliver(Arrived(self.participant_id, claim.parameters, opens=True, address=self.address))

    def _refuse_link(self) -> None:
        self.link.send(v1_ended("link", self._setting.texts.bad_link, again=False))

    def _catch_up(self, lines: list[Delivery], newest: int) -> None:
        for line in lines:
            self.link.send(self._line(line))
        with self._lock:
            self._shown = newest
            waiting, self._catching_up = self._catching_up or [], None
            for item in waiting:
                if not isinstance(item, Delivery):
                    self._show_signal(item)
                elif item.seq > self._shown:
                    self._shown = item.seq
                    self.link.send(self._line(item))

    def _line(self, delivery: Delivery) -> str:
        return v1_line(delivery, self._setting.media, self._setting.style.markdown)

    def _acknowledge(self, message_id: str, receipt: Receipt) -> None:
        if receipt.refused is not None:
            self._complain("refused", refusal_text(self._setting.texts, receipt.refused), message_id)
        else:
            self.link.send(v1_ack(message_id, receipt.seq))

    def _complain(self, code: str, text: str, message_id: str | None = None) -> None:
        self.link.send(v1_error(code, text, message_id))
