"""The client of chat-completions servers, against answers as real servers give them."""

from __future__ import annotations

import pytest
from completions_lab import ASK, KEY, STREAM, chunk, client_of, data, refused, whole, wire

from parleyrun.bots.chat_completions.completion import CompletionParts, TokenUsage, ToolCall
from parleyrun.bots.chat_completions.endpoint import endpoint_of
from parleyrun.bots.chat_completions.server_sent_events import event_data
from parleyrun.errors import ModelError, ModelFailure
from parleyrun.testing.fake_model.fake_model import FakeModel
from parleyrun.testing.fake_model.fake_replies import FakeReply, garbage, wrong_key


@pytest.fixture
def model():
    with FakeModel() as model:
        yield model


def answer(model, reply, ask=ASK, **options):
    model.then(reply)
    return client_of(model, **options).complete(ask)


def failure(model, reply, ask=ASK, **options):
    with pytest.raises(ModelError) as raised:
        answer(model, reply, ask, **options)
    assert KEY not in str(raised.value)
    return raised.value


class TestWhole:
    def test_an_answer(self, model):
        got = answer(model, whole({"content": "Hi"}, "stop"))
        assert (got.text, got.finish_reason, got.usage) == ("Hi", "stop", TokenUsage(5, 2))

    def test_tool_calls_without_words(self, model):
        call = {"id": "call_a", "type": "function", "function": {"name": "vote", "arguments": '{"for":"Ann"}'}}
        got = answer(model, whole({"content": None, "tool_calls": [call]}, "tool_calls"))
        assert (got.text, got.tool_calls) == ("", (ToolCall("call_a", "vote", '{"for":"Ann"}'),))

    def test_a_budget_that_was_spent_on_thinking(self, model):
        got = answer(model, whole({"content": "", "reasoning_content": "hmm"}, "length"))
        assert (got.text, got.reasoning, got.finish_reason) == ("", "hmm", "length")

    def test_a_refusal_is_no_silence(self, model):
        got = answer(model, whole({"content": None, "refusal": "I can't."}, "stop"))
        assert (got.text, got.refusal) == ("", "I can't.")

    def test_content_in_parts(self, model):
        parts = [{"type": "thinking", "thinking": "…"}, {"type": "text", "text": "Hi"}]
        assert answer(model, whole({"content": parts}, "stop")).text == "Hi"

    @pytest.mark.parametrize("aloud", ["<think>let me see</think>\n\nHi", "let me see</think>Hi"])
    def test_what_is_thought_aloud_is_not_said(self, model, aloud):
        got = answer(model, whole({"content": aloud}, "stop"))
        assert (got.text, got.reasoning) == ("Hi", "let me see")

    def test_a_whole_answer_to_a_request_for_a_stream(self, model):
        assert answer(model, whole({"content": "Hi"}, "stop"), STREAM).text == "Hi"

    def test_blank_lines_before_the_json(self, model):
        reply = whole({"content": "Hi"}, "stop")
        assert answer(model, FakeReply(body=b"\n\n\n" + reply.body)).text == "Hi"

    def test_no_usage_is_no_fault(self, model):
        assert answer(model, whole({"content": "Hi"}, "stop", usage=False)).usage is None


