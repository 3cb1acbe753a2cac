"""Who gets into the console, with what, and from where; and that participants do not."""

from __future__ import annotations

import json
import logging
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import Serving
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from parleyrun.app.console_door import print_console
from parleyrun.errors import ChannelError
from parleyrun.runner.timers import SystemClock
from parleyrun.web.console.console_access import CHECK_HEADER
from parleyrun.web.console.console_sessions import LASTS_SECONDS, MOST_SESSIONS, ConsoleSessions
from parleyrun.web.console.console_tokens import READ_VARIABLE, VARIABLE, ConsoleTokens, console_tokens

LOOK = {"verb": "overview", "by": "eve"}
PAUSE = {"verb": "pause", "by": "eve"}


def tokens_of(serving: Serving) -> ConsoleTokens:
    assert serving.app.console is not None
    return serving.app.console.tokens


def asked(serving: Serving, body: Any = LOOK, token: str | None = None, **headers: str) -> httpx.Response:
    told = {} if token is None else {"Authorization": f"Bearer {token}".encode("latin-1")}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with httpx.Client(verify=False) as stranger:
        return stranger.post(f"{serving.url}/console/api", content=content, headers={**told, **headers})  # type: ignore[dict-item]


@contextmanager
def browser(serving: Serving, token: str, name: str = "ada") -> Iterator[tuple[httpx.Client, dict[str, Any]]]:
    """Somebody who has entered their token, and what their page knows."""
    with httpx.Client(verify=False, base_url=serving.url) as client:
        entered = client.post("/console/", data={"token": token, "name": name})
        assert (entered.status_code, entered.headers["location"]) == (303, "./")
        yield client, client.get("/console/api/me").json()


def test_without_being_asked_for_there_is_no_console() -> None:
    with Serving() as serving:
        assert serving.app.console is None
        for path in ("/console", "/console/", "/console/api", "/console/static/console.css"):
            assert serving.http.get(f"{serving.url}{path}").status_code == 404


def test_on_a_port_of_its_own_it_is_nowhere_else() -> None:
    with Serving(console={"port": 0}) as serving:
        console = serving.app.console
        assert console is not None
        assert console.url.startswith("http://127.0.0.1:")
        assert serving.url not in console.url
        assert serving.http.get(console.url).status_code == 401
        assert serving.http.get(console.url.replace("/console/", "/")).status_code == 200
        assert "chat.js" not in serving.http.get(console.url.replace("/console/", "/")).text
        assert serving.http.get(f"{serving.url}/console/").status_code == 404


def test_only_a_token_lets_in_and_the_one_for_looking_changes_nothing(tmp_path: Path) -> None:
    with Serving(console=True) as serving:
        tokens = tokens_of(serving)
        assert asked(serving).status_code == 401
        for wrong in ("x", tokens.act[:-1], f"{tokens.act} x", "\u00e9"):
            assert asked(serving, token=wrong).status_code == 401
        assert asked(serving, Authorization=f"Basic {tokens.act}").status_code == 401
        done = asked(serving, PAUSE, tokens.act)
        assert (done.status_code, done.json()["ok"]) == (200, True)
        refused = asked(serving, {"verb": "end", "by": "eve", "values": {"conversation": "x"}}, tokens.act)
        assert refused.status_code == 409
        assert "there is no conversation 'x'" in refused.json()["error"]
    reading = console_tokens(tmp_path / "r.db", {})
    with Serving(console=True) as serving:
        assert serving.app.console is not None
        object.__setattr__(serving.app.console.tokens, "read", reading.read)
        assert asked(serving, token=reading.read).status_code == 200
        refused = asked(serving, PAUSE, reading.read)
        assert refused.status_code == 403
        assert "you may look" in refused.json()["error"]
        assert serving.service.operators.ask("overview", {}, by="x").paused == ()  # type: ignore[union-attr]


