"""The webhook over real sockets, with a real service and a real record behind it."""

from __future__ import annotations

import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from webhook_lab import (
    NOW,
    PATIENCE_SECONDS,
    SECRET,
    VERIFY_TOKEN,
    WebhookServing,
    body,
    document,
    event,
    raw,
    said,
)

from parleyrun import World
from parleyrun.channels.messenger.receiving.signature import sign
from parleyrun.runner.timers import Clock
from parleyrun.store.sqlite.sqlite_store import SqliteStore
from parleyrun.web import request_timeout, webhook_endpoint

MEBIBYTE = 1024 * 1024


@pytest.fixture
def serving() -> Iterator[WebhookServing]:
    with WebhookServing() as serving:
        yield serving


class Disk:
    """Hangs, or is full, for as long as a test wants it to be."""

    def __init__(self) -> None:
        self.full = False
        self.goes_on = threading.Event()
        self.goes_on.set()

    def statement(self, name: str) -> None:
        if name == "commit":
            assert self.goes_on.wait(PATIENCE_SECONDS)
            if self.full:
                raise sqlite3.OperationalError("database or disk is full")


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk()
    yield disk
    disk.goes_on.set()


@pytest.fixture
def make_store(tmp_path: Path, disk: Disk) -> Any:
    def make_store(clock: Clock) -> SqliteStore:
        return SqliteStore(tmp_path / "study.db", clock, fault=disk.statement)

    return make_store


def padded(size: int) -> bytes:
    """A notification of exactly that many bytes."""
    content = body(said())
    return content[:-1] + b" " * (size - len(content)) + b"}"


def until_accepted(serving: WebhookServing, content: bytes) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while serving.post_raw(content).status_code != 200:
        assert time.monotonic() < deadline


class Connection:
    """A socket on which a test writes bytes by hand."""

    def __init__(self, serving: WebhookServing) -> None:
        self._socket = socket.create_connection(serving.address, timeout=PATIENCE_SECONDS)
        self._answers = self._socket.makefile("rb")

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._answers.close()
        self._socket.close()

    def write(self, data: bytes) -> None:
        self._socket.sendall(data)

    def status(self) -> int:
        """Read an answer to its end; 0 if the connection was closed instead."""
        line = self._answers.readline()
        length = 0
        while (header := self._answers.readline()) not in (b"\r\n", b""):
            name, _, value = header.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        self._answers.read(length)
        return int(line.split()[1]) if line else 0

    def is_closed(self) -> bool:
        """Wait for the end of the connection."""
        return self._answers.read() == b""


def request(content: bytes, announced: int | None = None) -> bytes:
    length = len(content) if announced is None else announced
    return (
        f"POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n"
        f"X-Hub-Signature-256: {sign(SECRET, content)}\r\n\r\n"
    ).encode() + content


class TestVerification:
    def test_meta_gets_the_bare_challenge_back(self, serving):
        answer = serving.verify()
        assert (answer.status_code, answer.content) == (200, b"1158201444")
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["x-content-type-options"] == "nosniff"

    def test_the_address_may_end_in_a_slash(self, serving):
        asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}
        answer = serving.client.get("/webhook/", params=asked, follow_redirects=False)
        assert (answer.status_code, answer.content) == (200, b"1158201444")

    @pytest.mark.parametrize("wrong", [{"verify_token": "another"}, {"mode": "x"}, {"challenge": ""}])
    def test_anybody_else_is_refused(self, serving, wrong, caplog):
        caplog.set_level(0)
        answer = serving.verify(**wrong)
        assert answer.status_code == 403
        ours = [record.getMessage() for record in caplog.records if not record.name.startswith("http")]
        assert not any(VERIFY_TOKEN in told for told in [answer.text, *ours])

    @pytest.mark.parametrize(
        "query", ["", "?hub.mode", "?" + "&".join("hub.mode=subscribe" for _ in range(50)), "?%ff=%00&&=="]
    )
    def test_so_is_whoever_asks_for_something_strange(self, serving, query):
        assert serving.client.get(f"/webhook{query}").status_code == 403


