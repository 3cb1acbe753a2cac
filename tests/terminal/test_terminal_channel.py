"""The terminal channel: what reaches seats, and what they say."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from parleyrun.config.schema import Limits
from parleyrun.config.texts import Texts
from parleyrun.core.message import message_from_act
from parleyrun.errors import ChannelError
from parleyrun.events import DeliveredThrough, Delivery, Inbound, ReadThrough, Receipt, RefusalReason
from parleyrun.signals import LineReactions, ReactionCount, Typing
from parleyrun.terminal import terminal_channel
from parleyrun.terminal.terminal_channel import TerminalChannel
from parleyrun.terminal.terminal_seats import SeatNotice


class Lines:
    """A record with one line of a person's."""

    def __init__(self, line: Delivery) -> None:
        self._line = line

    def lines_after(self, participant_id: str, seq: int, limit: int | None = None) -> list[Delivery]:
        return [self._line] if (participant_id, seq + 1) == (self._line.participant_id, self._line.seq) else []


def line(who: str, seq: int = 1, **act: Any) -> Delivery:
    return Delivery(who, seq, message_from_act({"id": "Ann", "text": "hello", **act}), at=1.0)


@pytest.fixture
def shown() -> list[Any]:
    return []


@pytest.fixture
def channel(shown: list[Any]) -> TerminalChannel:
    return TerminalChannel(lambda *news: shown.append(news), texts=Texts(), limits=Limits())


def test_a_line_reaches_its_own_seat_before_there_is_a_record_and_others_reach_none(
    channel: TerminalChannel, shown: list[Any]
) -> None:
    channel.send(line(channel.id_of(2)))
    channel.send(line("browser:ann"))
    channel.signal(channel.id_of(1), Typing("Bob", True))
    channel.signal("browser:ann", Typing("Bob", True))
    assert [(seat, type(news)) for seat, news in shown] == [(2, Delivery), (1, Typing)]


def test_reactions_are_told_in_words_once_there_is_a_record_to_find_their_line_in(
    channel: TerminalChannel, shown: list[Any]
) -> None:
    who = channel.id_of(1)
    reactions = LineReactions(1, (ReactionCount("👍", 1),), who="Bob", added="👍")
    channel.signal(who, reactions)
    assert shown == []
    channel.start(lambda event, then=None: None, Lines(line(who)))  # type: ignore[arg-type]
    channel.signal(who, reactions)
    channel.signal(who, LineReactions(1))  # taken back
    assert shown == [(1, SeatNotice("> hello\nBob: 👍"))]


def test_what_a_seat_says_is_on_record_or_refused_in_words_or_not_recorded_in_time(
    channel: TerminalChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Receipt | None] = [Receipt(seq=1), Receipt(refused=RefusalReason.TOO_LONG), None]
    came: list[Any] = []

    def deliver(event: Any, then: Any = None) -> None:
        came.append(event)
        answer = answers.pop(0) if isinstance(event, Inbound) else None
        if answer is not None:
            then(answer)

    with pytest.raises(ChannelError):
        channel.say(1, "too early")
    channel.start(deliver, SimpleNamespace())  # type: ignore[arg-type]
    assert channel.say(1, "hello") is None
    assert channel.say(1, "hello" * 9) == Texts().too_long.format(limit=Limits().text_bytes)
    monkeypatch.setattr(terminal_channel, "ON_RECORD_WITHIN_SECONDS", 0.01)
    with pytest.raises(ChannelError, match="what seat 1 said was not recorded within"):
        channel.say(1, "lost")
    channel.delivered(1, 3)
    channel.read(1, 2)
    assert came[3:] == [DeliveredThrough(channel.id_of(1), 3), ReadThrough(channel.id_of(1), 2)]
    assert len({event.message_id for event in came[:3]}) == 3
