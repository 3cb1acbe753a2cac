"""Bots at a terminal: a mark beside their names, and lines that grow in their place where one can be drawn."""

from __future__ import annotations

import io
import os
import re
import time
from collections.abc import Iterator

import pytest

from parleyrun.core.message import FrozenDict, Message
from parleyrun.events import Delivery
from parleyrun.message_marks import BOT
from parleyrun.signals import Ended, Growing, Place, ReadMark, Typing
from parleyrun.terminal.color_screen import LivelyScreen
from parleyrun.terminal.keyboard import Console
from parleyrun.terminal.line_editor import end_of
from parleyrun.terminal.pipe_screen import PlainScreen
from parleyrun.terminal.rows import rows_heard
from parleyrun.terminal.seat_news import Arrivals
from parleyrun.terminal.terminal_seats import TYPING_SHOWN_SECONDS, TerminalSeat, describe_signal

TOLD = FrozenDict({BOT: True})
NOTHING = FrozenDict()


def line(text: str = "hello", speaker: str = "Guide", extra: FrozenDict = NOTHING, seq: int = 1) -> Delivery:
    return Delivery("terminal:x-1", seq, Message(text, id=speaker, extra=extra))


class Terminal(io.StringIO):
    """What a terminal would show of what is written to it: the sequences that the console uses, and no others."""

    encoding = "utf-8"

    def rows(self) -> list[str]:
        rows, row, column = [""], 0, 0
        for piece in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", self.getvalue()):
            if piece == "\r":
                column = 0
            elif piece == "\n":
                row += 1
                rows += [""] * (row + 1 - len(rows))
                column = 0
            elif piece == "\x1b[K":
                rows[row] = rows[row][:column]
            elif piece == "\x1b[A":
                row -= 1
            elif piece.endswith("C"):
                column += int(piece[2:-1])
            else:
                assert piece[0] != "\x1b", piece
                rows[row] = rows[row][:column].ljust(column) + piece + rows[row][column + len(piece) :]
                column += len(piece)
        while rows and not rows[-1]:
            rows.pop()
        return [row.rstrip() for row in rows]


@pytest.fixture
def keyboard() -> Iterator[tuple[int, int]]:
    ours, theirs = os.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


class TestTheMark:
    def test_a_bot_that_people_are_told_of_is_marked(self) -> None:
        assert [str(row) for row in rows_heard(1, line("one\ntwo", extra=TOLD))] == [
            "1 < Guide (bot): one",
            "1 |   two",
        ]

    def test_nobody_else_is(self) -> None:
        for extra in (NOTHING, FrozenDict({BOT: False}), FrozenDict({BOT: "yes"})):
            assert [str(row) for row in rows_heard(1, line(extra=extra))] == ["1 < Guide: hello"]
        assert [str(row) for row in rows_heard(1, line(speaker="", extra=TOLD))] == ["1 < hello"]

    def test_what_a_bot_is_called_commands_no_terminal(self) -> None:
        [row] = rows_heard(1, line(speaker="Gu\x1b[2Ji\nde", extra=TOLD))
        assert str(row) == "1 < Gu\ufffd[2Ji de (bot): hello"


class TestArrivals:
    def test_only_those_who_draw_it_get_it(self) -> None:
        arrivals, woken = Arrivals(), []
        arrivals.wake = lambda: woken.append(1)
        arrivals.put(1, Growing("Guide", "Once"))
        assert (arrivals.take(), woken) == ([], [])
        arrivals.shows_growth = True
        arrivals.put(1, Growing("Guide", "Once"))
        assert (arrivals.take(), woken) == ([(1, Growing("Guide", "Once"))], [1])

    def test_of_what_was_not_taken_yet_only_the_newest_words_are_kept_and_none_after_their_line(self) -> None:
        arrivals = Arrivals()
        arrivals.shows_growth = True
        for number in range(5_000):
            arrivals.put(1, Growing("Guide", "x" * number))
            arrivals.put(2, Growing("Guide", "y" * number))
        arrivals.put(1, ReadMark("Guide", 3))
        said = line()
        arrivals.put(2, said)
        assert arrivals.take() == [(1, ReadMark("Guide", 3)), (2, said), (1, Growing("Guide", "x" * 4_999))]
        assert arrivals.take() == []


