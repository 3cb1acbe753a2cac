"""The study of `configs/panel_study.yml`: forty people, a model, two kills, and the tables that come of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from parleyrun import archive
from parleyrun.testing import FakeModel, FakeReply, Person, Rehearsal, rehearse

STUDY = Path(__file__).parents[2] / "configs" / "panel_study.yml"


@pytest.fixture
def seller(monkeypatch):
    with FakeModel(lambda request: FakeReply(text="90 and it is yours")) as model:
        monkeypatch.setenv("MODEL_URL", model.base_url)
        yield model


def arrives(rehearsal: Rehearsal, number: int) -> Person:
    return rehearsal.person(f"p{number}").arrives({"PROLIFIC_PID": f"{number:024x}"}, opens=True, forms=True)


def comes_in(person: Person, number: int) -> None:
    assert person.fills({"agree": True}) == {}
    assert person.fills({"age": 20 + number, "bargains": "some"}) == {}


def rates(person: Person, number: int) -> None:
    assert person.fills({"satisfied": 1 + number % 7, "fair": 4, "friendly": 5}) == {}
    if person.place == "afterwards":  # who talked with the model is told so
        assert person.form["name"] == "debriefing"
        assert person.fills({}) == {}


def test_forty_people_take_part_over_two_kills_and_each_is_a_row(tmp_path, seller):
    store = tmp_path / "study.db"
    with rehearse(STUDY, store=store) as rehearsal:
        people = {number: arrives(rehearsal, number) for number in range(40)}
        assert people[0].fills({"agree": False}) == {}
        assert people[0].place == "gone"
        for number in range(1, 40):
            if number == 20:
                rehearsal.crash()  # half of the people stand in the middle of a form
            comes_in(people[number], number)
        talking = {number: person for number, person in people.items() if person.place == "task"}
        assert len(talking) >= 38  # an odd number of people who talk with people leaves one waiting
        for person in talking.values():
            person.says("What about 70?")
        rehearsal.advance(60)
        rehearsal.crash()
        for person in talking.values():
            person.says("Deal.")
        for person in talking.values():
            person.says("/finish")
        rehearsal.advance(60)  # a seller who is a model takes a few seconds to want it, too
        for number, person in talking.items():
            rates(person, number)
            assert person.place == "gone"
        rehearsal.advance(300)

    with archive.open(store) as record:
        rows = record.participants(wide=True).to_frame()
        lines = record.lines().to_frame()
    assert Counter(rows["code"]) == {"C1AB": 38, "C0NO": 1, "C0NP": 1}
    paid = rows[rows["code"] == "C1AB"]
    assert dict(Counter(paid["condition_partner"])) == {"human": 18, "model": 20}
    assert (str(paid["rating_satisfied"].dtype), str(paid["background_age"].dtype)) == ("Int64", "Int64")
    assert sorted(paid["background_age"]) == [20 + number for number in sorted(talking)]
    assert paid["rating_satisfied"].sum() == sum(1 + number % 7 for number in talking)
    assert dict(Counter(paid["debriefing_status"].fillna("never"))) == {"never": 18, "done": 20}
    waited_in_vain = rows[rows["code"] == "C0NP"].iloc[0]
    assert (waited_in_vain["waiting_pay_cents"], waited_in_vain["outcome"]) == (75, "no_partner")
    assert set(paid["said"]) == {2}
    people_said = Counter(lines[lines["participant"].str.startswith("memory:")]["text"])
    assert people_said == {"What about 70?": 38, "Deal.": 38}
    assert set(lines[lines["is_bot"]]["text"]) == {"90 and it is yours"}
