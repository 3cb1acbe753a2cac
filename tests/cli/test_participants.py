"""`parleyrun participants`: who is known, and having somebody forgotten."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from stores import RecordLab, a_pair_talks

from parleyrun.archive.archive import Archive
from parleyrun.cli import commands, main

ADA = "memory:ada"
BEN = "memory:ben"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    yield tmp_path
    monkeypatch.undo()
    time.tzset()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["participants", "lab.db", *arguments])


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run the command as a shell does, and return what it says of why it cannot."""
    with pytest.raises(SystemExit) as exit:
        main(["participants", "lab.db", *arguments])
    assert exit.value.code == 2
    return capsys.readouterr().err


def test_the_list_says_who_is_where(folder: Path) -> None:
    with RecordLab(folder / "lab.db") as lab:
        a_pair_talks(lab)
        lab.begin("overworld/t_1", {ADA: None}, kind="overworld")
        rows = {row.split()[2]: " ".join(row.split()[3:]) for row in run().stdout.splitlines()}
    assert rows[ADA] == "overworld: overworld 1 message in all, 1 conversation"
    assert rows[BEN] == "task: chat 1 message in all, 1 conversation"


def test_a_store_without_anybody_says_so(folder: Path) -> None:
    with RecordLab(folder / "lab.db"):
        pass
    result = run()
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "the store knows nobody yet\n")


def test_forgetting_says_what_was_erased(folder: Path) -> None:
    with RecordLab(folder / "lab.db") as lab:
        uid = lab.begin("chat/t_1", {ADA: "A", BEN: "B"})
        lab.relay(uid, ADA, "A", "I am Ada Lovelace", [BEN])
        lab.turn(uid, snapshot=b"the world")
        lab.keep_data(ADA, {"name": "Ada"})
        lab.keep_data(BEN, {"partner": "I am Ada Lovelace"})
        lab.wait_in_pool(ADA, "chat")
    result = run("forget", ADA)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "erased memory:ada:",
        "  1 message they wrote",
        "  1 line of other people's logs that repeated their words",
        "  2 sets of their data",
        "  1 snapshot of worlds they sat in",
        "  1 place in the pool",
        "  1 match that named them",
        "  their name in 1 conversation",
        "1 conversation that still went on ended with that",
        "not erased: the data that worlds keep of memory:ben seems to hold words of theirs",
    ]
    assert ADA not in run().stdout
    assert BEN in run().stdout
    with Archive(folder / "lab.db") as record:
        assert [participant.participant_id for participant in record.participants()].count(ADA) == 0


def test_who_is_to_be_forgotten_while_the_store_is_in_use_is_asked_for_and_not_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parleyrun.cli.participants.PATIENCE_SECONDS", 0.0)
    with RecordLab(folder / "lab.db") as lab:
        a_pair_talks(lab)
        told = run("forget", ADA)
        assert (told.exit_code, told.stdout[:34]) == (0, "memory:ada is to be erased, which ")
        assert ADA in run().stdout
    with RecordLab(folder / "lab.db"):
        assert ADA not in run().stdout
        assert BEN in run().stdout


def test_the_process_that_holds_the_store_is_waited_for(folder: Path) -> None:
    with RecordLab(folder / "lab.db") as lab, ThreadPoolExecutor() as pool:
        a_pair_talks(lab)
        told = pool.submit(run, "forget", ADA)
        while lab.store.asked_to_erase() != [ADA]:
            assert not told.done()
        lab.store.erase(ADA, lambda: None)
        assert told.result().stdout.startswith("erased memory:ada, by the process that holds the store; ")
        assert ADA not in run().stdout


def test_an_unknown_id_is_refused_while_the_store_is_in_use(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with RecordLab(folder / "lab.db") as lab:
        a_pair_talks(lab)
        assert "expected the id of a participant on record" in refused(capsys, "forget", "memory:who")
        assert lab.store.asked_to_erase() == []


def test_an_unknown_id_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with RecordLab(folder / "lab.db") as lab:
        a_pair_talks(lab)
    told = refused(capsys, "forget", "memory:who")
    assert told == "parleyrun: expected the id of a participant on record, got 'memory:who'\n"


def test_the_help_says_how_to_forget(folder: Path) -> None:
    assert "STORE [find WORDS | forget ID]" in run("--help").stdout
    assert "Erase a person's words" in run("forget", "--help").stdout