class TestPosts:
    def test_what_is_signed_is_on_record_once_it_is_accepted(self, make_store):
        with WebhookServing(make_store) as serving:
            answer = serving.post(said("schön: https://x", "m_1"), said("and", "m_2"), said("hi", "m_3", "88"))
            assert answer.status_code == 200
            assert serving.said_by("77") == ["schön: https://x", "and"]
            assert serving.said_by("88") == ["hi"]

    def test_what_is_not_is_forbidden_and_not_on_record(self, serving):
        content = body(said())
        for header in (
            {},
            {"X-Hub-Signature-256": sign("sesamE", content)},
            {"X-Hub-Signature-256": "é".encode()},
        ):
            assert serving.client.post("/webhook", content=content, headers=header).status_code == 403
        assert (
            serving.post_raw(content + b" ", **{"X-Hub-Signature-256": sign(SECRET, content)}).status_code == 403
        )
        assert serving.said_by() == []

    def test_what_comes_twice_is_said_once_after_a_restart_too(self, make_store):
        with WebhookServing(make_store) as serving:
            assert serving.post(said("once", "m_1")).status_code == 200
            assert serving.post(said("once", "m_1"), said("more", "m_2")).status_code == 200
        with WebhookServing(make_store) as serving:
            assert serving.post(said("once", "m_1"), said("more", "m_2"), said("last", "m_3")).status_code == 200
            assert serving.said_by() == ["once", "more", "last"]
            assert serving.service.counts().places == {"overworld": 1}

    @pytest.mark.parametrize("content", [b"hello", b"[" * 100_000, b"\xff", b"[]", b"{" * 10, body(said())[:-4]])
    def test_what_is_no_notification_is_a_bad_request(self, serving, content):
        assert serving.post_raw(content).status_code == 400
        assert serving.post(said()).status_code == 200

    @pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
    def test_other_methods_are_told_which_ones_there_are(self, serving, method):
        answer = serving.client.request(method, "/webhook")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")

    def test_no_answer_says_anything_of_what_was_sent(self, serving):
        for content in (b"my words", body(said("my words"))):
            assert "my words" not in serving.post_raw(content).text
            assert "my words" not in serving.client.post("/webhook", content=content).text

    def test_worlds_that_take_their_time_hold_up_no_answer(self, monkeypatch):
        goes_on = threading.Event()

        class Slow(World):
            def parley(self) -> None:
                goes_on.wait(PATIENCE_SECONDS)
                self.agents[0].act()

        monkeypatch.setattr("webhook_lab.Listening", Slow)
        with WebhookServing() as serving:
            for number in range(5):
                assert serving.post(said(str(number), f"m_{number}")).status_code == 200
            goes_on.set()
            assert serving.said_by() == list("01234")

    def test_how_somebody_came_is_in_their_data(self, serving):
        serving.post(event(postback={"mid": "m", "payload": "GET_STARTED", "referral": {"ref": "group-b"}}))
        assert serving.service.wait_quiet(PATIENCE_SECONDS)
        session = serving.service._sessions.get("messenger:77")
        assert session.stored_data["entry"] == {"ref": "group-b"}
        assert serving.service.counts().places == {"overworld": 1}

    def test_who_gets_started_is_in_the_overworld_on_record_before_it_is_answered(self, tmp_path):
        path = tmp_path / "store.db"
        with WebhookServing(lambda clock: SqliteStore(path, clock)) as serving:
            serving.service._desk.put(threading.Event().wait, 0.2)  # it has other things to do first
            assert serving.post(event(postback={"mid": "m", "payload": "GET_STARTED"})).status_code == 200
            with closing(sqlite3.connect(path)) as connection:
                assert connection.execute("SELECT id, place FROM participants").fetchall() == [
                    ("messenger:77", "overworld")
                ]


