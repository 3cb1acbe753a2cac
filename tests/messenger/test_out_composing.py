"""From an act to what Messenger shows."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parleyrun.channels.messenger.composing.compose import ONLY_QUICK_REPLIES, compose
from parleyrun.core.message import message_from_act
from parleyrun.store.media_content import (
    MAX_UPLOAD_BYTES,
    ByAttachmentId,
    ByUrl,
    MediaContent,
    media_of,
)


def composed(**act):
    return compose(message_from_act(act))


def texts(composition):
    return [piece.content.get("text") for piece in composition.pieces]


class TestText:
    def test_it_begins_with_whoever_speaks(self):
        assert texts(composed(id="Robin", text="hello")) == ["Robin: hello"]

    def test_the_system_has_no_name(self):
        assert texts(composed(text="Welcome!")) == ["Welcome!"]

    def test_a_persona_has_its_name_on_the_screen_already(self):
        (piece,) = composed(id="Robin", text="hello", persona_id="77").pieces
        assert (piece.content["text"], piece.persona_id) == ("hello", "77")

    def test_every_piece_is_under_the_persona_and_only_the_first_has_the_name(self):
        both = composed(id="Robin", text="one[*SPLIT*]two")
        assert texts(both) == ["Robin: one", "two"]
        assert {piece.persona_id for piece in composed(text="a[*SPLIT*]b", persona_id="7").pieces} == {"7"}

    def test_half_a_surrogate_pair_does_not_stop_the_rest(self):
        (piece,) = composed(text="a\ud800b").pieces
        assert piece.content["text"] == "a\ufffdb"

    @pytest.mark.parametrize("act", [{"text": ""}, {"text": " \n"}, {"id": "Robin", "text": ""}])
    def test_nothing_said_is_nothing_shown(self, act):
        assert composed(**act).pieces == ()


class TestQuickReplies:
    def test_they_are_on_the_last_piece_only(self):
        first, second = composed(text="one[*SPLIT*]two", quick_replies=["yes", "no"]).pieces
        assert "quick_replies" not in first.content
        assert second.content["quick_replies"] == [
            {"content_type": "text", "title": "yes", "payload": "yes"},
            {"content_type": "text", "title": "no", "payload": "no"},
        ]

    def test_they_are_on_a_picture_that_has_no_words_with_it(self):
        act = {"payload": {"type": "image", "url": "https://example.org/a.png"}, "quick_replies": ["cat"]}
        (piece,) = composed(**act).pieces
        assert piece.content["attachment"]["type"] == "image"
        assert len(piece.content["quick_replies"]) == 1

    def test_alone_they_stand_under_a_text_of_ours(self):
        (piece,) = composed(quick_replies=["yes"]).pieces
        assert piece.content["text"] == ONLY_QUICK_REPLIES

    def test_more_than_thirteen_are_told_and_the_first_thirteen_shown(self):
        composition = composed(text="Which?", quick_replies=[f"r{n}" for n in range(15)])
        assert len(composition.pieces[0].content["quick_replies"]) == 13
        (fault,) = composition.faults
        assert "at most 13 quick replies, got 15" in fault
        assert "'r13', 'r14'" in fault

    def test_one_that_is_too_long_is_told_and_the_others_shown(self):
        composition = composed(text="Which?", quick_replies=["x" * 20, "y" * 21])
        (reply,) = composition.pieces[0].content["quick_replies"]
        assert reply["title"] == "x" * 20
        assert "at most 20 characters" in composition.faults[0]
        assert "y" * 21 in composition.faults[0]

    def test_one_that_is_too_long_takes_no_place_among_the_thirteen(self):
        replies = ["y" * 21, *(f"r{n}" for n in range(13))]
        composition = composed(text="Which?", quick_replies=replies)
        assert len(composition.pieces[0].content["quick_replies"]) == 13
        assert len(composition.faults) == 1

    def test_a_blank_one_is_told(self):
        composition = composed(text="Which?", quick_replies=["yes", " "])
        assert len(composition.pieces[0].content["quick_replies"]) == 1
        assert "got a blank one" in composition.faults[0]


class TestPictures:
    def test_they_come_before_the_words(self):
        picture, words = composed(text="look", payload={"type": "image", "url": "https://e.org/a.png"}).pieces
        assert picture.content == {"attachment": {"type": "image", "payload": {"url": "https://e.org/a.png"}}}
        assert words.content == {"text": "look"}
        assert (picture.is_media, words.is_media) == (True, False)

    @pytest.mark.parametrize("kind", ["image", "video", "audio", "file"])
    def test_data_is_uploaded_first(self, kind):
        (piece,) = composed(payload={"type": kind, "data": b"bytes", "name": "a.bin", "mime": "x/y"}).pieces
        assert piece.upload == MediaContent(kind, b"bytes", "a.bin", "x/y")

    def test_data_may_be_base64(self):
        assert media_of({"type": "image", "data": base64.b64encode(b"abc").decode()}).data == b"abc"

    def test_what_meta_has_already_goes_by_its_id(self):
        assert media_of({"type": "image", "attachment_id": 77}) == ByAttachmentId("image", "77")
        assert media_of({"type": "image", "url": "https://e.org/a"}) == ByUrl("image", "https://e.org/a")

    @pytest.mark.parametrize(
        ("payload", "expected"),
        [
            ({"type": "image"}, "expected 'url', 'data' or 'attachment_id'"),
            ({"type": "imgae", "url": "https://e.org"}, "expected one of image, video, audio, file"),
            ({"type": "image", "url": "ftp://e.org"}, "begins with https://"),
            ({"type": "image", "url": 7}, "begins with https://"),
            ({"type": "image", "data": "*"}, "expected base64"),
            ({"type": "image", "data": 7}, "expected bytes"),
            ({"type": "image", "path": "/etc/passwd"}, "service.upload_attachment"),
        ],
    )
    def test_what_cannot_be_shown_is_told_and_the_words_are_shown(self, payload, expected):
        composition = composed(text="look", payload=payload)
        assert texts(composition) == ["look"]
        assert expected in composition.faults[0]

    def test_too_much_is_refused_before_it_is_uploaded(self):
        with pytest.raises(ValueError, match="bytes of image, got"):
            media_of({"type": "image", "data": b"x" * (MAX_UPLOAD_BYTES + 1)})

    def test_a_file_of_this_machine_is_read_only_for_an_author(self, tmp_path):
        (tmp_path / "cat.jpg").write_bytes(b"cat")
        payload = {"type": "image", "path": str(tmp_path / "cat.jpg")}
        assert media_of(payload, files=True) == MediaContent("image", b"cat", "cat.jpg", "image/jpeg")
        with pytest.raises(ValueError, match="a person could have sent"):
            media_of(payload)
        with pytest.raises(ValueError, match="a file that can be read"):
            media_of({"type": "image", "path": str(tmp_path / "dog.jpg")}, files=True)

    def test_the_content_is_in_no_repr(self):
        assert "secret" not in repr(MediaContent("image", b"secret", "a.png", "image/png"))


class TestTemplates:
    BUTTON = {"type": "postback", "title": "Go", "payload": "GO"}

    def test_they_are_passed_on_as_they_stand(self):
        payload = {"type": "template", "template_type": "button", "text": "Ready?", "buttons": [self.BUTTON]}
        (piece,) = composed(payload=payload).pieces
        shown = piece.content["attachment"]
        assert shown["type"] == "template"
        assert shown["payload"] == {"template_type": "button", "text": "Ready?", "buttons": (self.BUTTON,)}
        assert json.loads(json.dumps(shown))["payload"]["buttons"] == [self.BUTTON]

    @pytest.mark.parametrize(
        ("template", "expected"),
        [
            ({"template_type": "list"}, "expected one of generic, button, media, receipt"),
            ({}, "expected one of generic, button, media, receipt"),
            ({"template_type": "button", "text": "x" * 641, "buttons": [BUTTON]}, "1 to 640 characters"),
            ({"template_type": "button", "buttons": [BUTTON]}, "1 to 640 characters"),
            ({"template_type": "button", "text": "x"}, "1 to 3 at 'payload.buttons', got None"),
            (
                {"template_type": "button", "text": "x", "buttons": [BUTTON] * 4},
                "1 to 3 at 'payload.buttons', got 4",
            ),
            ({"template_type": "generic", "elements": []}, "1 to 10 at 'payload.elements', got 0"),
            ({"template_type": "generic", "elements": 7}, "1 to 10 at 'payload.elements', got 7"),
            ({"template_type": "generic", "elements": [{"buttons": [BUTTON] * 4}]}, "payload.elements[0].buttons"),
            ({"template_type": "media", "elements": [{}, {}]}, "1 to 1 at 'payload.elements', got 2"),
            ({"template_type": "receipt", "elements": [{"price": b"x"}]}, "written as JSON"),
        ],
    )
    def test_what_meta_would_refuse_is_told(self, template, expected):
        composition = composed(text="words", payload={"type": "template", **template})
        assert texts(composition) == ["words"]
        assert expected in composition.faults[0]


class TestWhatPeopleSend:
    """It comes from one person's channel and is handed on by a world, with its `carried_line`."""

    def handed_on(self, text="", /, **payload):
        return composed(id="Ann", text=text, payload=payload, carried_line="messenger:1#4")

    @pytest.mark.parametrize("kind", ["quick_reply", "postback", "edit"])
    def test_a_button_or_a_change_is_just_its_words(self, kind):
        composition = self.handed_on("yes", type=kind, value="YES", to="messenger:1#2")
        assert texts(composition) == ["Ann: yes"]
        assert composition.faults == ()

    def test_a_sticker_is_a_picture(self):
        (piece,) = self.handed_on(type="sticker", url="https://cdn/s.png", sticker_id=369).pieces
        assert piece.content["attachment"]["payload"] == {"url": "https://cdn/s.png"}

    def test_a_sticker_without_a_picture_is_nothing(self):
        assert self.handed_on(type="sticker", sticker_id=369).pieces == ()

    def test_a_reaction_is_its_emoji_and_its_end_nothing(self):
        assert texts(self.handed_on(type="reaction", value="❤", action="react", to="m_1")) == ["Ann: ❤"]
        assert self.handed_on(type="reaction", value="❤", action="unreact", to="m_1").pieces == ()

    def test_a_link_is_its_address(self):
        assert texts(self.handed_on(type="fallback", url="https://e.org", title="E")) == ["Ann: https://e.org"]

    def test_a_picture_is_a_picture(self):
        (piece,) = self.handed_on(type="image", url="https://cdn/a.jpg").pieces
        assert piece.content["attachment"]["type"] == "image"

    def test_nobody_speaks_for_the_page_by_sending_a_template(self):
        button = {"type": "web_url", "title": "Log in", "url": "https://evil.example"}
        payload = {"type": "template", "template_type": "button", "text": "x", "buttons": [button]}
        composition = self.handed_on("hello", **payload)
        assert texts(composition) == ["Ann: hello"]

    def test_nobody_is_shown_a_file_of_this_machine(self):
        composition = self.handed_on("hello", type="image", path="/etc/passwd")
        assert texts(composition) == ["Ann: hello"]

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=5),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
            max_leaves=8,
        ),
        st.sampled_from(["image", "template", "sticker", "reaction", "fallback", "file", "other"]),
        st.sampled_from(["url", "data", "attachment_id", "template_type", "elements", "buttons", "value", "name"]),
        st.booleans(),
    )
    def test_whatever_is_in_a_payload_composing_does_not_fail(self, value, kind, key, from_person):
        act = {"text": "hello", "payload": {"type": kind, "url": "https://e.org", key: value}}
        composition = composed(**act, **({"carried_line": "x#1"} if from_person else {}))
        assert texts(composition)[-1] == "hello"
        for piece in composition.pieces:
            json.dumps(dict(piece.content))
