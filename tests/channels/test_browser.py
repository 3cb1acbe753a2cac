"""The browser channel: tokens, resuming, limits, and which connection is a person's."""

from __future__ import annotations

import json
import threading

import pytest
from channel_lab import FakeLink, Lab, send, token_of

from parleyrun.channels.browser.peer import BAD_FRAMES_ALLOWED
from parleyrun.config.schema import Limits
from parleyrun.config.texts import Texts
from parleyrun.core.message import FrozenDict, Message
from parleyrun.errors import ChannelError
from parleyrun.events import (
    Arrived,
    DeliveredThrough,
    Delivery,
    Inbound,
    ReadThrough,
    RefusalReason,
    TypingChanged,
    Went,
)
from parleyrun.signals import Ended, Place, Presence, ReadMark, Typing

PATIENCE_SECONDS = 60.0


class TestComing:
    def test_a_newcomer_is_given_a_token_and_opens_the_overworld(self, lab):
        link, peer = lab.visitor(entry={"ref": "poster"})
        assert link.frames == [
            {"type": "session", "token": token_of(link), "seq": 0, "resumed": False, "title": "A study"}
        ]
        assert lab.service.events == [Arrived(peer.participant_id, FrozenDict(ref="poster"), opens=True)]

    def test_everyone_who_comes_is_somebody_else(self, lab):
        people = [lab.visitor() for _ in range(50)]
        assert len({peer.participant_id for _, peer in people}) == 50
        assert len({token_of(link) for link, _ in people}) == 50
        assert all(peer.participant_id.startswith("browser:") for _, peer in people)

    def test_the_token_does_not_show_the_key(self, lab):
        link, _ = lab.visitor()
        assert lab.service.key.hex() not in token_of(link)

    def test_an_open_connection_that_says_nothing_is_nobody_yet(self, lab):
        _, peer = lab.v1()
        peer.disconnected()
        assert lab.service.events == []

    def test_who_says_no_session_frame_in_time_is_closed(self, lab):
        link, peer = lab.v1()
        peer.idle_too_long()
        assert link.closed == 1008
        assert link.frames == []

    def test_who_said_one_in_time_is_not(self, lab):
        link, peer = lab.visitor()
        peer.idle_too_long()
        assert link.closed is None

    def test_a_plain_connection_that_never_speaks_is_closed_and_one_that_spoke_once_is_not(self, lab):
        silent, silent_peer = lab.plain()
        spoke, peer = lab.plain()
        peer.received('{"text": ""}')
        peer.idle_too_long()
        silent_peer.idle_too_long()
        assert (silent.closed, spoke.closed) == (1008, None)

    def test_a_plain_connection_is_a_participant_at_once_but_opens_nothing(self, lab):
        link, peer = lab.plain()
        assert lab.service.events == [Arrived(peer.participant_id)]
        assert link.frames == []

    @pytest.mark.parametrize("v1", [True, False])
    def test_nobody_comes_in_before_the_channel_is_open_or_after_it_closed(self, v1):
        lab = Lab()
        lab.channel.close()
        with pytest.raises(ChannelError, match="not open"):
            lab.channel.connect(FakeLink(), v1=v1)
        lab.channel.close()
        assert lab.channel.connected == 0

    def test_closing_closes_every_connection_with_the_code_to_come_back_later(self, lab):
        links = [lab.visitor()[0], lab.v1()[0], lab.plain()[0]]
        lab.channel.close()
        assert [link.closed for link in links] == [1012, 1012, 1012]

    def test_what_happens_after_closing_is_told_to_nobody(self, lab):
        _, peer = lab.visitor()
        lab.channel.close()
        lab.service.events.clear()
        send(peer, "message", message_id="1", text="hi")
        peer.disconnected()
        assert lab.service.events == []


