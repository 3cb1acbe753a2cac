"""Who a link says somebody is."""

from __future__ import annotations

import pytest

from parleyrun.config.plan import config_from_mapping
from parleyrun.config.schema import PANEL_IDS
from parleyrun.study.arrivals import ArrivalReader, identity_of
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
    assert arrival.proven
    assert arrival.parameters == {"SONA": "123", "ref": "x"}
    for forged in (
        {"sona": "124", "sig": signature},
        {"sona": "123"},
        {"sona": "123", "sig": "é"},
        {"sig": signature},
    ):
        assert not arrivals.read(forged).proven


def test_no_id_is_a_setting() -> None:
    values = {"world_module": "x", "overworld": "X", "tasks": {"a": {"task_world": "A"}}}
    assert config_from_mapping(values).arrival.id == PANEL_IDS
    assert config_from_mapping({**values, "arrival": {"id": None}}).arrival.id == ()
    assert config_from_mapping({**values, "arrival": {"id": "sona"}}).arrival.id == ("sona",)
