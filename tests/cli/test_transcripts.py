"""`parleyrun transcripts`: conversations for people to read, as they were and as they go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from stores import BEGAN, RecordLab, a_pair_talks

from parleyrun.archive.archive import Archive
from parleyrun.archive.following import Follower, News
from parleyrun.archive.selection import Selection
from parleyrun.cli import commands
from parleyrun.cli.transcripts import _follow

ROOT = Path(__file__).parents[2]
ADA = "memory:ada"
BEN = "memory:ben"


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordLab]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    with RecordLab(tmp_path / "lab.db") as lab:
        yield lab
    monkeypatch.undo()
    time.tzset()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["transcripts", "lab.db", *arguments])


def test_the_list_has_a_conversation_a_row(lab: RecordLab) -> None:
    a_pair_talks(lab)
    lab.begin("quiz/t_1", {ADA: "A"})
    result = run()
    assert result.exit_code == 0
    assert [" ".join(row.split()) for row in result.stdout.splitlines()] == [
        "2023-11-14 22:13:20Z chatt100 chat/t_1 2 messages from 2 people finished after 6 s",
        "2023-11-14 22:13:26Z quizt100 quiz/t_1 0 messages from 1 person it goes on",
    ]


def test_the_list_may_be_narrowed_and_says_why_it_is_empty(lab: RecordLab) -> None:
    a_pair_talks(lab)
    assert "chat/t_1" in run("--task", "chat", "--outcome", "finished").stdout
    result = run("--task", "nope")
    assert result.stdout == ""
    assert result.stderr == "there is no conversation of task 'nope'; there are some of: chat\n"


def test_starts_of_the_service_are_listed_and_choose(lab: RecordLab) -> None:
    a_pair_talks(lab)
    assert " ".join(run("--starts").stdout.split()) == (
        "1 2023-11-14 22:12:20Z r_1ab0 parleyrun 0.1.0 config c0ffee00 desk (process 7) 1 conversation"
    )
    for start in ("1", "r_1ab0", "r_1a"):
        assert "chat/t_1" in run("--start", start).stdout
    unknown = run("--start", "2", "--start", "1")
    assert "chat/t_1" in unknown.stdout
    unknown = run("--start", "r_2")
    assert (unknown.stdout, unknown.stderr) == ("", "there is no start 'r_2' on record; there are: 1\n")
    assert "expected a number (2), or an id (r_5f0c) or its beginning, got 'last'" in run("--start", "last").stderr
    assert "CONVERSATION does not go with --starts" in run("chat/t_1", "--starts").stderr
    assert "--start chooses from the list" in run("chat/t_1", "--start", "1").stderr


@pytest.mark.parametrize("name", ["chat/t_1", "chatt100", "chatt1"])
def test_a_conversation_is_shown_by_its_name_or_the_beginning_of_its_id(lab: RecordLab, name: str) -> None:
    a_pair_talks(lab)
    assert run(name).stdout.splitlines() == [
        "chat/t_1 (ChatWorld), 2023-11-14 22:13:20Z: Teacher = memory:ada, Pupil = memory:ben",
        "22:13:20Z  Guide: Welcome to both!",
        "           | [hi]  [bye]",
        "22:13:22Z  Teacher: What is a sonnet?",
        "22:13:25Z  Pupil: Fourteen lines,",
        "           | I believe.",
        "-- finished after 6 s",
    ]


def test_the_times_of_each_message_are_shown_if_asked_for(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {ADA: "Teacher", BEN: "Pupil", "memory:cat": "\x1bCat"})
    lab.clock.now += 1.25
    lab.relay(uid, ADA, "Teacher", "one\ntwo", [BEN, "memory:cat"])
    lab.sent("one\ntwo", BEGAN + 1.004)
    lab.clock.now += 1
    lab.delivered(BEN, 1)
    lab.clock.now += 1
    lab.read(BEN, 1)
    lab.turn(uid, (ADA, {"id": "Guide", "text": ""}))
    lab.sent("", None)
    assert run("chat/t_1", "--times").stdout.splitlines()[1:] == [
        "22:13:21Z  Teacher: one",
        "           | two",
        "           | sent 22:13:21.004Z, committed 22:13:21.250Z",
        "           | Pupil: delivered 22:13:22.250Z, read 22:13:23.250Z",
        "           | \N{REPLACEMENT CHARACTER}Cat: no word of its delivery",
        "22:13:23Z  Guide: ",
        "           | committed 22:13:23.250Z",
        "           | Teacher: no word of its delivery",
        "-- it goes on",
    ]


def test_a_picture_is_described(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {ADA: "A"})
    picture = {"type": "image", "data": "QUJD" * 1_000, "mime": "image/png", "alt": "a boat"}
    lab.turn(uid, (ADA, {"id": "Bot", "text": "", "payload": picture}))
    assert "22:13:20Z  Bot: (image: image/png, a boat)" in run("chat/t_1").stdout.splitlines()


def test_a_form_and_the_answers_to_it_are_said_in_a_few_words(lab: RecordLab) -> None:
    uid = lab.begin("chat-onboarding/t_1", {ADA: "A"})
    form = {"name": "why", "number": 118867280, "title": "About you", "text": "", "pages": [{"fields": []}]}
    state = {"type": "form_state", "form": "why", "number": 118867280, "page": 1, "settled": [], "errors": {}}
    for payload in (
        {"type": "form", "form": form},
        state | {"status": "open", "errors": {"age": "Please enter a number."}},
        {"type": "answers", "form": "why", "number": 118867280, "answers": {"age": 20}, "done": True, "at": 9},
        state | {"status": "done"},
    ):
        lab.turn(uid, (ADA, {"id": "A", "text": "", "payload": payload}))
    assert [row.partition("  A: ")[2] for row in run("chat-onboarding/t_1").stdout.splitlines()[1:5]] == [
        "(form: why - About you)",
        '(form: why is open, {"age": "Please enter a number."})',
        '(answers: why {"age": 20}, sent)',
        "(form: why is done)",
    ]


def test_a_name_that_means_nothing_or_several_is_refused(lab: RecordLab) -> None:
    lab.begin("chat/t_1", {ADA: "A"})
    lab.begin("chat/t_12", {ADA: "A"})
    nothing = run("chat/t_7")
    assert nothing.exit_code == 2
    assert "there is no conversation 'chat/t_7'" in nothing.stderr
    assert "'chatt1' means several conversations" in run("chatt1").stderr
    assert run("chat/t_1").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["chat/t_1", "--task", "chat"], "--task chooses from the list"),
        (["chat/t_1", "--kind", "all"], "--kind chooses from the list"),
        (["--follow", "--outcome", "finished"], "--outcome does not go with --follow"),
        (["--times"], "--times is for one conversation"),
        (["chat/t_1", "--times", "--follow"], "--times does not go with --follow"),
    ],
)
def test_options_that_would_do_nothing_are_refused(lab: RecordLab, arguments: list[str], sentence: str) -> None:
    a_pair_talks(lab)
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_words_cannot_command_the_terminal(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {f"{ADA}\x1b[2J": "A\x07"})
    lab.relay(uid, f"{ADA}\x1b[2J", "A\x07", "clear \x1b[2J me \u202e", [])
    for arguments in ([], ["chat/t_1"]):
        printed = run(*arguments).stdout
        assert printed
        assert not {"\x1b", "\x07", "\u202e"} & set(printed)


class Following:
    """A follower of the lab, and what it has told in short."""

    def __init__(self, lab: RecordLab, *, only: str | None = None, **selection: Any) -> None:
        self.record = Archive(lab.path)
        self.follower = Follower(self.record, Selection(**selection), only)

    def news(self) -> list[tuple[str, str]]:
        return [(news.conversation.name, self._short(news)) for news in self.follower.news()]

    def _short(self, news: News) -> str:
        return news.what if news.message is None else f"{news.message.speaker}: {news.message.text}"


@pytest.fixture
def followings() -> Iterator[list[Following]]:
    made: list[Following] = []
    yield made
    for following in made:
        following.record.close()


def test_what_is_said_from_now_on_is_news_once(lab: RecordLab, followings: list[Following]) -> None:
    uid = lab.begin("chat/t_1", {ADA: "A", BEN: "B"})
    lab.relay(uid, ADA, "A", "before", [BEN])
    followings.append(following := Following(lab))
    assert following.news() == []
    lab.relay(uid, ADA, "A", "one", [BEN])
    lab.turn(uid, *((who, {"id": "Bot", "text": "to both"}) for who in (ADA, BEN)))
    assert following.news() == [("chat/t_1", "A: one"), ("chat/t_1", "Bot: to both")]
    assert following.news() == []
    lab.relay(uid, BEN, "B", "two", [ADA])
    lab.end(uid)
    assert following.news() == [("chat/t_1", "B: two"), ("chat/t_1", "ended")]
    assert following.follower.following


def test_a_message_is_news_when_its_world_reads_it(lab: RecordLab, followings: list[Following]) -> None:
    uid = lab.begin("chat/t_1", {ADA: "A", BEN: "B"})
    early = lab.says(ADA, "early")
    followings.append(following := Following(lab))
    late = lab.says(BEN, "late")
    assert following.news() == []
    lab.turn(uid, (ADA, {"id": "B", "text": "late", "carried_line": late}), consumed=[late])
    assert following.news() == [("chat/t_1", "B: late")]
    lab.turn(uid, (BEN, {"id": "A", "text": "early", "carried_line": early}), consumed=[early])
    assert following.news() == [("chat/t_1", "A: early")]


def test_conversations_that_begin_later_are_followed_whole(lab: RecordLab, followings: list[Following]) -> None:
    lab.end(lab.begin("chat/t_1", {ADA: "A"}))
    followings.append(following := Following(lab, tasks=("chat",)))
    lab.begin("quiz/t_1", {BEN: "A"})
    uid = lab.begin("chat/t_2", {ADA: "A"})
    lab.relay(uid, ADA, "A", "hello", [])
    lab.end(uid, "left")
    assert following.news() == [("chat/t_2", "began"), ("chat/t_2", "A: hello"), ("chat/t_2", "ended")]


def test_one_conversation_is_followed_until_it_ends(lab: RecordLab, followings: list[Following]) -> None:
    uid = lab.begin("chat/t_1", {ADA: "A"})
    other = lab.begin("chat/t_2", {BEN: "A"})
    followings.append(following := Following(lab, only=uid))
    lab.relay(other, BEN, "A", "not this", [])
    lab.end(uid)
    assert following.news() == [("chat/t_1", "ended")]
    assert not following.follower.following


def test_following_prints_until_the_conversation_ends(
    lab: RecordLab, followings: list[Following], capsys: pytest.CaptureFixture[str]
) -> None:
    uid = lab.begin("chat/t_1", {ADA: "A"})
    followings.append(following := Following(lab, only=uid))
    to_come = iter([lambda: lab.relay(uid, ADA, "A", "one\ntwo", []), lambda: lab.end(uid)])
    assert _follow(following.follower, name_them=True, wait=lambda: next(to_come)()) == 0
    assert capsys.readouterr().out.splitlines() == [
        "chat/t_1  22:13:20Z  A: one",
        "chat/t_1             | two",
        "chat/t_1  -- finished after 0 s",
    ]


def test_a_conversation_that_is_over_is_shown_and_not_waited_for(lab: RecordLab) -> None:
    a_pair_talks(lab)
    rows = run("chat/t_1", "--follow").stdout.splitlines()
    assert rows[-2:] == ["           | I believe.", "-- finished after 6 s"]


@pytest.mark.process
def test_the_command_follows_a_store_in_use_until_it_is_interrupted(lab: RecordLab, tmp_path: Path) -> None:
    uid = lab.begin("chat/t_1", {ADA: "A"})
    lab.relay(uid, ADA, "A", "before", [])
    process = subprocess.Popen(
        [sys.executable, "-m", "parleyrun", "transcripts", "lab.db", "chat/t_1", "--follow"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        assert process.stdout.readline() == "22:13:20Z  A: before\n"
        lab.relay(uid, ADA, "A", "live", [])
        assert process.stdout.readline() == "22:13:20Z  A: live\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()


def test_letters_and_emoji_that_are_joined_stay_joined_and_the_terminal_is_safe(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {ADA: "A"})
    lab.turn(uid, (ADA, {"id": "👩\u200d🔬", "text": "می\u200cخواهم 👩\u200d👧 \x1b[31mred\u202e"}))
    assert run("chat/t_1").stdout.splitlines()[1] == (
        "22:13:20Z  👩\u200d🔬: می\u200cخواهم 👩\u200d👧 \N{REPLACEMENT CHARACTER}[31mred\N{REPLACEMENT CHARACTER}"
    )