class TestSeats:
    def test_words_grow_until_the_line_is_there(self) -> None:
        seat = TerminalSeat(1)
        for text in ("Once", "Once upon"):
            seat.take(Growing("Guide", text), 0.0)
            assert seat.growing(0.0) == Growing("Guide", text)
        seat.take(line(), 1.0)
        assert seat.growing(1.0) is None

    def test_words_that_are_taken_back_or_stand_still_go_away(self) -> None:
        seat = TerminalSeat(1)
        seat.take(Growing("Guide", "Once"), 0.0)
        assert seat.growing(TYPING_SHOWN_SECONDS - 1) is not None
        assert seat.growing(TYPING_SHOWN_SECONDS) is None
        seat.take(Growing("Guide", "Once"), 50.0)
        seat.take(Growing("Guide", ""), 50.0)
        assert seat.growing(50.0) is None

    def test_another_place_and_the_end_take_them_away(self) -> None:
        for news in (Place("task", "chat"), Ended("goodbye")):
            seat = TerminalSeat(1)
            seat.take(Growing("Guide", "Once"), 0.0)
            seat.take(news, 0.0)
            assert seat.growing(0.0) is None

    def test_of_two_who_speak_at_once_the_first_is_followed_to_the_end(self) -> None:
        seat = TerminalSeat(1)
        seat.take(Growing("Guide", "Once"), 0.0)
        seat.take(Growing("Critic", "Well"), 0.0)
        seat.take(Growing("Critic", ""), 0.0)
        assert seat.growing(0.0) == Growing("Guide", "Once")
        seat.take(Growing("Guide", ""), 0.0)
        seat.take(Growing("Critic", "Well"), 0.0)
        assert seat.growing(0.0) == Growing("Critic", "Well")

    def test_it_is_told_in_no_words_and_a_pipe_is_told_nothing(self) -> None:
        assert describe_signal(Growing("Guide", "Once")) == ""
        talk, aside = io.StringIO(), io.StringIO()
        PlainScreen(talk, aside).show(TerminalSeat(1), Growing("Guide", "Once"))
        assert (talk.getvalue(), aside.getvalue()) == ("", "")


@pytest.mark.parametrize(
    ("text", "columns", "end"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "…cdefg"),
        ("", 6, ""),
        ("天地玄黄", 8, "天地玄黄"),
        ("天地玄黄", 7, "…地玄黄"),
        ("天地玄黄", 6, "…玄黄"),
    ],
)
def test_of_a_long_text_its_end_is_shown(text: str, columns: int, end: str) -> None:
    assert end_of(text, columns) == end


class TestTheConsole:
    """A console on a terminal that is ours; `looks` are what it finds each time that something wakes it."""

    def play(self, keyboard: tuple[int, int], seat: TerminalSeat, looks: list[list[object]]) -> list[list[str]]:
        ours, theirs = keyboard
        terminal, drawn = Terminal(), []
        screen = LivelyScreen(lambda text: console.write(text), lambda text, **_: text, alone=True)
        console = Console(theirs, terminal, lambda: screen.prompt(seat), lambda: screen.above_prompt(seat))
        seat.take(Place("task", "chat", role="Ann"), 0.0)

        def look() -> None:
            # Before the first one nothing is drawn yet.
            drawn.append(terminal.rows())
            if not looks:
                os.write(ours, b"\x04")
                return
            for news in looks.pop(0):
                seat.take(news, time.monotonic())  # type: ignore[arg-type]
                screen.show(seat, news)  # type: ignore[arg-type]
            console.wake()

        with console:
            assert list(console.lines(look)) == []
        return [*drawn[1:], terminal.rows()]

    def test_a_line_grows_above_the_prompt_and_is_whole_in_its_place(
        self, keyboard: tuple[int, int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "60")
        prompt = "[1 chat as Ann] >"
        looks: list[list[object]] = [
            [line("Welcome", "")],
            [Growing("Guide", "Once")],
            [Growing("Guide", "Once upon\na time")],
            [line("Wait", "Kim", seq=2)],
            [Growing("Guide", "Once upon\na time there was")],
            [line("Once upon\na time there was one.", extra=TOLD, seq=3)],
            [Growing("Guide", "And")],
            [Growing("Guide", "")],
        ]
        drawn = self.play(keyboard, TerminalSeat(1), looks)
        welcome = "1 < Welcome"
        whole = ["1 < Guide (bot): Once upon", "1 |   a time there was one."]
        assert drawn == [
            [welcome, prompt],
            [welcome, "1 < Guide (bot): Once", prompt],
            [welcome, "1 < Guide (bot): Once upon a time", prompt],
            [welcome, "1 < Kim: Wait", prompt],
            [welcome, "1 < Kim: Wait", "1 < Guide (bot): Once upon a time there was", prompt],
            [welcome, "1 < Kim: Wait", *whole, prompt],
            [welcome, "1 < Kim: Wait", *whole, "1 < Guide (bot): And", prompt],
            [welcome, "1 < Kim: Wait", *whole, prompt],
            [welcome, "1 < Kim: Wait", *whole],
        ]

    def test_a_line_that_is_longer_than_the_row_shows_its_newest_words(
        self, keyboard: tuple[int, int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "30")
        drawn = self.play(keyboard, TerminalSeat(1), [[Growing("Guide", "a word " * 20 + "in the end")]])
        assert drawn[0] == ["1 < Guide (bot): … in the end", "[1 chat as Ann] >"]

    def test_words_are_not_drawn_over_those_who_type(self, keyboard: tuple[int, int]) -> None:
        seat = TerminalSeat(1)
        looks: list[list[object]] = [[Typing("Kim", True), Growing("Guide", "\x1b[2J\x07")]]
        drawn = self.play(keyboard, seat, looks)
        assert drawn[0] == [
            "1 < Guide (bot): \ufffd[2J\ufffd",
            "[1 chat as Ann · Kim is typing] >",
        ]