class TestTokens:
    def test_a_token_brings_its_person_back(self, lab):
        link, peer = lab.visitor()
        peer.disconnected()
        again, back = lab.visitor(token_of(link))
        assert back.participant_id == peer.participant_id
        assert again.frames[0]["resumed"] is True
        assert token_of(again) == token_of(link)

    def test_a_token_outlives_a_restart_with_the_same_store(self, lab):
        link, peer = lab.visitor()
        restarted = Lab()
        assert restarted.visitor(token_of(link))[1].participant_id == peer.participant_id

    def test_a_token_of_another_store_is_unknown(self, lab):
        link, peer = lab.visitor()
        other = Lab()
        other.service.key = b"x" * 32
        other.channel.start(other.service.deliver, other.service)
        again, newcomer = other.visitor(token_of(link), seq=5)
        assert again.frames[0]["resumed"] is False
        assert newcomer.participant_id != peer.participant_id

    @pytest.mark.parametrize(
        "forge",
        [
            lambda token: token[:-1],
            lambda token: token + "0",
            lambda token: token + " ",
            lambda token: token.upper(),
            lambda token: token.partition(".")[0],
            lambda token: token.partition(".")[0] + ".",
            lambda token: "." + token.partition(".")[2],
            lambda token: "0" + token[1:] if token[0] != "0" else "1" + token[1:],
            lambda token: token.replace(".", ".."),
            lambda token: "browser:" + token,
            lambda token: token + "\n",
            lambda token: token + "\ud800",
            lambda token: token.replace(".", "é."),
            lambda token: token.replace(".", ".é"),
            lambda token: "",
            lambda token: ".",
            lambda token: "x" * 1_000_000,
            lambda token: "\x00" + token,
        ],
    )
    def test_a_forged_token_makes_a_newcomer_of_its_bearer(self, lab, forge):
        link, peer = lab.visitor()
        lab.says(peer, "a secret")
        again, newcomer = lab.visitor(forge(token_of(link)))
        assert newcomer.participant_id != peer.participant_id
        assert [frame["type"] for frame in again.frames] == ["session"]
        assert again.frames[0]["resumed"] is False
        assert again.closed is None
        assert link.closed is None

    def test_a_plain_connection_has_no_way_to_be_somebody_else(self, lab):
        link, peer = lab.visitor()
        _, plain = lab.plain()
        plain.received(json.dumps({"type": "session", "token": token_of(link), "text": "hi"}))
        assert plain.participant_id != peer.participant_id
        assert link.closed is None


