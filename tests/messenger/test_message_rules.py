"""The fake Graph refuses what Facebook refuses, and says what it expected."""

from __future__ import annotations

from typing import Any

import pytest
from cases import case

from parleyrun.fake_graph.message_rules import check_message, check_messaging_type
from parleyrun.fake_graph.refusals import Refusal
from parleyrun.fake_graph.request_parsing import read_fields


def template(**payload: Any) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def element(*buttons: Any, **more: Any) -> dict[str, Any]:
    return {"template_type": "generic", "elements": [{"title": "Pizza", "buttons": [*buttons], **more}]}


BUTTON = {"type": "postback", "title": "Order", "payload": "order"}


@pytest.mark.parametrize(
    "message",
    [
        {"text": "hi", "quick_replies": [{"content_type": "text", "title": "Yes", "payload": "y"}]},
        {"attachment": {"type": "image", "payload": {"url": "https://example.org/a.png"}}},
        template(**element()),
        template(**element(BUTTON, {"title": "More", "url": "https://example.org"})),
        template(template_type="button", text="What?", buttons=[BUTTON]),
        template(template_type="media", elements=[{"media_type": "image", "url": "https://example.org"}]),
        template(template_type="receipt"),
    ],
)
def test_messages_by_the_rules_pass(message):
    check_message(message)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("hi", "Param message must be an object"),
        ({"text": "hi", "attachment": {}}, "expected either a text or an attachment"),
        ({"text": "x" * 2001}, "Length of param message[text] must be less than or equal to 2000"),
        ({"text": "hi", "quick_replies": [{}] * 14}, "must be a list of at most 13"),
        ({"text": "hi", "quick_replies": ["yes"]}, "expected quick replies of content_type text"),
        ({"attachment": {"type": "image", "payload": 3}}, "payload] must be an object"),
        ({"attachment": {"type": "sound"}}, "expected an attachment of type image"),
        ({"attachment": {"type": "image", "payload": {"url": "file:///a"}}}, "expected an address to fetch"),
        (template(template_type="airline"), "expected a template of type generic"),
        (template(template_type="generic", elements=[]), "expected 1 to 10 elements in a generic"),
        (template(template_type="media", elements=[{}, {}]), "expected 1 to 1 elements in a media"),
        (template(template_type="generic", elements=["pizza"]), "expected each element to be an object"),
        (template(**element(title="x" * 81)), "Length of param elements[title]"),
        (template(**element(BUTTON, BUTTON, BUTTON, BUTTON)), "expected 0 to 3 buttons"),
        (template(**element({"title": "Order"})), "expected a button with a payload or a url"),
        (template(**element({**BUTTON, "title": ""})), "Param buttons[title] must be a non-empty string"),
        (template(template_type="button", text="What?", buttons=[]), "expected 1 to 3 buttons"),
    ],
)
def test_messages_against_the_rules_are_refused(message, expected):
    with pytest.raises(Refusal) as refused:
        check_message(message)
    assert expected in str(refused.value)


def test_a_message_says_why_it_comes():
    check_messaging_type({"messaging_type": "RESPONSE"})
    check_messaging_type({"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"})
    for body in (
        {},
        {"messaging_type": "RESPONSE", "tag": "HUMAN_AGENT"},
        {"messaging_type": "MESSAGE_TAG"},
        {"messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"},
    ):
        with case(body), pytest.raises(Refusal):
            check_messaging_type(body)


def test_bodies_are_read_in_all_forms_that_graph_takes() -> None:
    assert read_fields("application/json", b"") == ({}, None)
    form = b"name=Ann&message=%7B%22text%22%3A%22hi%22%7D&note=%7Bno"
    assert read_fields("application/x-www-form-urlencoded", form) == (
        {"name": "Ann", "message": {"text": "hi"}, "note": "{no"},
        None,
    )
    parts = b'--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\n["a"]\r\n--b\r\n\r\nnameless\r\n'
    parts += b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\npng\r\n--b--\r\n'
    fields, upload = read_fields("multipart/form-data; boundary=b", parts)
    assert fields == {"kind": ["a"]}
    assert upload is not None
    assert (upload.name, upload.size_bytes) == ("a.png", 3)


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("application/json", b"{", "the body is no JSON"),
        ("application/json", b"[]", "expected the body to be an object"),
        ("text/plain", b"hi", "expected a body of JSON, a form, or multipart, got text/plain"),
        ("", b"hi", "got none of them"),
    ],
)
def test_bodies_that_graph_cannot_read_are_refused(kind: str, body: bytes, expected: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_fields(kind, body)
    assert expected in str(refused.value)
