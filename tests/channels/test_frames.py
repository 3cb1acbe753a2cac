"""The JSON of the browser protocol: whatever comes in, and whatever an author sends out."""

from __future__ import annotations

import json
import math
from base64 import b64encode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parleyrun.channels.browser import frame_writing
from parleyrun.channels.browser.frame_reading import (
    MAX_MESSAGE_ID_CHARACTERS,
    BadFrame,
    DeliveredFrame,
    MessageFrame,
    ReadFrame,
    SessionFrame,
    TypingFrame,
    max_frame_bytes,
    parse_plain,
    parse_v1,
)
from parleyrun.channels.browser.frame_writing import encode, v1_ack
from parleyrun.channels.strict_json import clean, decode_json
from parleyrun.config.schema import Limits
from parleyrun.core.message import FrozenDict, Message
from parleyrun.events import Delivery
from parleyrun.store.media_library import MediaLibrary

NOTHING_KEPT = MediaLibrary()


def plain_line(message):
    return frame_writing.plain_line(message, NOTHING_KEPT)


def v1_line(delivery):
    return frame_writing.v1_line(delivery, NOTHING_KEPT)


def strict(text):
    """Read JSON as a browser does, which knows no NaN."""

    def refuse(name):
        raise AssertionError(f"{name} is no JSON: {text[:200]}")

    assert text.isascii()
    return json.loads(text, parse_constant=refuse)


def message(**more):
    return json.dumps({"type": "message", "message_id": "m1", "text": "hi", **more})


def hello(**more):
    return json.dumps({"type": "session", "token": None, "seq": 0, "entry": {}, **more})


def delivery(message, **more):
    return Delivery("browser:ann", 7, message, **{"at": 1_700_000_000.12345, **more})


class TestPlainFrames:
    def test_a_text(self):
        assert parse_plain('{"text": "hello"}') == MessageFrame("hello", None)

    def test_an_empty_text_is_a_message_too(self):
        assert parse_plain('{"text": ""}') == MessageFrame("", None)

    def test_a_payload_may_come_alone_or_with_a_text(self):
        image = {"type": "image", "data": "aGk=", "name": "cat.png", "alt": "a cat"}
        assert parse_plain(json.dumps({"payload": image})) == MessageFrame("", FrozenDict(image))
        assert parse_plain(json.dumps({"text": "look", "payload": image})) == MessageFrame(
            "look", FrozenDict(image)
        )

    def test_keys_that_nobody_knows_are_left_aside(self):
        assert parse_plain('{"text": "hi", "id": "root", "seq": -1, "type": 5}') == MessageFrame("hi", None)

    def test_a_payload_of_null_is_none(self):
        assert parse_plain('{"text": "hi", "payload": null}') == MessageFrame("hi", None)

    def test_of_a_payload_only_texts_that_are_known_are_kept(self):
        more = {"url": "https://example.org/a.png", "data": 5, "alt": ["a"], "list": [1], "name": "a\ud800"}
        payload = parse_plain(json.dumps({"payload": {"type": "image", **more}})).payload
        assert payload == FrozenDict(type="image", name="a\ufffd")

    @pytest.mark.parametrize(
        "raw",
        [
            "",
            " ",
            "hello",
            "null",
            "[]",
            "17",
            '"text"',
            "{",
            "{}",
            '{"text": null}',
            '{"text": 1}',
            '{"text": true}',
            '{"text": ["a"]}',
            '{"text": {"a": 1}}',
            '{"payload": null}',
            '{"text": "a", "payload": "image"}',
            '{"text": "a", "payload": []}',
            '{"text": "a", "payload": 0}',
            '{"text": "a", "payload": {}}',
            '{"text": "a", "payload": {"type": 1}}',
            '{"text": "a", "payload": {"type": null}}',
            '{"text": "a"} {"text": "b"}',
            "{'text': 'a'}",
            '{"text": "a\x00"}',
            '{"text": "a",}',
            "\ufeff{}",
        ],
    )
    def test_what_is_no_message_is_refused_in_a_sentence(self, raw):
        with pytest.raises(BadFrame, match=r"^expected "):
            parse_plain(raw)