class TestComingBack:
    def test_exactly_what_was_missed_is_sent_again(self, lab):
        link, peer = lab.visitor()
        for number in range(1, 4):
            lab.says(peer, f"line {number}")
        peer.disconnected()
        lab.says(peer, "line 4")
        send(peer, "message", message_id="late", text="line 5")
        again, _ = lab.visitor(token_of(link), seq=3)
        assert [frame["type"] for frame in again.frames] == ["session", "message", "message"]
        assert again.frames[0]["seq"] == 5
        assert [(frame["seq"], frame["text"], frame["mine"]) for frame in again.frames[1:]] == [
            (4, "line 4", False),
            (5, "line 5", True),
        ]
        assert again.frames[2]["message_id"] == "late"

    def test_who_missed_nothing_is_sent_nothing(self, lab):
        link, peer = lab.visitor()
        lab.says(peer, "one")
        again, back = lab.visitor(token_of(link), seq=1)
        assert again.frames[0]["seq"] == 1
        assert again.seqs == []
        lab.says(back, "two")
        assert again.seqs == [2]

    def test_who_has_nothing_left_is_sent_everything(self, lab):
        link, peer = lab.visitor()
        for number in range(3):
            lab.says(peer, str(number))
        assert lab.visitor(token_of(link), seq=0)[0].seqs == [1, 2, 3]

    def test_a_newcomer_who_claims_to_have_lines_is_sent_the_first_ones_all_the_same(self, lab):
        link, peer = lab.visitor(seq=40)
        lab.says(peer, "one")
        assert link.seqs == [1]
        assert link.frames[0]["seq"] == 0

    @pytest.mark.parametrize("seq", [3, 4, 1000, 2**53 - 1])
    def test_who_claims_lines_that_do_not_exist_starts_anew_and_misses_nothing(self, lab, seq):
        link, peer = lab.visitor()
        lab.says(peer, "one")
        lab.says(peer, "two")
        again, back = lab.visitor(token_of(link), seq=seq)
        lab.says(back, "three")
        assert again.frames[0]["resumed"] is False
        assert again.frames[0]["seq"] == 2
        assert back.participant_id == peer.participant_id
        assert again.seqs == [1, 2, 3]

    def test_who_was_forgotten_meanwhile_sees_the_new_log_from_its_first_line(self, lab):
        link, peer = lab.visitor()
        for number in range(5):
            lab.says(peer, str(number))
        peer.disconnected()
        lab.service.logs.clear()
        again, back = lab.visitor(token_of(link), seq=5)
        lab.says(back, "welcome")
        assert again.frames[0] == {**again.frames[0], "seq": 0, "resumed": False}
        assert again.seqs == [1]

    def test_the_session_frame_comes_before_everything_else(self, lab):
        """Lines and signals that come while somebody is being greeted wait until they have been."""
        link, peer = lab.visitor()
        lab.says(peer, "one")
        again, back = lab.v1()

        def meanwhile(participant_id, seq, at_most):
            lab.channel.signal(participant_id, Typing("Bob", True))
            lab.says(peer, "two")
            lab.channel.signal(participant_id, Presence("Bob", "left"))
            return original(participant_id, seq, at_most)

        original, lab.service.lines_after = lab.service.lines_after, meanwhile
        send(back, "session", token=token_of(link), seq=0)
        assert [frame["type"] for frame in again.frames] == ["session", "message", "message", "typing", "presence"]
        assert again.seqs == [1, 2]

    def test_a_visit_that_ends_while_somebody_is_being_greeted_still_ends(self, lab):
        link, _ = lab.visitor()
        again, back = lab.v1()

        def meanwhile(participant_id, seq, at_most):
            lab.channel.signal(participant_id, Ended("closing"))
            return original(participant_id, seq, at_most)

        original, lab.service.lines_after = lab.service.lines_after, meanwhile
        send(back, "session", token=token_of(link), seq=0)
        assert [frame["type"] for frame in again.frames] == ["session", "ended"]
        assert again.closed == 1012

    def test_a_line_that_was_erased_while_somebody_is_greeted_is_not_looked_for_for_ever(self, lab):
        link, peer = lab.visitor()
        again, back = lab.v1()
        back.received(json.dumps({"type": "session", "token": token_of(link), "seq": 0}))
        lab.says(peer, "one")
        lab.service.logs.clear()
        assert not back.catch_up()
        lab.service.logs[peer.participant_id] = [Delivery(peer.participant_id, 1, Message("one, erased"))]
        assert lab.says(peer, "two").seq == 2
        assert again.seqs == [2]

    @pytest.mark.parametrize("moment", ["before the look", "after the look"])
    def test_lines_that_arrive_during_catch_up_are_neither_lost_nor_doubled_nor_out_of_order(self, lab, moment):
        link, peer = lab.visitor()
        for number in range(1, 11):
            lab.says(peer, str(number))
        again, back = lab.v1()
        speaker_may_speak, speaker_spoke = threading.Event(), threading.Event()

        def speak():
            assert speaker_may_speak.wait(PATIENCE_SECONDS)
            for number in range(11, 21):
                lab.says(peer, str(number))
            speaker_spoke.set()

        def look(participant_id, seq, at_most):
            if moment == "before the look":
                speaker_may_speak.set()
                assert speaker_spoke.wait(PATIENCE_SECONDS)
            found = original(participant_id, seq, at_most)
            speaker_may_speak.set()
            assert speaker_spoke.wait(PATIENCE_SECONDS)
            return found

        original, lab.service.lines_after = lab.service.lines_after, look
        speaker = threading.Thread(target=speak)
        speaker.start()
        send(back, "session", token=token_of(link), seq=4)
        speaker.join(PATIENCE_SECONDS)
        assert again.seqs == list(range(5, 21))

    def test_a_partner_who_talks_without_pause_is_followed_through_many_reconnections(self, lab):
        link, peer = lab.visitor()
        token, participant_id = token_of(link), peer.participant_id
        together = threading.Barrier(2)

        def talk():
            together.wait(PATIENCE_SECONDS)
            for number in range(2_000):
                lab.says(peer, str(number))

        talker = threading.Thread(target=talk)
        talker.start()
        together.wait(PATIENCE_SECONDS)
        seen, newest = [], 0
        for _ in range(50):
            link, back = lab.visitor(token, seq=newest)
            back.disconnected()
            seen += link.seqs
            newest = max([newest, *link.seqs])
        talker.join(PATIENCE_SECONDS)
        link, back = lab.visitor(token, seq=newest)
        assert back.participant_id == participant_id
        assert seen + link.seqs == list(range(1, 2_001))

    def test_a_line_that_is_sent_twice_is_shown_once(self, lab):
        link, peer = lab.visitor()
        line = lab.says(peer, "one")
        lab.channel.send(line)
        assert link.seqs == [1]