def test_a_browser_shows_its_token_once_and_acts_with_what_only_its_page_knows() -> None:
    with Serving(console=True) as serving, browser(serving, tokens_of(serving).act) as (client, me):
        (cookie,) = client.cookies.jar
        assert (cookie.path, cookie.has_nonstandard_attr("HttpOnly")) == ("/console", True)
        assert cookie.get_nonstandard_attr("SameSite") == "Strict"
        assert cookie.value is not None
        assert tokens_of(serving).act not in cookie.value
        assert (me["role"], me["name"]) == ("act", "ada")
        assert client.post("/console/api", json=PAUSE).status_code == 403
        assert client.post("/console/api", json=PAUSE, headers={CHECK_HEADER: "x"}).status_code == 403
        own = {CHECK_HEADER: me["check"]}
        for other in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
            assert client.post("/console/api", json=PAUSE, headers={**own, **other}).status_code == 403
            assert client.get("/console/api/me", headers=other).status_code == 403
        assert client.post("/console/api", json=PAUSE, headers=own).status_code == 200
        acts = client.post("/console/api", json={"verb": "acts"}, headers=own).json()["result"]["acts"]
        assert [(act["verb"], act["by"]) for act in acts] == [("pause", "ada")]
        assert client.post("/console/", data={"token": tokens_of(serving).act}).status_code == 303
        with httpx.Client(verify=False, cookies={cookie.name: cookie.value}) as old:
            assert old.get(f"{serving.url}/console/api/me").status_code == 401
        (cookie,) = client.cookies.jar
        assert cookie.value is not None
        own = {CHECK_HEADER: client.get("/console/api/me").json()["check"]}
        left = client.post("/console/leave", headers=own)
        assert left.status_code == 204
        client.cookies.set(cookie.name, cookie.value, path="/console")
        assert client.get("/console/api/me").status_code == 401


def test_a_session_ends_after_its_time_and_of_too_many_the_oldest_goes() -> None:
    with Serving(console=True) as serving, browser(serving, tokens_of(serving).act) as (client, _):
        serving.advance(LASTS_SECONDS - 1)
        assert client.get("/console/api/me").status_code == 200
        serving.advance(1)
        assert client.get("/console/api/me").status_code == 401
    sessions = ConsoleSessions(SystemClock().monotonic)
    first, *others = [sessions.open("read", "x") for _ in range(MOST_SESSIONS + 1)]
    assert sessions.find(first) is None
    assert all(map(sessions.find, others))
    acts = sessions.open("act", "x")
    for _ in range(MOST_SESSIONS + 1):
        sessions.open("read", "x")
    assert sessions.find(acts) is not None


def test_cookies_of_others_on_the_same_machine_keep_nobody_out() -> None:
    with Serving(console=True) as serving, browser(serving, tokens_of(serving).act) as (client, _):
        (ours,) = client.cookies.jar
        own = f"{ours.name}={ours.value}"
        client.cookies.clear()
        others = ('theme={"dark": 1}', "name=caf\u00e9", "a[]=(b)", f"{ours.name}=planted", "odd", ours.name)
        for other in others:
            for cookies in (f"{other}; {own}", f"{own}; {other}"):
                got = client.get("/console/api/me", headers={b"cookie": cookies.encode("latin-1")})
                assert (cookies, got.status_code) == (cookies, 200)
            nobody = client.get("/console/api/me", headers={b"cookie": other.encode("latin-1")})
            assert nobody.status_code == 401


def test_who_guesses_waits_and_whoever_is_in_stays_in(caplog: pytest.LogCaptureFixture) -> None:
    with Serving(console=True) as serving, browser(serving, tokens_of(serving).act) as (client, _):
        answers = [asked(serving, token=f"guess-{number}").status_code for number in range(25)]
        assert answers == [401] * 21 + [429] * 4
        refused = asked(serving, token=tokens_of(serving).act)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        entry = serving.http.post(f"{serving.url}/console/", data={"token": tokens_of(serving).act})
        assert (entry.status_code, "try again in 2 s" in entry.text) == (429, True)
        assert client.get("/console/api/me").status_code == 200
        serving.advance(2)
        assert asked(serving, token=tokens_of(serving).act).status_code == 200
        assert "someone guesses tokens of the console, from" in caplog.text


HOSTILE_PATHS = [
    "/console/",
    "/console",
    "//console/",
    "/console//",
    "/Console/",
    "/console/index.html",
    "/console/pages/index.html",
    "/console/static/../index.html",
    "/console/static/%2e%2e/index.html",
    "/static/../console/api/me",
    "/console/api/me",
    "/console/api/live",
    "/console/../console/api/me",
    "/console%2fapi%2fme",
    "/console/api/me?token=x",
]


