from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from app_lab import AppLab

from parleyrun import World
from parleyrun.config.schema import Limits
from parleyrun.config.texts import Texts
from parleyrun.core.message import Message
from parleyrun.errors import ChannelError
from parleyrun.events import DeliveredThrough, Delivery, Inbound, ReadThrough, Receipt, RefusalReason
from parleyrun.runner.timers import SystemClock
from parleyrun.signals import Ended, Place, Presence, ReadMark, Typing
from parleyrun.store.media_library import MediaLibrary
from parleyrun.store.memory_store import MemoryStore
from parleyrun.terminal.terminal_channel import TerminalChannel
from parleyrun.terminal.terminal_seats import TYPING_SHOWN_SECONDS, SeatNews, TerminalSeat, describe_signal


class RepeatingOverworld(World):
    greeted = False

    def parley(self) -> str | None:
        if not self.greeted:
            self.greeted = True
            self.agents[0].observe({"id": "Guide", "text": "welcome"})
        act = self.agents[0].act()
        if act is None:
            return None
        if act["text"] == "EXIT":
            return "EXIT"
        self.agents[0].observe({"id": "Guide", "text": f"you said {act['text']}"})
        return None


class Lab(AppLab):
    """A service that two seats sit at, and what reached them."""

    def __init__(self) -> None:
        self.news: list[tuple[int, SeatNews]] = []
        self.channel = TerminalChannel(
            lambda seat, news: self.news.append((seat, news)), texts=Texts(), limits=Limits(text_bytes=20)
        )
        values = {"world_module": "worlds", "overworld": "RepeatingOverworld", "tasks": {}}
        values["limits"] = {"text_bytes": 20}
        worlds = SimpleNamespace(RepeatingOverworld=RepeatingOverworld)
        super().__init__(values, worlds, channels=[self.channel])

    def say(self, seat: int, text: str) -> str | None:
        refusal = self.channel.say(seat, text)
        self.settle()
        return refusal

    def heard(self, seat: int) -> list[str]:
        return [news.message.text for number, news in self.news if number == seat and isinstance(news, Delivery)]


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


def test_the_first_words_of_a_seat_only_open_its_door(lab: Lab) -> None:
    lab.say(1, "hi")
    lab.say(1, "hello")
    assert lab.heard(1) == ["welcome", "you said hello"]
    assert lab.heard(2) == []


def test_seats_are_people_of_their_own(lab: Lab) -> None:
    for seat in (1, 2):
        lab.say(seat, "hi")
        lab.say(seat, f"I am {seat}")
    assert lab.heard(1)[-1] == "you said I am 1"
    assert lab.heard(2)[-1] == "you said I am 2"


def test_who_said_goodbye_can_come_back(lab: Lab) -> None:
    lab.say(1, "hi")
    lab.say(1, "EXIT")
    assert (1, Ended("goodbye")) in lab.news
    lab.say(1, "hi again")
    assert lab.heard(1)[-1] == "welcome"


def test_a_text_that_is_too_long_is_refused_and_not_delivered(lab: Lab) -> None:
    lab.say(1, "hi")
    refusal = lab.say(1, "ü" * 11)
    assert refusal is not None
    assert "20 bytes" in refusal
    assert lab.heard(1) == ["welcome"]
    assert lab.say(1, "ü" * 10) is None


def test_everybody_is_told_when_the_service_closes(lab: Lab) -> None:
    lab.say(2, "hi")
    lab.service.close(grace_seconds=0)
    assert lab.heard(2)[-1] == Texts().closing
    assert lab.news[-1] == (2, Ended("closing"))


def test_nothing_can_be_said_before_the_channel_opens_and_after_it_has_closed() -> None:
    channel = TerminalChannel(lambda seat, news: None, texts=Texts(), limits=Limits())
    with pytest.raises(ChannelError, match="not open"):
        channel.say(1, "hi")
    channel.start(lambda event, then=None: None, record=None)  # type: ignore[arg-type]
    channel.close()
    channel.close()
    with pytest.raises(ChannelError, match="not open"):
        channel.delivered(1, 1)
    with pytest.raises(ChannelError, match="not open"):
        channel.read(1, 1)


def test_what_a_seat_was_shown_and_has_read_is_handed_on() -> None:
    events: list[Any] = []
    channel = TerminalChannel(lambda seat, news: None, texts=Texts(), limits=Limits())
    channel.start(lambda event, then=None: events.append(event), record=None)  # type: ignore[arg-type]
    channel.delivered(2, 5)
    channel.read(2, 4)
    assert events == [DeliveredThrough(channel.id_of(2), 5), ReadThrough(channel.id_of(2), 4)]