class TestTwoConnectionsOfOnePerson:
    def test_the_older_one_is_told_and_closed_and_nobody_went(self, lab):
        older, peer = lab.visitor()
        newer, _ = lab.visitor(token_of(older))
        assert older.frames[-1] == {"type": "ended", "reason": "elsewhere", "text": ""}
        assert older.closed == 4001
        peer.disconnected()
        assert lab.service.of_type(Went) == []
        assert newer.closed is None

    def test_lines_go_to_the_newer_one_only(self, lab):
        older, peer = lab.visitor()
        newer, _ = lab.visitor(token_of(older))
        lab.says(peer, "one")
        assert (older.seqs, newer.seqs) == ([], [1])

    def test_when_the_newer_one_goes_its_person_goes(self, lab):
        older, first = lab.visitor()
        _, second = lab.visitor(token_of(older))
        second.disconnected()
        assert lab.service.of_type(Went) == [Went(first.participant_id)]
        first.disconnected()
        assert len(lab.service.of_type(Went)) == 1

    def test_a_disconnection_that_is_told_twice_counts_once(self, lab):
        _, peer = lab.visitor()
        peer.disconnected()
        peer.disconnected()
        assert lab.service.of_type(Went) == [Went(peer.participant_id)]
        assert lab.channel.connected == 0

    def test_what_the_older_one_had_said_is_still_taken(self, lab):
        older, peer = lab.visitor()
        lab.visitor(token_of(older))
        send(peer, "message", message_id="1", text="on its way")
        assert [event.text for event in lab.service.of_type(Inbound)] == ["on its way"]


class TestSaying:
    def test_a_message_is_acknowledged_with_its_line(self, lab):
        link, peer = lab.visitor()
        send(peer, "message", message_id="m1", text="hello")
        assert lab.service.of_type(Inbound) == [Inbound(peer.participant_id, "m1", "hello", None, 1000.0)]
        assert link.frames[-1] == {"type": "ack", "message_id": "m1", "seq": 1}

    def test_the_same_message_again_is_acknowledged_with_its_first_line(self, lab):
        link, peer = lab.visitor()
        send(peer, "message", message_id="m1", text="hello")
        send(peer, "message", message_id="m2", text="other")
        again, back = lab.visitor(token_of(link), seq=2)
        send(back, "message", message_id="m1", text="hello")
        assert again.of_type("ack") == [{"type": "ack", "message_id": "m1", "seq": 1}]

    def test_a_refusal_names_the_message_it_is_about(self, lab):
        link, peer = lab.visitor()
        lab.service.refused = RefusalReason.CLOSING
        send(peer, "message", message_id="m1", text="hello")
        assert link.frames[-1] == {
            "type": "error",
            "code": "refused",
            "text": Texts().closing_refused,
            "message_id": "m1",
        }

    def test_a_refused_script_is_told_in_words(self, lab):
        link, peer = lab.plain()
        lab.service.refused = RefusalReason.CLOSING
        peer.received('{"text": "hello"}')
        assert link.frames == [{"text": Texts().closing_refused, "quick_replies": None}]

    def test_a_script_has_no_acks_and_equal_texts_are_messages_of_their_own(self, lab):
        link, peer = lab.plain()
        peer.received('{"text": "hello"}')
        peer.received('{"text": "hello"}')
        assert link.frames == []
        assert len({event.message_id for event in lab.service.of_type(Inbound)}) == 2

    def test_a_script_is_sent_lines_and_nothing_else(self, lab):
        link, peer = lab.plain()
        for signal in (Typing("Bob", True), Presence("Bob", "away"), Place("task"), ReadMark("Bob", 1)):
            lab.channel.signal(peer.participant_id, signal)
        lab.channel.send(Delivery(peer.participant_id, 1, Message("yes?", id="Bob", quick_replies=("y",))))
        lab.channel.signal(peer.participant_id, Ended("goodbye"))
        assert link.frames == [{"text": "yes?", "quick_replies": ["y"]}]
        assert link.closed is None

    def test_typing_delivery_and_reading_are_handed_on(self, lab):
        _, peer = lab.visitor()
        send(peer, "typing", on=True)
        send(peer, "typing", on=False)
        send(peer, "delivered", seq=4)
        send(peer, "read", seq=3)
        me = peer.participant_id
        assert lab.service.events[1:] == [
            TypingChanged(me, True),
            TypingChanged(me, False),
            DeliveredThrough(me, 4),
            ReadThrough(me, 3),
        ]

    def test_marks_of_how_far_lines_came_weigh_little(self, lab):
        _, peer = lab.visitor()
        fast = [peer.received(json.dumps({"type": "delivered", "seq": seq})) for seq in range(40)]
        assert not any(fast)

    @pytest.mark.parametrize(
        "frame",
        [
            {"type": "message", "message_id": "1", "text": "hi"},
            {"type": "typing", "on": True},
            {"type": "delivered", "seq": 1},
            {"type": "read", "seq": 1},
        ],
    )
    def test_nothing_is_taken_before_the_session_frame(self, lab, frame):
        link, peer = lab.v1()
        peer.received(json.dumps(frame))
        assert lab.service.events == []
        assert link.frames[-1]["code"] == "bad_frame"
        assert "session" in link.frames[-1]["text"]

    def test_a_second_session_frame_changes_nothing(self, lab):
        stranger, _ = lab.visitor()
        link, peer = lab.visitor()
        me = peer.participant_id
        send(peer, "session", token=token_of(stranger), seq=0)
        assert peer.participant_id == me
        assert link.frames[-1]["code"] == "bad_frame"
        assert stranger.closed is None