class TestSizes:
    @pytest.mark.parametrize("size", [MEBIBYTE, 2 * MEBIBYTE])
    def test_up_to_two_mebibytes_are_taken(self, serving, size):
        assert serving.post_raw(padded(size)).status_code == 200
        assert serving.said_by() == ["hello"]

    def test_more_is_refused_before_it_is_sent(self, serving):
        with Connection(serving) as connection:
            connection.write(request(b"", announced=2 * MEBIBYTE + 1))
            assert connection.status() == 413
            assert connection.is_closed()

    def test_more_that_nobody_announced_is_refused_while_it_comes(self, serving):
        with Connection(serving) as connection:
            connection.write(b"POST /webhook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(2):
                connection.write(b"100000\r\n" + bytes(MEBIBYTE) + b"\r\n")
            connection.write(b"1\r\n")
            connection.write(b"x")
            assert connection.status() == 413
            assert connection.is_closed()

    def test_all_that_is_on_its_way_together_is_bounded(self, serving, monkeypatch):
        monkeypatch.setattr(webhook_endpoint, "MAX_READING_BYTES", 1_000)
        with Connection(serving) as slow, Connection(serving) as other:
            slow.write(request(b"x" * 600, announced=900))
            assert serving.post(said()).status_code == 200  # the slow one's bytes have been read by now
            other.write(request(b"x" * 600))
            assert other.status() == 503
        until_accepted(serving, padded(900))  # as soon as the server knows that the two have gone

    @pytest.mark.thorough
    def test_ten_thousand_at_once_are_recorded_and_hold_up_nobody(self, make_store, monkeypatch):
        monkeypatch.setattr(
            webhook_endpoint, "ANSWER_WITHIN_SECONDS", PATIENCE_SECONDS
        )  # this machine may be busy
        many = [said(f"{number}", f"m{number}", f"{number % 1_000}", at=NOW - 1) for number in range(10_000)]
        content = raw(document(*many))
        assert len(content) < 2 * MEBIBYTE
        with WebhookServing(make_store) as serving, ThreadPoolExecutor(1) as pool:
            large = pool.submit(serving.post_raw, content)
            asked = 0
            while wait([large], 0.05).not_done:
                assert serving.client.get("/healthz").status_code == 200
                asked += 1
            assert large.result().status_code == 200
            assert asked > 2
            assert serving.said_by("7") == [str(number) for number in range(7, 10_000, 1_000)]


class TestSlowOnes:
    def test_a_body_that_does_not_come_to_its_end_is_given_up(self, serving, monkeypatch):
        monkeypatch.setattr(webhook_endpoint, "READ_WITHIN_SECONDS", 0.05)
        with Connection(serving) as slow:
            slow.write(request(body(said("slow")), announced=10_000))
            assert slow.status() == 408
            assert slow.is_closed()
        assert serving.post(said("quick")).status_code == 200
        assert serving.said_by() == ["quick"]

    @pytest.mark.parametrize("begun", [b"P", b"POST /webhook HTTP/1.1\r\nX-Slow: ", request(b"", announced=5)])
    def test_so_is_the_second_request_of_a_connection(self, serving, monkeypatch, begun):
        monkeypatch.setattr(request_timeout, "REQUEST_WITHIN_SECONDS", 0.1)
        with Connection(serving) as slow:
            slow.write(request(body(said("quick"))))
            assert slow.status() == 200
            slow.write(begun)
            assert slow.is_closed()

    def test_many_of_them_keep_nobody_else_waiting(self, serving):
        slow = [Connection(serving) for _ in range(100)]
        try:
            for connection in slow:
                connection.write(request(body(said("slow")), announced=10_000))
            for number in range(20):
                assert serving.post(said(str(number), f"m_{number}")).status_code == 200
        finally:
            for connection in slow:
                connection.__exit__()
        assert len(serving.said_by()) == 20

    @pytest.mark.parametrize("cut", [0, 1, 40])
    def test_a_connection_that_breaks_off_leaves_nothing_behind(self, serving, cut):
        content = body(said("half"))
        with Connection(serving) as connection:
            connection.write(request(content[:cut], announced=len(content)))
        assert serving.post(said("whole")).status_code == 200
        assert serving.said_by() == ["whole"]


class TestTrouble:
    def test_what_is_not_on_record_in_time_has_to_come_again_and_is_said_once(self, make_store, disk, monkeypatch):
        monkeypatch.setattr(webhook_endpoint, "ANSWER_WITHIN_SECONDS", 0.1)
        with WebhookServing(make_store) as serving:
            disk.goes_on.clear()
            assert serving.post(said("late")).status_code == 503
            disk.goes_on.set()
            monkeypatch.setattr(webhook_endpoint, "ANSWER_WITHIN_SECONDS", PATIENCE_SECONDS)
            assert serving.post(said("late")).status_code == 200
            assert serving.said_by() == ["late"]

    def test_a_full_disk_is_told_at_once_and_all_is_well_after_it(self, make_store, disk, monkeypatch):
        monkeypatch.setattr(webhook_endpoint, "ANSWER_WITHIN_SECONDS", 0.1)
        with WebhookServing(make_store) as serving:
            disk.full = True
            assert serving.post(said("first", "m_1")).status_code == 503  # its trouble is found out by this one
            monkeypatch.setattr(webhook_endpoint, "ANSWER_WITHIN_SECONDS", PATIENCE_SECONDS)
            assert serving.post(said("second", "m_2")).status_code == 503
            disk.full = False
            until_accepted(serving, body(said("second", "m_2")))
            assert serving.post(said("first", "m_1")).status_code == 200
            assert serving.said_by() == ["first", "second"]
            assert serving.outside.notices == []

    def test_the_longest_answer_leaves_meta_a_second(self):
        assert webhook_endpoint.ANSWER_WITHIN_SECONDS <= 4.0


class TestDoors:
    def test_with_messenger_alone_the_front_page_says_what_this_is(self, serving):
        page = serving.client.get("/")
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/plain")
        assert "Messenger" in page.text
        assert serving.client.get("/healthz").json()["status"] == "ok"
        assert serving.client.get("/static/chat.js").status_code == 404

    def test_with_the_browser_alone_there_is_no_webhook(self):
        with WebhookServing(browser=True, messenger=False) as serving:
            assert serving.client.get("/").headers["content-type"].startswith("text/html")
            assert serving.post(said()).status_code == 404
            assert serving.verify().status_code == 404

    def test_both_stand_side_by_side(self):
        with WebhookServing(browser=True) as serving:
            assert serving.client.get("/").headers["content-type"].startswith("text/html")
            assert serving.verify().status_code == 200
            assert serving.post(said()).status_code == 200
            assert serving.said_by() == ["hello"]
