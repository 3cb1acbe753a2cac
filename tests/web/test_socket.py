"""The websocket and the pages, over real sockets: people come, talk, drop out and come back."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from app_lab import address_of
from serving import (
    PATIENCE_SECONDS,
    Broken,
    Chat,
    Conversation,
    Echo,
    Menu,
    Script,
    Serving,
    Visitor,
    serve,
    serving,
)
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from parleyrun.channels.browser import v1_peer
from parleyrun.channels.browser.browser_channel import BrowserChannel
from parleyrun.channels.browser.plain_peer import PlainPeer
from parleyrun.channels.browser.v1_peer import V1Peer
from parleyrun.config.schema import BrowserConfig
from parleyrun.config.texts import Texts
from parleyrun.errors import ChannelError
from parleyrun.web import chat_socket
from parleyrun.web import web_server as server_module
from parleyrun.web.chat_page import STATIC
from parleyrun.web.health import Health
from parleyrun.web.web_server import WebServer

__all__ = ["serving"]


def paired_scripts(serving: Serving) -> tuple[Script, Script]:
    ann, bob = serving.script(), serving.script()
    ann.waits(serving)
    bob.says("hi")
    assert bob.recv() == {"text": "menu", "quick_replies": ["chat", "echo", "EXIT"]}
    bob.says("chat")
    assert ann.texts(1) == ["you are Ann"]
    assert bob.texts(1) == ["you are Bob"]
    return ann, bob


class TestTalking:
    def test_two_people_with_a_chat_page_are_paired_and_talk(self, serving):
        ann, bob = serving.pair()
        assert ann.session["title"] == "A study"
        ann.says("hello Bob")
        heard = bob.line("hello Bob")
        assert (heard["id"], heard["mine"]) == ("Ann", False)
        bob.says("hello Ann")
        assert ann.line("hello Ann")["id"] == "Bob"

    def test_each_is_shown_where_they_are(self, serving):
        ann = serving.visitor()
        ann.place("overworld")
        ann.says("chat")
        assert ann.place("waiting")["task"] == "chat"
        bob = serving.visitor()
        bob.says("chat")
        shown = [person.place("task") for person in (ann, bob)]
        assert [(frame["task"], frame["role"]) for frame in shown] == [("chat", "Ann"), ("chat", "Bob")]

    def test_two_scripts_are_paired_and_talk(self, serving):
        ann, bob = paired_scripts(serving)
        ann.says("hello Bob")
        assert bob.recv() == {"text": "hello Bob", "quick_replies": None}
        bob.says("hello Ann")
        assert ann.recv() == {"text": "hello Ann", "quick_replies": None}

    def test_a_script_and_a_person_are_paired_and_talk(self, serving):
        ann, bob = serving.script(), serving.visitor()
        ann.waits(serving)
        bob.says("chat")
        bob.line("you are Bob")
        assert ann.texts(1) == ["you are Ann"]
        for number in range(15):
            ann.says(f"from Ann {number}")
            bob.says(f"from Bob {number}")
        assert ann.texts(15) == [f"from Bob {number}" for number in range(15)]
        for number in range(15):
            bob.line(f"from Ann {number}")

    def test_messages_sent_in_one_go_arrive_in_order(self, serving):
        ann, bob = serving.pair()
        for number in range(15):
            ann.send(type="message", message_id=str(number), text=f"{number}")
        for number in range(15):
            assert bob.get("message")["text"] == f"{number}"

    def test_typing_and_reading_are_shown_to_the_other(self, serving):
        ann, bob = serving.pair()
        ann.send(type="typing", on=True)
        assert bob.get("typing", id="Ann") == {"type": "typing", "id": "Ann", "on": True}
        seq_of_ann = ann.says_as("m", "read me")
        seq_of_bob = bob.line("read me")["seq"]
        bob.send(type="read", seq=seq_of_bob)
        assert ann.get("read", id="Bob") == {"type": "read", "id": "Bob", "seq": seq_of_ann}

    def test_quick_replies_and_any_writing_system_survive_the_way(self, serving):
        person = serving.visitor()
        assert person.line("menu")["quick_replies"] == ["chat", "echo", "EXIT"]
        person.says("echo")
        person.line("you are Person 1")
        for text in ("<b>&amp;</b>", "नमस्ते 👩‍👩‍👧", "\u2028\u202e\x07", "", "x" * 65_536):
            person.says(text)
            assert person.get("message")["text"] == text

    def test_how_somebody_came_is_kept(self, serving):
        entry = {"ref": "poster", "PROLIFIC_PID": "é1"}
        person = serving.visitor(entry=entry)
        person.line("menu")
        person.says("entry?")
        assert person.get("message")["text"].encode().decode("unicode_escape") == str(entry).replace("'", '"')

    def test_another_subprotocol_is_as_good_as_none(self, serving):
        other = Script(serving, "soap")
        assert other.connection.subprotocol is None
        other.says("hi")
        assert other.texts(1) == ["menu"]


class TestComingBack:
    def test_a_reload_returns_to_the_same_seat_with_nothing_lost_and_nothing_twice(self, serving):
        ann, bob = serving.pair()
        ann.says("one")
        bob.line("one")
        bob.closes()
        ann.partner("Bob", "away")
        for text in ("two", "three"):
            ann.says(text)
        serving.settle()
        bob = bob.again()
        ann.partner("Bob", "back")
        assert bob.session["resumed"] is True
        assert bob.place("task")["role"] == "Bob"
        assert [bob.line(text)["id"] for text in ("two", "three")] == ["Ann", "Ann"]
        bob.says("four")
        ann.line("four")
        assert bob.heard == ["two", "three"]

    def test_a_message_that_was_sent_again_after_a_drop_is_said_once(self, serving):
        ann, bob = serving.pair()
        first = bob.says_as("m1", "did you get this?")
        bob.hangs_up()
        ann.partner("Bob", "away")
        back = bob.again()
        assert back.says_as("m1", "did you get this?") == first
        back.says("and this?")
        ann.line("did you get this?")
        ann.line("and this?")
        assert ann.heard[-2:] == ["did you get this?", "and this?"]

    def test_one_whose_ack_was_lost_finds_their_message_among_their_lines(self, serving):
        ann, bob = serving.pair()
        bob.send(type="message", message_id="m1", text="on its way")
        ann.line("on its way")
        back = bob.again()
        line = back.line("on its way")
        assert (line["mine"], line["message_id"]) == (True, "m1")

    def test_everything_can_be_read_again_from_the_start(self, serving):
        ann, bob = serving.pair()
        ann.says("one")
        bob.line("one")
        whole = serving.visitor(bob.token, 0)
        whole.line("one")
        assert whole.heard == ["menu", "chat", "you are Bob", "one"]

    def test_lines_keep_their_order_through_many_reconnections(self, serving):
        ann, bob = serving.pair()
        bob.says("pour 300 20")
        while not any(text.startswith("299:") for text in ann.heard):
            ann.get("message")
            if len(ann.heard) % 20 == 0:
                ann.hangs_up()
                heard, ann = ann.heard, ann.again()
                ann.heard = heard
        assert [text.rstrip(".") for text in ann.heard[-300:]] == [f"{number}:" for number in range(300)]

    @pytest.mark.parametrize("way", ["closes", "hangs_up"])
    def test_a_partner_is_shown_away_and_back_and_then_left(self, serving, way):
        ann, bob = serving.pair()
        getattr(bob, way)()
        ann.partner("Bob", "away")
        serving.advance(59)
        bob = bob.again()
        ann.partner("Bob", "back")
        getattr(bob, way)()
        ann.partner("Bob", "away")
        serving.advance(59)
        ann.says("are you there?")
        serving.advance(1)
        ann.partner("Bob", "left")
        serving.advance(10)
        ann.line(serving.texts.partner_left)
        ann.place("overworld")
        ann.line("menu")

    def test_a_connection_that_is_reset_is_noticed_too(self, serving):
        ann = serving.visitor()
        ann.says("chat")
        ann.place("waiting")
        lost = serving.raw()
        lost.say(type="session", token=None, seq=0)
        lost.say(type="message", message_id="1", text="chat")
        ann.line("you are Ann")
        lost.resets()
        ann.partner("Bob", "away")

    def test_who_comes_back_after_the_grace_starts_afresh(self, serving):
        ann, bob = serving.pair()
        bob.closes()
        ann.partner("Bob", "away")
        serving.advance(60)
        ann.partner("Bob", "left")
        bob = bob.again()
        assert bob.session["resumed"] is True
        assert bob.get("ended") == {"type": "ended", "reason": "left", "text": Texts().place_lost}
        bob = bob.again()
        bob.place("overworld")
        bob.line("menu")

    def test_a_page_that_answers_no_heartbeat_is_away(self, caplog, monkeypatch):
        monkeypatch.setattr(chat_socket, "BEAT_EVERY_SECONDS", 0.01)
        monkeypatch.setattr(v1_peer, "ASK_AFTER_SECONDS", 0.05)
        monkeypatch.setattr(v1_peer, "DEAD_AFTER_SECONDS", 0.2)
        with serve(caplog) as serving:
            ann, bob = serving.pair()
            bob.send(type="ping")
            assert bob.get("pong") == {"type": "pong"}
            # Bob's socket stays open and is read; only that it is there is never said.
            assert bob.get("ping") == {"type": "ping"}
            ann.partner("Bob", "away")
            assert bob.close_code() in (1000, 1005, 1006)
            assert bob.again().place("task")["role"] == "Bob"
            ann.partner("Bob", "back")

    def test_a_script_that_drops_out_leaves(self, serving):
        ann, bob = serving.visitor(), serving.script()
        bob.waits(serving)
        ann.says("chat")
        assert bob.texts(1) == ["you are Ann"]
        bob.hangs_up()
        ann.partner("Ann", "away")
        serving.advance(60)
        ann.partner("Ann", "left")

    def test_one_who_left_while_waiting_is_paired_with_nobody(self, serving):
        gone, ann = serving.visitor(), serving.visitor()
        gone.says("chat")
        gone.place("waiting")
        gone.hangs_up()
        serving.until(lambda figures: figures.away == 1)
        ann.says("chat")
        ann.place("waiting")
        bob = serving.visitor()
        bob.says("chat")
        ann.line("you are Ann")
        bob.line("you are Bob")


class TestTwoTabs:
    def test_the_older_tab_is_closed_and_the_conversation_goes_on_in_the_newer(self, serving):
        ann, bob = serving.pair()
        newer = bob.again()
        assert bob.get("ended") == {"type": "ended", "reason": "elsewhere", "text": ""}
        assert bob.close_code() == 4001
        newer.place("task")
        ann.says("still there?")
        newer.line("still there?")
        newer.says("yes")
        ann.line("yes")
        assert not [frame for frame in ann.passed_over if frame.get("state")]


class TestTheEnd:
    def test_goodbye_closes_the_connection_and_the_same_person_may_come_again(self, serving):
        person = serving.visitor()
        person.line("menu")
        person.send(type="message", message_id="1", text="EXIT")
        assert person.get("ended")["reason"] == "goodbye"
        assert person.close_code() == 1000
        assert person.heard[-1] == serving.texts.goodbye
        back = person.again()
        assert back.session["resumed"] is True
        back.line("menu")

    def test_a_script_that_said_goodbye_may_go_on(self, serving):
        script = serving.script()
        script.says("hi")
        script.says("EXIT")
        script.says("hi again")
        assert script.texts(3) == ["menu", serving.texts.goodbye, "menu"]

    def test_when_the_service_closes_everyone_is_told_and_newcomers_are_turned_away(self, serving):
        ann, bob = serving.pair()
        script = serving.script()
        script.says("hi")
        assert script.texts(1) == ["menu"]
        assert serving.ask_health().status_code == 200
        closing = _Closing(serving)
        ann.line(serving.texts.closing)
        assert script.texts(1) == [serving.texts.closing]
        health = serving.ask_health()
        assert (health.status_code, health.json()["status"]) == (503, "closing")
        newcomer = serving.script()
        newcomer.says("hi")
        assert newcomer.texts(1) == [serving.texts.closing_refused]
        ann.says("one last word")
        bob.line("one last word")
        closing.hurry()
        for person in (ann, bob):
            assert person.get("ended") == {
                "type": "ended",
                "reason": "closing",
                "text": serving.texts.closing_refused,
            }
        assert [client.close_code() for client in (ann, bob, script, newcomer)] == [1012] * 4

    @pytest.mark.parametrize(("dialect", "peer"), [("parleyrun.v1", V1Peer), (None, PlainPeer)])
    def test_who_is_silent_for_too_long_at_the_door_is_closed(self, serving, monkeypatch, dialect, peer):
        greeted, script = serving.visitor(), serving.script()
        greeted.line("menu")
        script.says("hi")
        assert script.texts(1) == ["menu"]
        monkeypatch.setattr(peer, "patience_seconds", 0.05)
        silent = serving.raw(dialect)
        assert silent.close_code() == 1008
        greeted.says("echo")
        script.says("echo")
        assert script.texts(1) == ["you are Person 1"]


class _Closing:
    """A service that is being closed on a thread of its own, as `close()` waits for conversations to end."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._thread = threading.Thread(target=serving.service.close, args=(PATIENCE_SECONDS * 2,))
        self._thread.start()

    def hurry(self) -> None:
        self._serving.service.hurry()
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()