class TestStreams:
    def test_comments_line_ends_and_characters_that_are_cut(self, model):
        usage = {"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}
        got = answer(
            model,
            wire(
                ": OPENROUTER PROCESSING\r\n\r\n",
                chunk({"role": "assistant", "content": ""}).replace("\n", "\r\n"),
                ":\n\n",
                'event: ping\ndata: {"type":"ping"}\n\n',
                chunk({"content": "Hé"}),
                chunk({"content": "llo"}),
                chunk({}, "stop"),
                data({"choices": [], "usage": usage}),
                data("[DONE]"),
            ),
            STREAM,
        )
        assert (got.text, got.finish_reason, got.usage) == ("Héllo", "stop", TokenUsage(5, 2, cached=4))

    def test_several_calls_in_mixed_pieces(self, model):
        def piece(index, arguments, **more):
            return {
                "index": index,
                **({} if not more else {"id": more["id"]}),
                "function": {**({"name": more["name"]} if more else {}), "arguments": arguments},
            }

        deltas = [
            piece(0, "", id="call_a", name="vote"),
            piece(0, '{"for":"A'),
            piece(1, '{"t":"', id="call_b", name="say"),
            piece(0, 'nn"}'),
            piece(1, 'ok"}'),
        ]
        got = answer(
            model,
            wire(*(chunk({"tool_calls": [delta]}) for delta in deltas), chunk({}, "tool_calls"), data("[DONE]")),
            STREAM,
        )
        assert got.tool_calls == (
            ToolCall("call_a", "vote", '{"for":"Ann"}'),
            ToolCall("call_b", "say", '{"t":"ok"}'),
        )

    def test_calls_without_an_index_or_with_the_same_one(self, model):
        first = {"id": "x1", "function": {"name": "vote", "arguments": '{"for":"Ann"}'}}
        second = {"index": 0, "id": "x2", "function": {"name": "say", "arguments": '{"t":"ok"}'}}
        got = answer(
            model,
            wire(
                chunk({"tool_calls": [first]}), chunk({"tool_calls": [second]}), chunk({}, "stop"), data("[DONE]")
            ),
            STREAM,
        )
        assert [call.id for call in got.tool_calls] == ["x1", "x2"]

    @pytest.mark.parametrize(
        "end",
        [
            data({"error": {"message": "EngineCore died", "type": "InternalServerError", "code": 500}})
            + data("[DONE]"),
            chunk({"content": ""}, "error", error={"code": 502, "message": "EngineCore died"}),
        ],
    )
    def test_an_error_in_the_middle(self, model, end):
        error = failure(model, wire(chunk({"content": "Par"}), end), STREAM)
        assert error.may_pass
        assert "EngineCore died" in str(error)

    @pytest.mark.parametrize(
        "reply", [wire(chunk({"content": "Par"}), chunk({"content": ""})), FakeReply(text="a b c", cut_after=2)]
    )
    def test_a_stream_that_ends_without_a_reason_is_cut(self, model, reply):
        error = failure(model, reply, STREAM)
        assert (error.cause, error.may_pass) == (ModelFailure.CUT, True)

    def test_thoughts_under_either_name(self, model):
        got = answer(
            model,
            wire(chunk({"reasoning": "hm"}), chunk({"reasoning_content": "m"}), chunk({"content": "42"}, "stop")),
            STREAM,
        )
        assert (got.text, got.reasoning) == ("42", "hmm")

    def test_no_done_and_no_last_blank_line(self, model):
        assert answer(model, wire(chunk({"content": "Hi"}, "stop").rstrip()), STREAM).text == "Hi"

    def test_words_are_told_as_they_come_and_thoughts_are_not(self, model):
        told = []
        model.then(
            wire(
                *(chunk({"content": part}) for part in ("<th", "ink>no", "</think>", "Yes", " indeed")),
                chunk({}, "stop"),
            )
        )
        client_of(model).complete(STREAM, told.append)
        assert told == ["Yes", "Yes indeed"]

    def test_events_are_the_same_however_the_bytes_are_cut(self):
        stream = ("data: a\r\n\r\n: no\ndata:b\ndata:  ☕\n\nid: 7\rdata: c\r\rdata: d").encode()
        for size in range(1, len(stream)):
            cut = [stream[start : start + size] for start in range(0, len(stream), size)]
            assert list(event_data(cut)) == ["a", "b\n ☕", "c", "d"]

    def test_an_endless_event_is_refused(self):
        with pytest.raises(ValueError, match="at most 100 bytes"):
            list(event_data([b"data: " + b"x" * 50] * 3, 100))

    def test_an_event_of_very_many_lines_is_refused_too(self):
        with pytest.raises(ValueError, match="at most 100 bytes"):
            list(event_data([b"data:\n"] * 200, 100))
        assert list(event_data([b"data:\n\n"] * 200, 100)) == [""] * 200

    def test_what_a_server_calls_its_model_goes_on_record_only_as_long_as_names_are(self):
        answered = CompletionParts().whole(
            {"model": "m" * 5000, "choices": [{"message": {"content": "Hi"}, "finish_reason": "s" * 5000}]}
        )
        assert (len(answered.model), len(answered.finish_reason)) == (200, 200)


class TestFailures:
    @pytest.mark.parametrize(
        ("reply", "cause", "may_pass"),
        [
            (
                refused(
                    400,
                    {
                        "message": "This model's maximum context length is 8 tokens.",
                        "code": "context_length_exceeded",
                    },
                ),
                ModelFailure.CONTEXT,
                False,
            ),
            (
                refused(
                    400,
                    {
                        "code": 400,
                        "message": "request (9 tokens) exceeds the available context size (8 tokens)",
                        "type": "exceed_context_size_error",
                    },
                ),
                ModelFailure.CONTEXT,
                False,
            ),
            (refused(429, {"message": "Rate limit reached", "type": "requests"}), ModelFailure.RATE, True),
            (
                refused(429, {"message": "You exceeded your current quota", "type": "insufficient_quota"}),
                ModelFailure.MONEY,
                False,
            ),
            (refused(401, "Unauthorized"), ModelFailure.KEY, False),
            (refused(503, {"code": 503, "message": "Loading model"}), ModelFailure.SERVER, True),
            (FakeReply(status=502, body=b"<html>502</html>", content_type="text/html"), ModelFailure.SERVER, True),
            (
                refused(500, {"message": "Jinja Exception: roles must alternate", "type": "server_error"}),
                ModelFailure.REQUEST,
                False,
            ),
            (refused(404, {"message": "The model `x` does not exist."}), ModelFailure.NO_SUCH_MODEL, False),
            (refused(400, {"message": "Invalid model name passed in model=x"}), ModelFailure.NO_SUCH_MODEL, False),
            (FakeReply(status=404, body=b'{"detail":"Not Found"}'), ModelFailure.ADDRESS, False),
            (refused(400, {"message": "no", "code": "content_policy_violation"}), ModelFailure.FILTERED, False),
            (refused(500, {"message": "never mind"}, x_should_retry="false"), ModelFailure.SERVER, False),
            (refused(409, {"message": "locked"}), ModelFailure.REQUEST, True),
            (
                FakeReply(status=307, headers={"Location": "https://elsewhere.example/v1?token=5"}),
                ModelFailure.ADDRESS,
                False,
            ),
            (garbage(), ModelFailure.BAD_ANSWER, True),
            (FakeReply(body=b""), ModelFailure.BAD_ANSWER, True),
            (FakeReply(body=b'{"error":{"message":"No endpoints","code":503}}'), ModelFailure.SERVER, True),
            (FakeReply(body=b'{"object":"list","data":null}'), ModelFailure.BAD_ANSWER, True),
            (FakeReply(body=b"[1]"), ModelFailure.BAD_ANSWER, True),
        ],
    )
    def test_each_has_its_cause(self, model, reply, cause, may_pass):
        error = failure(model, reply)
        assert (error.cause, error.may_pass) == (cause, may_pass)

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"retry_after_ms": "50", "Retry_After": "9"}, 0.05),
            ({"Retry_After": "1.5"}, 1.5),
            ({"Retry_After": "soon"}, None),
            ({}, None),
        ],
    )
    def test_how_long_to_wait_is_the_servers_word(self, model, headers, seconds):
        assert failure(model, refused(429, {"message": "slow down"}, **headers)).wait_seconds == seconds

    def test_a_key_that_is_quoted_back_is_not_shown(self, model):
        error = failure(model, refused(401, {"message": f"Incorrect API key provided: {KEY[:8]}***6789"}))
        assert "6789" not in str(error)
        assert "[key]" in str(error)

    def test_the_key_travels_and_a_wrong_one_says_what_to_do(self, model):
        answer(model, "Hi")
        assert model.requests[0].headers["authorization"] == f"Bearer {KEY}"
        assert "api_key_env" in str(failure(model, wrong_key()))

    def test_a_redirect_is_not_followed_and_names_no_token(self, model):
        error = failure(model, FakeReply(status=301, headers={"Location": "http://elsewhere.example/v1?token=5"}))
        assert "elsewhere.example" in str(error)
        assert "token" not in str(error)
        assert len(model.requests) == 1

    def test_silence_is_too_slow(self, model):
        assert failure(model, FakeReply(hangs=True), timeout_seconds=0.2).cause is ModelFailure.TIMEOUT

    def test_nobody_there(self):
        with pytest.raises(ModelError) as raised:
            client_of("http://127.0.0.1:9/v1").complete(ASK)
        assert (raised.value.cause, raised.value.may_pass) == (ModelFailure.UNREACHABLE, True)

    def test_half_a_surrogate_pair_does_not_stop_a_request(self, model):
        model.then("Hi")
        body = {"model": "m", "messages": [{"role": "user", "content": "a\ud800b"}]}
        assert client_of(model).complete(body).text == "Hi"

    def test_an_answer_without_end_is_refused(self, model, monkeypatch):
        monkeypatch.setattr("parleyrun.bots.chat_completions.completions_client.MAX_ANSWER_BYTES", 1000)
        assert failure(model, FakeReply(text="a " * 2000)).cause is ModelFailure.BAD_ANSWER


