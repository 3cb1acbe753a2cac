"""What was going on comes back after a restart, as it was."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from keeping import ANN, BOB, CHAT, Keeper, StandingClock, ask, said, turn

from parleyrun.core.message import FrozenDict, Message
from parleyrun.runner.turn import Heard, Outcome, RunIdentity
from parleyrun.store.protocol import MatchRecord, Move, PoolRecord, RunRecord, SessionRecord


def test_a_fresh_store_has_nothing_going_on(path: Path) -> None:
    with Keeper(path) as keeper:
        assert keeper.saved.sessions == keeper.saved.runs == keeper.saved.pool == ()
        assert keeper.saved.mail == keeper.saved.run_counts == {}
        assert keeper.store.trouble() is None


def test_sessions_come_back_as_they_were(path: Path) -> None:
    whole = SessionRecord(
        participant_id=ANN,
        place="waiting",
        task="chat",
        since=12.5,
        overworld_uid="over-1",
        admitted=True,
        at_gate=True,
        wrong_passwords=2,
        data=b"data",
        onboard_data=b"onboard",
    )
    with Keeper(path) as keeper:
        keeper.moves(Move(sessions=(whole, SessionRecord(participant_id=BOB, place="gone", since=3.0))))
        keeper.hears("test:new", "knock")
    with Keeper(path, StandingClock(2_000.0)) as keeper:
        by_id = {session.participant_id: session for session in keeper.saved.sessions}
        assert by_id.pop(ANN) == keeper.store.session(ANN) == whole
        new = SessionRecord(participant_id="test:new", place="door", since=1_000.0)
        assert by_id.pop("test:new") == keeper.store.session("test:new") == new, "there is unread mail of theirs"
        assert BOB not in by_id, "who has gone is asked for once they come back"
        assert keeper.store.session(BOB) == SessionRecord(participant_id=BOB, place="gone", since=3.0)
        assert keeper.store.session("test:nobody") is None


def test_a_session_recorded_without_data_keeps_the_data_it_had(path: Path) -> None:
    with Keeper(path) as keeper:
        keeper.moves(
            Move(sessions=(SessionRecord(participant_id=ANN, place="task", data=b"old", onboard_data=b"o"),))
        )
        keeper.moves(Move(sessions=(SessionRecord(participant_id=ANN, place="overworld"),)))
    with Keeper(path) as keeper:
        [session] = [one for one in keeper.saved.sessions if one.participant_id == ANN]
        assert (session.place, session.data, session.onboard_data) == ("overworld", b"old", None)


def test_people_wait_with_their_original_time_of_arrival(path: Path) -> None:
    early, late = PoolRecord(ANN, "chat", 10.0), PoolRecord(BOB, "chat", 20.0)
    with Keeper(path) as keeper:
        keeper.moves(Move(entered_pool=(late, early, PoolRecord("test:eve", "chat", 15.0))))
        keeper.moves(Move(entered_pool=(PoolRecord(BOB, "chat", 20.0, noticed=True),), left_pool=("test:eve",)))
    with Keeper(path) as keeper:
        assert keeper.saved.pool == (early, PoolRecord(BOB, "chat", 20.0, noticed=True))


def test_unread_mail_comes_back_under_the_name_of_its_line(path: Path) -> None:
    payload = FrozenDict(type="image", url="https://example.org/a.png")
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.hears(ANN, "read by the world", "a1")
        keeper.hears(ANN, "read by the desk", "a2")
        keeper.hears(ANN, "unread", "a3", payload)
        keeper.hears(ANN, "unread \ud83d too", "a4")
        keeper.commits(turn(1, consumed=(f"{ANN}#1",)))
        keeper.moves(Move(consumed=(f"{ANN}#2", "an author made this up")))
    with Keeper(path) as keeper:
        assert keeper.saved.mail[ANN] == (
            Message("unread", payload=payload, carried_line=f"{ANN}#3"),
            Message("unread \ud83d too", carried_line=f"{ANN}#4"),
        )
    read = ask(path, "SELECT seq, run_uid FROM lines WHERE consumed = 1 ORDER BY seq")
    assert read == [(1, CHAT.uid), (2, None)]


def test_a_run_comes_back_with_its_world_seats_and_turn(path: Path) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.commits(turn(1, snapshot=b"one"), turn(2, snapshot=b"two", data=((ANN, b"her data"),)))
    with Keeper(path) as keeper:
        [run] = keeper.saved.runs
        assert run.record == RunRecord(CHAT, "task", "chat", ((ANN, "Agent_0"), (BOB, "Agent_1")), 5.0)
        assert (run.epoch, run.turn, run.snapshot) == (2, 2, b"two")
        assert (run.inside, run.said_inside, run.value, run.asleep, run.outcome) == ((), (), None, False, None)
        data = {session.participant_id: session.data for session in keeper.saved.sessions}
        assert data[ANN] == b"her data"


def test_a_turn_without_a_snapshot_leaves_no_stale_one(path: Path) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.commits(turn(1, snapshot=b"one"), turn(2))
    with Keeper(path) as keeper:
        assert keeper.saved.runs[0].snapshot is None


def test_a_parley_in_progress_comes_back_in_order_and_goes_with_the_next_snapshot(path: Path) -> None:
    hello, answer = Message("hello", "Agent_0", extra=FrozenDict(n=1)), Message("beep", "Bot")
    inside = turn(2, between=False, heard=(Heard(0, hello),), said=(said(BOB, "a"), said(ANN, "b")))
    more = turn(3, between=False, heard=(Heard(2, answer),), said=(said(BOB, "c"),))
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.commits(turn(1, snapshot=b"one"), inside, more)
    with Keeper(path) as keeper:
        [run] = keeper.saved.runs
        assert (run.snapshot, run.turn) == (b"one", 3)
        assert run.inside == ((0, hello), (2, answer))
        assert run.said_inside == ((BOB, Message("a")), (ANN, Message("b")), (BOB, Message("c")))
        keeper.commits(turn(4, epoch=2, snapshot=b"four"))
    with Keeper(path) as keeper:
        [run] = keeper.saved.runs
        assert (run.snapshot, run.inside, run.said_inside) == (b"four", (), ())


def test_the_first_parley_of_a_run_brings_the_world_it_began_with(path: Path) -> None:
    hello = Message("hello")
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.commits(turn(1, between=False, heard=(Heard(0, hello),), snapshot=b"base"))
        keeper.commits(turn(2, between=False, heard=(Heard(1, hello),)))
    with Keeper(path) as keeper:
        [run] = keeper.saved.runs
        assert (run.snapshot, run.inside) == (b"base", ((0, hello), (1, hello)))


def test_without_snapshots_only_words_are_kept(path: Path) -> None:
    with Keeper(path, snapshots=False) as keeper:
        keeper.starts_chat()
        keeper.commits(
            turn(1, between=False, heard=(Heard(0, Message("x")),), said=(said(ANN, "hi"),), snapshot=b"w")
        )
        keeper.commits(turn(2, snapshot=b"world"))
        assert keeper.texts(ANN) == ["hi"]
    with Keeper(path) as keeper:
        [run] = keeper.saved.runs
        assert (run.snapshot, run.inside, run.said_inside) == (None, (), ())


def test_a_choice_waits_until_it_is_dealt_with(path: Path) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.commits(turn(1, value="chat", snapshot=b"menu"))
    with Keeper(path) as keeper:
        [run] = keeper.saved.runs
        assert (run.value, run.asleep, run.outcome) == ("chat", True, None)
        keeper.moves(Move(answered=(CHAT.uid,)))
    with Keeper(path) as keeper:
        [run] = keeper.saved.runs
        assert (run.value, run.asleep) == (None, True)
        keeper.commits(turn(2, epoch=3, snapshot=b"menu again"))
    with Keeper(path) as keeper:
        assert not keeper.saved.runs[0].asleep


def test_a_choice_that_cannot_be_pickled_is_named_by_its_kind(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.commits(turn(1, value=threading.Lock()))
    assert "cannot be pickled" in caplog.text
    with Keeper(path) as keeper:
        assert keeper.saved.runs[0].value == "lock"


def test_an_end_waits_until_it_is_dealt_with(path: Path) -> None:
    outcome = Outcome("left", "Agent_1 left", {"score": 3}, forced=True)
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.commits(turn(1, snapshot=b"w"), turn(2, outcome=outcome, said=(said(ANN, "bye"),)))
        assert keeper.texts(ANN) == ["bye"]
    with Keeper(path) as keeper:
        [run] = keeper.saved.runs
        assert (run.outcome, run.snapshot, run.epoch) == (outcome, None, 1)
        keeper.moves(Move(answered=(CHAT.uid,)))
    with Keeper(path) as keeper:
        assert keeper.saved.runs == ()


def test_an_end_whose_data_cannot_be_pickled_is_an_end_all_the_same(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.commits(turn(1, outcome=Outcome("finished", data={"lock": threading.Lock()})))
    assert "the data of run chat/t_1 (ChatTaskWorld) is not recorded" in caplog.text
    with Keeper(path) as keeper:
        assert keeper.saved.runs[0].outcome == Outcome("finished")


class Vanishing:
    """An author's class that is no longer there after the restart."""


