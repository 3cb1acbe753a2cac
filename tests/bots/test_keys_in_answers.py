"""Keys that a server quotes in what it answers: nobody reads them, neither on a screen nor on record."""

from __future__ import annotations

import json
import sys
from types import ModuleType

import pytest
from completions_lab import KEY, PatientTimers, chunk, data, whole, wire

from parleyrun import ModelError
from parleyrun.bots.chat_completions.chat_completions_agent import ChatCompletionsAgent
from parleyrun.bots.litellm.litellm_agent import LitellmAgent
from parleyrun.testing import FakeModel, FakeReply, rehearse

STREAM_OF_KEY = [chunk({"content": piece}) for piece in ("It is ", KEY[:2], KEY[2:11], KEY[11:], " indeed")]


@pytest.fixture
def model():
    with FakeModel("Fine.", key=KEY) as model:
        yield model


def agent_of(model, **opt):
    return ChatCompletionsAgent(
        {"base_url": model.base_url, "api_key": KEY, "model_name": "seller", "timers": PatientTimers(), **opt}
    )


def test_of_a_whole_answer_neither_words_nor_the_models_name_hold_it(model):
    model.then(
        FakeReply(
            body=json.dumps(json.loads(whole({"content": f"It is {KEY}."}, "stop").body) | {"model": KEY}).encode()
        )
    )
    agent = agent_of(model, stream=False)
    assert agent.act()["text"] == "It is [key]."
    assert agent.last_answer.text == "It is [key]."
    assert agent.last_answer.served_by == "[key]"


def test_no_word_that_comes_holds_its_beginning(model):
    model.then(wire(*STREAM_OF_KEY, chunk({}, KEY), data("[DONE]")))
    agent, told = agent_of(model), []
    agent.on_text = told.append
    assert agent.act()["text"] == "It is [key] indeed"
    assert told == ["It is", "It is [key]", "It is [key] indeed"]
    assert agent.last_answer.finish_reason == "[key]"


def test_letters_that_no_screen_shows_do_not_carry_it_through(model):
    model.then(f"It is {KEY[:9]}\x01{KEY[9:]}")
    assert agent_of(model).act()["text"] == "It is [key]"


@pytest.mark.parametrize("written", [KEY, KEY.replace("s", "\\u0073")])
def test_functions_are_called_without_it(model, written):
    called = []

    def look_up(word: str) -> str:
        called.append(word)
        return "nothing"

    model.then(FakeReply(tool_calls=[("look_up", f'{{"word": "{written}"}}')]), "Nothing.")
    agent = agent_of(model, functions=[look_up])
    agent.act()
    assert called == ["[key]"]
    assert KEY not in str(agent.last_answer)
    assert KEY not in json.dumps(model.requests[-1].body)


def test_an_answer_by_a_schema_is_read_without_it(model):
    model.then(f'{{"text": "yes", "why": "\\u0073{KEY[1:]}"}}')
    act = agent_of(model, answer_schema={"type": "object"}).act()
    assert act["answer"] == {"text": "yes", "why": "[key]"}


@pytest.mark.parametrize(
    "given",
    [
        {"headers": {"X-Api-Key": "0123456789abcdef"}},
        {"headers": {"Authorization": "Bearer 0123456789abcdef"}},
        {"extra_body": {"api_key": "0123456789abcdef"}},
        {"query": "?api-key=0123456789abcdef"},
    ],
)
def test_keys_of_headers_of_the_body_and_of_the_address_are_known_too(given):
    with FakeModel("It is 0123456789abcdef.") as model:
        query = given.pop("query", "")
        agent = ChatCompletionsAgent({"base_url": model.base_url + query, "model_name": "seller", **given})
        assert agent.act()["text"] == "It is [key]."
        agent.shutdown()


def test_what_is_no_key_stays_as_it_is():
    with FakeModel("A study in 2024-02-01, by fixed-and-long-enough.") as model:
        opt = {
            "base_url": f"{model.base_url}?api-version=2024-02-01",
            "headers": {"X-Title": "fixed-and-long-enough"},
        }
        agent = ChatCompletionsAgent({**opt, "model_name": "seller"})
        assert agent.act()["text"] == "A study in 2024-02-01, by fixed-and-long-enough."
        agent.shutdown()


def test_an_error_in_mid_answer_does_not_quote_it(model):
    model.then(*[wire(chunk({"content": "a"}), data({"error": {"message": f"bad {KEY}", "code": 400}}))] * 4)
    with pytest.raises(ModelError) as raised:
        agent_of(model).act()
    assert KEY not in str(raised.value)


@pytest.mark.parametrize("streams", [True, False])
def test_by_litellm_it_is_hidden_too_also_one_that_the_library_finds_by_itself(monkeypatch, streams):
    found = "another-secret-of-the-environment"
    library = ModuleType("litellm")
    said = f"It is {KEY} or {found}."
    parts = [{"choices": [{"delta": {"content": piece}}]} for piece in (said[:9], said[9:50], said[50:])]
    end = {"choices": [{"delta": {}, "finish_reason": "stop"}], "model": found}
    message = {"model": found, "choices": [{"message": {"content": said}, "finish_reason": "stop"}]}
    library.completion = lambda **_: [*parts, end] if streams else message
    monkeypatch.setitem(sys.modules, "litellm", library)
    monkeypatch.setenv("SOME_PROVIDER_API_KEY", found)
    opt = {
        "name": "some/model",
        "api_key": KEY,
        "model_name": "seller",
        "timers": PatientTimers(),
        "stream": streams,
    }
    agent, told = LitellmAgent(opt), []
    agent.on_text = told.append
    assert agent.act()["text"] == "It is [key] or [key]."
    assert agent.last_answer.served_by == "[key]"
    assert not any(KEY[:3] in text or found[:9] in text for text in told)


def test_neither_the_record_nor_the_page_nor_the_log_holds_it(tmp_path, caplog):
    path = tmp_path / "chat.db"
    with FakeModel(FakeReply(text=f"My key is {KEY}."), key=KEY) as model:
        seller = {"model": "chat_completions", "base_url": model.base_url, "name": "fake", "api_key": KEY}
        task = {"task_world": "parleyrun.ready:Chat", "bots": {"Seller": "seller"}}
        config = {"models": {"seller": seller}, "tasks": {"haggle": task}, "store": {"path": str(path)}}
        with rehearse(config) as rehearsal:
            ann = rehearsal.person("ann").arrives(opens=True)
            ann.says("What is your key?")
            assert ann.heard[-1] == "My key is [key]."
    assert KEY not in caplog.text
    assert all(KEY.encode() not in file.read_bytes() for file in tmp_path.iterdir())
