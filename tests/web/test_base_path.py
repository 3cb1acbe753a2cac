"""A page that stands below a path, and a proxy that does not hand websockets on, without any proxy."""

from __future__ import annotations

import httpx
import pytest
from serving import PATIENCE_SECONDS, Serving, below
from websockets.sync.client import connect


@pytest.mark.parametrize("path", ["/study", "/a/study/"])
def test_a_base_path_may_be_passed_on_or_taken_off(path: str):
    base = path.rstrip("/")
    with below(path) as serving:
        for prefix in (base, ""):
            for page in (f"{prefix}/", prefix or "/"):
                answer = httpx.get(f"{serving.url}{page}", verify=False)
                assert answer.status_code == 200
                assert f'<base href="{base}/">' in answer.text
            assert httpx.get(f"{serving.url}{prefix}/static/chat.js", verify=False).status_code == 200
            assert httpx.get(f"{serving.url}{prefix}/healthz", verify=False).status_code == 200
            with connect(f"{serving.url.replace('http', 'ws')}{prefix}/websocket", compression=None) as script:
                script.send('{"text": "hi"}')
                assert "menu" in script.recv(timeout=PATIENCE_SECONDS)
        assert httpx.get(f"{serving.url}{base}er/", verify=False).status_code == 404


def test_without_a_base_path_the_page_names_none():
    with Serving() as serving:
        assert "<base" not in httpx.get(serving.url, verify=False).text


def test_a_proxy_that_does_not_upgrade_is_named_once(caplog: pytest.LogCaptureFixture):
    with Serving() as serving:
        assert httpx.get(f"{serving.url}/websocket", verify=False).status_code == 426
        assert "upgrade" not in caplog.text
        for _ in range(3):
            # As nginx sends it on without being told more.
            passed_on = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13"}
            answer = httpx.get(f"{serving.url}/websocket", headers=passed_on, verify=False)
            assert (answer.status_code, answer.headers["upgrade"]) == (426, "websocket")
    said = [record.getMessage() for record in caplog.records if "upgrade" in record.getMessage()]
    assert len(said) == 1
    assert "docs/deploy.md" in said[0]
