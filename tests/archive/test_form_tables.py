"""Answers to forms as rows: what was answered, why something was not, and on which question it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from played_study import ann_does_it_all, playing

from parleyrun import archive
from parleyrun.testing import rehearse


def answers(study: Path, who: str, form: str) -> dict[str, Any]:
    with archive.open(study) as store:
        rows = [row for row in store.forms(names=(form,)) if row["participant"] == f"memory:{who}"]
    return {".".join(filter(None, (row["question"], row["item"]))): row for row in rows}


def test_an_answer_is_a_row_with_what_it_stands_for(study: Path) -> None:
    rows = answers(study, "ann", "background")
    assert {name: (row["value"], row["number"], row["label"]) for name, row in rows.items()} == {
        "country": ("de", None, "Germany"),
        "languages": (["en", "de"], None, "English; German"),
        "best": (["tea", "coffee"], None, "tea; coffee"),
        "age": (33, 33.0, None),
        "height": (1.75, 1.75, None),
        "smokes": (True, 1.0, "Yes"),
        "daily": (3, 3.0, None),
        "born": ("1990-05-01", None, None),
        "trust.press": (2, 2.0, None),
        "trust.law": (5, 5.0, "fully"),
        "blue": ("red", None, None),
    }
    assert not any(row["missing"] for row in rows.values())
    assert (rows["blue"]["correct"], rows["blue"]["tries"], rows["age"]["correct"]) == (False, 1, None)
    assert (rows["country"]["position"], rows["trust.law"]["position"]) == (1, 9)
    assert rows["country"]["shown_at"] == "1970-01-12T13:46:41.000Z"
    assert {row["asked_in"] for row in rows.values()} == {"onboarding"}


def test_why_there_is_no_answer_is_told_apart(study: Path) -> None:
    ben, dan = answers(study, "ben", "background"), answers(study, "dan", "rating")
    assert (ben["best"]["missing"], ben["trust.law"]["missing"]) == ("skipped", "skipped")
    assert (ben["daily"]["missing"], ben["smokes"]["missing"]) == ("not_asked", None)
    assert ben["smokes"]["value"] is False
    assert (dan["glad"]["missing"], dan["glad"]["status"]) == ("timed_out", "timed_out")
    assert (dan["why"]["value"], dan["why"]["missing"]) == ("no time", None)


def test_a_form_that_was_asked_in_words_is_described_as_one_on_a_page(tmp_path: Path) -> None:
    with playing(tmp_path / "words.db") as rehearsal:
        ben = rehearsal.person("ben").arrives(opens=True)
        ben.says("Germany", "German", "skip", "40", "skip", "no", "skip", "skip", "skip", "/skip")
    with archive.open(tmp_path / "words.db") as store:
        described = {column.name: column for column in store.forms(wide=True).described}
    assert described["background_age"].question == "How old are you?"
    assert (described["background_age"].kind, described["background_age"].unit) == ("integer", "years")
    assert described["background_country"].labels == {"de": "Germany", "nl": "Holland"}


def test_a_rating_is_joined_with_the_conversation_that_it_is_about(study: Path) -> None:
    with archive.open(study) as store:
        (talk,) = [row for row in store.runs() if row["people"][0]["participant"] == "memory:ann"]
    assert {row["last_conversation_id"] for row in answers(study, "ann", "rating").values()} == {
        talk["conversation_id"]
    }
    assert {row["last_conversation_id"] for row in answers(study, "ann", "background").values()} == {None}


def test_a_form_is_one_row_where_each_question_has_a_column(study: Path) -> None:
    with archive.open(study) as store:
        table = store.forms(wide=True, times=True)
        ann, *_ = table
        assert set(ann) == set(table.columns)
    assert (ann["form"], ann["background_status"], ann["rating_status"]) == ("background", "done", None)
    assert (ann["background_languages"], ann["background_languages_de"]) == (["en", "de"], True)
    assert (ann["background_best_coffee"], ann["background_trust_law"]) == (2, 5)
    assert (ann["background_country_rt_ms"], ann["background_age_rt_ms"]) == (4_000, None)


def test_a_person_is_one_row_with_their_link_their_condition_and_their_answers(study: Path) -> None:
    with archive.open(study) as store:
        ann, ben, dan = store.participants(wide=True)
    assert (ann["arrival_PROLIFIC_PID"], ann["arrival_arm"], ben["arrival_arm"]) == ("5f0c2ab1d9e4", "=x", None)
    assert {ann["condition_arm"], ben["condition_arm"]} == {"warm", "cold"}
    assert (ann["outcome"], ann["code"], ann["background_age"], ann["rating_glad"]) == ("finished", "C1", 33, 6)
    assert (ben["background_smokes"], ben["background_daily"]) == (False, None)
    assert ben["background_missing"]["daily"] == "not_asked"
    assert (dan["rating_status"], dan["rating_glad"], dan["rating_missing"]) == (
        "timed_out", None, {"glad": "timed_out"},
    )  # fmt: skip


def test_what_pages_send_of_forms_counts_as_no_message_and_no_turn(study: Path) -> None:
    with archive.open(study) as store:
        runs = {row["people"][0]["participant"]: row for row in store.runs()}
        lines = [row for row in store.lines() if row["conversation_id"] == runs["memory:ann"]["conversation_id"]]
        people = {row["participant"]: row["said"] for row in store.participants()}
    assert (runs["memory:ann"]["said"], runs["memory:ann"]["turns"], people["memory:ann"]) == (3, 1, 3)
    said = [(row["text"], row["turn"]) for row in lines if row["participant"] == "memory:ann"]
    assert said == [("hello", 1), ("and again", 1), ("bye", 1), ("", None)]
    assert lines[-1]["payload"]["type"] == "form_state"
    assert {row["condition_arm"] for row in lines} == {runs["memory:ann"]["condition_arm"]}


def test_a_rating_that_a_config_asks_for_afterwards_is_about_the_conversation_before_it(tmp_path: Path) -> None:
    glad = {"ask": "How glad?", "kind": "scale", "from": 1, "to": 7}
    agree = {"ask": "Agree?", "kind": "yes_no", "decline": ["no"]}
    around = {"onboard": ["consent"], "afterwards": ["rating"]}
    talk: dict[str, Any] = {"task_world": "parleyrun.ready:Chat", "agents_required": 2, **around}
    talk["roles"] = {"Buyer": {}, "Seller": {}}
    config = {
        "forms": {"consent": {"fields": {"agree": agree}}, "rating": {"fields": {"glad": glad}}},
        "opt": {"chat": {"quit_words": "bye"}},
        "tasks": {"talk": talk},
    }
    with rehearse(config, store=tmp_path / "study.db") as rehearsal:
        ann, bob = (rehearsal.person(name).arrives(opens=True, forms=True) for name in ("ann", "bob"))
        ann.fills({"agree": True})
        bob.fills({"agree": False})
        cem = rehearsal.person("cem").arrives(opens=True, forms=True)
        cem.fills({"agree": True})
        ann.says("bye")
        ann.fills({"glad": 5})
    with archive.open(tmp_path / "study.db") as store:
        (run,) = store.runs()
        rows = {(row["participant"], row["question"]): row for row in store.forms()}
    rated = rows["memory:ann", "glad"]
    assert (rated["value"], rated["asked_in"], rated["role"]) == (5, "afterwards", "Buyer")
    assert rows["memory:ann", "agree"]["role"] is None
    assert rated["last_conversation_id"] == run["conversation_id"] != rated["conversation_id"]
    assert (rows["memory:bob", "agree"]["status"], rows["memory:bob", "agree"]["value"]) == ("declined", False)


def test_who_comes_twice_has_columns_for_both_times(tmp_path: Path) -> None:
    path = tmp_path / "twice.db"
    with playing(path) as rehearsal:
        ann_does_it_all(rehearsal)
        ann_does_it_all(rehearsal, why="Worse.")
    with archive.open(path) as store:
        (ann,) = store.participants(wide=True)
        rows = [row for row in store.forms(names=("rating",)) if row["question"] == "why"]
    assert (ann["rating_why"], ann["rating_2_why"]) == ("It was fine.", "Worse.")
    assert [(row["instance"], row["value"]) for row in rows] == [(1, "It was fine."), (2, "Worse.")]
