"""Replies and reactions in a file, in a database and in memory: the same questions, the same answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from keeping import ANN, BOB, CHAT, Keeper, StandingClock, ask, said, turn

from parleyrun.core.message import FrozenDict
from parleyrun.events import Inbound
from parleyrun.runner.turn import Outcome
from parleyrun.signals import LineReactions, ReactionCount
from parleyrun.store.memory_store import MemoryStore
from parleyrun.store.protocol import Reaction


def reaction(who: str, seq: int, how: str = "👍", *, on: bool = True, run: str = CHAT.uid) -> Reaction:
    return Reaction(participant_id=who, name=who[5:], run_uid=run, seq=seq, reaction=how, on=on)


class InMemory(Keeper):
    """The same with a store that lasts as long as the process."""

    def __init__(self, path: Any) -> None:
        super().__init__(path)
        self.store = MemoryStore(self.clock)


@pytest.fixture(params=["durable", "memory"])
def keeper(request: pytest.FixtureRequest, path: Any) -> Any:
    if request.param == "memory" and not hasattr(path, "name"):
        pytest.skip("memory is tried once")
    with (Keeper if request.param == "durable" else InMemory)(path) as opened:
        yield opened


def told(keeper: Keeper, *reactions: Reaction) -> list[tuple[str, LineReactions]]:
    news: list[tuple[str, LineReactions]] = []
    for each in reactions:
        keeper.store.react(each, lambda *what: news.append(what))
    keeper.settle()
    return news


def test_who_has_the_line_is_told_and_nobody_else(keeper: Keeper) -> None:
    keeper.starts_chat()
    keeper.hears(ANN, "one")
    keeper.commits(
        turn(
            1,
            consumed=(f"{ANN}#1",),
            said=(said(BOB, "the study"), said(BOB, "one", id="A", carried_line=f"{ANN}#1")),
        ),
        turn(2, said=(said(BOB, "for Bob alone", id="Guide"),)),
    )
    assert told(keeper, reaction(BOB, 2)) == [
        (ANN, LineReactions(1, (ReactionCount("👍", 1),), "bob", "👍")),
        (BOB, LineReactions(2, (ReactionCount("👍", 1, mine=True),))),
    ]
    # Twice is once; a sentence of the system's, a line that is not there, another's run: nothing.
    for nothing in (reaction(BOB, 2), reaction(BOB, 1), reaction(ANN, 9), reaction(ANN, 1, run="uid-9")):
        assert told(keeper, nothing) == []
    assert told(keeper, reaction(BOB, 3)) == [(BOB, LineReactions(3, (ReactionCount("👍", 1, mine=True),)))]
    assert told(keeper, reaction(ANN, 1, on=False)) == []
    keeper.clock.now += 1
    both = (ReactionCount("👍", 1), ReactionCount("no", 1, mine=True))
    assert told(keeper, reaction(ANN, 1, "no"))[0] == (ANN, LineReactions(1, both))
    assert keeper.store.reactions_to(ANN) == [LineReactions(1, both)]
    assert [each.seq for each in keeper.store.reactions_to(BOB)] == [2, 3]
    assert told(keeper, reaction(BOB, 2, on=False), reaction(ANN, 1, "no", on=False))[-1][1].reactions == ()
    keeper.commits(turn(3, outcome=Outcome("finished")))
    assert told(keeper, reaction(BOB, 2)) == []


def test_of_a_reply_the_record_has_the_line_and_none_of_its_words(keeper: Keeper) -> None:
    keeper.starts_chat()
    keeper.hears(ANN, "words of Ann")
    quoted = FrozenDict(line=f"{ANN}#1", id="A", text="words of Ann")
    keeper.store.journal(Inbound(BOB, "m2", "yes", reply_to=quoted), lambda _: None)
    carried = {"id": "A", "carried_line": f"{ANN}#1"}
    keeper.commits(turn(1, said=(said(BOB, "words of Ann", **carried), said(ANN, "yes", id="B", reply_to=quoted))))
    assert keeper.store.lines_after(BOB, 0)[0].message.reply_to == {"line": f"{ANN}#1"}
    assert keeper.store.lines_after(ANN, 1)[0].message.reply_to["line"] == f"{ANN}#1"
    assert [keeper.store.shown_line(who, f"{ANN}#1").seq for who in (ANN, BOB)] == [1, 2]
    assert keeper.store.shown_line("test:cat", f"{ANN}#1") is None
    assert keeper.store.shown_line(BOB, "no name of a line") is None


def test_what_lies_in_mail_has_its_quote_at_the_next_start(path: Any) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.hears(ANN, "one")
        keeper.store.journal(Inbound(ANN, "m2", "two", reply_to=FrozenDict(line=f"{ANN}#1")), lambda _: None)
        told(keeper, reaction(ANN, 1))
    with Keeper(path, StandingClock(2_000.0)) as keeper:
        mail = keeper.saved.mail[ANN]
        assert [message.reply_to for message in mail] == [None, {"line": f"{ANN}#1", "id": "", "text": "one"}]
        assert keeper.store.reactions_to(ANN) == [LineReactions(1, (ReactionCount("👍", 1, mine=True),))]
    assert ask(path, "SELECT count(*) FROM reactions") == [(1,)]


def test_who_is_forgotten_is_told_of_no_more_reactions_and_what_others_said_stays(tmp_path: Path) -> None:
    with InMemory(tmp_path / "unused.db") as keeper:
        keeper.starts_chat()
        keeper.hears(ANN, "one")
        keeper.commits(turn(1, consumed=(f"{ANN}#1",), said=(said(BOB, "one", id="A", carried_line=f"{ANN}#1"),)))
        assert [who for who, _ in told(keeper, reaction(BOB, 1))] == [ANN, BOB]
        keeper.store.forget(BOB)
        assert told(keeper, reaction(ANN, 1, "no"))[0][0] == ANN
        assert keeper.store.reactions_to(BOB) == []
        keeper.store.forget(ANN)
        assert told(keeper, reaction(ANN, 1)) == []