class TestV1Frames:
    def test_a_session_frame(self):
        frame = parse_v1(hello(token="a.b", seq=3, entry={"ref": "x"}))
        assert frame == SessionFrame("a.b", 3, FrozenDict(ref="x"))

    def test_a_newcomer_needs_to_say_nothing_but_session(self):
        assert parse_v1('{"type": "session"}') == SessionFrame(None, 0, FrozenDict())

    def test_a_message(self):
        assert parse_v1(message()) == MessageFrame("hi", None, "m1")

    @pytest.mark.parametrize("on", [True, False])
    def test_typing(self, on):
        assert parse_v1(json.dumps({"type": "typing", "on": on})) == TypingFrame(on)

    def test_a_delivered_mark(self):
        assert parse_v1('{"type": "delivered", "seq": 12}') == DeliveredFrame(12)

    def test_a_read_mark(self):
        assert parse_v1('{"type": "read", "seq": 12}') == ReadFrame(12)

    @pytest.mark.parametrize("kind", [None, 1, "", "Message", "hello", ["message"], {"type": "message"}, True])
    def test_an_unknown_type_is_refused(self, kind):
        with pytest.raises(BadFrame, match="at 'type'"):
            parse_v1(json.dumps({"type": kind, "text": "hi", "message_id": "1"}))

    def test_the_type_is_required(self):
        with pytest.raises(BadFrame, match="at 'type'"):
            parse_v1('{"text": "hi"}')

    @pytest.mark.parametrize("message_id", [None, "", 5, True, [], {}, "x" * (MAX_MESSAGE_ID_CHARACTERS + 1)])
    def test_a_message_needs_an_id_of_its_own(self, message_id):
        with pytest.raises(BadFrame, match="'message_id'"):
            parse_v1(message(message_id=message_id))

    def test_the_longest_message_id_is_taken(self):
        assert parse_v1(message(message_id="é" * MAX_MESSAGE_ID_CHARACTERS)).message_id == "é" * 64

    def test_ids_that_differ_only_in_broken_characters_never_become_one(self):
        for broken in ("\ud800", "\udfff"):
            with pytest.raises(BadFrame, match="surrogate"):
                parse_v1(message(message_id=broken))

    @pytest.mark.parametrize("text", [None, 5, [], {}, False])
    def test_a_text_is_a_string(self, text):
        with pytest.raises(BadFrame, match="'text'"):
            parse_v1(message(text=text))

    @pytest.mark.parametrize("on", [None, 0, 1, "true", [], {}])
    def test_typing_is_on_or_off(self, on):
        with pytest.raises(BadFrame, match="'on'"):
            parse_v1(json.dumps({"type": "typing", "on": on}))

    @pytest.mark.parametrize(
        "seq", ["null", '"3"', "-1", "1.0", "1e3", "true", "[]", "{}", str(2**53), "9" * 4000]
    )
    @pytest.mark.parametrize("kind", ["delivered", "read", "session"])
    def test_a_seq_is_a_whole_number_that_a_browser_can_hold(self, kind, seq):
        with pytest.raises(BadFrame):
            parse_v1(f'{{"type": "{kind}", "seq": {seq}}}')

    @pytest.mark.parametrize("token", [0, 1, True, [], {}])
    def test_a_token_is_a_string_or_null(self, token):
        with pytest.raises(BadFrame, match="'token'"):
            parse_v1(hello(token=token))

    @pytest.mark.parametrize(
        "entry",
        [
            "ref",
            0,
            [],
            [["ref", "x"]],
            {"ref": 1},
            {"ref": None},
            {"ref": ["x"]},
            {"ref": {"x": "y"}},
        ],
    )
    def test_an_entry_is_an_object_of_strings(self, entry):
        with pytest.raises(BadFrame, match="'entry'"):
            parse_v1(hello(entry=entry))

    def test_a_link_that_is_too_long_keeps_nobody_out(self):
        entry = parse_v1(
            hello(entry={"ref": "x" * 2_101, "workerId": "w1", "é" * 9_000: "v", "\ud800": "\ud800"})
        ).entry
        assert entry == {"ref": "x" * 2_000, "workerId": "w1", "\ufffd": "\ufffd"}


