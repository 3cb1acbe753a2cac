"""Exports of people and of runs: what is known of a person comes out."""

from __future__ import annotations

import csv
import io
import json
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from stores import RecordLab, a_pair_talks

from parleyrun import archive
from parleyrun.cli import commands
from parleyrun.store.protocol import Move, SessionRecord

ADA = "memory:ada"
PANEL_ID = "5f0c2ab1d9e4"


class Trap:
    def __reduce__(self) -> Any:
        return pytest.fail, ("an export has run code out of the store",)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    with RecordLab(tmp_path / "lab.db") as lab:
        lab.end(lab.begin("overworld/t_1", {ADA: None}, kind="overworld"))
        a_pair_talks(lab)
        stored = {"entry": {"PROLIFIC_PID": PANEL_ID, "arm": "a"}, "first_message": f"I am {PANEL_ID}"}
        data = {"age": 33, "met": "memory:ben", "trap": Trap()}
        record = SessionRecord(
            participant_id=ADA,
            place="overworld",
            data=pickle.dumps({"data": data, "stored_data": stored}),
            onboard_data=pickle.dumps({"consent": "=yes"}),
        )
        lab.move(Move(sessions=(record,)))
        yield lab


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["export", "lab.db", "--format", *arguments])


def people(written: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the rows of Ada and Ben; the lab itself is somebody between them."""
    ada, _, ben = map(json.loads, written.splitlines())
    return ada, ben


def test_what_is_known_of_a_person_is_one_row(lab: RecordLab) -> None:
    result = run("participants")
    ada, ben = people(result.stdout)
    assert result.stderr == "exported 3 participants\n"
    assert ada["arrival"] == {"PROLIFIC_PID": PANEL_ID, "arm": "a"}
    assert ada["stored_data"] == {"first_message": f"I am {PANEL_ID}"}
    assert (ada["data"]["age"], ada["onboard_data"]) == (33, {"consent": "=yes"})
    assert (ada["visits"], ada["partners"], ada["said"], ada["seconds_talked"]) == (1, ["memory:ben"], 1, 5.0)
    assert (ada["role"], ben["role"]) == ("Teacher", "Pupil")
    (conversation,) = ada["conversations"]
    assert (conversation["task"], conversation["role"], conversation["outcome"]) == ("chat", "Teacher", "finished")
    assert (ben["participant"], ben["data"], ben["arrival"]) == ("memory:ben", None, {})


def test_who_had_several_roles_has_each_once_in_one_cell(lab: RecordLab) -> None:
    for name, role in (("chat/t_7", "Learner"), ("chat/t_8", "Teacher"), ("chat/t_9", None)):
        lab.end(lab.begin(name, {ADA: role}))
    rows = list(csv.DictReader(io.StringIO(run("participants", "--csv").stdout)))
    assert [row["role"] for row in rows] == ["Teacher; Learner", "", "Pupil"]
    with archive.open("lab.db") as store:
        (described,) = (column for column in store.participants().described if column.name == "role")
    assert "Buyer; Seller" in described.about


def test_people_come_out_as_csv_with_harmless_cells(lab: RecordLab) -> None:
    rows = list(csv.DictReader(io.StringIO(run("participants", "--csv", "--bom").stdout.removeprefix("\ufeff"))))
    assert [row["participant"] for row in rows] == [ADA, "memory:nobody", "memory:ben"]
    assert json.loads(rows[0]["data"])["age"] == 33
    assert rows[0]["seconds_talked"] == "5.0"


def test_pseudonyms_stand_for_ids_and_arrival_values_wherever_they_are(lab: RecordLab) -> None:
    written = run("participants", "--pseudonymise").stdout
    ada, ben = people(written)
    assert not [each for each in (ADA, "memory:ben", PANEL_ID) if each in written]
    assert ada["partners"] == [ben["participant"]] == [ada["data"]["met"]]
    assert (ada["data"]["age"], ada["place"]) == (33, "overworld")  # a short value is no part of a word
    assert ada["arrival"]["arm"].startswith("p_")
    assert ada["stored_data"]["first_message"] == f"I am {ada['arrival']['PROLIFIC_PID']}"


def test_how_a_visit_ended_has_columns_and_pseudonyms_reach_earlier_links(lab: RecordLab) -> None:
    earlier = {"entry": {"SESSION_ID": "65a0ffee65a0", "arm": "b"}, "completion": {"outcome": "no_partner"}}
    completion = {"outcome": "finished", "code": "C1", "seconds_waited": 9.5, "waiting_pay_cents": 3}
    stored = {"entry": {"SESSION_ID": "65b1c0de65b1"}, "completion": completion, "earlier_visits": [earlier]}
    data = pickle.dumps({"data": {"of": "65a0ffee65a0"}, "stored_data": stored})
    lab.move(Move(sessions=(SessionRecord(participant_id="memory:ben", place="gone", data=data),)))

    _, ben = people(run("participants").stdout)
    assert (ben["outcome"], ben["code"], ben["waiting_pay_cents"]) == ("finished", "C1", 3)
    rows = list(csv.DictReader(io.StringIO(run("participants", "--csv").stdout)))
    assert [row["outcome"] for row in rows] == ["", "", "finished"]
    assert rows[2]["waiting_pay_cents"] == "3"
    written = run("participants", "--pseudonymise").stdout
    _, hidden = people(written)
    assert "65a0ffee65a0" not in written
    assert "65b1c0de65b1" not in written
    (visit,) = hidden["stored_data"]["earlier_visits"]
    assert visit["entry"]["arm"].startswith("p_")
    assert hidden["data"]["of"] == visit["entry"]["SESSION_ID"]
    assert visit["completion"] == {"outcome": "no_partner"}


@pytest.mark.parametrize("form", ["jsonl", "csv", "runs"])
def test_pseudonyms_reach_what_a_world_found_out_about_somebodys_link(lab: RecordLab, form: str) -> None:
    uid = lab.begin("chat/t_2", {ADA: "Teacher"})
    lab.relay(uid, ADA, "Teacher", "hello", [])
    lab.end(uid, data={"panel": PANEL_ID, "paid": [f"to {PANEL_ID}"]})
    written = run(form, "--pseudonymise").stdout
    assert PANEL_ID in run(form).stdout
    assert PANEL_ID not in written
    assert "paid" in written


def test_runs_are_a_row_each_without_what_was_said(lab: RecordLab) -> None:
    (chat,) = map(json.loads, run("runs").stdout.splitlines())
    assert (chat["name"], chat["outcome"], chat["seconds"], chat["said"]) == ("chat/t_1", "finished", 6.0, 2)
    rows = list(csv.DictReader(io.StringIO(run("runs", "--csv", "--kind", "all").stdout)))
    assert [row["kind"] for row in rows] == ["overworld", "task"]
    assert "sonnet" not in str(rows)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["participants", "--task", "chat"],
            "--task goes with other formats: --format participants has everybody",
        ),
        (["jsonl", "--csv"], "--csv and --parquet go with tables only (participants, runs, lines, forms, models)"),
        (["runs", "--bom"], "--bom goes with --format csv only"),
    ],
)
def test_options_that_do_nothing_are_refused(lab: RecordLab, arguments: list[str], sentence: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_python_reads_the_same_as_tables_while_the_store_is_in_use(lab: RecordLab) -> None:
    with archive.open("lab.db") as store:
        assert [dict(row) for row in store.participants()] == list(
            map(json.loads, run("participants").stdout.splitlines())
        )
        (chat,) = store.runs()
        assert [row["kind"] for row in store.runs(archive.Selection(kinds=()))] == ["overworld", "task"]
        lines = store.lines()
        assert [(row["conversation_id"], row["number"], row["speaker"]) for row in lines] == [
            (chat["conversation_id"], 1, "Guide"),
            (chat["conversation_id"], 2, "Teacher"),
            (chat["conversation_id"], 3, "Pupil"),
        ]
        assert all(tuple(row) == lines.columns for row in lines)


def test_pandas_makes_a_frame_and_its_absence_is_said(lab: RecordLab, monkeypatch: pytest.MonkeyPatch) -> None:
    with archive.open("lab.db") as store:
        frame = store.runs().to_frame()
        assert frame["name"].tolist() == ["chat/t_1"]
        assert list(frame.columns) == list(store.runs().columns)
        assert frame["ended"].dt.tz is not None
        monkeypatch.setitem(sys.modules, "pandas", None)
        with pytest.raises(ImportError, match="pip install pandas"):
            store.runs().to_frame()


def test_people_are_found_by_what_their_link_calls_them(lab: RecordLab) -> None:
    def listed(*arguments: str) -> Result:
        return CliRunner().invoke(commands, ["participants", "lab.db", *arguments])

    (ada,) = listed("find", PANEL_ID[:6].upper()).stdout.splitlines()
    assert ADA in ada
    assert ada.endswith(f"PROLIFIC_PID={PANEL_ID}  arm=a")
    (ben,) = listed("find", "memory:ben").stdout.splitlines()
    assert "PROLIFIC" not in ben
    assert listed("find", "eve").stderr == "the store knows nobody who is called 'eve'\n"


def test_rows_have_the_columns_that_their_types_say(lab: RecordLab) -> None:
    with archive.open("lab.db") as store:
        for table, cells in (
            (store.participants(), archive.ParticipantCells),
            (store.runs(), archive.RunCells),
            (store.lines(), archive.LineCells),
        ):
            assert [list(row) for row in table] == [list(cells.__annotations__)] * len(list(table))
