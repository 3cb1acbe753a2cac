"""What consoles look at all the time: looked at once for all of them, and not at all while nobody looks."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from app_lab import PATIENCE_SECONDS
from serving import Serving
from test_console_access import browser, tokens_of

from parleyrun.service.operations.operators import Operators
from parleyrun.service.operations.request_lines import RequestAnswer
from parleyrun.store.sqlite.sqlite_store import SqliteStore
from parleyrun.web.console import console_api, downloads, live_feed
from parleyrun.web.console.console_access import CHECK_HEADER, ConsoleVisitor, NotLetIn
from parleyrun.web.console.console_tokens import READ_VARIABLE
from parleyrun.web.console.downloads import COMMANDS, EndedTogether, without_password, written
from parleyrun.web.console.live_feed import MOST_ASKED, MOST_FOLLOWERS, MOST_WATCHES, LiveFeed

OVERVIEW = json.dumps({"verb": "overview"})
LOOK = json.dumps({"verb": "overview", "by": "eve"})
PEOPLE = json.dumps({"verb": "people", "values": {"at_most": 5}})


@contextmanager
def looking(client: httpx.Client, url: str, *asked: str, **headers: str) -> Iterator[Iterator[dict[str, Any]]]:
    """Look at some requests, and get each thing that is said, parsed."""
    query = [("ask", each) for each in asked]
    with client.stream(
        "GET", f"{url}/console/api/live", params=query, headers=headers, timeout=PATIENCE_SECONDS
    ) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        yield (json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: "))


def until(events: Iterator[dict[str, Any]], of: int, looks_right: Any) -> dict[str, Any]:
    for event in events:
        if event["of"] == of and looks_right(event["said"]["result"]):
            found: dict[str, Any] = event["said"]["result"]
            return found
    raise AssertionError("it ended before that was said")


def test_what_changes_is_told_to_all_who_look_and_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[object] = []
    ask = Operators.ask
    monkeypatch.setattr(
        Operators, "ask", lambda self, verb, *a, **k: (looks.append(verb), ask(self, verb, *a, **k))[1]
    )
    with Serving(console=True) as serving:
        bearer = {"Authorization": f"Bearer {tokens_of(serving).act}"}
        assert looks == []
        with httpx.Client(verify=False) as one, httpx.Client(verify=False) as other:
            with (
                looking(one, serving.url, OVERVIEW, PEOPLE, **bearer) as first,
                looking(other, serving.url, PEOPLE, OVERVIEW, **bearer) as second,
            ):
                assert until(first, 0, lambda found: True)["places"] == {}
                serving.visitor()
                # Of a request that nobody waits for here, what is said is passed over: so each has its own order.
                assert until(second, 0, lambda found: found["total"] == 1)["people"][0]["place"] == "overworld"
                assert until(first, 0, lambda found: found["places"])["places"]["overworld"] == 1
            # Twice as many consoles are no more work.
            assert abs(looks.count("overview") - looks.count("people")) <= 1
        samples = one_of(serving, "history", bearer)["samples"]
        assert samples[0]["places"] == {}
        assert serving.app.console is not None
        feed = serving.app.console.app._api._feed
        serving.until(lambda counts: feed._task is None)
        assert (feed._watches, feed._followers) == ({}, set())


def one_of(serving: Serving, name: str, headers: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = serving.http.get(f"{serving.url}/console/api/{name}", headers=headers).json()["result"]
    return found


def test_who_leaves_sees_no_more_and_a_closing_service_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_feed, "SILENT_SECONDS", 0.2)  # then it is asked who may still look
    with (
        Serving(console=True) as serving,
        browser(serving, tokens_of(serving).act) as (client, me),
        browser(serving, tokens_of(serving).act) as (other, _),
    ):
        with looking(client, serving.url, OVERVIEW) as events:
            next(events)
            assert client.post("/console/leave", headers={CHECK_HEADER: me["check"]}).status_code == 204
            for _ in events:  # it comes to an end
                pass
        stream = looking(other, serving.url, OVERVIEW)
        with stream as events:
            next(events)
            serving.app.close(grace_seconds=0)
            assert list(events) is not None


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (["{"], "expected requests such as"),
        (["[]"], "expected requests such as"),
        (["{}"], "expected requests such as"),
        (['{"verb": "pause"}'], "that change nothing"),
        (['{"verb": ["overview"]}'], "that change nothing"),
        (["[" * 5_000], "expected requests such as"),
        (
            [json.dumps({"verb": "people", "values": {"skip": each}}) for each in range(MOST_ASKED + 1)],
            "at too much",
        ),
    ],
)
def test_only_what_changes_nothing_is_looked_at_and_not_too_much(asked: list[str], why: str) -> None:
    with Serving(console=True) as serving:
        bearer = {"Authorization": f"Bearer {tokens_of(serving).act}"}
        query = [("ask", each) for each in asked]
        refused = serving.http.get(f"{serving.url}/console/api/live", params=query, headers=bearer)
        assert refused.status_code in (400, 503)
        assert why in refused.json()["error"]
        assert serving.http.get(f"{serving.url}/console/api/live", params=query).status_code == 401
        assert MOST_FOLLOWERS > 3


LOOKS = ConsoleVisitor(role="read")


def test_whoever_may_only_look_leaves_room_for_who_may_act() -> None:
    async def fill() -> None:
        async def look(_: str) -> RequestAnswer:
            return RequestAnswer("done", {"ok": True, "result": {}})

        many = LiveFeed(look)
        for _ in range(MOST_FOLLOWERS // 2):
            many.follow([OVERVIEW], LOOKS.share)
        much = LiveFeed(look)
        lines = [json.dumps({"verb": str(number)}) for number in range(MOST_WATCHES)]
        much.follow(lines[:MOST_ASKED], LOOKS.share)
        much.follow(lines[MOST_ASKED : 2 * MOST_ASKED])
        for first in range(2 * MOST_ASKED, MOST_WATCHES // 2, MOST_ASKED):
            much.follow(lines[first : first + MOST_ASKED])
        for feed, asked in ((many, OVERVIEW), (much, lines[-1])):
            with pytest.raises(NotLetIn, match="too many consoles"):
                feed.follow([asked], LOOKS.share)
            feed.follow([asked])
            feed.close()

    asyncio.run(fill())


def test_readers_leave_room_for_what_is_done_and_for_a_download(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(READ_VARIABLE, "r" * 40)
    monkeypatch.setattr(downloads, "written", lambda *_: io.BytesIO(b"rows"))
    with Serving(console=True) as serving:
        assert serving.app.console is not None
        console, tokens = serving.app.console.app, tokens_of(serving)
        monkeypatch.setattr(console._downloads, "_record", "r.db")
        monkeypatch.setattr(console._api, "_under_way", console_api.MOST_AT_ONCE // 2)
        monkeypatch.setattr(console._downloads, "_under_way", downloads.MOST_AT_ONCE // 2)
        for token, status in ((tokens.act, 200), (tokens.read, 503)):
            bearer = {"Authorization": f"Bearer {token}"}
            asked = serving.http.post(f"{serving.url}/console/api", content=LOOK, headers=bearer)
            file = serving.http.get(f"{serving.url}/console/download/runs.csv", headers=bearer)
            assert (asked.status_code, file.status_code) == (status, status)


@pytest.mark.process
def test_files_are_written_from_the_record_while_it_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    with Serving(lambda clock: SqliteStore(str(path), clock), console=True) as serving:
        serving.pair()
        bearer = {"Authorization": f"Bearer {tokens_of(serving).act}"}
        url = f"{serving.url}/console/download"
        written = serving.http.get(f"{url}/participants.csv", headers=bearer)
        assert written.status_code == 200, written.text
        assert written.headers["content-disposition"] == 'attachment; filename="participants.csv"'
        assert "sandbox" not in written.headers.get("content-type", "")
        assert written.text.count("browser:") >= 2
        assert serving.http.get(f"{url}/participants.csv").status_code == 401
        assert serving.http.get(f"{url}/passwd", headers=bearer).status_code == 404
        assert serving.http.get(f"{url}/..%2f..%2fr.db", headers=bearer).status_code == 404
    with Serving(console=True) as serving:
        refused = serving.http.get(
            f"{serving.url}/console/download/report.html",
            headers={"Authorization": f"Bearer {tokens_of(serving).act}"},
        )
        assert (refused.status_code, "the record is in memory" in refused.text) == (409, True)
    assert "report.html" in COMMANDS


@pytest.mark.process
def test_a_service_that_ends_waits_for_no_file() -> None:
    processes = EndedTogether()
    forever = (sys.executable, "-c", "import time; time.sleep(600)")
    with subprocess.Popen(forever) as before, processes.one_of_them(before):
        processes.end()
        assert before.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    with subprocess.Popen(forever) as late, processes.one_of_them(late):
        assert late.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    with pytest.raises(NotLetIn, match="wrote nothing"):
        written("runs.csv", COMMANDS["runs.csv"], "no.db", processes)


def test_the_password_of_a_database_is_on_no_command_line() -> None:
    assert without_password("my.db") == ("my.db", {})
    assert without_password("postgresql://me@host/db") == ("postgresql://me@host/db", {})
    assert without_password("postgresql://me:a%40b@host:5/db?x=1") == (
        "postgresql://me@host:5/db?x=1",
        {"PGPASSWORD": "a@b"},
    )
