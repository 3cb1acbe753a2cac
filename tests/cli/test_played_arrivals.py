"""`parleyrun validate` plays arrivals in virtual time: how cells fill, and how long people wait."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from parleyrun.cli import commands

CHAT = {"task_world": "parleyrun.ready:Chat"}


def validated(tmp_path: Path, config: dict[str, Any], *options: str) -> str:
    path = tmp_path / "study.yml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    result = CliRunner().invoke(commands, ["validate", str(path), *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def played(tmp_path: Path, config: dict[str, Any], *options: str, arrivals: int = 1000) -> dict[str, Any]:
    out = validated(tmp_path, config, "--format", "json", "--arrivals", str(arrivals), *options)
    values: dict[str, Any] = json.loads(out)["arrivals"]
    return values


def study(**task: Any) -> dict[str, Any]:
    conditions = task.pop("conditions", None)
    return {
        **({"conditions": conditions} if conditions else {}),
        "tasks": {"talk": {**CHAT, "agents_required": 2, **task}},
    }


def test_quotas_fill_exactly_and_whoever_comes_later_is_told_so(tmp_path: Path) -> None:
    config = study(conditions={"side": {"values": ["a", "b"], "quotas": {"a": 40, "b": 80}}})
    values = played(tmp_path, config)
    assert [(cell["value"], cell["quota"]) for cell in values["conditions"]["side"]] == [("a", 40), ("b", 80)]
    for cell in values["conditions"]["side"]:
        assert cell["finished"] == cell["begun"] - cell["dropped"] == cell["quota"]
    task = values["tasks"]["talk"]
    assert values["arrived"] == 1000
    assert values["enough_people"] + task["came"] == 1000
    assert task["came"] == task["finished"] + task["dropped_out"] + task["partner_left"]


def test_a_cell_says_how_many_people_began_how_many_conversations_and_how_long_they_waited(tmp_path: Path) -> None:
    config = study(
        conditions={
            "partner": {"values": ["human", "model"]},
            "topic": {"values": ["sea", "sky"], "per": "group"},
        },
        agents_required={"when": {"partner": "human"}, "then": 2, "else": 1},
    )
    values = played(tmp_path, config, "--drop-out", "0", arrivals=200)
    human, model = values["conditions"]["partner"]
    assert (human["people"], human["conversations"]) == (100, 50)
    assert (model["people"], model["conversations"]) == (100, 100)
    assert human["wait_longest"] > 10 > 0 == model["wait_longest"]
    topics = values["conditions"]["topic"]
    assert [(cell["conversations"], cell["begun"]) for cell in topics] == [(75, 75), (75, 75)]
    assert sum(cell["people"] for cell in topics) == 200


def test_nobody_waits_longer_than_the_size_says_once_there_are_enough(tmp_path: Path) -> None:
    task = played(tmp_path, study(agents_required={"from": 2, "to": 4, "wait": 30}), "--every", "2")["tasks"][
        "talk"
    ]
    assert task["wait_longest"] <= 30.1
    assert task["came"] - task["still_waiting"] == task["finished"] + task["dropped_out"] + task["partner_left"]


def test_who_waits_for_too_long_is_counted_and_so_is_who_still_waits(tmp_path: Path) -> None:
    rules = {"same": ["arrival.lang"], "max_time_in_pool": 5}
    task = played(tmp_path, study(**rules), "--every", "60", arrivals=200)["tasks"]["talk"]
    assert task["waited_in_vain"] > 100
    assert task["still_waiting"] == 0
    lonely = played(tmp_path, study(agents_required=300), arrivals=200)["tasks"]["talk"]
    assert (lonely["still_waiting"], lonely["wait_median"]) == (200, None)


def test_without_drop_outs_everybody_finishes(tmp_path: Path) -> None:
    task = played(tmp_path, study(), "--drop-out", "0", arrivals=100)["tasks"]["talk"]
    assert (task["finished"], task["conversations"], task["dropped_out"]) == (100, 50, 0)


def test_backup_tasks_and_bots_take_those_who_waited(tmp_path: Path) -> None:
    config = {
        "models": {"seller": {"model": "fixed_response", "fixed_response": "hi"}},
        "tasks": {
            "many": {**CHAT, "agents_required": 500, "max_time_in_pool": 10, "backup_task": "alone"},
            "alone": {**CHAT, "agents_required": 2, "fill_with": {"model": "seller", "after": 5}},
        },
    }
    tasks = played(tmp_path, config, "--every", "30", arrivals=100)["tasks"]
    assert tasks["many"]["waited_in_vain"] == 0
    assert tasks["alone"]["came"] == 100
    assert tasks["alone"]["with_bots"] > 30


def test_who_has_several_rounds_finishes_with_the_last(tmp_path: Path) -> None:
    task = played(tmp_path, study(rounds=3), "--drop-out", "0", "--every", "5", arrivals=200)["tasks"]["talk"]
    assert task["came"] == 200
    assert task["finished"] + task["still_waiting"] == 200
    assert task["finished"] >= 196
    assert task["conversations"] >= 294


def test_a_conversation_lasts_no_longer_than_its_time_limit(tmp_path: Path) -> None:
    """The third who comes waits for one of the first two."""
    options = ("--drop-out", "0", "--every", "1")
    long = played(tmp_path, study(rounds=2), *options, arrivals=3)["tasks"]["talk"]
    short = played(tmp_path, study(rounds=2, time_limit=10), *options, arrivals=3)["tasks"]["talk"]
    assert short["wait_longest"] <= 20 < 140 < long["wait_longest"]


def test_the_same_seed_gives_the_same_play_and_another_one_another(tmp_path: Path) -> None:
    config = study(different=["onboard.background.stance"])
    config["forms"] = {
        "background": {"fields": {"stance": {"ask": "And you?", "kind": "choice", "options": ["for", "against"]}}}
    }
    first = played(tmp_path, config)
    assert first["assumed"]["values"] == {"onboard.background.stance": ["for", "against"]}
    assert played(tmp_path, config) == first
    assert played(tmp_path, config, "--seed", "1") != first


def test_what_is_printed_says_how_cells_fill_and_how_long_people_wait(tmp_path: Path) -> None:
    config = study(conditions={"side": {"values": ["a", "b"], "quotas": {"a": 40}}}, same=["arrival.lang"])
    out = validated(tmp_path, config)
    assert "1,000 arrivals played, one every 20 s" in out
    assert "arrival.lang is a or b by lot" in out
    assert "a: 40 of 40 have it, " in out
    assert " people began " in out
    assert out.count("waited: median ") == 3


@pytest.mark.parametrize("options", [["--arrivals", "0"], ["--format", "json"]])
def test_nothing_is_played_where_nobody_wants_it(tmp_path: Path, options: list[str]) -> None:
    out = validated(tmp_path, study(same=["lang"]), *options)
    assert "arrivals" not in out


def test_nothing_is_played_where_nothing_depends_on_it(tmp_path: Path) -> None:
    assert "arrivals" not in validated(tmp_path, study())


def test_functions_of_an_author_are_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "played_worlds.py").write_text(
        "from parleyrun.ready import Chat\n\n"
        "class Choosy(Chat):\n"
        "    @staticmethod\n"
        "    def eligibility_function(session):\n"
        "        raise RuntimeError('nobody is there')\n"
    )
    config = study(task_world="Choosy", same=["lang"])
    config = {"world_module": "played_worlds.py", **config}
    values = played(tmp_path, config, arrivals=50)
    assert values["assumed"]["not_run"] == ["eligibility_function of talk"]
    assert values["tasks"]["talk"]["conversations"] > 10


@pytest.mark.thorough
def test_it_is_over_within_a_few_seconds_however_many_come(tmp_path: Path) -> None:
    begin = process_time()
    values = played(tmp_path, study(different=["stance"], same=["lang"]), "--every", "1", arrivals=100_000)
    assert process_time() - begin < 15  # it may play for five, and has to begin and end
    assert 0 < values["arrived"] <= 100_000
