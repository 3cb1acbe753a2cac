"""Forms in the browser protocol: who is shown them, and what of answers is let in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from channel_lab import Lab, send, token_of
from hypothesis import given
from hypothesis import strategies as st

from parleyrun.channels.browser import browser_channel
from parleyrun.channels.browser.frame_reading import BadFrame, MessageFrame, parse_v1
from parleyrun.channels.browser.frame_writing import v1_line
from parleyrun.core.message import FrozenDict, Message
from parleyrun.events import Delivery, Inbound
from parleyrun.store.media_library import MediaLibrary

ANSWERS = {"type": "answers", "form": "rating", "number": 7, "answers": {"glad": 6}, "done": True}


def payload_of(payload: Any) -> Any:
    frame = parse_v1(json.dumps({"type": "message", "message_id": "m", "text": "", "payload": payload}))
    assert isinstance(frame, MessageFrame)
    return frame.payload


def test_answers_reach_the_service_as_they_were_sent(lab: Lab):
    _, peer = lab.visitor(forms=True)
    send(
        peer,
        "message",
        message_id="m1",
        text="",
        payload={**ANSWERS, "times": {"glad": {"shown": 12.5}}, "page": 2},
    )
    (inbound,) = lab.service.of_type(Inbound)
    assert inbound.payload == {**ANSWERS, "times": {"glad": {"shown": 12.5}}, "page": 2}


def test_a_client_is_shown_forms_if_it_says_that_it_can(lab: Lab):
    for frame, shows in (({"forms": True}, True), ({}, False), ({"forms": 1}, False)):
        _, peer = lab.visitor(**frame)
        assert lab.channel.shows_forms(peer.participant_id) is shows
    _, script = lab.plain()
    assert not lab.channel.shows_forms(script.participant_id)
    assert not lab.channel.shows_forms("browser:nobody")


def test_what_a_page_can_is_known_while_it_is_away_for_a_moment(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(browser_channel, "AWAY_KNOWN", 2)
    link, peer = lab.visitor(forms=True)
    peer.disconnected()
    assert lab.channel.shows_forms(peer.participant_id)
    _, other = lab.visitor(token_of(link))  # the same person, with something that shows none
    assert not lab.channel.shows_forms(other.participant_id)
    other.disconnected()
    assert not lab.channel.shows_forms(peer.participant_id)
    gone = [lab.visitor(forms=True)[1] for _ in range(3)]
    for each in gone:
        each.disconnected()
    assert [lab.channel.shows_forms(each.participant_id) for each in gone] == [False, True, True]


@pytest.mark.parametrize(
    "answers",
    [
        {"form": None},
        {"form": "x" * 200},
        {"form": "a\x00b"},
        {"number": "7"},
        {"number": True},
        {"number": 2**60},
        {"answers": [1]},
        {"answers": {"a": {"b": {"c": 1}}}},
        {"answers": {"a": [[1]]}},
        {"answers": {"a": 2**60}},
        {"answers": {"a": ["x"] * 20_001}},
        {"answers": {str(number): 1 for number in range(1_001)}},
        {"answers": {"a": {str(number): 1 for number in range(1_001)}}},
        {"answers": {"x" * 200: 1}},
        {"times": [1]},
    ],
)
def test_answers_of_another_shape_are_a_bad_frame(answers: dict[str, Any]):
    with pytest.raises(BadFrame, match="expected"):
        payload_of({**ANSWERS, **answers})


def test_what_is_not_of_answers_is_left_aside():
    odd = {"size": 0, "at": 1, "page": "2", "done": "yes", "times": {"glad": {"shown": -1, "touched": 5, "x": 1}}}
    assert payload_of({**ANSWERS, **odd}) == {
        **ANSWERS,
        "times": {"glad": {"touched": 5}},
        "done": False,
    }


def test_half_a_pair_in_an_answer_can_be_stored():
    kept = payload_of({**ANSWERS, "answers": {"why": "\ud83d!", "many": ["\udc00"], "rows": {"a": "é\ud800"}}})
    assert kept["answers"] == {"why": "\ufffd!", "many": ("\ufffd",), "rows": {"a": "é\ufffd"}}


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=4), inner, max_size=4)),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["form", "number", "answers", "times", "page", "done", "x"]), JSON))
def test_any_answers_are_taken_or_a_bad_frame(more: dict[str, Any]):
    try:
        kept = payload_of({**ANSWERS, **more})
    except BadFrame:
        return
    json.dumps(kept, allow_nan=False, ensure_ascii=False).encode()
    assert set(kept) <= {"type", "form", "number", "answers", "times", "page", "done"}


def test_a_form_goes_out_whole_and_what_is_known_of_it_does_not():
    shown = FrozenDict({"type": "form", "form": {"name": "rating", "number": 7, "pages": ({"fields": ()},)}})
    closing = Message(
        payload=FrozenDict({"type": "form_state"}), extra=FrozenDict({"form_record": {"answers": 1}})
    )
    media = MediaLibrary()
    frame = json.loads(v1_line(Delivery("browser:a", 1, Message(payload=shown)), media))
    assert frame["payload"] == {
        "type": "form",
        "form": {"name": "rating", "number": 7, "pages": [{"fields": []}]},
    }
    assert "record" not in v1_line(Delivery("browser:a", 2, closing), media)


def test_what_is_markdown_in_a_form_goes_out_as_names_and_texts():
    fields = ({"name": "read", "text": "1 < 2"}, {"name": "text", "ask": "*no*", "text": "<b>*so*</b>"})
    page = {"title": "*T*", "text": "**bold**", "fields": fields}
    form = {"name": "f", "text": "# Hello", "pages": (page,), "answers": {"text": "*mine*"}}
    payload = FrozenDict({"type": "form", "form": form})
    shown = json.loads(v1_line(Delivery("browser:a", 1, Message(payload=payload)), MediaLibrary(), "authors"))
    out = shown["payload"]["form"]
    assert out["markup"] == [["h", "Hello"]]
    (page,) = out["pages"]
    assert (page["title"], page["markup"]) == ("*T*", [["p", ["strong", "bold"]]])
    assert page["fields"][0] == fields[0]
    assert page["fields"][1] == {**fields[1], "markup": [["p", "<b>", ["em", "so"], "</b>"]]}
    assert out["answers"] == {"text": "*mine*"}
    plain = json.loads(v1_line(Delivery("browser:a", 1, Message(payload=payload)), MediaLibrary(), "none"))
    assert "markup" not in json.dumps(plain)


@pytest.mark.parametrize("odd", [None, "words", {"pages": "x"}, {"pages": [1, {"fields": None, "text": 5}]}])
def test_what_an_author_calls_a_form_and_is_none_goes_out_as_it_is(odd: Any):
    payload = FrozenDict({"type": "form", "form": odd})
    shown = json.loads(v1_line(Delivery("browser:a", 1, Message(payload=payload)), MediaLibrary(), "authors"))
    assert shown["payload"]["form"] == odd