class TestAddresses:
    @pytest.mark.parametrize(
        ("base_url", "address"),
        [
            ("http://localhost:8000", "http://localhost:8000/v1/chat/completions"),
            (" http://localhost:8000/v1/ ", "http://localhost:8000/v1/chat/completions"),
            ("http://h/v1/chat/completions", "http://h/v1/chat/completions"),
            (
                "https://h/openai/deployments/d?api-version=5",
                "https://h/openai/deployments/d/chat/completions?api-version=5",
            ),
            ("https://h/v1beta/openai/", "https://h/v1beta/openai/chat/completions"),
        ],
    )
    def test_however_it_is_written(self, base_url, address):
        assert endpoint_of(base_url).completions == address

    @pytest.mark.parametrize(
        "base_url", ["", "localhost:8000", "ftp://h/v1", "http://", "http://[::1", "http://ann:secret@h/v1"]
    )
    def test_what_is_none(self, base_url):
        with pytest.raises(ValueError, match="expected an address"):
            endpoint_of(base_url)

    def test_a_key_that_no_header_can_hold(self):
        with pytest.raises(ValueError, match="printable ASCII"):
            endpoint_of("http://h", "sk-\n1")

    def test_the_models_that_are_there(self):
        with FakeModel(models=["a", "b"]) as model:
            assert client_of(model).model_names() == ["a", "b"]
        with FakeModel(key="sk-another") as model, pytest.raises(ModelError) as raised:
            client_of(model).model_names()
        assert raised.value.cause is ModelFailure.KEY
        assert KEY not in str(raised.value)


@pytest.mark.parametrize("told", [9 * 10**18, 10**30, -1, True, "many"])
def test_numbers_of_tokens_and_costs_that_cannot_be_count_for_nothing(told):
    usage = (
        CompletionParts()
        .whole({"choices": [{"message": {"content": "a"}}], "usage": {"prompt_tokens": told}})
        .usage
    )
    assert usage.prompt == 0
    for cost in (float("inf"), float("nan"), 1e300, -1):
        body = {"choices": [{"message": {"content": "a"}}], "usage": {"prompt_tokens": 3, "cost": cost}}
        assert (CompletionParts().whole(body).usage.prompt, CompletionParts().whole(body).usage.cost) == (3, None)