class TestHostileJson:
    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" * 400 + ".0"])
    @pytest.mark.parametrize(
        "where", ['{{"text": "a", "payload": {{"type": "x", "n": {}}}}}', '{{"text": {}}}', "{}"]
    )
    def test_numbers_that_no_browser_can_read_are_refused(self, where, number):
        with pytest.raises(BadFrame, match="JSON"):
            parse_plain(where.format(number))

    @pytest.mark.parametrize("opening", ["[", '{"a":', '{"payload":{"type":"x","a":', '{"text":['])
    def test_depth_beyond_all_reason_is_refused(self, opening):
        with pytest.raises(BadFrame):
            parse_plain(opening * 100_000)

    def test_a_number_too_long_to_read_is_refused(self):
        with pytest.raises(BadFrame, match="JSON"):
            parse_plain('{"payload": {"type": "x", "n": ' + "9" * 5000 + "}}")

    def test_half_a_surrogate_pair_becomes_a_replacement_character(self):
        assert parse_plain('{"text": "a\\ud83db"}').text == "a\ufffdb"
        assert parse_plain('{"text": "\\ude00\\ud83d"}').text == "\ufffd\ufffd"
        assert parse_plain('{"text": "\\ud83d\\ude00"}').text == "😀"
        assert parse_v1(hello(entry={"\ud800": "\udfff"})).entry == {"\ufffd": "\ufffd"}

    def test_of_two_equal_keys_the_last_one_counts(self):
        assert parse_plain('{"text": 1, "text": "b"}').text == "b"

    def test_the_longest_message_and_the_largest_entry_fit_into_a_frame(self):
        limits = Limits(text_bytes=200_000, payload_bytes=100_000)
        payload = {"type": "file", "data": b64encode(bytes(100_000)).decode()}
        said = {"type": "message", "message_id": "m" * 64, "text": "\0" * 200_000, "payload": payload}
        assert len(json.dumps(said)) <= max_frame_bytes(limits, uploads=True)
        assert len(json.dumps({**said, "payload": None})) <= max_frame_bytes(limits, uploads=False) < 1_400_000
        entry = {f"{number}": "\x01" * 2_000 for number in range(8)}
        assert len(hello(entry=entry)) <= max_frame_bytes(Limits(text_bytes=1), uploads=False)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(), max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
nearly_frames = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["message", "typing", "delivered", "read", "session"]) | json_values,
        "text": st.text(st.characters()) | json_values,
        "message_id": st.text(st.characters(), max_size=70) | json_values,
        "payload": st.dictionaries(st.text(max_size=5), json_values).map(lambda some: {"type": "image", **some})
        | json_values,
        "on": st.booleans() | json_values,
        "seq": st.integers() | json_values,
        "token": st.text(st.characters()) | json_values,
        "entry": st.dictionaries(st.text(st.characters()), st.text(st.characters()), max_size=3) | json_values,
    },
)


@pytest.mark.parametrize("parse", [parse_plain, parse_v1])
@given(
    raw=st.text()
    | st.text(alphabet='{}[]":,\\untrefalsyxdi0123456789eE+-. \u0000', max_size=80)
    | json_values.map(json.dumps)
    | nearly_frames.map(json.dumps)
)
@example(raw='{"type": "message", "message_id": "1", "text": "", "payload": {"type": "x", "n": 1e999}}')
@example(raw='{"type": "session", "token": "a.\\ud800"}')
def test_whatever_comes_it_is_a_frame_or_a_bad_frame_and_what_is_taken_can_be_sent_on(parse, raw):
    try:
        frame = parse(raw)
    except BadFrame as error:
        str(error).encode()
        return
    if isinstance(frame, MessageFrame):
        frame.text.encode()
        said = Message(frame.text, id="Ann", payload=frame.payload)
        shown = strict(v1_line(delivery(said)))
        assert shown["text"] == frame.text
        assert shown.get("payload") == frame.payload
        assert strict(plain_line(said))["text"] == frame.text
        assert strict(v1_ack(frame.message_id or "", 1))["message_id"] == (frame.message_id or "")
    elif isinstance(frame, SessionFrame):
        assert 0 <= frame.seq < 2**53
        json.dumps(frame.entry).encode()
    elif isinstance(frame, DeliveredFrame | ReadFrame):
        assert 0 <= frame.seq < 2**53
    else:
        assert frame.on in (True, False)


