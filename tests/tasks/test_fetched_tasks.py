"""Tasks whose data is elsewhere, from small archives of our own on a server on loopback."""

from __future__ import annotations

import hashlib
import io
import json
import re
import socket
import tarfile
import zipfile
from dataclasses import replace

import pytest
from archive_server import serving

from parleyrun.core.create import create_agent
from parleyrun.core.create_task import create_task
from parleyrun.core.task_names import expand_tasks, prepare_tasks
from parleyrun.errors import DataMissing, TaskError
from parleyrun.tasks import babi, squad
from parleyrun.tasks.data import datapath
from parleyrun.tasks.unpack import unpack

STORY = "1 Ann is in the {place}.\n2 Where is Ann?\t{place}\t1\n"

ANSWERS = ("Lima", "in Lima", "Lima")

SQUAD = {
    "version": "1.1",
    "data": [
        {
            "title": "Ann",
            "paragraphs": [
                {
                    "context": "Ann lives in Lima.",
                    "qas": [
                        {"id": "1", "question": "Where?", "answers": [{"text": t} for t in ANSWERS]},
                        {"id": "2", "question": "Since when?", "answers": []},
                    ],
                }
            ],
        }
    ],
}  # fmt: skip


def tar(files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return packed.getvalue()


def babi_archive(edition="en-valid"):
    return tar(
        {
            f"tasks_1-20_v1-2/{edition}/qa{kind}_{fold}.txt": STORY.format(place=f"{fold}{kind}")
            for kind in range(1, 21)
            for fold in ("train", "valid", "test")
        }
    )


@pytest.fixture
def babi_elsewhere(monkeypatch):
    """Have bAbI come from a server on loopback."""

    def have(url, packed):
        download = replace(
            babi.Task1kTeacher.SOURCE.download,
            url=url,
            sha256=hashlib.sha256(packed).hexdigest(),
            size_bytes=len(packed),
        )
        monkeypatch.setattr(babi._FetchedTeacher, "SOURCE", replace(babi.Task1kTeacher.SOURCE, download=download))

    return have


def first_answer(task, opt):
    with create_task({**opt, "task": task}, create_agent({"model": "repeat_label"})) as world:
        world.parley()
        return world.get_acts()[1]["text"]


@pytest.mark.parametrize("edition", ["en-valid", "en-valid-nosf"])
def test_babi_is_fetched_and_unpacked_once_for_all_its_tasks(tmp_path, babi_elsewhere, edition):
    packed = babi_archive(edition)
    told = []
    with serving(babi=packed) as archive:
        babi_elsewhere(f"{archive.url}/babi", packed)
        opt = {"datapath": str(tmp_path), "datatype": "test"}
        prepare_tasks(expand_tasks("babi:All1k"), opt, told.append)
        assert [first_answer(f"babi:Task1k:{kind}", opt) for kind in (1, 20)] == ["test1", "test20"]
        assert first_answer("babi:Task1k:3", {**opt, "datatype": "valid"}) == "valid3"
    assert len(archive.asked) == 1
    assert (told[-1].name, told[-1].done_bytes) == ("babi.tar.gz", len(packed))


def test_an_archive_without_an_edition_says_which_files_it_looked_for(tmp_path, babi_elsewhere):
    packed = babi_archive()
    with serving(babi=packed) as archive:
        babi_elsewhere(f"{archive.url}/babi", packed)
        with pytest.raises(DataMissing, match=r"en-valid-10k/qa1_test\.txt"):
            first_answer("babi:Task10k:1", {"datapath": str(tmp_path), "datatype": "test"})


@pytest.mark.parametrize("name", ["babi:Task1k:21", "babi:Task10k:0", "babi:Task1k", "babi:Task1k:1:2"])
def test_nothing_is_fetched_for_a_kind_that_there_is_not(tmp_path, babi_elsewhere, name):
    packed = babi_archive()
    with serving(babi=packed) as archive:
        babi_elsewhere(f"{archive.url}/babi", packed)
        opt = {"datapath": str(tmp_path)}
        for fetch in (lambda: prepare_tasks([name], opt), lambda: first_answer(name, opt)):
            with pytest.raises(TaskError, match="expected a number from 1 to 20 at the end of the name"):
                fetch()
    assert not archive.asked


def test_data_that_is_there_already_needs_no_network(tmp_path, babi_elsewhere):
    babi_elsewhere("http://127.0.0.1:1/babi", b"")
    folder = tmp_path / "bAbI" / "tasks_1-20_v1-2" / "en-valid"
    folder.mkdir(parents=True)
    for fold in ("train", "test"):
        (folder / f"qa1_{fold}.txt").write_text(STORY.format(place=fold))
    assert first_answer("babi:Task1k:1", {"datapath": str(tmp_path), "datatype": "test"}) == "test"


def test_an_archive_that_was_put_there_is_checked_and_unpacked(tmp_path, babi_elsewhere):
    packed = babi_archive()
    babi_elsewhere("http://127.0.0.1:1/babi", packed)
    place = tmp_path / "bAbI" / "babi.tar.gz"
    place.parent.mkdir()
    place.write_bytes(packed)
    assert first_answer("babi:Task1k:1", {"datapath": str(tmp_path), "datatype": "test"}) == "test1"


def test_without_a_network_one_message_says_what_to_fetch_from_where_and_where_to_put_it(tmp_path, babi_elsewhere):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # nobody listens
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/babi.tar.gz"
        babi_elsewhere(url, b"x" * 2_000_000)
        with pytest.raises(DataMissing) as raised:
            first_answer("babi:Task1k:1", {"datapath": str(tmp_path)})
    message = str(raised.value)
    assert "\n" not in message
    assert f"Fetch {url} (2.0 MB, SHA-256 {hashlib.sha256(b'x' * 2_000_000).hexdigest()})" in message
    assert f"put it at {tmp_path}/bAbI/babi.tar.gz" in message
    assert f"so that there is {tmp_path}/bAbI/tasks_1-20_v1-2" in message
    assert "no connection to the server" in message
    assert "HTTPConnectionPool" not in message


def test_a_server_without_the_file_is_told_from_a_missing_network(tmp_path, babi_elsewhere):
    with serving() as archive:
        babi_elsewhere(f"{archive.url}/babi", b"x")
        with pytest.raises(DataMissing, match=r"cannot be fetched \(the server answers 404 Not Found\)"):
            first_answer("babi:Task1k:1", {"datapath": str(tmp_path)})


def test_squad_asks_about_paragraphs_and_takes_every_annotators_answer(tmp_path, monkeypatch):
    packed = json.dumps(SQUAD).encode()
    with serving(dev=packed) as archive:
        source = squad.DefaultTeacher.DEV
        download = replace(source.download, url=f"{archive.url}/dev", sha256=None, size_bytes=None)
        monkeypatch.setattr(squad.DefaultTeacher, "DEV", replace(source, download=download))
        teacher = squad.DefaultTeacher({"task": "squad", "datatype": "valid", "datapath": str(tmp_path)})
    first, second = teacher.act(), teacher.act()
    assert first["text"] == "Ann lives in Lima.\nWhere?"
    assert first["eval_labels"] == ("Lima", "in Lima")
    assert (first["title"], first["question_id"], first["episode_done"]) == ("Ann", "1", True)
    assert second["eval_labels"] == ("",)
    assert (tmp_path / "SQuAD" / "dev-v1.1.json").read_bytes() == packed


@pytest.mark.parametrize(
    "contents", ["no json", "[]", '{"data": [{"paragraphs": [{"qas": []}]}]}', '{"data": [7]}']
)
def test_what_is_not_squad_is_named(tmp_path, contents):
    path = tmp_path / "wrong.json"
    path.write_text(contents)
    with pytest.raises(TaskError, match=re.escape(str(path))):
        list(squad.read_questions(path))


def test_the_folder_of_all_data_is_chosen_by_opt_then_by_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("PARLEYRUN_DATAPATH", str(tmp_path))
    monkeypatch.setenv("HOME", "/home/ann")
    assert datapath({}) == tmp_path
    assert str(datapath({"datapath": "~/data"})) == "/home/ann/data"
    monkeypatch.delenv("PARLEYRUN_DATAPATH")
    assert str(datapath({})) == "/home/ann/.cache/parleyrun/data"


@pytest.mark.parametrize(
    "name", ["../outside.txt", "/outside.txt", "a/../../outside.txt", "C:/outside.txt", "..\\x.txt"]
)
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_an_archive_writes_nothing_outside_of_its_folder(tmp_path, kind, name):
    folder = tmp_path / "inner" / "folder"
    folder.mkdir(parents=True)
    packed = tmp_path / "packed"
    if kind == "tar":
        packed.write_bytes(tar({"fine.txt": "fine", name: "bad"}))
    else:
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("fine.txt", "fine")
            archive.writestr(name, "bad")
    with pytest.raises(TaskError, match="expected paths inside of the archive"):
        unpack(packed, folder)
    assert list(folder.iterdir()) == []
    assert not list(tmp_path.rglob("outside.txt"))


def test_links_in_an_archive_are_left_out(tmp_path):
    packed = tmp_path / "packed"
    with tarfile.open(packed, "w") as archive:
        link = tarfile.TarInfo("data/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        info = tarfile.TarInfo("data/text")
        info.size = 2
        archive.addfile(info, io.BytesIO(b"hi"))
    folder = tmp_path / "folder"
    folder.mkdir()
    unpack(packed, folder)
    assert [path.name for path in (folder / "data").iterdir()] == ["text"]


@pytest.mark.parametrize("damaged", [babi_archive()[:-200], babi_archive()[:900] + b"x" * 900, b"no archive"])
def test_a_damaged_archive_leaves_nothing_behind(tmp_path, damaged):
    packed = tmp_path / "packed"
    packed.write_bytes(damaged)
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(TaskError, match=r"cannot unpack .*Remove it"):
        unpack(packed, folder)
    assert list(folder.iterdir()) == []


def test_data_without_a_place_to_put_it_says_so(tmp_path, babi_elsewhere):
    (tmp_path / "bAbI").write_text("a file where a folder should be")
    babi_elsewhere("http://127.0.0.1:1/babi", b"x")
    with pytest.raises(DataMissing, match=r"Another place for all data is chosen by 'datapath'"):
        first_answer("babi:Task1k:1", {"datapath": str(tmp_path)})