class TestPages:
    def get(self, serving: Serving, path: str, method: str = "GET") -> httpx.Response:
        # A bare connection: a client library would tidy the path up before it sends it.
        return serving.http.request(method, serving.url + path)

    def test_the_page_and_what_it_needs_are_served(self, serving):
        page = self.get(serving, "/?ref=poster")
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert "<html" in page.text
        script = self.get(serving, "/static/chat.js")
        assert script.status_code == 200
        assert "javascript" in script.headers["content-type"]
        assert script.content == (STATIC / "chat.js").read_bytes()

    @pytest.mark.parametrize("path", ["/", "/static/chat.js", "/static/chat.css"])
    def test_the_page_is_compressed_for_who_takes_it_so_and_sent_once(self, serving, path):
        def get(encoding: str, **more: str) -> httpx.Response:
            return serving.http.get(serving.url + path, headers={"accept-encoding": encoding, **more})

        plain, packed = get("identity"), get("br, gzip;q=0.5")
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content == plain.content  # the client has unpacked it
        assert int(packed.headers["content-length"]) < len(plain.content) / 2
        assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
        assert plain.headers["etag"] != packed.headers["etag"]
        assert "content-encoding" not in get("gzip;q=0").headers
        again = get("gzip", **{"if-none-match": f'"other", W/{packed.headers["etag"]}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", packed.headers["etag"])
        assert get("gzip", **{"if-none-match": '"other"'}).status_code == 200

    def test_the_health_check_shows_figures(self, serving):
        serving.pair()
        health = self.get(serving, "/healthz")
        assert health.status_code == 200
        figures = health.json()
        assert figures["status"] == "ok"
        assert figures["in_task"] == {"chat": 2}
        assert figures["messages_in"] == 2

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/nowhere", 404),
            ("GET", "/static/", 404),
            ("GET", "/static/nothing.js", 404),
            ("GET", "/static/../app.py", 404),
            ("GET", "/static/%2e%2e/app.py", 404),
            ("GET", "/static/..%2fapp.py", 404),
            ("GET", "/static//etc/passwd", 404),
            ("GET", "/static/%00", 404),
            ("GET", "/websocket", 426),
            ("POST", "/", 405),
            ("POST", "/healthz", 405),
            ("DELETE", "/static/chat.js", 405),
        ],
    )
    def test_all_else_is_an_error_without_a_traceback(self, serving, method, path, status):
        answer = self.get(serving, path, method)
        assert answer.status_code == status
        assert "Traceback" not in answer.text
        assert ".py" not in answer.text

    @pytest.mark.parametrize("path", ["/", "/healthz", "/static/chat.js", "/nowhere"])
    def test_every_answer_carries_the_security_headers(self, serving, path):
        headers = self.get(serving, path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-cache"
        assert "server" not in headers

    def test_a_websocket_to_somewhere_else_is_refused(self, serving):
        with (
            socket.create_connection(serving.address) as sock,
            pytest.raises(InvalidStatus, match="403"),
            connect(serving.url.replace("http", "ws") + "/elsewhere", sock=sock),
        ):
            pass


class TestOpening:
    def server(self, host: str = "127.0.0.1", port: int = 0) -> WebServer:
        browser = BrowserChannel(texts=Texts())
        return WebServer(browser, address=BrowserConfig(host=host, port=port), health=Health(lambda: None))

    def test_a_busy_port_is_one_clear_sentence(self, serving):
        port = serving.address[1]
        with pytest.raises(ChannelError) as raised:
            self.server(port=port).open()
        assert str(raised.value).startswith(f"port {port} on 127.0.0.1 is taken by another program: ")
        assert "\n" not in str(raised.value)

    @pytest.mark.parametrize("host", ["999.999.1.1", "no-such-host.invalid", "", "a" * 70, "\ud800", "192.0.2.1"])
    def test_a_host_that_is_not_here_is_one_clear_sentence(self, host):
        with pytest.raises(ChannelError) as raised:
            self.server(host).open()
        assert "listen on" in str(raised.value)
        assert "\n" not in str(raised.value)

    def test_people_who_come_before_the_start_are_let_in_after_it(self):
        browser = BrowserChannel(texts=Texts())
        server = WebServer(browser, address=BrowserConfig(port=0), health=Health(lambda: None))
        server.open()
        try:
            with socket.create_connection(address_of(server.url), timeout=PATIENCE_SECONDS) as early:
                early.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                server.start()
                assert early.recv(1 << 16).startswith(b"HTTP/1.1 200")
        finally:
            server.close()

    def test_the_port_is_free_again_after_closing_and_closing_twice_is_harmless(self):
        server = self.server()
        server.open()
        port = address_of(server.url)[1]
        server.start()
        server.close()
        server.close()
        again = self.server(port=port)
        again.open()
        assert again.url == f"http://127.0.0.1:{port}"
        again.close()

    def test_a_server_that_was_opened_but_never_started_can_be_closed(self):
        server = self.server()
        server.open()
        port = address_of(server.url)[1]
        server.close()
        with socket.socket() as refused:
            assert refused.connect_ex(("127.0.0.1", port)) != 0

    def test_ipv6_addresses_are_written_with_brackets(self):
        server = self.server("::1")
        try:
            server.open()
        except ChannelError:
            pytest.skip("no IPv6 on this machine")
        try:
            assert server.url.startswith("http://[::1]:")
        finally:
            server.close()

    @pytest.mark.process
    @pytest.mark.parametrize("package", ["starlette", "uvicorn", "websockets"])
    def test_without_the_extra_its_absence_is_named_with_what_to_install(self, package):
        program = (
            f"import sys; sys.modules[{package!r}] = None\n"
            "from parleyrun.channels.browser.browser_channel import BrowserChannel\n"
            "from parleyrun.errors import MissingExtra\n"
            "try:\n    import parleyrun.web.web_server\n"
            "except MissingExtra as error:\n    print(error)\n"
        )
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
        assert (
            ran.stdout == "the web server needs the 'serve' extra: pip install '.[serve]' in parleyrun's folder\n"
        )
        assert ran.stderr == ""

    def test_without_uvloop_it_serves_all_the_same(self, monkeypatch, caplog):
        monkeypatch.setitem(sys.modules, "uvloop", None)
        assert server_module._loop_factory() is server_module.asyncio.new_event_loop
        with serve(caplog) as here:
            ann, bob = here.pair()
            ann.says("hello")
            bob.line("hello")
            bob.hangs_up()
            ann.partner("Bob", "away")


def test_passwords_are_asked_for_at_the_door(caplog):
    with serve(caplog, password="sesame") as here:
        person: Any = here.visitor()
        person.place("door")
        person.line(here.texts.password_ask)
        person.says("please")
        person.line(here.texts.password_wrong)
        person.hangs_up()
        person = person.again()
        assert isinstance(person, Visitor)
        person.says("sesame")
        person.place("overworld")
        person.line("menu")


def test_the_goodbye_of_a_visit_is_marked_as_such():
    with Serving() as serving:
        ann = serving.visitor()
        assert "farewell" not in ann.line("menu")
        ann.says("EXIT")
        assert ann.line("Goodbye, and thank you for coming!")["farewell"] is True
        assert ann.get("ended")["text"] == "Goodbye, and thank you for coming!"


class Relay(Conversation):
    """It says a person's words to the other: handed on as they came, or in an act of its own."""

    MAX_AGENTS = 2
    assign_roles = staticmethod(Chat.assign_roles)

    def parley(self) -> None:
        for agent, other in (self.agents, self.agents[::-1]):
            act = agent.act()
            if act is not None:
                other.observe(act)
                other.observe({"id": agent.role, "text": act["text"] + " again"})
                other.observe({"id": "Guide", "text": act["text"] + " to all"})


def test_what_people_write_is_not_formatted_and_what_a_world_writes_is():
    with Serving(worlds=SimpleNamespace(Menu=Menu, Chat=Relay, Echo=Echo, Broken=Broken)) as serving:
        ann, bob = serving.pair()
        ann.says("**x**")
        assert "markup" not in bob.line("**x**")
        assert "markup" not in bob.line("**x** again")
        assert bob.line("**x** to all")["markup"] == [["p", ["strong", "x"], " to all"]]
        assert "markup" not in Visitor(serving, bob.token, 0, None).line("**x** again")


class HandsOn(Conversation):
    """It shows each act to the other, and a copy of it, until one says that somebody left."""

    MAX_AGENTS = 2
    assign_roles = staticmethod(Chat.assign_roles)

    def parley(self) -> None:
        for agent, other in (self.agents, self.agents[::-1]):
            act = agent.act()
            if act is not None:
                other.observe(act)
                other.observe(dict(act))
                other.observe({"text": "and that was that"})
                self.done = act["episode_done"]


def test_who_left_is_a_sign_to_a_page_and_nothing_to_a_script():
    with Serving(worlds=SimpleNamespace(Menu=Menu, Chat=HandsOn, Echo=Echo, Broken=Broken)) as serving:
        ann = serving.visitor()
        ann.says("chat")
        ann.place("waiting")
        script = serving.script()
        script.says("hi")
        script.says("chat")
        assert script.texts(2) == ["menu", "you are Bob"]
        ann.line("you are Ann")
        ann.closes()
        serving.until(lambda figures: figures.away == 1)
        serving.advance(61)
        assert script.texts(2) == ["and that was that", "menu"]
    with Serving(worlds=SimpleNamespace(Menu=Menu, Chat=HandsOn, Echo=Echo, Broken=Broken)) as serving:
        ann, bob = serving.pair()
        ann.closes()
        serving.until(lambda figures: figures.away == 1)
        serving.advance(61)
        bob.line("and that was that")
        bob.partner("Ann", "left")
        assert "[DISCONNECT]" not in bob.heard
