"""What operators read of a study as a whole: figures, tasks, models, trouble, and what runs."""

import logging

from operator_lab import ask, conversation, go, study

from parleyrun.config.schema import Config, StoreConfig
from parleyrun.core.message import FrozenDict
from parleyrun.service.operations.operation_results import plain
from parleyrun.service.operations.reading.said_config import LEFT_OUT, config_without_secrets
from parleyrun.service.operations.reading.trouble_log import KEPT, MOST_KINDS, OTHER, TroubleLog


def test_the_overview_has_waiting_times_quotas_and_figures_of_models(tmp_path):
    quotas = {
        "hint": {"values": ["yes", "no"], "assign": "balanced", "per": "group", "quotas": {"yes": 2, "no": 3}}
    }
    with study(tmp_path / "r.db", conditions=quotas) as lab:
        go(lab, "talk", "ann", "bob")
        go(lab, "chat", "cat")
        lab.advance(5)
        lab.person("cat").goes_away()
        found = ask(lab, "overview")
        assert (found.waits, found.away) == ((5.0,), 1)
        assert (found.quota, found.quota_filled) == (5, 1)
        assert (found.model_answers, found.model_seconds, found.models_cost) == (0, None, 0)
        assert found.messages_per_minute > 0


def test_tasks_say_who_is_in_them_and_conditions_how_they_are_balanced(tmp_path):
    with study(tmp_path / "r.db") as lab:
        go(lab, "talk", "ann", "bob", "cat")
        ask(lab, "pause", task="talk")
        ask(lab, "quota", condition="hint", value="yes", quota=7)
        found = ask(lab, "tasks")
        talk = found.tasks[0]
        assert (talk.task, talk.needed, talk.most, talk.paused) == ("talk", 2, 2, True)
        assert (talk.waiting, talk.inside, talk.conversations, talk.longest_wait_seconds) == (1, 2, 1, 100)
        by_value = {row.value: row for row in found.conditions}
        assert (by_value["yes"].quota, by_value["no"].quota) == (7, None)
        assert sum(row.begun for row in found.conditions) == 1


def test_a_long_conversation_is_read_page_by_page_from_its_end(tmp_path):
    with study(tmp_path / "r.db") as lab:
        (ann, _) = go(lab, "talk", "ann", "bob")
        for number in range(25):
            ann.says(f"line {number}")
        whole = ask(lab, "conversation", conversation="talk/t_1")
        assert whole.before == {}
        page = ask(lab, "conversation", conversation="talk/t_1", at_most=10)
        pages = [page.lines]
        assert len(page.lines) == 20
        assert page.lines[-1].text == "line 24"
        while page.before:
            page = ask(lab, "conversation", conversation="talk/t_1", at_most=10, before=dict(page.before))
            pages.insert(0, page.lines)
        read = sorted(
            (line for lines in pages for line in lines), key=lambda line: (line.at, line.person, line.seq)
        )
        assert tuple(read) == whole.lines
        assert conversation(lab).name == "talk/t_1"


def test_the_trouble_log_keeps_the_last_ones_and_counts_them_by_kind(tmp_path):
    with study(tmp_path / "r.db") as lab:
        log = logging.getLogger("somebody.elses")
        log.warning("the disk of %s is full", "ann")
        log.warning("the disk of %s is full", "bob")
        log.info("nothing to see")
        try:
            raise KeyError("x")
        except KeyError:
            log.exception("it failed")
        found = ask(lab, "trouble")
        assert [row.text for row in found.troubles] == [
            "it failed",
            "the disk of bob is full",
            "the disk of ann is full",
        ]
        assert found.kinds == {"somebody.elses: the disk of %s is full": 2, "KeyError": 1}
        assert "KeyError: 'x'" in found.troubles[0].traceback
        assert [row.text for row in ask(lab, "trouble", kind="KeyError").troubles] == ["it failed"]
        overview = ask(lab, "overview")
        assert (overview.warnings, overview.errors) == (2, 1)
    log.warning("after the end")
    assert len(lab.service.operators.troubles.found(None, 10).troubles) == 3


def test_the_trouble_log_is_bounded_and_hides_no_warning_from_who_logs_nothing(capsys, monkeypatch):
    kept = TroubleLog()
    log = logging.Logger("many")
    log.addHandler(kept)
    for number in range(KEPT + MOST_KINDS):
        log.warning(f"kind {number}")
    assert len(kept.found(None, 10_000).troubles) == KEPT
    assert len(kept.found(None, 1).kinds) == MOST_KINDS + 1
    assert kept.found(None, 1).kinds[OTHER] == KEPT
    log.warning("this needs %d", "a number")
    assert "--- Logging error ---" in capsys.readouterr().err
    root = logging.Logger("root")
    monkeypatch.setattr(logging, "getLogger", lambda name=None: root)
    with kept.listening():
        root.warning("seen all the same")
    assert capsys.readouterr().err == "seen all the same\n"


def test_what_runs_is_told_without_secrets(tmp_path):
    with study(tmp_path / "r.db", password="sesame-open", opt={"api_key": "k-123", "seed": 3}) as lab:
        found = plain(ask(lab, "study"))
        assert found["config"]["opt"] == {"api_key": LEFT_OUT, "seed": 3}
        assert "sesame-open" not in str(found)
        assert found["start"]["config_hash"] == found["starts"][0]["config_hash"]
        assert found["start"]["run_id"] == found["starts"][0]["run_id"]
        assert found["config"]["tasks"]["talk"]["key"] == "talk"
    config = Config(
        store=StoreConfig(kind="postgres", settings="postgresql://me:hush@host/db"),
        opt=FrozenDict({"other": "the hushed-value", "max_tokens": 5}),
    )
    said = config_without_secrets(config, {"MY_TOKEN": "hushed-value"})
    assert said["store"]["settings"] == f"postgresql://me:{LEFT_OUT}@host/db"
    assert said["opt"] == {"other": f"the {LEFT_OUT}", "max_tokens": 5}