def test_a_message_whose_class_has_vanished_still_shows_its_text(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    odd = FrozenDict(thing=Vanishing())
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.commits(turn(1, snapshot=b"w", said=(said(ANN, "look", extra=odd),)))
        keeper.commits(turn(2, between=False, heard=(Heard(0, Message("this", extra=odd)),)))
    monkeypatch.delattr(sys.modules[__name__], "Vanishing")
    with Keeper(path) as keeper:
        assert keeper.texts(ANN) == ["look"]
        [run] = keeper.saved.runs
        assert (run.snapshot, run.inside) == (None, ())
    assert "cannot go on where it was" in caplog.text


def test_runs_are_counted_within_their_group(path: Path) -> None:
    others = [RunIdentity(f"t_{n}", f"uid-{n}", "chat", "W") for n in (2, 10)]
    with Keeper(path) as keeper:
        keeper.starts_chat()
        for identity in [*others, RunIdentity("o_3", "uid-o", "overworld", "W")]:
            keeper.starts_chat(identity)
    with Keeper(path) as keeper:
        assert keeper.saved.run_counts == {"chat": 10, "overworld": 3}


def test_a_match_says_who_was_passed_over_and_why(path: Path) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.moves(Move(matches=(MatchRecord("chat", CHAT.uid, 9.0, (ANN, BOB), (("test:eve", "away"),)),)))
    [(taken, passed_over)] = ask(path, "SELECT taken, passed_over FROM matches")
    assert (taken, passed_over) == ('["test:ann", "test:bob"]', '[["test:eve", "away"]]')
