"""What people, programs and networks do that they should not, over real sockets."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress

import pytest
from serving import PATIENCE_SECONDS, RawClient, Serving, Visitor, raw_frame, serve, serving
from websockets.exceptions import ConnectionClosed
from websockets.frames import Opcode

from parleyrun.channels.browser.peer import BAD_FRAMES_ALLOWED
from parleyrun.config.texts import Texts
from parleyrun.web import chat_socket as socket_module
from parleyrun.web import request_timeout
from parleyrun.web import web_server as server_module

__all__ = ["serving"]

UTF8_LOGGED = "Invalid UTF-8 sequence received from client."
PART = raw_frame(Opcode.TEXT, b"x" * 900_000, fin=False)
INSIDE = ("Traceback", "File ", ".py", "Exception", "secret")


def talk(serving: Serving, ann: Visitor, bob: Visitor, text: str = "all is well") -> None:
    """Say something each way, to see that the conversation goes on."""
    ann.says(text)
    bob.line(text)
    bob.says(text)
    ann.line(text)


def partner_by_hand(
    serving: Serving, ann: Visitor, *, receive_bytes: int | None = None
) -> tuple[RawClient, str, int]:
    """Seat somebody beside Ann who writes and reads by hand; return their token and the newest line they have."""
    ann.line("menu")
    ann.says("chat")
    ann.place("waiting")
    client = serving.raw(receive_bytes=receive_bytes)
    client.say(type="session", token=None, seq=0)
    client.say(type="message", message_id="1", text="chat")
    token = client.read_json()["token"]
    while (frame := client.read_json()).get("text") != "you are Bob":
        pass
    ann.line("you are Ann")
    return client, token, frame["seq"]


class TestBadFrames:
    @pytest.mark.parametrize(
        "raw",
        [
            "",
            "hello",
            "null",
            "[]",
            "[" * 100_000,
            '{"type": "session", "token": "a.\\ud800", "seq": "x"}',
            '{"type": "message"}',
            '{"type": "message", "message_id": "1", "text": 5}',
            '{"type": "message", "message_id": "1", "text": "a", "payload": {"type": "x", "n": 1e999}}',
            '{"type": "message", "message_id": "\\udfff", "text": "a"}',
            '{"type": "read", "seq": -1}',
            '{"type": "delivered", "seq": -1}',
            '{"type": "read", "seq": ' + "9" * 5_000 + "}",
            '{"type": "typing"}',
            '{"type": "__class__"}',
            '{"type": "session", "token": null, "seq": 0}',
            '{"text": "the plain dialect"}',
        ],
    )
    def test_one_is_answered_with_an_error_frame_and_the_conversation_goes_on(self, serving, raw):
        ann, bob = serving.pair()
        ann.connection.send(raw)
        error = ann.get("error", code="bad_frame")
        assert error["text"].startswith(serving.texts.bad_message)
        assert not any(word in error["text"] for word in INSIDE)
        talk(serving, ann, bob)

    @pytest.mark.parametrize("raw", ["", "hello", "{", "[1]", '{"text": []}', '{"payload": {"type": 1}}', '"x"'])
    def test_a_script_is_told_in_the_frames_it_knows(self, serving, raw):
        script = serving.script()
        script.connection.send(raw)
        answer = script.recv()
        assert answer.keys() == {"text", "quick_replies"}
        assert answer["text"].startswith(serving.texts.bad_message)
        script.says("hi")
        assert script.texts(1) == ["menu"]

    def test_too_many_end_the_connection_and_the_partner_is_told_like_of_any_other_drop(self, serving):
        ann, bob = serving.pair()
        for _ in range(BAD_FRAMES_ALLOWED + 1):
            ann.connection.send("{")
        assert ann.close_code() == 1008
        bob.partner("Ann", "away")
        back = ann.again()
        bob.partner("Ann", "back")
        talk(serving, back, bob)

    def test_a_text_beyond_the_limit_is_refused_by_name_and_the_next_one_is_taken(self, serving):
        ann, bob = serving.pair()
        ann.send(type="message", message_id="long", text="é" * 32_769)
        error = ann.get("error")
        assert (error["code"], error["message_id"]) == ("too_long", "long")
        assert serving.service.counts().not_taken == {"too_long": 1}
        talk(serving, ann, bob)
        assert ann.heard[-1] == bob.heard[-1] == "all is well"

    def test_a_token_of_half_a_surrogate_pair_makes_a_newcomer(self, serving):
        client = serving.raw()
        client.say(type="session", token="a.\ud800", seq=0)
        assert client.read_json()["resumed"] is False

    def test_a_forged_token_does_not_show_what_was_said(self, serving):
        ann, bob = serving.pair()
        ann.says("between us")
        bob.line("between us")
        thief = serving.visitor(bob.token[:-1] + ("0" if bob.token[-1] != "0" else "1"), 0)
        thief.line("menu")
        assert thief.heard == ["menu"]
        talk(serving, ann, bob)


class TestBrokenWebsockets:
    @pytest.mark.parametrize(
        ("frame", "code"),
        [
            pytest.param(raw_frame(Opcode.BINARY, b"\x00\x01"), 1003, id="binary"),
            pytest.param(raw_frame(Opcode.TEXT, b'{"text": "\xff\xfe"}'), 1007, id="invalid UTF-8"),
            pytest.param(raw_frame(Opcode.TEXT, b'{"text": "\xed\xa0\x80"}'), 1007, id="a surrogate in UTF-8"),
            # Of these only the beginning is sent: it says how much is to come, and nobody reads the rest.
            pytest.param(raw_frame(Opcode.TEXT, b" " * 1_500_000)[:100], 1009, id="oversized"),
            pytest.param(PART + raw_frame(Opcode.CONT, b"x" * 900_000)[:100], 1009, id="oversized in parts"),
            pytest.param(b"\x81\xff" + b"\xff" * 8, 1009, id="a length that cannot be"),
            pytest.param(b"\x81\xff\x7f" + b"\xff" * 7 + bytes(4), 1009, id="a length of eight exabytes"),
            pytest.param(raw_frame(Opcode.TEXT, b"{}", mask=False), 1002, id="unmasked"),
            pytest.param(raw_frame(Opcode.TEXT, b"{}", reserved=4), 1002, id="compressed though nobody agreed"),
            pytest.param(raw_frame(11, b"?"), 1002, id="an opcode that nobody knows"),
            pytest.param(raw_frame(Opcode.CONT, b"?"), 1002, id="a continuation of nothing"),
            pytest.param(raw_frame(Opcode.PING, b"x" * 126), 1002, id="an oversized ping"),
            pytest.param(raw_frame(Opcode.CLOSE, b"\x00"), 1002, id="half a close code"),
            pytest.param(raw_frame(Opcode.CLOSE, b"\x03\xe8bye"), 1000, id="a proper close"),
        ],
    )
    @pytest.mark.parametrize("dialect", ["parleyrun.v1", None])
    def test_each_closes_its_own_connection_with_its_code(self, serving, frame, code, dialect):
        serving.tolerated = (UTF8_LOGGED,)
        ann, bob = serving.pair()
        client = serving.raw(dialect)
        client.write(frame)
        assert client.close_code() == code
        talk(serving, ann, bob)

    def test_somebody_in_a_conversation_who_sends_binary_can_come_back(self, serving):
        ann, bob = serving.pair()
        ann.connection.send(b"\x00")
        bob.says("oh")
        assert ann.close_code() == 1003
        bob.partner("Ann", "away")
        back = ann.again()
        talk(serving, back, bob)

    def test_a_message_in_many_small_parts_with_pings_between_them_is_whole(self, serving):
        client = serving.raw(None)
        parts = [bytes([byte]) for byte in json.dumps({"text": "hi"}).encode()]
        client.frame(Opcode.TEXT, parts[0], fin=False)
        for part in parts[1:-1]:
            client.frame(Opcode.CONT, part, fin=False)
            client.frame(Opcode.PING, part)
        client.frame(Opcode.CONT, parts[-1])
        frames = [client.read_frame() for _ in range(len(parts) - 1)]
        assert [frame for frame in frames if frame and frame[0] == Opcode.TEXT] == [
            (Opcode.TEXT, b'{"text":"menu","quick_replies":["chat","echo","EXIT"]}')
        ]
        assert sum(frame[0] == Opcode.PONG for frame in frames if frame) == len(parts) - 2

    @pytest.mark.parametrize(
        "data",
        [
            b"\x00" * 1_000,
            b"\r\n\r\n",
            b"GET /websocket HTTP/1.1\r\n\r\n",
            b"GET /websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            b"GET " + b"/x" * 50_000 + b" HTTP/1.1\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "GET /ü HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(),
        ],
    )
    def test_what_is_no_websocket_and_no_page_harms_nobody(self, serving, data):
        ann, bob = serving.pair()
        client = RawClient(serving)
        with suppress(OSError):  # the server may have hung up before all of it was there
            client.write(data)
            client.socket.shutdown(socket.SHUT_WR)
        answer = b""
        while received := client.receive():
            answer += received
        assert b"200 OK" not in answer.split(b"\r\n")[0]
        assert not any(word.encode() in answer for word in INSIDE)
        talk(serving, ann, bob)

    def test_a_subprotocol_header_full_of_nonsense_is_left_aside(self, serving):
        client = RawClient(serving)
        assert "101" in client.upgrade(", ".join(f"p{number}" for number in range(200)))
        client.say(text="hi")
        assert client.read_json()["text"] == "menu"


class TestFloods:
    def test_all_of_a_flood_is_delivered_in_order_with_one_notice_and_others_are_not_slowed(self, caplog):
        with serve(caplog, limits={"messages_per_second": 200}) as here:
            ann, bob = here.pair()
            others = here.pair()
            numbers = [str(number) for number in range(350)]
            for number in numbers:
                ann.send(type="message", message_id=number, text=number)
            talk(here, *others)
            for number in numbers:
                assert bob.get("message")["text"] == number
            for number in numbers:
                ann.get("ack", message_id=number)
            notices = [frame for frame in ann.passed_over if frame["type"] == "error"]
            assert notices == [{"type": "error", "code": "too_fast", "text": Texts().too_fast}]

    def test_a_script_that_floods_loses_nothing_and_is_told_once(self, caplog):
        with serve(caplog, limits={"messages_per_second": 300}) as here:
            script = here.script()
            script.says("hi")
            script.says("echo")
            assert script.texts(2) == ["menu", "you are Person 1"]
            numbers = [str(number) for number in range(450)]
            for number in numbers:
                script.says(number)
            heard = script.texts(451)
            heard.remove(Texts().too_fast)
            assert heard == numbers

    def test_what_was_said_before_a_drop_is_heard_though_it_was_too_fast(self, caplog):
        with serve(caplog, limits={"messages_per_second": 100}) as here:
            ann = here.visitor()
            client, _, _ = partner_by_hand(here, ann)
            for number in range(140):
                client.say(type="message", message_id=f"m{number}", text=str(number))
            client.socket.shutdown(socket.SHUT_WR)
            for number in range(140):
                assert ann.get("message")["text"] == str(number)
            ann.partner("Bob", "away")


class TestReadersWhoDoNotRead:
    """Ann talks to somebody who takes their messages very slowly, or not at all."""

    LINES = 120
    LENGTH = 100_000

    @pytest.fixture(autouse=True)
    def _little_patience(self, monkeypatch):
        # More than loopback sockets hold by themselves, and much less than what is said.
        monkeypatch.setattr(socket_module, "MAX_WAITING_CHARACTERS", 4_000_000)
        monkeypatch.setattr(server_module, "ABORT_AFTER_SECONDS", 0.1)

    def pour(self, serving: Serving, ann: Visitor) -> None:
        ann.says(f"pour {self.LINES} {self.LENGTH}")
        ann.line("poured")

    def check_that_all_arrives(self, serving: Serving, token: str, seq: int, ann: Visitor) -> None:
        """Come back, as often as the server says so, until all is there; each time there must be more."""
        back = serving.visitor(token, seq)
        while True:
            before = back.newest
            try:
                back.place("task")
                break
            except ConnectionClosed:
                pass
            assert back.newest > before
            assert back.close_code() in (1013, 1006)
            back = back.again()
        assert back.newest >= seq + self.LINES
        talk(serving, ann, back)

    def test_a_slow_one_is_closed_with_a_reason_and_gets_every_line_after_coming_back(self, serving, monkeypatch):
        monkeypatch.setattr(socket_module, "GIVE_UP_AFTER_SECONDS", 60)
        ann = serving.visitor()
        client, token, seq = partner_by_hand(serving, ann, receive_bytes=50_000)
        self.pour(serving, ann)
        newest = seq
        while (frame := client.read_frame()) is not None and frame[0] == Opcode.TEXT:
            line = json.loads(frame[1])
            if line["type"] == "message":
                assert line["seq"] == newest + 1
                newest += 1
        assert frame is not None
        assert frame[0] == Opcode.CLOSE
        assert int.from_bytes(frame[1][:2], "big") == 1013
        assert newest < seq + self.LINES
        ann.partner("Bob", "away")
        self.check_that_all_arrives(serving, token, seq, ann)

    def test_one_who_never_reads_is_away_after_a_while_and_gets_every_line_after_coming_back(
        self, serving, monkeypatch
    ):
        monkeypatch.setattr(socket_module, "GIVE_UP_AFTER_SECONDS", 0.05)
        ann = serving.visitor()
        _, token, seq = partner_by_hand(serving, ann, receive_bytes=50_000)
        self.pour(serving, ann)
        ann.partner("Bob", "away")
        assert serving.browser.connected == 1
        self.check_that_all_arrives(serving, token, seq, ann)

    def test_others_notice_nothing(self, serving):
        ann = serving.visitor()
        client, _, _ = partner_by_hand(serving, ann, receive_bytes=50_000)
        others = serving.pair()
        self.pour(serving, ann)
        talk(serving, *others)
        script = serving.script()
        script.says("hi")
        assert script.texts(1) == ["menu"]
        client.resets()
        ann.partner("Bob", "away")

    def test_what_waits_for_all_of_them_is_bounded_together(self, caplog, monkeypatch):
        monkeypatch.setattr(socket_module, "MAX_WAITING_CHARACTERS", 15_000_000)
        monkeypatch.setattr(socket_module, "MAX_ALL_WAITING_CHARACTERS", 15_000_000)
        with serve(caplog) as here:
            ann, cid = here.visitor(), here.visitor()
            _, bob, seq = partner_by_hand(here, ann, receive_bytes=50_000)
            partner_by_hand(here, cid, receive_bytes=50_000)
            self.pour(here, ann)
            self.pour(here, cid)
            # Of the two who read nothing, the one for whom most waited, and only that one.
            ann.partner("Bob", "away")
            here.until(lambda figures: figures.away == 1)
            talk(here, *here.pair())
            self.check_that_all_arrives(here, bob, seq, ann)

    def test_one_who_does_not_read_does_not_hold_up_the_shutdown_for_long(self, serving):
        ann = serving.visitor()
        partner_by_hand(serving, ann, receive_bytes=50_000)
        self.pour(serving, ann)
        assert serving.service.close(grace_seconds=0) == []
        closing = threading.Thread(target=serving.app.close, daemon=True)
        closing.start()
        closing.join(PATIENCE_SECONDS)
        assert not closing.is_alive()


class TestSilentConnections:
    def test_a_hundred_that_never_speak_leave_two_who_talk_alone(self, serving):
        silent = [serving.raw(None) for _ in range(40)] + [serving.raw() for _ in range(40)]
        for _ in range(20):
            RawClient(serving)
            RawClient(serving).write(b"GET /websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: webso")
        ann, bob = serving.pair()
        for number in range(10):
            talk(serving, ann, bob, str(number))
        assert serving.browser.connected == len(silent) + 2
        for client in silent[::2]:
            client.resets()
        talk(serving, ann, bob)
        late = silent[-1]
        late.say(type="session", token=None, seq=0)
        assert late.read_json()["type"] == "session"

    def test_half_a_frame_is_waited_for_without_holding_anyone_up(self, serving):
        ann, bob = serving.pair()
        halves = [serving.raw(None) for _ in range(20)]
        frame = raw_frame(Opcode.TEXT, json.dumps({"text": "hi"}).encode())
        for client in halves:
            client.write(frame[:-3])
        talk(serving, ann, bob)
        for client in halves:
            client.write(frame[-3:])
            assert client.read_json()["text"] == "menu"

    @pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "])
    def test_one_that_never_asks_for_anything_is_closed_after_a_while(self, serving, monkeypatch, begun):
        monkeypatch.setattr(request_timeout, "REQUEST_WITHIN_SECONDS", 0.05)
        client = RawClient(serving)
        client.write(begun)
        assert client.receive() == b""

    def test_a_conversation_outlasts_the_patience_with_first_requests(self, serving, monkeypatch):
        monkeypatch.setattr(request_timeout, "REQUEST_WITHIN_SECONDS", 0.2)
        ann, bob = serving.pair()
        late = RawClient(serving)
        assert late.receive() == b""
        talk(serving, ann, bob)

    def test_one_that_comes_and_goes_at_once_leaves_nothing_behind(self, serving):
        for _ in range(50):
            serving.raw().resets()
            serving.raw(None).resets()
            client = RawClient(serving)
            client.write(b"GET / HTTP/1.1\r\n")
            client.resets()
        serving.until(lambda _: serving.browser.connected == 0)
        talk(serving, *serving.pair())

    def test_a_client_that_says_goodbye_before_hello_is_forgotten(self, serving):
        client = serving.raw()
        client.frame(Opcode.CLOSE, b"")
        client.close_code()
        serving.until(lambda _: serving.browser.connected == 0)
        assert serving.service.counts().places == {}


class TestMistakesOfWorlds:
    @pytest.fixture
    def log(self, caplog):
        return caplog

    def test_the_person_is_told_in_one_sentence_and_never_sees_the_inside(self, serving, log):
        serving.tolerated = ("",)
        person = serving.visitor()
        person.line("menu")
        person.says("broken")
        person.line("you are Person 1")
        person.says("go on")
        person.line(serving.texts.world_failed)
        person.place("overworld")
        person.line("menu")
        shown = json.dumps([*person.heard, *person.passed_over])
        assert not any(word in shown for word in INSIDE)
        assert "the secret inside of a world" in log.text
        person.says("echo")
        person.line("you are Person 1")


def test_messages_that_are_never_whole_are_counted_and_logged_ever_less(caplog, monkeypatch):
    monkeypatch.setattr(server_module, "MAX_UNFINISHED_BYTES", 10_000)
    with serve(caplog) as here:
        ann, bob = here.pair()
        for _ in range(12):
            client = here.raw()
            size = 20_000
            client.write(b"\x81\xfe" + size.to_bytes(2, "big") + b"\0\0\0\0" + b"A" * (size - 1))
            while client.read_frame() is not None:
                pass
        talk(here, ann, bob)
        assert here.ask_health().json()["not_taken"] == {"unfinished_frame": 12}
    said = [record.getMessage() for record in caplog.records if "unfinished" in record.getMessage()]
    assert [line.split()[1] for line in said] == ["1", "10"]
