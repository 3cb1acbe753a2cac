"""The plain dialect, by itself: in what words a script is told what other clients are shown otherwise."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from parleyrun.channels.browser.plain_peer import PlainPeer
from parleyrun.channels.browser.seat_claims import SeatRefusal
from parleyrun.config.schema import Limits
from parleyrun.config.texts import Texts
from parleyrun.events import Receipt, RefusalReason
from parleyrun.signals import LineReactions, ReactionCount, Typing


@pytest.fixture
def frames() -> list[str]:
    return []


@pytest.fixture
def peer(frames: list[str]) -> PlainPeer:
    link = SimpleNamespace(send=lambda text: frames.append(json.loads(text)["text"]))
    lines = SimpleNamespace(lines_after=lambda *_: [])
    setting: Any = SimpleNamespace(
        texts=Texts(), limits=Limits(), lines=lines, monotonic=lambda: 0.0, sockets=SimpleNamespace(uploads=False)
    )
    return PlainPeer(setting, link, "127.0.0.1", {})  # type: ignore[arg-type]


def test_who_may_not_come_in_is_told_why_and_their_code_and_link_if_they_have_any(
    peer: PlainPeer, frames: list[str]
) -> None:
    texts = Texts()
    for end, sentence in ((None, "No."), (None, ""), (SimpleNamespace(code="C1", link=""), "Over."),
                          (SimpleNamespace(code="", link="https://x"), "")):  # fmt: skip
        peer._refuse_claim(SeatRefusal("no_id", end), sentence)  # type: ignore[arg-type]
    assert frames == ["No.", "Over.", texts.your_code.format(code="C1"), texts.your_link.format(link="https://x")]


def test_a_message_that_is_taken_needs_no_words_and_one_that_is_not_has_those_of_the_config(
    peer: PlainPeer, frames: list[str]
) -> None:
    peer._setting.texts = Texts(full="")  # type: ignore[misc]
    peer._answered(Receipt(seq=1))
    peer._answered(Receipt(refused=RefusalReason.NEWCOMERS_FULL))
    assert frames == []
    peer._answered(Receipt(refused=RefusalReason.NO_FORM))
    assert frames == [Texts().no_form]


def test_of_signals_only_what_others_do_to_a_line_is_told(peer: PlainPeer, frames: list[str]) -> None:
    peer.participant_id = "browser:ann"
    peer.send_signal(Typing("Bob", True))
    peer.send_signal(LineReactions(1))
    assert frames == []
    peer.send_signal(LineReactions(1, (ReactionCount("👍", 1),), who="Bob", added="👍"))
    assert frames == ["Bob: 👍"]