def test_participants_get_nothing_by_any_path_and_no_token_is_in_any_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with Serving(console=True) as serving:
        tokens = tokens_of(serving)
        for path in HOSTILE_PATHS:
            for method in ("GET", "POST", "PUT", "OPTIONS", "HEAD"):
                with socket.create_connection(serving.address) as raw:
                    raw.sendall(
                        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n"
                        f"Referer: {serving.url}/console/?token={tokens.act}\r\nConnection: close\r\n\r\n".encode()
                    )
                    answer = b"".join(iter(lambda raw=raw: raw.recv(65536), b"")).decode()
                status = int(answer.split()[1])
                assert status in (307, 401, 404, 405), (method, path, answer[:100])
                assert "Access-Control" not in answer
                assert '"role"' not in answer
                assert tokens.act not in answer
        for path in ("/console", "/console/", "/console/api", "/console/api/live"):
            with pytest.raises(InvalidStatus):
                connect(f"ws://127.0.0.1:{serving.address[1]}{path}", compression=None)
        asked(serving, token=tokens.act)
        asked(serving, b"\xff", tokens.act)
        with browser(serving, tokens.act):
            pass
        rebound = asked(serving, token=tokens.act, Host="evil.example")
        assert rebound.status_code == 403
    assert tokens.act not in caplog.text


def test_each_answer_says_that_it_is_kept_nowhere_and_framed_by_nobody() -> None:
    with Serving(console=True) as serving:
        page = serving.http.get(f"{serving.url}/console/")
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-frame-options"] == "DENY"
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert page.text.count("<script") == page.text.count('<script type="module" src=')
        assert len(page.headers.get_list("content-security-policy")) == 1


def test_below_a_path_the_cookie_is_for_the_console_there_and_over_https_for_https_only() -> None:
    with Serving(console=True, channels={"browser": {"port": 0, "base_path": "/study"}}) as serving:
        for prefix in ("", "/study"):
            entered = serving.http.post(
                f"{serving.url}{prefix}/console/",
                data={"token": tokens_of(serving).act},
                headers={"X-Forwarded-Proto": "https"},
            )
            assert "; Path=/study/console;" in entered.headers["set-cookie"]
            assert entered.headers["set-cookie"].endswith("; Secure")
        assert serving.app.console is not None
        assert serving.app.console.url == f"{serving.url}/study/console/"


def test_what_is_too_long_is_not_read() -> None:
    with Serving(console=True) as serving:
        assert asked(serving, b"x" * (1 << 20) + b"x", tokens_of(serving).act).status_code == 413
        long = serving.http.post(f"{serving.url}/console/", content=b"token=" + b"x" * 5000)
        assert long.status_code == 413
        # A stranger's is refused by its head alone.
        assert asked(serving, b"x" * (1 << 20), "wrong").status_code == 401


def test_tokens_are_kept_beside_the_record_for_their_owner_only(tmp_path: Path) -> None:
    made = console_tokens(tmp_path / "r.db", {})
    assert console_tokens(tmp_path / "r.db", {}) == made
    for name in ("r.db.console-token", "r.db.console-read-token"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert (made.role_of(made.act), made.role_of(made.read or ""), made.role_of("x")) == ("act", "read", None)
    assert made.act not in repr(made)
    given = console_tokens(tmp_path / "s.db", {VARIABLE: "a" * 32})
    assert (given.act, given.read, given.kept_in) == ("a" * 32, None, VARIABLE)
    assert given.role_of("\ud800") is None
    for environment, why in (
        ({VARIABLE: "short"}, f"expected at least 32 characters in {VARIABLE}, got 5"),
        ({VARIABLE: "a" * 32, READ_VARIABLE: "a" * 32}, "expected two tokens, got the same"),
    ):
        with pytest.raises(ChannelError, match=why):
            console_tokens(None, environment)
    (tmp_path / "r.db.console-token").chmod(0o644)
    with pytest.raises(ChannelError, match="others can read the token of the console: chmod 600"):
        console_tokens(tmp_path / "r.db", {})


def test_the_line_at_the_start_has_the_token_only_where_no_log_gets_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Serving(console=True) as serving:
        console = serving.app.console
        assert console is not None
        print_console(console)  # it is kept nowhere: there would be no other way to it
        assert capsys.readouterr().err == f"console: {console.url}#token={console.tokens.act}\n"
        object.__setattr__(console.tokens, "kept_in", "my.db.console-token")
        print_console(console)
        assert capsys.readouterr().err == f"console: {console.url} (the token is in my.db.console-token)\n"
        monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
        print_console(console)
        assert console.tokens.act in capsys.readouterr().err
