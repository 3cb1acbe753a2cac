"""Bots' seats, logs and decisions go on record, once, in either store; of people there is no word more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from bot_turns import ANSWER, bot_seat, decision, log_of, moderated, shown, spoken
from keeping import ANN, BOB, CHAT, Keeper, StandingClock, ask, queued_together, said, settle, turn

from parleyrun.app.opened_record import contents_of
from parleyrun.core.message import FrozenDict, Message
from parleyrun.core.model_answer import ModelAnswer
from parleyrun.events import Delivery
from parleyrun.runner.turn import Heard, Outcome, RunIdentity, Said, Turn
from parleyrun.store.decision_columns import ANSWER_COLUMNS, answer_from
from parleyrun.store.memory_store import MemoryStore
from parleyrun.store.protocol import Move, RunRecord, SessionRecord, Spent, Store
from parleyrun.store.sqlite.connection import connect
from parleyrun.store.sqlite.sqlite_store import SqliteStore
from parleyrun.store.sqlite.upkeep.integrity import faults

SELLER = log_of("seller", CHAT.uid)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bots.db"


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, path: Path) -> Iterator[Store]:
    store: Any = MemoryStore(StandingClock()) if request.param == "memory" else SqliteStore(path, StandingClock())
    store.open()
    people = ((ANN, "A"), (BOB, "B"))
    sessions = tuple(SessionRecord(participant_id=who, place="task", run_uid=CHAT.uid) for who, _ in people)
    store.move(Move(sessions=sessions, started=(RunRecord(CHAT, "task", "chat", people),)), lambda line: None)
    settle(store)
    yield store
    store.close()


def commits(store: Store, *turns: Turn) -> list[tuple[str, int, str]]:
    """Commit turns; return what was published."""
    published: list[Delivery] = []
    for each in turns:
        store.commit(each, published.append)
    settle(store)
    return [(line.participant_id, line.seq, line.message.text) for line in published]


def log_lines(store: Store, who: str) -> list[tuple[int, bool, str, str | None]]:
    return [(e.seq, e.mine, e.message.text, e.message.carried_line) for e in store.lines_after(who, 0)]


def a_bot_answers(number: int = 1) -> Turn:
    hello = spoken(SELLER, 2, "hello", id="Seller")
    return turn(
        number,
        said=(Said(ANN, hello.message),),
        bots=(bot_seat(CHAT.uid),),
        bot_lines=(shown(SELLER, 1, "hi", id="A", carried_line=f"{ANN}#1"), hello),
        decisions=(decision(SELLER, 4, seq=2),),
    )


def test_a_bot_has_a_log_with_the_numbers_of_its_seat_and_nobody_sends_it(store: Store) -> None:
    assert commits(store, a_bot_answers()) == [(ANN, 1, "hello")]
    assert log_lines(store, SELLER) == [(1, False, "hi", f"{ANN}#1"), (2, True, "hello", None)]
    assert log_lines(store, ANN) == [(1, False, "hello", f"{SELLER}#2")]


def test_a_line_of_a_bot_whose_number_is_on_record_is_left_as_it_is(store: Store) -> None:
    commits(store, a_bot_answers())
    again = (shown(SELLER, 1, "other words"), spoken(SELLER, 2, "something else"), shown(SELLER, 3, "news"))
    commits(store, turn(2, bots=(bot_seat(CHAT.uid),), bot_lines=again))
    assert [text for _, _, text, _ in log_lines(store, SELLER)] == ["hi", "hello", "news"]


def test_what_is_moderated_is_on_nobodys_screen(store: Store) -> None:
    rude = moderated(ANN, "you fool", None, id="B")
    softened = moderated(ANN, "damn", "d***", id="B")
    published = commits(store, turn(1, said=(said(ANN, "one"), rude, softened, said(BOB, "two"))))
    assert published == [(ANN, 1, "one"), (ANN, 2, "d***"), (BOB, 1, "two")]
    assert [text for _, _, text, _ in log_lines(store, ANN)] == ["one", "d***"]


def test_what_models_took_is_added_up_once(store: Store) -> None:
    silent = decision(SELLER, 5, kind="silent", why="not addressed", answer=None)
    free = decision(SELLER, 7, answer=replace(ANSWER, cost=None, prompt_tokens=1, completion_tokens=0))
    commits(store, a_bot_answers(), a_bot_answers(2), turn(3, decisions=(silent, free)))
    commits(store, turn(4, outcome=Outcome("finished")))
    store.close()
    again = store if isinstance(store, MemoryStore) else SqliteStore(store.path, StandingClock())  # type: ignore[attr-defined]
    assert again.open().spent == Spent(cost=0.25, tokens=25)
    again.close()


def test_in_memory_a_bots_log_is_gone_once_its_run_is_over() -> None:
    store = MemoryStore(StandingClock())
    store.commit(a_bot_answers(), lambda line: None)
    store.commit(turn(2, outcome=Outcome("finished")), lambda line: None)
    assert store.lines_after(SELLER, 0) == []
    assert [line.message.text for line in store.lines_after(ANN, 0)] == ["hello"]


def in_file(path: Path, *turns: Turn) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.hears(ANN, "hi")
        keeper.commits(*turns)


def test_all_of_an_answer_is_on_record(path: Path) -> None:
    odd = ModelAnswer(model="m", text="half a pair \ud83d", failure="empty", error="no \u2028 words", prompt=None)
    decisions = (decision(SELLER, 1, why="wanted", at=7.5), decision(SELLER, 2, kind="failed", answer=odd))
    in_file(path, turn(1, bots=(bot_seat(CHAT.uid),), decisions=decisions))
    rows = ask(path, f"SELECT number, kind, why, seq, at, {', '.join(ANSWER_COLUMNS)} FROM decisions ORDER BY n")
    assert rows[0][:5] == (1, "spoke", "wanted", None, 7.5)
    first, second = (answer_from(dict(zip(ANSWER_COLUMNS, row[5:], strict=True))) for row in rows)
    assert first == {
        field.name: getattr(ANSWER, field.name) for field in fields(ModelAnswer) if field.name != "noted_as"
    } | {"parameters": {"temperature": 0.5, "stop": ["\n"]}, "calls": [dict(ANSWER.calls[0])]}  # fmt: skip
    assert second is not None
    assert (second["text"], second["error"], second["prompt"], second["cost"]) == (
        r"half a pair \ud83d", "no \u2028 words", None, None,
    )  # fmt: skip


def test_a_decision_without_a_model_has_no_answer(path: Path) -> None:
    in_file(path, turn(1, decisions=(decision(SELLER, 1, kind="silent", answer=None),)))
    assert ask(path, "SELECT model, text, parameters, calls, tries FROM decisions") == [(None,) * 5]


def test_what_was_moderated_is_on_record_beside_what_was_shown(path: Path) -> None:
    in_file(
        path,
        turn(
            1,
            said=(
                moderated(ANN, "you fool", None, id="B", carried_line=f"{BOB}#1", extra=FrozenDict(loud=True)),
                moderated(BOB, "damn", "d***", id="A"),
            ),
        ),
    )
    rows = ask(
        path,
        "SELECT r.uid, p.id, m.at, m.speaker, m.text, m.more IS NOT NULL, m.carried_line, m.verdict, m.reason, "
        "m.shown FROM moderated AS m JOIN runs AS r ON r.n = m.run JOIN participants AS p ON p.n = m.participant",
    )
    assert rows == [
        (CHAT.uid, ANN, 1_000.0, "B", "you fool", 1, f"{BOB}#1", "held", "it is rude", None),
        (CHAT.uid, BOB, 1_000.0, "A", "damn", 0, None, "changed", "it is rude", "d***"),
    ]


def test_a_parley_that_is_run_again_is_compared_with_what_its_world_said(path: Path) -> None:
    rude = moderated(ANN, "you fool", "you", id="B")
    in_file(path, turn(1, said=(rude,), heard=(Heard(0, Message("x")),), between=False))
    with Keeper(path) as keeper:
        (run,) = keeper.saved.runs
        assert run.said_inside == ((ANN, Message("you fool", id="B")),)
        assert keeper.texts(ANN) == ["hi", "you"]


def test_only_people_come_back_from_the_record(path: Path) -> None:
    in_file(path, a_bot_answers())
    with Keeper(path) as keeper:
        (run,) = keeper.saved.runs
        assert run.record.seats == ((ANN, "Agent_0"), (BOB, "Agent_1"))
        asks = "test:marker"  # who asks the store whether it is done
        assert {session.participant_id for session in keeper.saved.sessions} == {ANN, BOB, asks}
        assert keeper.saved.mail.keys() == {ANN, asks}
        assert keeper.store.unsent("bot") == []


def test_after_a_restart_nothing_of_a_bot_is_recorded_twice(path: Path) -> None:
    in_file(path, a_bot_answers())
    with Keeper(path) as keeper:
        (run,) = keeper.saved.runs
        keeper.commits(replace(a_bot_answers(2), epoch=run.epoch, said=()))
        assert [text for _, _, text, _ in log_lines(keeper.store, SELLER)] == ["hi", "hello"]
    assert ask(path, "SELECT count(*) FROM decisions") == [(1,)]
    assert ask(path, "SELECT position, participant_id, role, model, disclosed FROM seats ORDER BY 1")[2:] == [
        (2, SELLER, "Seller", "seller", 1)
    ]


def test_what_a_turn_that_is_refused_says_of_bots_is_not_on_record(path: Path) -> None:
    in_file(path, replace(a_bot_answers(), epoch=7))
    assert ask(path, "SELECT count(*) FROM participants WHERE is_bot = 1") == [(0,)]
    assert ask(path, "SELECT count(*) FROM decisions") == [(0,)]


def names_of(keeper_of: Callable[[list[str]], Keeper], *turns: Turn) -> list[str]:
    """Commit turns as one group; return the names of the statements that were executed for it."""
    names: list[str] = []
    with keeper_of(names) as keeper:
        for number in (1, 2):
            keeper.starts_chat(RunIdentity(f"t_{number}", f"uid-{number}", "chat", "ChatTaskWorld"))
        keeper.settle()

        def hand_over() -> None:
            names.clear()
            for each in turns:
                keeper.store.commit(each, keeper.published.append)

        queued_together(keeper, hand_over)
        keeper.settle()
    return names


def test_bots_of_many_runs_are_written_by_a_few_statements_and_others_cost_nothing(path: Path) -> None:
    def keeper_of(names: list[str]) -> Keeper:
        return Keeper(path, fault=names.append)

    def of_run(number: int, texts: tuple[str, ...]) -> Turn:
        log = log_of("seller", f"uid-{number}")
        lines = tuple(spoken(log, seq, text) for seq, text in enumerate(texts, 1))
        run = RunIdentity(f"t_{number}", f"uid-{number}", "chat", "ChatTaskWorld")
        return Turn(
            run,
            1,
            said=tuple(Said(ANN, line.message) for line in lines),
            bot_lines=lines,
            decisions=(decision(log, 2, seq=1),),
        )

    names = names_of(keeper_of, of_run(1, ("a", "b")), of_run(2, ("c", "d")))
    assert [name for name in names if name in ("add_bot_line", "add_decision", "add_line")] == []
    assert [names.count(name) for name in ("add_lines", "add_bot_lines", "add_decisions")] == [1, 1, 1]
    assert ask(path, "SELECT group_concat(text, '') FROM (SELECT text FROM log WHERE mine = 1 ORDER BY n)") == [
        ("abcd",)
    ]
    path.unlink()
    plain = [Turn(RunIdentity(f"t_{n}", f"uid-{n}", "chat", "C"), 1, said=(said(ANN, "x"),)) for n in (1, 2)]
    names = names_of(keeper_of, *plain)
    assert not [name for name in names if "bot" in name or "decision" in name or "moderated" in name]


def test_one_bot_line_that_is_on_record_fails_nothing_of_its_group(path: Path) -> None:
    in_file(path, a_bot_answers())
    with Keeper(path) as keeper:
        (run,) = keeper.saved.runs
        again = replace(a_bot_answers(2), epoch=run.epoch, said=())
        names: list[str] = []
        queued_together(keeper, lambda: keeper.store.commit(again, lambda line: names.append(line.message.text)))
        keeper.settle()
        assert [text for _, _, text, _ in log_lines(keeper.store, SELLER)] == ["hi", "hello"]


def test_the_check_finds_nothing_wrong_in_a_store_with_bots_and_something_in_a_wrong_one(path: Path) -> None:
    in_file(path, a_bot_answers(), turn(2, said=(moderated(ANN, "you fool", None),)))
    connection = connect(path, "normal")
    assert list(faults(connection)) == []
    for wrong in (
        "UPDATE seats SET model = 'seller' WHERE position = 0",
        "UPDATE decisions SET calls = 'no JSON'",
        "UPDATE decisions SET seq = 1",
        "UPDATE moderated SET verdict = 'liked'",
        "UPDATE log SET message_id = NULL WHERE message_id IS NOT NULL",
        "UPDATE participants SET place = 'task' WHERE is_bot = 1",
    ):
        connection.execute("BEGIN")
        connection.execute(wrong)
        assert list(faults(connection)), wrong
        connection.execute("ROLLBACK")
    connection.close()


def test_bots_are_not_counted_among_people(path: Path) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()
        before = contents_of(path).people
        keeper.commits(a_bot_answers())
        assert contents_of(path).people == before
