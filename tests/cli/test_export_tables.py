"""Tables of a study, written by `parleyrun export` and read back by pandas."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner, Result

sys.path.insert(0, str(Path(__file__).parents[1] / "archive"))

from played_study import ann_does_it_all, play, playing

from parleyrun import archive
from parleyrun.archive.tables import fixed_columns
from parleyrun.archive.tables.codebook import CODEBOOK_COLUMNS
from parleyrun.cli import commands
from parleyrun.cli.common.output import binary_output
from parleyrun.store.protocol import RunKind

TABLES = ("participants", "runs", "lines", "forms", "models")
SHAPES = {
    "participants": {"participants": ("--times",)},
    "forms": {"forms (long)": (), "forms (wide)": ("--shape", "wide", "--times")},
}
EVIL = '=1+1\x1b[31m</script><b>\u202eevil\x00, "q"\r\n-2|x'


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study") / "study.db"
    play(path)
    return path


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study in which somebody writes what is to break whatever it is shown in."""
    path = tmp_path_factory.mktemp("hostile") / "hostile.db"
    with playing(path) as rehearsal:
        ann_does_it_all(rehearsal, why=EVIL, says=EVIL)
        rehearsal.person("eve").arrives({"PROLIFIC_PID": EVIL, EVIL: "@x"}, opens=True, forms=True)
    return path


