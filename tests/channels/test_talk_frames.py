"""What a `talk` frame holds, and what a page may claim of how a line was written."""

import json

import pytest

from parleyrun.channels.browser.frame_reading import parse_v1
from parleyrun.channels.browser.frame_writing import v1_line, v1_signal
from parleyrun.channels.browser.page_style import PageStyle
from parleyrun.core.message import FrozenDict, Message
from parleyrun.events import Delivery
from parleyrun.message_marks import FINISH, FINISH_HOW, FINISH_WISH, INSTRUCTIONS
from parleyrun.signals import FinishState, PartnerName, TalkView


class NoMedia:
    def shown(self, payload):
        return payload

    def persona(self, persona_id):
        return None


def written(view, markdown="none"):
    return json.loads(v1_signal(view, 1_000.0, {}, PageStyle(markdown=markdown)))


def test_a_talk_frame_has_what_there_is_and_nothing_else():
    view = TalkView(title="", role=None, partners=(PartnerName("Seller"),))
    assert written(view) == {"type": "talk", "title": "", "role": None, "partners": [{"id": "Seller"}]}


def test_time_is_what_is_left_at_the_moment_of_writing_and_never_less_than_none():
    assert written(TalkView(title="T", role="A", ends_at=1_012.34))["seconds_left"] == 12.3
    assert written(TalkView(title="T", role="A", ends_at=900.0))["seconds_left"] == 0.0


def test_instructions_are_formatted_where_authors_lines_are():
    view = TalkView(title='"', role="A", instructions="Buy **it**.", paste="block")
    assert written(view)["instructions"] == {"text": "Buy **it**."}
    frame = written(view, "authors")
    assert frame["paste"] == "block"
    assert frame["instructions"] == {"text": "Buy **it**.", "markup": [["p", "Buy ", ["strong", "it"], "."]]}


def test_only_a_bot_that_people_are_told_of_is_marked():
    partners = (PartnerName("Helper", bot=True), PartnerName("Seller"))
    finish = FinishState(word="/finish", open=True, wanted=False, wanted_by=("Seller",))
    frame = written(TalkView(title="T", role="A", partners=partners, finish=finish))
    assert frame["partners"] == [{"id": "Helper", "bot": True}, {"id": "Seller"}]
    assert frame["finish"] == {"word": "/finish", "open": True, "wanted": False, "wanted_by": ["Seller"]}


def test_a_line_says_that_it_is_instructions_only_if_nobody_else_speaks():
    told = Message("Buy it.", extra=FrozenDict({INSTRUCTIONS: True}))
    assert json.loads(v1_line(Delivery("browser:a", 1, told), NoMedia()))["instructions"] is True
    forged = Message("Buy it.", id="Seller", extra=FrozenDict({INSTRUCTIONS: True}))
    assert "instructions" not in json.loads(v1_line(Delivery("browser:a", 1, forged), NoMedia()))


def test_a_line_that_tells_how_to_finish_is_marked_as_such_only_if_nobody_else_speaks():
    told = Message("Write /finish.", extra=FrozenDict({FINISH_HOW: True}))
    assert json.loads(v1_line(Delivery("browser:a", 1, told), NoMedia()))["finish_how"] is True
    forged = Message("Write /finish.", id="Seller", extra=FrozenDict({FINISH_HOW: True}))
    assert "finish_how" not in json.loads(v1_line(Delivery("browser:a", 1, forged), NoMedia()))


def test_a_line_names_who_would_like_to_finish_only_if_nobody_else_speaks():
    told = Message("Seller would like to finish. Write /finish.", extra=FrozenDict({FINISH_WISH: "Seller"}))
    assert json.loads(v1_line(Delivery("browser:a", 1, told), NoMedia()))["finish_wish"] == "Seller"
    forged = Message("", id="Buyer", extra=FrozenDict({FINISH_WISH: "Seller"}))
    assert "finish_wish" not in json.loads(v1_line(Delivery("browser:a", 1, forged), NoMedia()))


def test_an_own_wish_to_finish_comes_back_as_the_words_it_was():
    wish = Message("/finish", payload=FrozenDict(type=FINISH))
    frame = json.loads(v1_line(Delivery("browser:a", 1, wish, mine=True, message_id="m"), NoMedia()))
    assert frame["text"] == "/finish"
    assert "payload" not in frame


@pytest.mark.parametrize(
    ("claims", "kept"),
    [
        ({}, {}),
        ({"pasted": 12, "typed_ms": 3400}, {"pasted": 12, "typed_ms": 3400}),
        ({"pasted": 10**12}, {"pasted": 1_000_000}),
        ({"pasted": -1, "typed_ms": "long"}, {}),
        ({"pasted": True}, {}),
    ],
)
def test_what_a_page_claims_of_a_line_is_bounded_and_no_reason_to_refuse_it(claims, kept):
    frame = parse_v1(json.dumps({"type": "message", "message_id": "m", "text": "hi", **claims}))
    assert frame.text == "hi"
    assert frame.claimed == kept
