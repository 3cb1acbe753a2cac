from __future__ import annotations

import os

import pytest

from parleyrun.core.message import Message
from parleyrun.events import Delivery
from parleyrun.signals import Place, Presence
from parleyrun.terminal.pipe_screen import lines_from
from parleyrun.terminal.seat_news import Arrivals
from parleyrun.terminal.terminal_seats import SeatNews, SeatNotice, TerminalSeat
from parleyrun.terminal.typed_commands import HELP, Front


class Recorder:
    """A link that takes everything but curses, and a screen that keeps what it is shown."""

    def __init__(self) -> None:
        self.said_at: list[tuple[int, str]] = []
        self.delivered_to: list[tuple[int, int]] = []
        self.reads: list[tuple[int, int]] = []
        self.shown: list[str] = []

    def say(self, seat: int, text: str) -> str | None:
        self.said_at.append((seat, text))
        return "no swearing" if "curse" in text else None

    def delivered(self, seat: int, seq: int) -> None:
        self.delivered_to.append((seat, seq))

    def read(self, seat: int, seq: int) -> None:
        self.reads.append((seat, seq))

    def close(self) -> None: ...

    def said(self, seat: TerminalSeat, text: str) -> None:
        self.shown.append(f"{seat.number} says {text}")

    def show(self, seat: TerminalSeat, news: SeatNews) -> None:
        self.shown.append(f"{seat.number} {type(news).__name__}")

    def refused(self, seat: TerminalSeat, text: str) -> None:
        self.shown.append(f"{seat.number} refused {text}")

    def tell(self, text: str) -> None:
        self.shown.append(text)

    def complain(self, text: str) -> None:
        self.shown.append(f"complaint: {text}")


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def seated(recorder: Recorder, people: int = 3, *, marks_read: bool = False) -> Front:
    front = Front(people, recorder, recorder, marks_read=marks_read, clock=lambda: 0.0)
    front.show([(number, Place("overworld")) for number in front.seats])
    recorder.shown.clear()
    return front


def line(*replies: str, seq: int = 1) -> Delivery:
    return Delivery("terminal:1", seq, Message("choose", quick_replies=replies))


def test_a_line_goes_to_the_seat_that_is_selected(recorder: Recorder) -> None:
    front = seated(recorder)
    for typed in ("one", "/2", "two", "/3 three", "still two", "//slash", "/3   //kept  "):
        assert front.enter(typed)
    assert recorder.said_at == [
        *((1, "one"), (2, "two"), (3, "three"), (2, "still two"), (2, "/slash"), (3, "//kept"))
    ]


def test_quit_ends(recorder: Recorder) -> None:
    assert not seated(recorder).enter("/quit")
    assert not seated(recorder).enter("/quit ")


def test_a_seat_that_is_not_there_is_complained_of(recorder: Recorder) -> None:
    front = seated(recorder)
    assert front.enter("/4 hello")
    assert front.enter("/0")
    assert [text[:27] for text in recorder.shown] == ["complaint: there is no seat", "complaint: there is no seat"]
    assert recorder.said_at == []


def test_an_unknown_command_is_not_said_and_the_nearest_is_named(recorder: Recorder) -> None:
    assert seated(recorder).enter("/hepl")
    assert "did you mean help?" in recorder.shown[0]
    assert recorder.said_at == []


def test_help_and_who(recorder: Recorder) -> None:
    front = seated(recorder, 2)
    front.show([(2, Place("task", "chat", role="Sasha")), (2, Presence("Robin", "away"))])
    recorder.shown.clear()
    front.enter("/help")
    front.enter("/who")
    assert recorder.shown == [HELP, "* 1  overworld\n  2  chat as Sasha (Robin away)"]


def test_a_number_answers_with_a_quick_reply_once(recorder: Recorder) -> None:
    front = seated(recorder)
    front.show([(2, line("tea", "coffee"))])
    front.enter("/2 2")
    front.enter("/2 2")
    assert recorder.said_at == [(2, "coffee"), (2, "2")]
    assert recorder.shown[-2:] == ["2 says coffee", "2 says 2"]


def test_an_empty_line_knocks_but_is_never_said_inside(recorder: Recorder) -> None:
    front = Front(1, recorder, recorder)
    front.enter("")
    assert recorder.said_at == [(1, "")]
    front.show([(1, Place("overworld"))])
    front.enter("  ")
    assert recorder.said_at == [(1, "")]


def test_words_that_are_not_taken_are_shown_with_the_reason(recorder: Recorder) -> None:
    front = seated(recorder)
    front.enter("a curse")
    front.show([(1, SeatNotice("slow down"))])
    assert recorder.shown == ["1 says a curse", "1 refused no swearing", "1 SeatNotice"]


def test_what_the_selected_seat_is_shown_counts_as_read(recorder: Recorder) -> None:
    front = seated(recorder, marks_read=True)
    front.show([(1, line(seq=1)), (1, line(seq=2)), (2, line(seq=5))])
    assert recorder.reads == [(1, 2)]
    front.enter("/2")
    front.enter("/2")
    assert recorder.reads == [(1, 2), (2, 5)]
    front.look_away()
    front.show([(2, line(seq=6)), (1, line(seq=7))])
    assert recorder.reads == [(1, 2), (2, 5)]


def test_what_the_other_seats_are_shown_counts_as_delivered_once(recorder: Recorder) -> None:
    front = seated(recorder, marks_read=True)
    front.show([(1, line(seq=1)), (2, line(seq=4)), (2, line(seq=5)), (3, line(seq=6))])
    front.show([(2, Place("overworld"))])
    assert recorder.delivered_to == [(2, 5), (3, 6)]
    front.enter("/2")
    front.enter("/1")
    front.show([(2, line(seq=7))])
    assert recorder.delivered_to == [(2, 5), (3, 6), (2, 7)]
    front.look_away()
    front.show([(2, line(seq=8))])
    assert recorder.delivered_to == [(2, 5), (3, 6), (2, 7)]


def test_where_nobody_looks_all_is_delivered_and_nothing_read(recorder: Recorder) -> None:
    seated(recorder).show([(1, line()), (2, line(seq=3))])
    assert recorder.reads == []
    assert recorder.delivered_to == [(1, 1), (2, 3)]


def test_arrivals_can_be_taken_seat_by_seat() -> None:
    woken: list[None] = []
    arrivals = Arrivals()
    arrivals.wake = lambda: woken.append(None)
    for seat, seq in ((2, 1), (1, 1), (2, 2), (1, 2)):
        arrivals.put(seat, line(seq=seq))
    assert arrivals
    taken = [(seat, news.seq) for seat, news in arrivals.take_by_seat() if isinstance(news, Delivery)]
    assert taken == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert not arrivals
    assert len(woken) == 4


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"one\ntwo\n", ["one", "two"]),
        (b"one\r\n\ntwo", ["one", "", "two"]),
        (b"\xef\xbb\xbfone\n", ["one"]),
        (b"\xff\n\xc3", ["\ufffd", "\ufffd"]),
    ],
)
def test_input_is_read_line_by_line_whatever_it_holds(data: bytes, lines: list[str]) -> None:
    ours, theirs = os.pipe()
    os.write(theirs, data)
    os.close(theirs)
    try:
        assert list(lines_from(ours)) == lines
    finally:
        os.close(ours)
