"""Forgetting somebody who talked with a bot: what it was shown and asked goes, what it said stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from bot_turns import ADA, BEN, bot_seat, decision, log_of, moderated, shown, spoken, they_haggle
from keeping import ask
from record_lab import RecordLab
from test_erase import erased_from, in_the_files, transcript, what_is_wrong

from parleyrun.core.message import FrozenDict
from parleyrun.core.model_answer import ModelAnswer
from parleyrun.errors import StoreError
from parleyrun.runner.turn import Turn
from parleyrun.store.record.erasing.eraser import ERASED_TEXT


def test_what_a_bot_was_shown_and_asked_goes_and_what_it_said_stays(path: Path) -> None:
    prompt = '[{"role": "user", "content": "Buyer: secret-of-ada"}]'
    calls = (FrozenDict(name="note", arguments={"text": "call-with-secret-of-ada"}, result="ok"),)
    answer = {
        "prompt": prompt,
        "calls": calls,
        "parameters": FrozenDict(user=ADA),
        "error": "bad: secret-of-ada",
        "prompt_hash": "hash-of-it",
    }
    with RecordLab(path) as lab:
        uid = lab.begin("haggle/t_1", {ADA: "Buyer", BEN: "Witness"})
        log = log_of("seller", uid)
        words = lab.says(ADA, "secret-of-ada")
        told = shown(log, 1, "secret-of-ada", id="Buyer", carried_line=words)
        quoted = shown(log, 2, "She said: secret-of-ada.", id="Guide")
        says = spoken(log, 3, "answer-of-the-bot", id="Seller")
        lab.turn(
            uid,
            (ADA, says.message.to_act()),
            (BEN, says.message.to_act()),
            consumed=[words],
            bots=(bot_seat(uid),),
            bot_lines=(told, quoted, says),
            decisions=(
                decision(
                    log, 6, seq=3, answer=ModelAnswer(model="m", text="answer-of-the-bot", cost=1.0, **answer)
                ),
                decision(log, 7, kind="silent", why="secret-of-ada is nothing to it", answer=None),
            ),
        )
        lab.end(uid)
        they_haggle(lab, [BEN], "haggle/t_2")
    gone = ["secret-of-ada", "hash-of-it", ADA]
    assert in_the_files(path, *gone) == gone
    erased = erased_from(path)
    assert in_the_files(path, *gone) == []
    assert transcript(path, "haggle/t_1")[-1] == ("Seller", "answer-of-the-bot")
    assert ask(path, f"SELECT text FROM lines WHERE participant_id = '{log}' ORDER BY seq") == [
        (ERASED_TEXT,), (ERASED_TEXT,), ("answer-of-the-bot",),
    ]  # fmt: skip
    query = "SELECT text, prompt, calls, parameters, prompt_hash, cost, error, why FROM decisions WHERE run = 1"
    assert ask(path, query) == [
        ("answer-of-the-bot", None, "[]", "{}", "", 1.0, ERASED_TEXT, ""),
        (None, None, None, None, None, None, None, ERASED_TEXT),
    ]
    assert erased.prompts == 1
    kept = "SELECT count(*) FROM decisions WHERE prompt IS NOT NULL AND calls <> '[]'"
    assert ask(path, kept) == [(2,)], "others' prompts stay"


def test_moderated_lines_of_theirs_and_for_them_go_and_others_stay(path: Path) -> None:
    with RecordLab(path) as lab:
        uid = lab.begin("chat/t_1", {ADA: "A", BEN: "B"})
        identity, _ = lab._runs[uid]
        of_ada = lab.says(ADA, "rude-words-of-ada")
        of_ben = lab.says(BEN, "rude-words-of-ben")
        said = (
            moderated(BEN, "rude-words-of-ada", None, id="A", carried_line=of_ada),
            moderated(BEN, "no: rude-words-of-ada", "no: kind-words-of-ada", id="Guide"),
            moderated(ADA, "rude-words-of-ben", None, id="B", carried_line=of_ben),
            moderated(BEN, "rude-words-of-guide", None, id="Guide"),
        )
        lab.store.commit(Turn(identity, 1, consumed=(of_ada, of_ben), said=said), lambda line: None)
        lab.settle()
    erased = erased_from(path)
    assert in_the_files(path, "words-of-ada") == []
    assert ask(path, "SELECT speaker, text, verdict, reason, shown FROM moderated ORDER BY n") == [
        ("A", ERASED_TEXT, "held", "", None),
        ("Guide", ERASED_TEXT, "changed", "", ERASED_TEXT),
        ("Guide", "rude-words-of-guide", "held", "it is rude", None),
    ]
    assert erased.moderated == 3
    assert transcript(path)[-1] == ("Guide", ERASED_TEXT), "what was shown instead"
    assert what_is_wrong(path) == []


def test_a_conversation_with_a_bot_alone_is_over_once_its_person_is_erased(path: Path) -> None:
    with RecordLab(path) as lab:
        they_haggle(lab, [ADA])
    assert erased_from(path).stopped == 1
    with RecordLab(path) as lab:
        assert ask(path, "SELECT answered, outcome FROM runs") == [(1, "left")]


def test_a_bots_log_is_nobody_who_could_be_erased(path: Path) -> None:
    with RecordLab(path) as lab:
        uid = they_haggle(lab)
    with pytest.raises(StoreError, match="expected the id of a participant on record"):
        erased_from(path, log_of("seller", uid))


def test_what_a_moderator_was_asked_goes_too_and_what_it_took_stays(path: Path) -> None:
    asked_of_it = ModelAnswer(model="guard", text="allow", cost=1.0, prompt="is secret-of-ada fine?")
    with RecordLab(path) as lab:
        uid = lab.begin("haggle/t_1", {ADA: "Buyer", BEN: "Witness"})
        lab.says(ADA, "secret-of-ada")
        lab.store.decided(uid, decision(log_of("moderation", uid), 1, kind="moderated", answer=asked_of_it))
        lab.end(uid)
        they_haggle(lab, [BEN], "haggle/t_2")
    assert in_the_files(path, "secret-of-ada") == ["secret-of-ada"]
    erased_from(path)
    assert in_the_files(path, "secret-of-ada") == []
    kept = ask(path, "SELECT cost, prompt FROM decisions WHERE kind = 'moderated'")
    assert kept == [(1.0, None)]
