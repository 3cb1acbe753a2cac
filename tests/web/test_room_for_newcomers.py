"""More people than there is room for: newcomers are told so, and those inside notice nothing."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from serving import WORLDS, Menu, serve
from websockets.sync.client import connect

from parleyrun.channels.browser.open_sockets import OpenSockets
from parleyrun.config.schema import Limits
from parleyrun.config.texts import Texts

TEXTS = Texts()


class WaitingMenu(Menu):
    """A menu that waits for its person inside `parley()`, as many of ParlAI's do."""

    def parley(self) -> str | None:
        if not self.shown:
            self.shown = True
            self.agents[0].observe({"text": "menu"})
        return str(self.agents[0].act_blocking()["text"])


WAITING: dict[str, Any] = {"worlds": SimpleNamespace(**{**vars(WORLDS), "Menu": WaitingMenu})}


def forwarded(serving: Any, address: str) -> Any:
    """Somebody's script, behind a proxy on this machine."""
    url = serving.url.replace("http", "ws") + "/websocket"
    return serving.clients.enter_context(
        connect(url, additional_headers={"X-Forwarded-For": address}, compression=None)
    )


def test_that_it_is_full_is_in_the_log_once_for_each_power_of_ten_and_an_address_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sockets = OpenSockets(Limits(sessions_per_address=1), 1)
    for _ in range(3):
        sockets.opened("10.0.0.1")
    assert [sockets.too_many() for _ in range(11)] == [True] * 11
    assert [sockets.too_many_from("10.0.0.1") for _ in range(3)] == [True] * 3
    assert not sockets.too_many_from("10.0.0.2")
    said = [each.getMessage() for each in caplog.records]
    assert len([text for text in said if text.startswith("full: ")]) == 2
    assert len([text for text in said if text.startswith("more than 1 connections from 10.0.0.1")]) == 1


def heard(socket: Any) -> str:
    return str(json.loads(socket.recv(timeout=10))["text"])


def test_a_newcomer_who_would_be_one_too_many_is_told_and_gets_in_once_there_is_room(caplog):
    with serve(caplog, max_workers=2, max_threads=3, **WAITING) as serving:
        first = [serving.visitor() for _ in range(3)]
        for person in first:
            person.line("menu")
        serving.settle()
        health = serving.ask_health()
        assert health.status_code == 200
        assert health.json()["status"] == "busy"
        assert health.json()["full"]["threads"] == {"used": 3, "of": 3, "percent": 100}
        late = serving.visitor()
        late.line(TEXTS.full)
        late.says("please")
        late.line(TEXTS.full)
        assert serving.ask_health().json()["refused"] == 2
        # Who is inside goes on as ever, also into worlds that need a thread.
        first[0].says("chat")
        first[0].place(("waiting",))
        first[1].says("chat")
        first[0].line("you are Ann")
        serving.settle()
        late.says("now?")
        late.line("menu")
        assert serving.ask_health().json()["sessions"] == 4
        assert caplog.text.count("full: newcomers are refused") == 1


def test_from_one_address_come_only_so_many_people_and_the_others_are_none_the_worse(caplog):
    with serve(caplog, limits={"sessions_per_address": 2}) as serving:
        for number in range(2):
            lab = forwarded(serving, f"192.0.2.7, 127.0.0.{number + 1}")
            lab.send('{"text": "hi"}')
            assert heard(lab) == "menu"
        third = forwarded(serving, "192.0.2.7")
        assert heard(third) == TEXTS.address_full
        elsewhere = forwarded(serving, "192.0.2.8")
        elsewhere.send('{"text": "hi"}')
        assert heard(elsewhere) == "menu"


def test_who_hung_up_counts_until_their_seat_is_given_up(caplog):
    with serve(caplog, limits={"sessions_per_address": 1}, disconnect_grace=60) as serving:
        hit_and_run = forwarded(serving, "192.0.2.7")
        hit_and_run.send('{"text": "hi"}')
        assert heard(hit_and_run) == "menu"
        hit_and_run.close()
        serving.until(lambda figures: figures.away == 1)
        again = forwarded(serving, "192.0.2.7")
        again.send('{"text": "hi"}')
        assert heard(again) == TEXTS.address_full
        serving.advance(61)
        again.send('{"text": "hi"}')
        assert heard(again) == "menu"
        assert caplog.text.count("people from 192.0.2.7 are inside") == 1


def test_who_comes_back_to_their_seat_is_let_in_where_newcomers_are_sent_away(caplog):
    with serve(caplog, limits={"sessions_per_address": 1}) as serving:
        ann = serving.visitor()
        ann.line("menu")
        late = serving.script()
        assert late.texts(1) == [TEXTS.address_full]
        assert late.close_code() == 1013
        ann.hangs_up()
        again = ann.again()
        again.says("echo")
        again.line("you are Person 1")


def test_the_last_sockets_are_for_those_who_come_back():
    sockets = OpenSockets(Limits(), most=10)
    for _ in range(9):
        assert not sockets.is_full
        sockets.opened("")
    assert sockets.is_full
    assert not sockets.too_many()
    sockets.opened("")
    assert sockets.too_many()
    sockets.closed("")
    assert not sockets.too_many()


def test_by_default_only_connections_from_elsewhere_are_limited():
    assert Limits().sessions_from("192.0.2.1") == 200
    assert Limits().sessions_from("2001:db8::/64") == 200
    assert Limits().sessions_from("127.0.0.1") is None
    assert Limits().sessions_from("::1") is None
    assert Limits(sessions_per_address=5).sessions_from("127.0.0.1") == 5
    assert Limits(sessions_per_address=5).sessions_from("") is None
