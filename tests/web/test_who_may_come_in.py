"""Who may come in: by a list, by a link for a single use, and with what device, over real sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from serving import PATIENCE_SECONDS, Serving, Visitor
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from parleyrun.config.texts import Texts
from parleyrun.runner.timers import Clock
from parleyrun.store.sqlite.sqlite_store import SqliteStore
from parleyrun.study.arrivals import identity_of
from parleyrun.study.signed_links import VARIABLE, LinkSigner

TEXTS = Texts()
SECRET = "s" * 32
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
COMPUTER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)


def link_of(who: str) -> dict[str, str]:
    signer = LinkSigner(SECRET.encode)
    signer.open()
    return {"who": who, "sig": signer.sign(identity_of("who", who))}


def greet(serving: Serving, entry: Mapping[str, str], agent: str = "", **more: Any) -> dict[str, Any]:
    """Open a page by a link, and return what it is answered first."""
    address = serving.url.replace("http", "ws") + "/websocket"
    with connect(
        address,
        subprotocols=["parleyrun.v1"],
        compression=None,
        user_agent_header=agent or None,  # type: ignore[list-item]
    ) as socket:
        socket.send(json.dumps({"type": "session", "token": None, "seq": 0, "entry": dict(entry), **more}))
        answer: dict[str, Any] = json.loads(socket.recv(timeout=PATIENCE_SECONDS))
        if answer["type"] == "ended":
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(timeout=PATIENCE_SECONDS)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4003
        else:
            # A line of the menu's comes once all is done that an arrival sets off.
            while json.loads(socket.recv(timeout=PATIENCE_SECONDS))["type"] != "message":
                pass
        return answer


def refused(text: str, reason: str = "link", **more: Any) -> dict[str, Any]:
    return {"type": "ended", "reason": reason, "text": text, "again": False, **more}


def test_a_link_for_a_single_use_is_for_the_first_who_opens_it() -> None:
    with Serving(arrival={"id": "who", "links": "single_use"}) as serving:
        ann = serving.visitor(entry=link_of("ann"))
        ann.line("menu")
        assert greet(serving, link_of("ann")) == refused(TEXTS.link_used)
        assert greet(serving, {"who": "ann"}) == refused(TEXTS.bad_link)
        assert greet(serving, {}) == refused(TEXTS.bad_link)
        ann.says("echo")
        ann.closes()
        back = serving.visitor(token=ann.token, seq=ann.newest, entry=link_of("ann"))
        assert back.session["resumed"]
        assert greet(serving, link_of("bob"))["type"] == "session"


def test_that_a_link_is_used_up_is_on_record(tmp_path: Path) -> None:
    def store(clock: Clock) -> SqliteStore:
        return SqliteStore(tmp_path / "a.db", clock, synchronous="normal")

    arrival = {"id": "who", "links": "single_use"}
    with Serving(store, arrival=arrival) as serving:
        ann: Visitor = serving.visitor(entry=link_of("ann"))
        ann.line("menu")
    with Serving(store, arrival=arrival) as serving:
        assert greet(serving, link_of("ann")) == refused(TEXTS.link_used)
        assert serving.visitor(token=ann.token, seq=ann.newest).session["resumed"]


def test_only_those_on_the_list_come_in(tmp_path: Path) -> None:
    (tmp_path / "ids.csv").write_text("\ufeffwho\nann\n\nbob\nann\n")
    with Serving(arrival={"id": "who", "allow": str(tmp_path / "ids.csv")}) as serving:
        assert greet(serving, {"who": "ann"})["type"] == "session"
        assert greet(serving, {"WHO": " bob "})["type"] == "session"
        assert greet(serving, {"who": "cyd"}) == refused(TEXTS.not_invited, "refused")
        assert greet(serving, {"who": "{{%WHO%}}"}) == refused(TEXTS.no_id)
        assert greet(serving, {}) == refused(TEXTS.no_id)


def test_a_script_is_told_in_a_sentence() -> None:
    with Serving(arrival={"id": "who", "required": True}) as serving:
        assert serving.script().texts(1) == [TEXTS.no_id]


def test_a_device_that_will_not_do_is_told_so_with_a_code_of_its_own() -> None:
    completion = {
        "finished": {"code": "C1"},
        "wrong_device": {"code": "C9", "link": "https://app.prolific.com/submissions/complete?cc={code}"},
    }
    arrival = {"id": "who", "devices": ["desktop", "tablet"], "browsers": "firefox"}
    with Serving(arrival=arrival, completion=completion) as serving:
        told = refused(
            "This study does not work on this device. Please open the link on: computer / tablet.",
            "refused",
            code="C9",
            link="https://app.prolific.com/submissions/complete?cc=C9",
            panel="Prolific",
        )
        assert greet(serving, {"who": "ann"}, PHONE) == told
        other = greet(serving, {"who": "ann"}, COMPUTER.replace("Firefox", "Chrome"))
        assert other["text"] == "This study does not work in this browser. Please open the link in: Firefox."
        assert greet(serving, {"who": "ann"}, COMPUTER)["type"] == "session"
        stored = serving.service._sessions.everybody()[0].stored_data
        assert stored["device"] == {"kind": "desktop", "browser": "firefox"}


def test_without_a_wish_nobody_is_asked_for_their_device() -> None:
    with Serving() as serving:
        assert greet(serving, {}, PHONE, touch_points="many")["type"] == "session"
        assert "device" not in serving.service._sessions.everybody()[0].stored_data


def test_the_end_of_a_visit_is_sent_with_its_code_and_again_to_who_comes_back() -> None:
    completion = {"finished": {"code": "C1", "text": "Well done."}, "left": {"code": "C2"}}
    with Serving(arrival={"panel": "prolific"}, completion=completion) as serving:
        ann = serving.visitor(entry={"PROLIFIC_PID": "ann"})
        ann.line("menu")
        for words in ("echo", "BYE"):
            ann.says(words)
        ann.line("menu")
        ann.says("EXIT")
        told = {
            "code": "C1",
            "link": "https://app.prolific.com/submissions/complete?cc=C1",
            "panel": "Prolific",
            "again": False,
        }
        assert ann.get("ended") == {"type": "ended", "reason": "goodbye", "text": "Well done.", **told}
        again = serving.visitor(entry={"PROLIFIC_PID": "ann"})
        assert again.get("ended") == {"type": "ended", "reason": "once", "text": TEXTS.once_only, **told}
