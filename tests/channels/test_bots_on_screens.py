"""What is sent of bots: those that people are told of are marked, and their lines grow; others pass for people."""

from __future__ import annotations

import json

import pytest
from channel_lab import token_of

from parleyrun.channels.browser.frame_writing import plain_line, v1_growing, v1_line
from parleyrun.channels.memory_channel import MemoryChannel
from parleyrun.core.message import FrozenDict, Message
from parleyrun.events import Delivery
from parleyrun.message_marks import BOT, VERBATIM
from parleyrun.signals import Growing, Place, ReadMark, Typing
from parleyrun.store.media_library import MediaLibrary

MEDIA = MediaLibrary()
BY_PERSON = Message("**hello**", id="Sam", carried_line="browser:sam#3")
UNDISCLOSED = Message("**hello**", id="Sam", carried_line="bot:seller@u1#2")
DISCLOSED = Message("**hello**", id="Sam", carried_line="bot:seller@u1#2", extra=FrozenDict({BOT: True}))


def line(message, seq=4, **more):
    return Delivery("browser:ann", seq, message, at=1_700_000_000.5, **more)


def v1(message, markdown="authors", **more):
    return json.loads(v1_line(line(message, **more), MEDIA, markdown))


class TestLines:
    def test_a_bot_that_people_are_told_of_is_marked(self):
        frame = v1(DISCLOSED)
        assert frame["bot"] is True
        assert frame["id"] == "Sam"

    @pytest.mark.parametrize("markdown", ["authors", "all", "none"])
    def test_a_line_of_an_undisclosed_bot_is_to_the_last_byte_that_of_a_person(self, markdown):
        said = v1_line(line(UNDISCLOSED), MEDIA, markdown)
        assert list(json.loads(said)) == list(v1(BY_PERSON, markdown))
        assert said == v1_line(line(BY_PERSON), MEDIA, markdown)
        assert ("markup" in json.loads(said)) is (markdown == "all")

    def test_what_an_undisclosed_bot_shows_is_in_the_keys_that_a_persons_is(self):
        picture = FrozenDict(type="image", url="https://example.org/a.png", alt="A cat")
        more = {"quick_replies": ("yes",), "payload": picture}
        by_person = Message("look", id="Sam", carried_line="browser:sam#3", **more)
        by_bot = Message("look", id="Sam", carried_line="bot:seller@u1#2", **more)
        assert list(v1(by_bot)) == list(v1(by_person))

    def test_a_mark_that_is_not_true_is_none(self):
        for value in (False, 1, "yes", None):
            assert "bot" not in v1(Message("hi", id="Sam", extra=FrozenDict({BOT: value})))

    def test_the_plain_dialect_does_not_tell(self):
        assert plain_line(DISCLOSED, MEDIA) == plain_line(UNDISCLOSED, MEDIA) == plain_line(BY_PERSON, MEDIA)
        assert json.loads(plain_line(DISCLOSED, MEDIA)) == {"text": "**hello**", "quick_replies": None}

    def test_the_words_of_a_bot_that_people_are_told_of_are_formatted_as_authors_are(self):
        assert v1(DISCLOSED)["markup"] == [["p", ["strong", "hello"]]]
        assert "markup" not in v1(DISCLOSED, "none")
        told_anew = Message("**x**", id="Sam", extra=FrozenDict({BOT: True, VERBATIM: True}))
        assert "markup" in v1(told_anew)

    def test_who_comes_back_gets_the_mark_again(self, lab):
        link, peer = lab.visitor()
        token = token_of(link)
        lab.service.logs[peer.participant_id] = [Delivery(peer.participant_id, 1, DISCLOSED)]
        again, _ = lab.visitor(token)
        assert [frame["bot"] for frame in again.of_type("message")] == [True]


class TestGrowing:
    def test_the_frame_has_who_speaks_and_the_words_so_far(self):
        assert v1_growing(Growing("Sam", 'a "b" \ud83d')) == (
            '{"type":"growing","id":"Sam","text":"a \\"b\\" \\ud83d"}'
        )

    def test_of_words_that_wait_only_the_newest_are_sent(self, lab):
        link, peer = lab.visitor()
        for text in ("Once", "Once upon", "Once upon a time"):
            lab.channel.signal(peer.participant_id, Growing("Sam", text))
        lab.channel.signal(peer.participant_id, Growing("Kim", "Well"))
        assert link.of_type("growing") == []
        link.has_time()
        assert link.of_type("growing") == [
            {"type": "growing", "id": "Sam", "text": "Once upon a time"},
            {"type": "growing", "id": "Kim", "text": "Well"},
        ]

    def test_once_the_line_is_there_its_words_so_far_are_not_sent(self, lab):
        link, peer = lab.visitor()
        lab.channel.signal(peer.participant_id, Growing("Bob", "Hel"))
        lab.channel.signal(peer.participant_id, Growing("Sam", "Wel"))
        lab.says(peer, "Hello")
        link.has_time()
        assert [frame["id"] for frame in link.frames[1:]] == ["Bob", "Sam"]
        assert [frame["type"] for frame in link.frames[1:]] == ["message", "growing"]

    def test_what_is_taken_back_is_told_at_once(self, lab):
        link, peer = lab.visitor()
        lab.channel.signal(peer.participant_id, Growing("Sam", "Hel"))
        lab.channel.signal(peer.participant_id, Growing("Sam", ""))
        link.has_time()
        assert link.of_type("growing") == [{"type": "growing", "id": "Sam", "text": ""}]

    def test_who_comes_back_sees_just_the_recorded_line(self, lab):
        link, peer = lab.visitor()
        line = lab.says(peer, "before")
        token = token_of(link)
        again, other = lab.v1()
        other.received(json.dumps({"type": "session", "token": token, "seq": line.seq}))
        lab.channel.signal(peer.participant_id, Growing("Bob", "Hel"))
        lab.says(other, "Hello")
        while other.catch_up():
            pass
        again.has_time()
        assert [frame["type"] for frame in again.frames] == ["session", "message"]

    def test_a_script_and_the_memory_channel_never_get_it(self, lab):
        link, peer = lab.plain()
        lab.channel.signal(peer.participant_id, Growing("Sam", "Hel"))
        lab.channel.signal(peer.participant_id, Growing("Sam", ""))
        link.has_time()
        assert link.frames == []
        memory = MemoryChannel()
        memory.signal("memory:ann", Growing("Sam", "Hel"))
        memory.signal("memory:ann", Typing("Sam", True))
        assert memory.signals("ann") == [Typing("Sam", True)]

    def test_bots_type_and_read_as_people_do(self, lab):
        link, peer = lab.visitor()
        for signal in (Typing("Sam", True), ReadMark("Sam", 3), Place("task", "chat", 0.0, "Ann")):
            lab.channel.signal(peer.participant_id, signal)
        assert link.frames[1:3] == [
            {"type": "typing", "id": "Sam", "on": True},
            {"type": "read", "id": "Sam", "seq": 3},
        ]