class TestLinesThatGoOut:
    def test_a_plain_line_has_its_text_and_its_quick_replies(self):
        assert strict(plain_line(Message("hi", id="Bob"))) == {"text": "hi", "quick_replies": None}
        assert strict(plain_line(Message("?", quick_replies=("yes", "no"))))["quick_replies"] == ["yes", "no"]

    def test_a_v1_line_says_who_when_and_which(self):
        assert strict(v1_line(delivery(Message("hi", id="Bob", carried_line="browser:bob#3")))) == {
            "type": "message",
            "seq": 7,
            "id": "Bob",
            "text": "hi",
            "quick_replies": None,
            "mine": False,
            "at": 1_700_000_000.123,
        }

    def test_only_ones_own_line_carries_the_message_id(self):
        mine = strict(v1_line(delivery(Message("hi"), mine=True, message_id="m1")))
        assert mine["mine"] is True
        assert mine["message_id"] == "m1"

    @pytest.mark.parametrize("write", [plain_line, lambda message: v1_line(delivery(message))])
    def test_bytes_in_a_payload_travel_as_base64(self, write):
        shown = strict(write(Message(payload=FrozenDict(type="image", data=b"\x89PNG", mime="image/png"))))
        assert shown["payload"] == {"type": "image", "data": "iVBORw==", "mime": "image/png"}

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            (math.nan, None),
            (math.inf, None),
            ([1, {"a": -math.inf}], [1, {"a": None}]),
            ({(1, 2): "a", 3: "b"}, {"(1, 2)": "a", "3": "b"}),
            ({1j}, "{1j}"),
            ("\ud800", "\ud800"),
            (True, True),
        ],
    )
    def test_whatever_an_author_puts_into_a_payload_reaches_the_page_as_json(self, value, shown):
        line = v1_line(delivery(Message(payload=FrozenDict(type="x", value=value, text="é"))))
        assert strict(line)["payload"] == {"type": "x", "value": shown, "text": "é"}

    def test_markup_and_line_separators_are_only_characters(self):
        text = "<script>\u2028</script>\x00"
        assert strict(plain_line(Message(text)))["text"] == text


@given(st.text(st.characters()))
def test_cleaned_text_can_be_encoded_and_sound_text_stays_as_it_is(text):
    cleaned = clean(text)
    cleaned.encode()
    try:
        text.encode()
    except UnicodeEncodeError:
        assert cleaned != text
    else:
        assert cleaned == text


def decoded(text):
    try:
        return repr(decode_json(text))
    except ValueError:
        return "no JSON"


@given(
    raw=st.text(alphabet='{}[]":,\\untrefalsyxdi0123456789eE+-. \u0000', max_size=60) | json_values.map(json.dumps)
)
@example(raw='{"a": 1e999}')
@example(raw='{"a": NaN}')
@example(raw='{"a": "\\ud800"} ')
@example(raw='{"a":' * 100_000)
@example(raw='{"a": 1}{')
def test_the_short_way_of_reading_json_comes_to_the_same_as_the_long_one(raw):
    # White space in front of it is skipped the long way only.
    assert decoded(raw) == decoded(" " + raw)
    assert decoded('{"x": ' + raw + "}") == decoded(' {"x": ' + raw + "}")


@given(
    text=st.text(st.characters()),
    id=st.text(st.characters(), max_size=5),
    replies=st.lists(st.text(st.characters(), max_size=5), max_size=3),
    mine=st.booleans(),
    at=st.floats(0, 1e11),
)
def test_lines_put_together_by_hand_are_what_an_encoder_would_write(text, id, replies, mine, at):
    message = Message(text, id=id, quick_replies=tuple(replies))
    line = v1_line(Delivery("browser:ann", 7, message, mine, at, message_id="m1" if mine else None))
    frame = {
        "type": "message",
        "seq": 7,
        "id": id,
        "text": text,
        "quick_replies": replies or None,
        "mine": mine,
        "at": round(at, 3),
        **({"message_id": "m1"} if mine else {}),
    }
    assert line == encode(frame)
    assert plain_line(message) == encode({"text": text, "quick_replies": replies or None})
