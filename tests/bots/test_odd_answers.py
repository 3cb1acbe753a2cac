"""Answers of servers that are odd: broken letters, broken ends, pictures, and what some of them refuse."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cases import case
from completions_lab import (
    ASK,
    KEY,
    STREAM,
    PatientTimers,
    chunk,
    client_of,
    data,
    refused,
    server_of,
    whole,
    wire,
)

from parleyrun import ModelError, ModelFailure
from parleyrun.bots.chat_completions.chat_completions_agent import ChatCompletionsAgent
from parleyrun.bots.chat_completions.completion import MAX_TOOL_CALLS, CompletionParts
from parleyrun.bots.chat_completions.prompt import in_roles
from parleyrun.bots.pictures import payload_of
from parleyrun.errors import AgentError
from parleyrun.testing import FakeModel, rehearse
from parleyrun.testing.fake_model.fake_replies import FakeReply

PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
    )
).decode()


@pytest.fixture
def model():
    with FakeModel("Fine, thanks.") as model:
        yield model


def agent_of(model: FakeModel, **opt: Any) -> ChatCompletionsAgent:
    entry = {"base_url": model.base_url, "model_name": "seller", "timers": PatientTimers()}
    return ChatCompletionsAgent({**entry, **opt})


def answer(model: FakeModel, reply: Any, ask: Any = ASK) -> Any:
    model.then(reply)
    return client_of(model).complete(ask)


def failure(model: FakeModel, reply: Any, ask: Any = ASK) -> ModelError:
    with pytest.raises(ModelError) as raised:
        answer(model, reply, ask)
    assert KEY not in str(raised.value)
    return raised.value


class TestLetters:
    def test_what_is_no_utf_8_is_replaced_in_a_stream_and_in_a_whole_answer(self, model):
        streamed = wire(b'data: {"choices":[{"delta":{"content":"H\xffi"},"finish_reason":"stop"}]}\n\n')
        assert answer(model, streamed, STREAM).text == "H\ufffdi"
        body = whole({"content": "H?i"}, "stop").body.replace(b"?", b"\xff")
        assert answer(model, FakeReply(body=body)).text == "H\ufffdi"

    def test_halves_of_a_letter_in_two_chunks_are_one_and_one_alone_can_be_written_down(self, model):
        pieces = [chunk({"content": "?"}).replace("?", half) for half in (r"\ud83d", r"\ude00", r"\ud83d")]
        got = answer(model, wire(*pieces, chunk({}, "stop")), STREAM)
        assert got.text == "😀\ufffd"
        got.text.encode()

    def test_what_no_screen_shows_is_left_out(self, model):
        model.then("\x00He\x1b[2Jllo\r\n\tyou\x7f")
        assert agent_of(model).act()["text"] == "He[2Jllo\r\n\tyou"

    def test_only_what_no_screen_shows_is_nothing_said(self, model):
        model.then("\x00\x01", "\x00")
        with pytest.raises(ModelError, match="it answered without words"):
            agent_of(model).act()


class TestEnds:
    @pytest.mark.parametrize("reason", ["error", "abort", "insufficient_system_resource"])
    def test_a_server_that_could_not_go_on_has_not_answered(self, model, reason):
        for reply, ask in (
            (wire(chunk({"content": "Par"}), chunk({}, reason)), STREAM),
            (whole({"content": "Par"}, reason), ASK),
        ):
            error = failure(model, reply, ask)
            assert (error.cause, error.may_pass) == (ModelFailure.CUT, True)
            assert reason in str(error)

    def test_a_stream_without_a_single_word_says_what_may_be_wrong(self, model):
        assert "the prompt may be too long for it" in str(failure(model, wire(""), STREAM))
        assert "before it was whole" in str(failure(model, wire(chunk({"content": "Par"})), STREAM))

    @pytest.mark.parametrize("reason", ["length", "model_length"])
    def test_a_budget_that_was_spent_before_the_first_word_says_what_to_raise(self, model, reason):
        model.then(whole({"content": ""}, reason))
        with pytest.raises(ModelError, match="raise max_tokens"):
            agent_of(model).act()

    def test_text_that_stands_beside_a_message_and_what_is_no_choice(self):
        parts = CompletionParts()
        for choices in (
            [{"text": "Fi"}],
            ["nothing"],
            [{"text": None}],
            "none",
            [{"text": "ne.", "finish_reason": "stop"}],
        ):
            parts.add({"choices": choices})
        assert parts.completion().text == "Fine."

    def test_arguments_of_calls_may_be_objects_and_calls_are_not_without_end(self):
        parts = CompletionParts()
        look = {"id": "a", "function": {"name": "look", "arguments": {"at": "me"}}}
        said = {"tool_calls": ["no call", look], "images": [{"type": "image_url", "image_url": 3}]}
        parts.add({"choices": [{"message": said}]})
        (call,) = parts.completion().tool_calls
        assert json.loads(call.arguments) == {"at": "me"}
        with pytest.raises(ModelError, match=r"expected at most \d+ tool calls, got more"):
            parts.add({"choices": [{"message": {"tool_calls": [look] * MAX_TOOL_CALLS}}]})

    def test_who_is_asked_for_its_models_and_is_not_there_cannot_be_reached(self, model):
        client = client_of(model)
        with FakeModel() as gone:
            url = gone.base_url
        with pytest.raises(ModelError, match="cannot be reached"):
            client_of(url).model_names()
        assert client.model_names() is not None

    def test_an_event_that_is_no_json_says_where_to_look(self, model):
        assert "expected JSON from" in str(failure(model, wire("data: {half\n\n"), STREAM))

    def test_a_header_that_cannot_be_sent_is_no_matter_of_the_server(self, model):
        for value in ("two\nlines", "snow ☃"):
            client = client_of(model, headers={"X-Mine": value})
            for ask in (lambda client=client: client.complete(ASK), client.model_names):
                with case(value, ask), pytest.raises(ModelError, match="a header cannot be sent") as raised:
                    ask()
                assert not raised.value.may_pass
        assert model.requests == []

    def test_calls_without_ids_are_given_some_that_every_server_takes(self, model):
        call = {"function": {"name": "vote", "arguments": "{}"}}
        got = answer(model, whole({"content": None, "tool_calls": [call, {**call, "id": "x"}]}, "tool_calls"))
        assert [each.id for each in got.tool_calls] == ["call00000", "x"]


class TestRefusals:
    def test_what_a_server_says_is_told_on_one_line(self, model):
        error = failure(
            model, refused(500, "1 validation error:\n  {'type': 'literal_error'}\n\n  File \"app.py\"")
        )
        assert "\n" not in str(error)
        assert (error.cause, error.may_pass) == (ModelFailure.REQUEST, False)

    def test_a_key_that_is_quoted_in_a_stream_is_not_shown(self, model):
        error = failure(model, wire(data({"error": {"message": f"no {KEY}", "code": 401}})), STREAM)
        assert "[key]" in str(error)
        assert error.cause is ModelFailure.KEY

    @pytest.mark.parametrize(
        ("headers", "message", "seconds"),
        [
            ({"Retry_After": "Thu, 01 Jan 2015 00:00:00 GMT"}, "", 0.0),
            ({}, "Please retry after 7 seconds.", 7.0),
        ],
    )
    def test_a_time_is_read_in_whatever_form_it_comes(self, model, headers, message, seconds):
        assert failure(model, refused(429, {"message": message}, **headers)).wait_seconds == seconds

    def test_what_a_server_says_may_pass_is_tried_again(self, model):
        model.then(refused(400, {"message": "odd"}, x_should_retry="true"), "Hi")
        assert server_of(model).complete(ASK, 10).completion.text == "Hi"

    def test_a_wrong_name_is_answered_with_those_that_there_are(self):
        with FakeModel(refused(404, {"message": "The model `x` does not exist."}), models=["a", "b"]) as model:
            with pytest.raises(ModelError, match=r"The model `x` does not exist.*; there are: a, b$") as raised:
                agent_of(model, name="x").check()
            assert raised.value.cause is ModelFailure.NO_SUCH_MODEL


class TestRequests:
    def test_null_leaves_a_field_out(self, model):
        agent_of(model, extra_body={"stream_options": None, "top_k": 5}).act()
        assert set(model.requests[-1].body) == {"messages", "stream", "top_k"}

    def test_the_system_text_goes_in_the_role_that_the_model_knows(self, model):
        for role in ("system", "developer", "user"):
            agent = agent_of(model, system="Be brief.", system_role=role)
            agent.observe({"id": "Ann", "text": "hello"})
            agent.act()
        roles = [
            [(message["role"], message["content"]) for message in request.messages] for request in model.requests
        ]
        assert roles == [
            [("system", "Be brief."), ("user", "hello")],
            [("developer", "Be brief."), ("user", "hello")],
            [("user", "Be brief.\n\nhello")],
        ]

    def test_a_system_text_before_a_picture_is_a_part_of_its_own(self):
        picture = {"type": "image_url", "image_url": {"url": "https://a"}}
        messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": [picture]}]
        assert in_roles(messages, "user") == [
            {"role": "user", "content": [{"type": "text", "text": "Be brief."}, picture]}
        ]
        assert in_roles(messages[:1], "user") == [{"role": "user", "content": "Be brief."}]
        assert in_roles(messages[1:], "user") == messages[1:]

    def test_a_role_that_is_none_is_refused(self, model):
        with pytest.raises(AgentError, match="expected 'system' or 'developer' or 'user', got 'boss'"):
            agent_of(model, system_role="boss")


class Album:
    """Where pictures are kept."""

    def __init__(self) -> None:
        self.kept: list[tuple[bytes, str]] = []

    def address(self, attachment_id: str) -> str | None:
        return "data:image/png;base64,QUJD" if attachment_id == "f1" else None

    def keep(self, data: bytes, mime: str) -> str:
        self.kept.append((data, mime))
        return f"f{len(self.kept)}"


def image(address: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": address}}


class TestPictures:
    @pytest.mark.parametrize(
        "message",
        [
            {"content": "Look.", "images": [image(f"data:image/png;base64,{PIXEL}")]},
            {"content": [{"type": "text", "text": "Look."}, image(f"data:image/png;base64,{PIXEL}")]},
            {
                "content": [
                    {"type": "text", "text": "Look."},
                    {"type": "image_url", "image_url": "https://a/b.png"},
                ]
            },
        ],
    )
    def test_one_that_a_model_has_made_is_in_its_act(self, model, message):
        album = Album()
        model.then(whole(message, "stop"))
        act = agent_of(model, pictures=album).act()

        assert act["text"] == "Look."
        if album.kept:
            assert act["payload"] == {"type": "image", "attachment_id": "f1", "mime": "image/png"}
            assert album.kept == [(base64.b64decode(PIXEL), "image/png")]
        else:
            assert act["payload"] == {"type": "image", "url": "https://a/b.png"}

    def test_one_without_words_is_an_answer_too(self, model):
        model.then(wire(chunk({"images": [image(f"data:image/png;base64,{PIXEL}")]}), chunk({}, "stop")))
        act = agent_of(model).act()
        assert (act["text"], act["payload"]) == ("", {"type": "image", "data": PIXEL, "mime": "image/png"})

    @pytest.mark.parametrize(
        "address",
        ["data:text/html;base64,QUJD", "data:image/png,abc", "data:image/png;base64,%", "file:///etc", ""],
    )
    def test_what_is_no_picture_is_left_out(self, model, address):
        assert payload_of(address, None) is None
        model.then(whole({"content": "Look.", "images": [image(address), 7]}, "stop"))
        assert "payload" not in agent_of(model).act()

    @pytest.mark.parametrize(
        ("payload", "shown"),
        [
            ({"attachment_id": "f1"}, image("data:image/png;base64,QUJD")),
            ({"attachment_id": "f2"}, {"type": "text", "text": "(A picture that is not there any more.)"}),
            ({"url": "https://a/b.png"}, image("https://a/b.png")),
            ({"data": "QUJD", "mime": "image/webp"}, image("data:image/webp;base64,QUJD")),
            ({"data": b"ABC"}, image("data:image/png;base64,QUJD")),
        ],
    )
    def test_one_that_it_is_shown_is_in_the_prompt(self, model, payload, shown):
        agent = agent_of(model, images=True, pictures=Album(), record_prompts=True)
        agent.observe({"id": "Ann", "text": "look", "payload": {"type": "image", **payload}})
        agent.act()

        assert model.requests[-1].messages[-1]["content"] == [{"type": "text", "text": "look"}, shown]
        if "attachment_id" in payload:
            assert agent.last_answer is not None
            assert "QUJD" not in str(agent.last_answer.prompt)

    def test_people_and_models_show_each_other_pictures_through_the_service(self, model):
        values = {
            "overworld": "parleyrun.ready:Menu",
            "tasks": {
                "talk": {
                    "task_world": "parleyrun.ready:Chat",
                    "bots": {"Painter": {"model": "painter", "pace": None}},
                    "allow_uploads": True,
                }
            },
            "models": {
                "painter": {
                    "model": "chat_completions",
                    "base_url": model.base_url,
                    "images": True,
                    "stream": False,
                    "check": False,
                }
            },
        }
        made = image(f"data:image/png;base64,{PIXEL}")
        model.then(whole({"content": "Here you are.", "images": [made]}, "stop"))
        with rehearse(values) as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("hello")
            ann.says("a bike like this", payload={"type": "image", "data": PIXEL})
            rehearsal.settle()
            payloads = [line.message.payload for line in ann.lines if line.message.payload]

        [shown] = [part for part in model.requests[0].messages[-1]["content"] if part["type"] == "image_url"]
        assert shown["image_url"]["url"].startswith("data:image/png;base64,")
        [payload] = payloads
        assert (payload["type"], payload["mime"]) == ("image", "image/png")
        assert json.dumps(dict(payload), default=str).count(PIXEL) == 0
