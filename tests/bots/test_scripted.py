"""Written bots: lines one after the other, answers to patterns, and the time that they take."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parleyrun.bots.written.fixed_response import FixedResponseAgent
from parleyrun.bots.written.reply_patterns import LOOKED_AT, ReplyPatterns, fault_of_pattern
from parleyrun.bots.written.scripted import ScriptedAgent, faults_of_script
from parleyrun.config.models.model_kinds import SettingsPlace
from parleyrun.core.sharing import create_agent_from_shared
from parleyrun.errors import AgentError
from parleyrun.testing import VirtualTimers, check_agent

PLACE = SettingsPlace(folder=Path())


def said(agent: Any, *texts: str) -> list[Any]:
    answers = []
    for text in texts:
        agent.observe({"id": "Ann", "text": text})
        act = agent.act()
        answers.append(None if act is None else act["text"])
    return answers


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ({}, ["one", "two", None, None]),
        ({"then": "silent"}, ["one", "two", None, None]),
        ({"then": "repeat"}, ["one", "two", "one", "two"]),
        ({"then": "stop"}, ["one", "two", None, None]),
    ],
)
def test_lines_are_said_one_after_the_other_and_then_what_is_asked_for(then: Any, expected: Any) -> None:
    assert said(ScriptedAgent({"lines": ["one", "two"], **then}), *"abcd") == expected


def test_with_stop_the_last_line_ends_the_conversation() -> None:
    agent: Any = ScriptedAgent({"lines": ["one", "two"], "then": "stop"})

    assert [agent.act()["episode_done"], agent.act()["episode_done"]] == [False, True]


def test_lines_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "lines.txt").write_text("\ufeffGrüß Gott.\r\n\n  And you?\n", encoding="utf-8")

    agent = ScriptedAgent({"lines": "lines.txt", "folder": str(tmp_path)})

    assert said(agent, "a", "b", "c") == ["Grüß Gott.", "And you?", None]


def test_what_fits_a_pattern_is_answered_and_takes_no_line() -> None:
    replies = {r"\bprice\b|cost": "Ten.", "^(hi|hello)": "Hello!"}
    agent = ScriptedAgent({"lines": ["one", "two"], "replies": replies})

    assert said(agent, "Hello there", "what?", "The PRICE?", "and?") == ["Hello!", "one", "Ten.", "two"]


def test_all_that_was_said_since_its_last_answer_is_looked_at() -> None:
    agent = ScriptedAgent({"replies": {"cost": "Ten."}})
    agent.observe({"id": "Ann", "text": "What does it cost?"})
    agent.observe({"id": "Bob", "text": "Good question."})

    assert agent.act() == {"id": agent.id, "text": "Ten.", "episode_done": False}
    assert said(agent, "Thanks.") == [None]


def test_a_copy_and_a_fork_have_the_script_and_their_own_place_in_it() -> None:
    agent = ScriptedAgent({"lines": ["one", "two"]})
    copy = create_agent_from_shared(agent.share())
    agent.act()
    fork = agent.fork()

    assert (said(fork, "a"), said(agent, "a"), said(copy, "a")) == (["two"], ["two"], ["one"])


def test_who_is_told_what_it_said_goes_on_behind_it() -> None:
    agent = ScriptedAgent({"lines": ["one", "two"], "replies": {"cost": "Ten."}})
    for heard, spoken in (("Hi", "one"), ("the cost?", "Ten.")):
        agent.observe({"id": "Ann", "text": heard})
        agent.self_observe({"id": "Bot", "text": spoken})

    assert said(agent, "and?") == ["two"]


def test_it_keeps_the_contract_of_agents() -> None:
    check_agent(ScriptedAgent, {"lines": ["one", "two", "three"], "replies": {"milk": "White."}})


@pytest.mark.parametrize(
    ("opt", "words"),
    [
        ({}, "expected lines or replies of a script, got none"),
        ({"lines": "no.txt"}, "expected lines in the file no.txt, got none: .*No such file"),
        ({"lines": ["a"], "then": "again"}, "expected silent, repeat, stop at 'then' of a script, got 'again'"),
        ({"replies": {"(a": "b"}}, r"expected a regular expression, got '\(a': missing \)"),
        ({"replies": {"(a+)+b": "b"}}, r"expected a regular expression that is soon done, got '\(a\+\)\+b'"),
    ],
)
def test_a_script_that_cannot_be_used_says_why(opt: Any, words: str) -> None:
    with pytest.raises(AgentError, match=words):
        ScriptedAgent(opt)


@pytest.mark.parametrize(
    ("settings", "path", "words"),
    [
        ({}, (), "expected lines or replies"),
        ({"lines": "no.txt"}, ("lines",), "No such file"),
        ({"replies": {"a": ""}}, ("replies", "a"), "expected a text for a pattern, got 'a': ''"),
        ({"replies": {3: "b"}}, ("replies", 3), "expected a text for a pattern, got 3: 'b'"),
        ({"replies": {"[": "b"}}, ("replies", "["), "expected a regular expression"),
    ],
)
def test_validate_finds_what_is_wrong_with_a_script(settings: Any, path: Any, words: str) -> None:
    [fault] = faults_of_script(settings, PLACE)

    assert fault.path == path
    assert words in fault.message


@pytest.mark.parametrize(("content", "words"), [(b"\xff", "invalid start byte"), (b" \n", "an empty one")])
def test_a_file_without_lines_is_told_of(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "lines.txt").write_bytes(content)

    [fault] = faults_of_script({"lines": "lines.txt"}, SettingsPlace(folder=tmp_path))
    assert words in fault.message


PATTERNS = {
    r"price|how much|cost": True,
    r"^(hi|hello|good (morning|evening))\b": True,
    r".*": True,
    r"\d+ euros?": True,
    r"(?:very ){1,3}good": True,
    r"(?i:ok)|(?P<yes>yes)|[]a-z)]+": True,
    r"how much.*(cost|price)": True,
    r"(?<=a)b+(?!c)(?#a comment)\)": True,
    r"(a+)+b": False,
    r"(a|aa)+$": False,
    r"((ab)*)*": False,
    r".*.*.*x": False,
    "a?" * 30 + "a" * 30: False,
    r"(\w+)\s+\1": False,
    r"(?x) a # )": False,
    r"(a)?(?(1)b|c)": False,
    r"(?:a{1,200}){1,200}": False,
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_that_may_take_for_ever_is_refused_and_others_are_not(pattern: str) -> None:
    assert (fault_of_pattern(pattern) == "") is PATTERNS[pattern]


PIECES = ["a", "b", ".", "(", ")", "(?:", "|", "*", "+", "?", "{1,3}", "{2,}", "[ab]", "^", "$", "\\w", "\\1"]


@given(st.lists(st.sampled_from(PIECES)))
def test_what_is_not_refused_is_soon_done(pieces: list[str]) -> None:
    pattern = "".join(pieces)
    if fault_of_pattern(pattern):
        return
    began = time.thread_time()
    for text in ("a" * LOOKED_AT, "ab" * (LOOKED_AT // 2), "a" * (LOOKED_AT - 1) + "c"):
        re.search(pattern, text, re.IGNORECASE)
    assert time.thread_time() - began < 5


def test_only_the_beginning_of_a_message_is_looked_at() -> None:
    patterns = ReplyPatterns({"cost": "Ten."})

    assert patterns.reply_to(["x" * (LOOKED_AT - 4) + "cost"]) == "Ten."
    assert patterns.reply_to(["x" * (LOOKED_AT - 3) + "cost"]) is None


@pytest.mark.parametrize("build", [FixedResponseAgent, ScriptedAgent])
def test_an_answer_takes_the_seconds_that_it_is_given_by_the_clock_of_the_service(build: Any) -> None:
    timers = VirtualTimers()
    asked, done = threading.Event(), threading.Event()

    class Telling:
        clock = timers.clock

        @staticmethod
        def call_later(seconds: float, callback: Any) -> Any:
            timer = timers.call_later(seconds, callback)
            asked.set()
            return timer

    agent = build({"text": "Hi.", "lines": ["Hi."], "seconds": 3, "timers": Telling})
    thread = threading.Thread(target=lambda: (agent.act(), done.set()))
    thread.start()
    assert asked.wait(10)
    timers.advance(2.9)
    assert not done.is_set()
    timers.advance(0.2)
    assert done.wait(10)
    thread.join(10)


def test_without_a_service_it_takes_them_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    class AtOnce:
        def __init__(self, seconds: float, work: Any) -> None:
            waited.append(seconds)
            self.start = work

    monkeypatch.setattr(threading, "Timer", AtOnce)
    agent = FixedResponseAgent({"text": "Hi.", "seconds": 3})

    assert agent.act()["text"] == "Hi."
    assert [act["text"] for act in agent.batch_act([{}, {}])] == ["Hi.", "Hi."]
    assert waited == [3.0, 3.0]