class TestSignals:
    @pytest.mark.parametrize(
        ("signal", "frame"),
        [
            (Typing("Bob", True), {"type": "typing", "id": "Bob", "on": True}),
            (ReadMark("Bob", 4), {"type": "read", "id": "Bob", "seq": 4}),
            (Presence("Bob", "away"), {"type": "presence", "id": "Bob", "state": "away"}),
            (
                Place("task", "chat", since=990.04, role="Ann"),
                {"type": "presence", "place": "task", "task": "chat", "role": "Ann", "waited": 10.0},
            ),
            (
                Place("waiting", "chat", since=2_000.0),
                {"type": "presence", "place": "waiting", "task": "chat", "role": None, "waited": 0.0},
            ),
        ],
    )
    def test_each_signal_has_its_frame(self, lab, signal, frame):
        link, peer = lab.visitor()
        lab.channel.signal(peer.participant_id, signal)
        assert link.frames[-1] == frame
        assert link.closed is None

    @pytest.mark.parametrize(
        ("reason", "code", "text"),
        [
            ("goodbye", 1000, Texts().goodbye),
            ("left", 1000, Texts().place_lost),
            ("closing", 1012, Texts().closing_refused),
        ],
    )
    def test_the_end_of_a_visit_is_told_before_the_connection_closes(self, lab, reason, code, text):
        link, peer = lab.visitor()
        lab.channel.signal(peer.participant_id, Ended(reason))
        assert link.frames[-1] == {"type": "ended", "reason": reason, "text": text}
        assert link.closed == code

    def test_after_a_goodbye_the_same_person_can_come_again(self, lab):
        link, peer = lab.visitor()
        lab.channel.signal(peer.participant_id, Ended("goodbye"))
        peer.disconnected()
        _, back = lab.visitor(token_of(link))
        assert lab.service.events[-2:] == [Went(peer.participant_id), Arrived(back.participant_id, opens=True)]

    def test_lines_and_signals_for_people_who_are_not_connected_go_nowhere(self, lab):
        lab.channel.signal("browser:nobody", Typing("Bob", True))
        lab.channel.send(Delivery("browser:nobody", 1, Message("hi")))
        lab.channel.signal("", Ended("closing"))
        link, _ = lab.v1()
        lab.channel.send(Delivery("", 1, Message("hi")))
        assert link.frames == []


