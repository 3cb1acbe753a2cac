"""Which names the server answers under, and whose pages may connect, over real sockets."""

from __future__ import annotations

import logging
import re

import httpx
import pytest
from serving import RawClient, Serving, serve, serving

from parleyrun.config.schema import BrowserConfig
from parleyrun.web.origin_policy import REFUSALS_LOGGED, OriginPolicy

__all__ = ["serving"]

PROXIED = {
    "allowed_hosts": ["Study.example.org"],
    "allowed_origins": "https://panel.example.org",
    "frame_ancestors": ["https://panel.example.org", "https://*.qualtrics.example"],
}


@pytest.fixture
def proxied(caplog):
    with serve(caplog, channels={"browser": PROXIED}) as serving:
        yield serving


def upgrade(serving: Serving, host: str, origin: str | None) -> int:
    """Ask for a websocket as a page of that origin would; return the status."""
    client = RawClient(serving)
    asked_by = "" if origin is None else f"\r\nOrigin: {origin}"
    answer = client.upgrade(None, host=f"{host}{asked_by}")
    status = re.match(r"HTTP/1.1 (\d+)", answer)
    assert status is not None
    return int(status[1])


def get(serving: Serving, path: str, host: str) -> httpx.Response:
    return serving.http.get(serving.url + path, headers={"host": host})


class TestOnLoopback:
    @pytest.mark.parametrize(
        ("host", "origin"),
        [
            ("127.0.0.1:8765", "http://127.0.0.1:8765"),
            ("localhost", "http://localhost"),
            ("localhost:80", "http://localhost"),
            ("[::1]:8765", "http://[::1]:8765"),
            ("127.0.0.1:8765", None),
        ],
    )
    def test_the_page_itself_and_scripts_connect(self, serving, host, origin):
        assert upgrade(serving, host, origin) == 101

    @pytest.mark.parametrize(
        ("host", "origin"),
        [
            ("127.0.0.1:8765", "https://evil.example"),
            ("127.0.0.1:8765", "http://127.0.0.1:8766"),
            ("127.0.0.1:8765", "http://127.0.0.1"),
            ("127.0.0.1:8765", "http://127.0.0.1:8765.evil.example"),
            ("127.0.0.1:8765", "http://localhost:8765"),
            ("127.0.0.1:8765", "null"),
            ("127.0.0.1:8765", ""),
            ("", "null"),
            ("evil.example:8765", "http://evil.example:8765"),
            ("evil.example:8765", None),
            ("localhost.evil.example", None),
            ("127.0.0.1.evil.example", None),
        ],
    )
    def test_pages_elsewhere_are_refused_before_there_is_a_visitor(self, serving, host, origin):
        assert upgrade(serving, host, origin) == 403
        assert serving.browser.connected == 0

    @pytest.mark.parametrize("path", ["/", "/healthz", "/static/chat.js", "/attachments/x"])
    def test_a_name_that_was_made_to_lead_here_reads_nothing(self, serving, path):
        answer = get(serving, path, "evil.example:8765")
        assert answer.status_code == 403
        assert "allowed_hosts" in answer.text
        assert get(serving, path, "localhost:1234").status_code in (200, 404)

    def test_the_operator_is_told_once_for_each_and_not_for_ever(self, serving, caplog):
        for number in range(REFUSALS_LOGGED + 5):
            for _ in range(2):
                get(serving, "/", f"evil{number}.example")
        told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
        assert len(told) == len(set(told)) == REFUSALS_LOGGED
        assert "'evil0.example'" in told[0]
        assert "channels.browser.allowed_hosts" in told[0]


class TestBehindAProxy:
    def test_names_and_origins_that_the_config_names_are_let_in(self, proxied):
        assert upgrade(proxied, "study.example.org", "https://study.example.org") == 101
        assert upgrade(proxied, "study.example.org", "https://panel.example.org") == 101
        assert upgrade(proxied, "study.example.org", "https://other.example.org") == 403
        assert get(proxied, "/healthz", "STUDY.example.org").status_code == 200
        assert get(proxied, "/healthz", "localhost").status_code == 200
        assert get(proxied, "/healthz", "other.example.org").status_code == 403

    def test_panels_that_the_config_names_may_frame_the_page(self, proxied):
        headers = get(proxied, "/", "localhost").headers
        policy = headers["content-security-policy"]
        assert policy.endswith("frame-ancestors https://panel.example.org https://*.qualtrics.example")
        assert "x-frame-options" not in headers


def test_a_server_that_listens_elsewhere_answers_under_any_name_unless_the_config_names_some():
    other = [(b"host", b"other.example.org")]
    assert OriginPolicy(BrowserConfig(host="0.0.0.0"), "0.0.0.0").answers_as(other)
    named = OriginPolicy(BrowserConfig(host="0.0.0.0", allowed_hosts=("study.example.org",)), "0.0.0.0")
    assert not named.answers_as(other)
    assert named.answers_as([(b"host", b"study.example.org:8765")])


def test_of_two_origins_each_has_to_be_right():
    policy = OriginPolicy(BrowserConfig(), "127.0.0.1")
    own, foreign = (b"origin", b"http://localhost"), (b"origin", b"https://evil.example")
    assert policy.lets_connect([(b"host", b"localhost"), own, own])
    assert not policy.lets_connect([(b"host", b"localhost"), own, foreign])
    assert not policy.lets_connect([(b"host", b"localhost"), (b"host", b"evil.example"), own])


def test_the_name_that_was_configured_is_answered_even_if_it_leads_to_loopback():
    policy = OriginPolicy(BrowserConfig(host="my-machine"), "127.0.1.1")
    assert policy.answers_as([(b"host", b"my-machine:8765")])
    assert not policy.answers_as([(b"host", b"other-machine:8765")])
