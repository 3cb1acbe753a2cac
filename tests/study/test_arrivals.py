"""Who a link says somebody is."""

from __future__ import annotations

from pathlib import Path

import pytest

from parleyrun.config.plan import config_from_mapping
from parleyrun.config.schema import PANEL_IDS
from parleyrun.study.arrivals import ArrivalReader, DoorRules, identity_of
from parleyrun.study.signed_links import LinkSigner


def signed() -> tuple[ArrivalReader, LinkSigner]:
    signer = LinkSigner(lambda: b"s" * 32)
    arrivals = ArrivalReader(["sona"], signer)
    arrivals.open()
    return arrivals, signer


@pytest.mark.parametrize("name", ["PROLIFIC_PID", "prolific_pid", "workerId", "participantId", "mw_id"])
def test_panels_names_are_known_in_any_case(name: str) -> None:
    assert ArrivalReader(PANEL_IDS).read({"ref": "x", name: "A1"}).identity == identity_of(name, "A1")


def test_the_same_value_under_two_names_is_two_people() -> None:
    read = ArrivalReader(PANEL_IDS).read
    assert read({"workerId": "1"}).identity != read({"mw_id": "1"}).identity


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", "{{%PROLIFIC_PID%}}", "{{PROLIFIC_PID}}", "%SURVEY_CODE%", "${e://Field/PID}", "[ID]", "<id>"),
        *("ASSIGNMENT_ID_NOT_AVAILABLE", "x" * 201),
    ],
)
def test_what_a_panel_has_not_filled_in_is_nobody(value: str) -> None:
    assert ArrivalReader(PANEL_IDS).read({"PROLIFIC_PID": value}).identity is None


def test_a_signed_link_is_its_persons_and_its_signature_is_not_kept() -> None:
    arrivals, signer = signed()
    signature = signer.sign(identity_of("sona", "123"))
    arrival = arrivals.read({"SONA": "123", "ref": "x", "sig": signature})
    assert arrival.fault is None
    assert arrival.parameters == {"SONA": "123", "ref": "x"}
    for forged in (
        {"sona": "124", "sig": signature},
        {"sona": "123"},
        {"sona": "123", "sig": "é"},
        {"sig": signature},
    ):
        assert arrivals.read(forged).fault == "bad_link"


@pytest.mark.parametrize(
    ("parameters", "fault"),
    [
        ({"sona": "11"}, None),
        ({"SONA": " 12 "}, None),
        ({"sona": "13"}, "not_invited"),
        ({"sona": "%SURVEY_CODE%"}, "no_id"),
        ({}, "no_id"),
    ],
)
def test_only_those_on_the_list_come_in(parameters: dict[str, str], fault: str | None) -> None:
    rules = DoorRules(allowed=frozenset({"11", "12"}))
    assert ArrivalReader(["sona"], rules=rules).read(parameters).fault == fault


def test_where_an_id_is_required_any_id_will_do() -> None:
    reader = ArrivalReader(["sona"], rules=DoorRules(required=True))
    assert reader.read({"sona": "x"}).fault is None
    assert reader.read({"other": "x"}).fault == "no_id"


def test_a_panel_brings_what_it_is_like_and_the_config_goes_before_it() -> None:
    values = {
        "tasks": {"a": {"task_world": "parleyrun.ready:Chat"}},
        "completion": {
            "finished": {"code": "C1"},
            "declined": {"text": "Bye"},
            "left": {"code": "C2", "link": "https://x"},
        },
    }
    config = config_from_mapping({**values, "arrival": {"panel": "prolific"}})
    assert (config.arrival.id, config.arrival.once, config.arrival.required) == (("PROLIFIC_PID",), True, True)
    links = {outcome: entry.link for outcome, entry in config.completion.items()}
    assert links == {
        "finished": "https://app.prolific.com/submissions/complete?cc={code}",
        "declined": None,
        "left": "https://x",
    }
    own = config_from_mapping({**values, "arrival": {"panel": "lab", "id": ["p"], "once": False}}).arrival
    assert (own.id, own.links, own.once, own.required) == (("p",), "signed", False, True)


def test_a_list_beside_the_config_says_who_may_come_in(tmp_path: Path) -> None:
    (tmp_path / "ids.csv").write_bytes(b"\xef\xbb\xbfsona;why\n\nQuincy1;x\nQuincy2;y\n")
    values = {
        "tasks": {"a": {"task_world": "parleyrun.ready:Chat"}},
        "arrival": {"id": "sona", "allow": "ids.csv"},
    }
    config = config_from_mapping(values, path=tmp_path / "study.yml")
    assert config.arrival.allowed == {"Quincy1", "Quincy2"}
    assert "Quincy" not in repr(config)


def test_no_id_is_a_setting() -> None:
    values = {"world_module": "x", "overworld": "X", "tasks": {"a": {"task_world": "A"}}}
    assert config_from_mapping(values).arrival.id == PANEL_IDS
    assert config_from_mapping({**values, "arrival": {"id": None}}).arrival.id == ()
    assert config_from_mapping({**values, "arrival": {"id": "sona"}}).arrival.id == ("sona",)