def export(store: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(commands, ["export", str(store), *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result


def refused(store: Path, *arguments: str) -> str:
    result = CliRunner().invoke(commands, ["export", str(store), *arguments])
    assert result.exit_code == 2
    return result.stderr


def rows_of(written: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written, newline="")))


def test_pandas_reads_the_types_of_people_from_parquet(study: Path, tmp_path: Path) -> None:
    import pandas  # it takes long, and every worker has this module

    out = tmp_path / "people.parquet"
    result = export(study, "--format", "participants", "--out", str(out))
    assert result.stderr == f"exported 3 participants to {out}\n"
    assert out.stat().st_mode & 0o777 == 0o600
    frame = pandas.read_parquet(out, dtype_backend="numpy_nullable")
    assert str(frame["first_seen"].dtype) == "datetime64[ms, UTC]"
    assert frame["visits"].dtype == frame["background_age"].dtype == "Int64"
    assert frame["background_smokes"].dtype == "boolean"
    assert frame["background_height"].dtype == "Float64"
    assert frame["rating_glad"].tolist() == [6, 3, pandas.NA]
    assert frame["background_smokes"].tolist() == [True, False, False]
    assert json.loads(frame["arrival"][0])["PROLIFIC_PID"] == "5f0c2ab1d9e4"


def test_parquet_takes_the_place_of_no_pipe_and_no_device(tmp_path: Path) -> None:
    pipe = tmp_path / "people.parquet"
    os.mkfifo(pipe)
    with binary_output(pipe) as path:
        assert path == pipe
    assert [found.name for found in tmp_path.iterdir() if found.is_fifo()] == ["people.parquet"]


def test_python_has_the_same_types_in_frames(study: Path) -> None:
    with archive.open(study) as store:
        people = store.participants(wide=True).to_frame()
        answers = store.forms().to_frame()
        runs = store.runs().to_frame()
    assert people["first_seen"].dt.tz is not None
    assert (people["background_daily"].dtype, people["background_smokes"].dtype) == ("Int64", "boolean")
    assert people["background_daily"].isna().tolist() == [False, True, True]
    assert answers.groupby("question")["number"].mean()["age"] == 31
    assert runs["seconds"].dtype == "float64"
    assert runs["cost"].isna().all()
    assert people["arrival"][0]["PROLIFIC_PID"] == "5f0c2ab1d9e4"


def test_csv_of_people_always_has_a_column_for_each_answer_and_json_lines_on_request(study: Path) -> None:
    ann, ben, dan = rows_of(export(study, "--format", "participants", "--csv").stdout)
    assert (ann["background_age"], ann["background_smokes"], ben["background_smokes"]) == ("33", "true", "false")
    assert (ann["background_languages"], ann["background_languages_en"]) == ('["en", "de"]', "true")
    assert json.loads(dan["rating_missing"]) == {"glad": "timed_out"}
    lines = export(study, "--format", "participants", "--shape", "wide").stdout.splitlines()
    assert json.loads(lines[0])["rating_glad"] == 6
    assert "rating_glad" not in json.loads(export(study, "--format", "participants").stdout.splitlines()[0])


def test_forms_are_chosen_by_name_and_by_run(study: Path) -> None:
    rows = rows_of(export(study, "--format", "forms", "--form", "rating", "--csv").stdout)
    assert {row["form"] for row in rows} == {"rating"}
    wide = rows_of(export(study, "--format", "forms", "--shape", "wide", "--kind", "task", "--csv").stdout)
    assert [row["rating_glad"] for row in wide] == ["6", "3", ""]
    none = export(study, "--format", "forms", "--task", "other")
    assert none.stderr == "nothing to export: no form is over in these conversations\n"


def test_lines_are_a_row_a_message(study: Path) -> None:
    rows = rows_of(export(study, "--format", "lines", "--csv").stdout)
    assert [row["text"] for row in rows][:2] == ["hello", "You said: hello"]
    assert (rows[0]["is_bot"], rows[0]["turn"], rows[1]["turn"], rows[1]["participant"]) == ("false", "1", "", "")
    assert json.loads(rows[0]["shown_to"]) == []


def test_the_codebook_has_every_column_of_every_table_and_every_file(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "codebook.json"
    assert "described" in export(study, "--codebook", "--out", str(out)).stderr
    known: dict[str, set[str]] = {}
    for entry in json.loads(out.read_text()):
        assert tuple(entry) == CODEBOOK_COLUMNS
        assert entry["about"]
        known.setdefault(entry["table"], set()).add(entry["column"])
    for name in TABLES:
        for table, options in SHAPES.get(name, {name: ()}).items():
            header = next(csv.reader(io.StringIO(export(study, "--format", name, "--csv", *options).stdout)))
            assert set(header) == known[table], table
    assert set(next(csv.reader(io.StringIO(export(study, "--format", "csv").stdout)))) == known["csv"]


def test_the_codebook_says_what_was_asked_what_answers_mean_and_why_there_is_none(study: Path) -> None:
    rows = rows_of(export(study, "--codebook", "--csv", "--format", "participants").stdout)
    entries = {row["column"]: row for row in rows}
    glad = entries["rating_glad"]
    assert (glad["question"], glad["asked_as"], glad["kind"]) == ("How glad?", "scale", "integer")
    assert json.loads(glad["labels"]) == {"1": "not", "7": "very"}
    assert "rating_missing" in glad["missing"]
    assert set(json.loads(entries["rating_missing"]["labels"])) >= {"not_asked", "skipped", "timed_out", "left"}
    assert entries["background_trust_law"]["question"] == "Whom to trust? — The courts"
    assert entries["background_age"]["unit"] == "years"
    markdown = export(study, "--codebook", "--format", "participants").stdout
    assert "| `rating_glad` | integer (scale) |" in markdown
    assert "`arrival_PROLIFIC_PID`" in markdown


def test_the_codebook_names_the_columns_that_rows_are_typed_with(study: Path) -> None:
    for columns, cells in (
        (fixed_columns.PARTICIPANT_COLUMNS, archive.ParticipantCells),
        (fixed_columns.RUN_COLUMNS, archive.RunCells),
        (fixed_columns.LINE_COLUMNS, archive.LineCells),
        (fixed_columns.FORM_COLUMNS, archive.FormCells),
        (fixed_columns.MODEL_COLUMNS, archive.AnswerCells),
    ):
        assert [column.name for column in columns] == list(cells.__annotations__)


@pytest.mark.parametrize("table", ["participants", "forms", "lines", "runs"])
def test_what_is_hostile_comes_back_as_it_was_said(hostile: Path, tmp_path: Path, table: str) -> None:
    import pandas  # it takes long, and every worker has this module

    exact = rows_of(export(hostile, "--format", table, "--csv", "--exact").stdout_bytes.decode())
    out = tmp_path / "table.parquet"
    export(hostile, "--format", table, "--out", str(out))
    parquet = pandas.read_parquet(out)
    assert list(parquet.columns) == list(exact[0])
    assert len(parquet) == len(exact)
    if table == "participants":
        assert exact[0]["rating_why"] == parquet["rating_why"][0]
        assert exact[1]["arrival_PROLIFIC_PID"] == parquet["arrival_PROLIFIC_PID"][1] == EVIL
    if table == "lines":
        # A line's text has NUL spelled out, as not every database keeps it.
        assert exact[0]["text"] == parquet["text"][0] == EVIL.replace("\0", "\\x00")
    for line in export(hostile, "--format", table).stdout.split("\n")[:-1]:
        json.loads(line)


def test_only_the_file_for_spreadsheets_changes_texts_and_says_so(hostile: Path) -> None:
    safe = export(hostile, "--format", "participants", "--csv")
    row = rows_of(safe.stdout)[0]
    assert row["rating_why"].startswith("'=1+1")
    assert row["arrival_arm"] == "'=x"
    assert "cells that a spreadsheet would run as formulas got an apostrophe before them (--exact" in safe.stderr
    assert "apostrophe" not in export(hostile, "--format", "participants", "--csv", "--exact").stderr


def test_numbers_are_never_taken_for_formulas(tmp_path: Path) -> None:
    from parleyrun.archive.tables.row_files import write_csv
    from parleyrun.archive.tables.table_column import TableColumn

    out = io.StringIO(newline="")
    columns = [TableColumn(name=name, kind="number", about="") for name in ("a", "b")]
    written = write_csv([{"a": -1.5, "b": "-1.5"}], columns, out, exact=False, bom=False)
    assert out.getvalue() == "a,b\r\n-1.5,'-1.5\r\n"
    assert (written.rows, written.disarmed) == (1, 1)


def test_a_codebook_in_markdown_shows_no_html_of_anybody(hostile: Path) -> None:
    written = export(hostile, "--codebook").stdout
    assert "<" not in written
    assert "\x1b" not in written


def test_pseudonyms_stand_in_the_columns_of_links_and_in_answers(study: Path) -> None:
    written = export(study, "--format", "participants", "--csv", "--pseudonymise").stdout
    assert "5f0c2ab1d9e4" not in written
    assert "memory:ann" not in written
    (ann, *_) = rows_of(written)
    assert ann["arrival_PROLIFIC_PID"].startswith("p_")
    forms = rows_of(export(study, "--format", "forms", "--csv", "--pseudonymise").stdout)
    assert forms[0]["participant"] == ann["participant"]


def test_a_missing_library_is_one_line(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    out = tmp_path / "runs.parquet"
    with pytest.raises(Exception, match=r"a Parquet file needs the 'parquet' extra: pip install"):
        export(study, "--format", "runs", "--out", str(out))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--format", "runs", "--csv", "--parquet"], "expected --csv or --parquet, got both"),
        (["--format", "runs", "--parquet"], "say --out PATH"),
        (["--format", "runs", "--shape", "wide"], "--shape goes with --format participants and forms only"),
        (["--format", "participants", "--shape", "long"], "has a row a person"),
        (["--format", "runs", "--form", "rating"], "--form goes with --format forms only"),
        (["--format", "forms", "--times"], "--times goes with --shape wide only"),
        (["--format", "chat", "--as", "x", "--codebook"], "--codebook is about tables"),
        (["--codebook", "--parquet"], "--codebook is Markdown, CSV or JSON"),
        (["--parquet"], "--csv and --parquet go with tables only"),
    ],
)
def test_what_would_do_nothing_is_refused(study: Path, arguments: list[str], sentence: str) -> None:
    assert sentence in refused(study, *arguments)


def test_every_kind_of_run_is_in_the_codebook() -> None:
    kind = next(column for column in fixed_columns.RUN_COLUMNS if column.name == "kind")
    assert set(kind.labels) == set(get_args(RunKind))


def test_no_two_columns_have_the_same_name() -> None:
    from parleyrun.archive.tables.table_column import ColumnNames

    names = ColumnNames(("visits",))
    made = [
        names.of(*parts)
        for parts in (("a", "b_c"), ("A_b", "c"), ("visits",), ("1 <b>",), ("x" * 80,), ("x" * 90,))
    ]
    assert made == ["a_b_c", "A_b_c_2", "visits_2", "c_1__b_", "x" * 64, f"{'x' * 62}_2"]