class TestLimits:
    def test_a_text_may_be_as_long_as_the_limit_in_bytes(self, slow_lab):
        _, peer = slow_lab.visitor()
        send(peer, "message", message_id="1", text="é" * 5)
        assert [event.text for event in slow_lab.service.of_type(Inbound)] == ["é" * 5]

    def test_one_that_is_too_long_for_the_service_is_refused_by_name(self, slow_lab):
        slow_lab.service.refused = RefusalReason.TOO_LONG
        link, peer = slow_lab.visitor()
        send(peer, "message", message_id="1", text="x" * 11)
        error = link.frames[-1]
        assert (error["code"], error["message_id"]) == ("too_long", "1")
        assert "10 bytes" in error["text"]

    def test_a_script_is_told_so_in_words(self, slow_lab):
        slow_lab.service.refused = RefusalReason.TOO_LONG
        link, peer = slow_lab.plain()
        peer.received(json.dumps({"text": "x" * 11}))
        assert "10 bytes" in link.frames[0]["text"]

    @pytest.mark.parametrize("dialect", ["plain", "v1"])
    def test_a_flood_is_slowed_down_noticed_once_and_taken_whole(self, slow_lab, dialect):
        link, peer = slow_lab.plain() if dialect == "plain" else slow_lab.visitor()
        waits = []
        for number in range(40):
            frame = {"type": "message", "message_id": str(number), "text": str(number)}
            waits.append(peer.received(json.dumps(frame)))
            slow_lab.seconds += waits[-1] / 4
        assert [event.text for event in slow_lab.service.of_type(Inbound)] == [str(number) for number in range(40)]
        assert all(wait > 0 for wait in waits[3:])
        notices = [frame for frame in link.frames if frame.get("text") == Texts().too_fast]
        assert len(notices) == 1 + int(slow_lab.seconds // 10)
        if dialect == "v1":
            assert len(link.of_type("ack")) == 40
            assert notices[0] == {"type": "error", "code": "too_fast", "text": Texts().too_fast}

    def test_whoever_keeps_to_the_limit_is_never_told_off(self, slow_lab):
        link, peer = slow_lab.visitor()
        for number in range(20):
            slow_lab.seconds += 0.5
            assert send(peer, "message", message_id=str(number), text="x") == 0
        assert link.of_type("error") == []

    def test_a_flood_of_typing_and_of_garbage_is_slowed_down_as_well(self, slow_lab):
        _, typist = slow_lab.visitor()
        assert sum(send(typist, "typing", on=True) for _ in range(40)) > 0
        _, babbler = slow_lab.v1()
        assert sum(babbler.received("?") for _ in range(10)) > 0

    def test_a_sentence_that_the_config_silences_is_not_said(self):
        lab = Lab(Limits(messages_per_second=1.0), Texts(too_fast=""))
        link, peer = lab.plain()
        waits = [peer.received('{"text": "x"}') for _ in range(5)]
        assert waits[-1] > 0
        assert link.frames == []


class TestBadFrames:
    @pytest.mark.parametrize("dialect", ["plain", "v1"])
    def test_they_are_answered_politely_until_patience_ends(self, lab, dialect):
        link, peer = lab.plain() if dialect == "plain" else lab.v1()
        for _ in range(BAD_FRAMES_ALLOWED):
            peer.received("{")
        assert link.closed is None
        assert len(link.frames) == BAD_FRAMES_ALLOWED
        assert all(frame["text"].startswith(Texts().bad_message) for frame in link.frames)
        peer.received("{")
        assert link.closed == 1008
        assert len(link.frames) == BAD_FRAMES_ALLOWED

    def test_a_few_do_not_spoil_the_session(self, lab):
        link, peer = lab.visitor()
        for raw in ("", "[]", '{"type": "message"}', '{"type": "read", "seq": -1}', '{"type": "dance"}'):
            peer.received(raw)
        send(peer, "message", message_id="1", text="still here")
        assert link.frames[-1] == {"type": "ack", "message_id": "1", "seq": 1}
        assert {frame["code"] for frame in link.of_type("error")} == {"bad_frame"}

    @pytest.mark.parametrize("dialect", ["plain", "v1"])
    def test_binary_frames_close_the_connection(self, lab, dialect):
        link, peer = lab.plain() if dialect == "plain" else lab.visitor()
        peer.received_binary()
        assert link.closed == 1003

    @pytest.mark.parametrize(
        "raw", ["", "{", "\x00", '{"type":"session","token":"\\ud800.\\ud800"}', "[" * 50_000]
    )
    def test_no_complaint_shows_anything_of_the_inside(self, lab, raw):
        link, peer = lab.v1()
        peer.received(raw)
        assert not any(word in json.dumps(link.frames) for word in ("Traceback", "Error", "File ", ".py"))
