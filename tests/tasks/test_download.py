"""Downloads: cut off, gone on with, checked."""

from __future__ import annotations

import hashlib
import random
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from archive_server import serving

from parleyrun.errors import TaskError
from parleyrun.tasks.download import Download, Progress, fetch

PIECE = 65536
CONTENT = random.Random(1).randbytes(700_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def names_in(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def the_file(archive, sha256=SHA256, **more):
    return Download(f"{archive.url}/data", "data", sha256, **more)


def test_a_file_is_fetched_checked_and_not_fetched_again(tmp_path):
    told = []
    with serving(data=CONTENT) as archive:
        path = fetch(the_file(archive), tmp_path / "new", told.append)
        assert fetch(the_file(archive), tmp_path / "new") == path
    assert path.read_bytes() == CONTENT
    assert len(archive.asked) == 1
    assert told[-1] == Progress("data", len(CONTENT), len(CONTENT))
    assert [each.done_bytes for each in told] == sorted(each.done_bytes for each in told)
    assert names_in(tmp_path / "new") == ["data"]


def test_a_connection_that_breaks_is_gone_on_with_where_it_broke(tmp_path):
    told = []
    with serving(data=CONTENT) as archive:
        archive.cuts = [300_000, 300_000]
        path = fetch(the_file(archive), tmp_path, told.append)
        mark = archive.mark_of("/data")
    assert path.read_bytes() == CONTENT
    # Of the piece in which a connection broke, nothing is kept.
    assert archive.asked == [
        ("/data", None, None),
        ("/data", f"bytes={4 * PIECE}-", mark),
        ("/data", f"bytes={8 * PIECE}-", mark),
    ]
    assert {each.total_bytes for each in told} == {len(CONTENT)}


def test_what_came_before_the_program_ended_is_used_by_the_next(tmp_path):
    with serving(data=CONTENT) as archive:
        archive.cuts = [300_000, 0]  # nothing comes at the second try, so it gives up
        with pytest.raises(requests.RequestException):
            fetch(the_file(archive), tmp_path)
        path = fetch(the_file(archive), tmp_path)
    assert path.read_bytes() == CONTENT
    assert archive.asked[-1][1] == f"bytes={4 * PIECE}-"


def test_a_file_that_changed_in_between_is_fetched_anew(tmp_path):
    with serving(data=b"old" * 100_000) as archive:
        archive.cuts = [200_000, 0]
        with pytest.raises(requests.RequestException):
            fetch(the_file(archive), tmp_path)
        archive.files["/data"] = CONTENT
        assert fetch(the_file(archive), tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("lacking", ["marked", "resumable"])
def test_servers_that_cannot_go_on_are_asked_for_all_of_it(tmp_path, lacking):
    with serving(data=CONTENT) as archive:
        setattr(archive, lacking, False)
        archive.cuts = [300_000]
        assert fetch(the_file(archive), tmp_path).read_bytes() == CONTENT


def test_a_part_that_begins_elsewhere_than_asked_is_not_added(tmp_path):
    with serving(data=CONTENT) as archive:
        archive.cuts = [300_000]
        archive.late = 10
        assert fetch(the_file(archive), tmp_path).read_bytes() == CONTENT
    assert archive.asked[-1][1] is None


@pytest.mark.parametrize("part", [CONTENT, CONTENT + b"more"])
def test_a_part_of_which_nothing_is_missing_is_used_and_a_longer_one_thrown_away(tmp_path, part):
    (tmp_path / "data.part").write_bytes(part)
    with serving(data=CONTENT) as archive:
        (tmp_path / "data.part.from").write_text(archive.mark_of("/data"))
        assert fetch(the_file(archive), tmp_path).read_bytes() == CONTENT
    assert len(archive.asked) == (1 if part == CONTENT else 2)
    assert names_in(tmp_path) == ["data"]


def test_a_server_that_does_not_tell_the_length_is_believed_by_the_checksum_only(tmp_path):
    told = []
    with serving(data=CONTENT) as archive:
        archive.sized = False
        assert fetch(the_file(archive), tmp_path, told.append).read_bytes() == CONTENT
        archive.cuts = [300_000]
        with pytest.raises(TaskError, match="damaged"):
            fetch(the_file(archive), tmp_path / "other")
    assert {each.total_bytes for each in told} == {None}


def test_a_file_with_another_checksum_is_refused_and_does_not_stay(tmp_path):
    with serving(data=b"something else") as archive, pytest.raises(TaskError) as raised:
        fetch(the_file(archive), tmp_path)
    assert SHA256 in str(raised.value)
    assert hashlib.sha256(b"something else").hexdigest() in str(raised.value)
    assert names_in(tmp_path) == []


def test_a_file_that_was_put_there_by_hand_is_checked_and_left_alone(tmp_path):
    (tmp_path / "data").write_bytes(b"something else")
    with serving() as archive, pytest.raises(TaskError, match=r"Remove it, and it is fetched again"):
        fetch(the_file(archive), tmp_path)
    assert (tmp_path / "data").read_bytes() == b"something else"
    assert archive.asked == []


def test_without_a_known_checksum_the_first_download_is_trusted_and_a_change_noticed(tmp_path):
    with serving(data=b"first") as archive:
        path = fetch(the_file(archive, sha256=None), tmp_path)
        assert (tmp_path / "data.sha256").read_text() == f"{hashlib.sha256(b'first').hexdigest()}  data\n"
        path.unlink()
        assert fetch(the_file(archive, sha256=None), tmp_path).read_bytes() == b"first"
        path.unlink()
        archive.files["/data"] = b"second"
        with pytest.raises(TaskError, match="another version"):
            fetch(the_file(archive, sha256=None), tmp_path)


def test_more_than_was_announced_is_not_taken(tmp_path):
    with serving(data=CONTENT) as archive, pytest.raises(TaskError, match="expected at most 1,000 bytes"):
        fetch(the_file(archive, size_bytes=1000), tmp_path)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("status", [404, 500])
def test_a_server_that_refuses_is_an_error_of_the_network(tmp_path, status):
    with serving(data=CONTENT) as archive:
        archive.status = status
        with pytest.raises(requests.HTTPError):
            fetch(the_file(archive), tmp_path)
    assert names_in(tmp_path) == []


def test_no_server_is_an_error_of_the_network(tmp_path):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # nobody listens
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/data"
        with pytest.raises(requests.ConnectionError):
            fetch(Download(url, "data"), tmp_path)


def test_two_who_want_the_same_file_fetch_it_once(tmp_path):
    with serving(data=CONTENT) as archive, ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda _: fetch(the_file(archive), tmp_path), range(4)))
    assert {path.read_bytes() for path in paths} == {CONTENT}
    assert len(archive.asked) == 1
