"""The address that is printed opens, also where every address is listened on."""

from __future__ import annotations

import logging
import urllib.request
from types import SimpleNamespace

import pytest

from parleyrun import World
from parleyrun.app.app import App
from parleyrun.app.planning import plan_of
from parleyrun.config.schema import BrowserConfig
from parleyrun.web.listening_address import far_address, near_address, url_of

CONFIG = {"world_module": "worlds", "overworld": "Hall", "tasks": {}, "channels": {"browser": {}}}


class Hall(World):
    """Where nothing happens."""

    def parley(self) -> None:
        self.agents[0].act()


@pytest.mark.parametrize(("host", "opens_at"), [("0.0.0.0", "http://127.0.0.1:"), ("::", "http://[::1]:")])
def test_the_address_of_a_server_for_everybody_opens(
    host: str, opens_at: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    app = App(
        plan_of(CONFIG, SimpleNamespace(Hall=Hall)), store=":memory:", address=BrowserConfig(host=host, port=0)
    )
    with app:
        assert app.url is not None
        assert app.url.startswith(opens_at)
        with urllib.request.urlopen(f"{app.url}/healthz") as answer:
            assert answer.status == 200
        (told,) = [text for text in caplog.messages if "every address" in text]
        far = far_address(host)
        assert far is None or url_of(far, int(app.url.rpartition(":")[2])) in told


def test_any_other_address_is_printed_as_it_is() -> None:
    assert url_of(near_address("192.0.2.7"), 8765) == "http://192.0.2.7:8765"
    assert url_of(near_address("fe80::1"), 80) == "http://[fe80::1]:80"