def test_every_message_has_an_id_of_its_own_and_a_refusal_comes_back() -> None:
    said: list[Any] = []

    def deliver(event: Any, then: Any = None) -> None:
        said.append(event)
        then(Receipt(refused=RefusalReason.CLOSING))

    channel = TerminalChannel(lambda seat, news: None, texts=Texts(), limits=Limits())
    channel.start(deliver, record=None)  # type: ignore[arg-type]
    assert channel.say(1, "a") == channel.say(2, "a") == Texts().closing_refused
    assert [type(event) for event in said] == [Inbound, Inbound]
    assert len({event.message_id for event in said}) == 2
    assert [event.participant_id for event in said] == [channel.id_of(1), channel.id_of(2)]


def line(text: str = "choose", *replies: str, seq: int = 1) -> Delivery:
    return Delivery("terminal:1", seq, Message(text, quick_replies=replies))


def test_a_quick_reply_is_answered_by_its_number() -> None:
    seat = TerminalSeat(1)
    seat.take(line("choose", "tea", "coffee"), 0)
    assert [seat.answer(text) for text in ("1", "2", "3", "0", "tea", "²", "")] == [
        *("tea", "coffee", "3", "0", "tea", "²", "")
    ]


def test_a_quick_reply_that_is_a_number_goes_before_its_place() -> None:
    seat = TerminalSeat(1)
    seat.take(line("how many?", "3", "2", "1"), 0)
    assert [seat.answer(text) for text in ("1", "3", " 1")] == ["1", "3", " 1"]


def test_quick_replies_count_only_while_they_are_the_newest() -> None:
    seat = TerminalSeat(1)
    seat.take(line("choose", "tea"), 0)
    seat.take(line("something else", seq=2), 0)
    assert seat.answer("1") == "1"
    seat.take(line("choose", "tea", seq=3), 0)
    seat.spoke()
    assert seat.answer("1") == "1"


def test_a_number_of_thousands_of_digits_is_just_said() -> None:
    seat = TerminalSeat(1)
    seat.take(line("choose", "tea"), 0)
    assert seat.answer("1" * 5000) == "1" * 5000


def test_typing_wears_off_and_ends_with_the_next_line() -> None:
    seat = TerminalSeat(1)
    seat.take(Typing("Robin", True), 0.0)
    assert seat.typing(TYPING_SHOWN_SECONDS - 1) == "Robin"
    assert seat.typing(TYPING_SHOWN_SECONDS) == ""
    seat.take(Typing("", True), 0.0)
    assert seat.typing(1.0) == "somebody"
    seat.take(line(), 1.0)
    assert seat.typing(1.0) == ""


def test_who_is_away_is_known_until_they_are_back_or_the_place_changes() -> None:
    seat = TerminalSeat(1)
    seat.take(Place("task", "chat", role="Sasha"), 0)
    seat.take(Presence("Robin", "away"), 0)
    seat.take(Place("task", "chat", role="Sasha"), 0)
    assert seat.away == {"Robin"}
    seat.take(Presence("Robin", "back"), 0)
    assert seat.away == set()
    seat.take(Presence("Robin", "away"), 0)
    seat.take(Place("overworld"), 0)
    assert seat.away == set()


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place("door"), "outside"),
        (Place("overworld"), "overworld"),
        (Place("onboarding", "chat"), "onboarding chat"),
        (Place("waiting", "chat"), "waiting chat"),
        (Place("task", "chat", role="Robin"), "chat as Robin"),
        (Place("task", "chat"), "chat"),
        (Ended("goodbye"), "outside"),
    ],
)
def test_a_seat_says_where_it_is(place: SeatNews, words: str) -> None:
    seat = TerminalSeat(1)
    seat.take(place, 0)
    assert seat.whereabouts == words
    assert seat.outside == (words == "outside")


@pytest.mark.parametrize(
    ("signal", "words"),
    [
        (Presence("Robin", "away"), "Robin is away"),
        (Presence("Robin", "back"), "Robin is back"),
        (Presence("Robin", "left"), "Robin has left"),
        (ReadMark("Robin", 4), "Robin has read it"),
        (Ended("closing"), "closed"),
        (Ended("goodbye"), "outside; write something to come back in"),
        (Typing("Robin", True), ""),
        (Place("overworld"), ""),
    ],
)
def test_signals_are_told_in_a_few_words(signal: Any, words: str) -> None:
    assert describe_signal(signal) == words


def test_a_persona_speaks_under_its_name() -> None:
    store = MemoryStore(SystemClock())
    library = MediaLibrary()
    library.open(store)
    persona_id = library.create_persona("Robin", "https://example.org/robin.png")
    shown: list[Any] = []
    channel = TerminalChannel(lambda seat, news: shown.append(news), texts=Texts(), limits=Limits())
    channel.start(lambda event, then=None: None, store)
    for speaks_as in (persona_id, "nobody", None):
        channel.send(Delivery(channel.id_of(1), 1, Message("hello", id="Bot", persona_id=speaks_as)))
    assert [line.message.id for line in shown] == ["Robin", "Bot", "Bot"]
