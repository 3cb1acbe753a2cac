"""Models of any provider by the library litellm, of which a stand-in is in the place."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from completions_lab import PatientTimers

from parleyrun import ModelError, ModelFailure, create_agent, create_agent_from_shared
from parleyrun.bots.chat_completions.keys.known_secrets import SHORTEST_OF_ENVIRONMENT, secrets_by_name
from parleyrun.bots.litellm.litellm_agent import LitellmAgent, faults_of_settings
from parleyrun.config.diagnostics import Findings
from parleyrun.config.models.model_checks import check_models
from parleyrun.config.models.model_kinds import SettingsPlace
from parleyrun.config.plan import config_from_mapping
from parleyrun.errors import ConfigError, MissingExtra
from parleyrun.testing.fake_model.fake_model import FakeModel
from parleyrun.testing.fake_model.fake_replies import rate_limited

KEY = "sk-very-secret-0123456789"
NAME = "anthropic/claude-x"


class Raised(Exception):
    status_code = 0

    def __init__(self, message: str, headers: Mapping[str, str] | None = None, body: Any = None) -> None:
        super().__init__(message)
        self.message, self.body = message, body
        self.response = type("Response", (), {"headers": headers or {}})


def raised(name: str, status_code: int) -> type[Raised]:
    """Return an error as the library has it, by its name."""
    return type(name, (Raised,), {"status_code": status_code})


RateLimitError = raised("RateLimitError", 429)
AuthenticationError = raised("AuthenticationError", 401)
ContextWindowExceededError = raised("ContextWindowExceededError", 400)
NotFoundError = raised("NotFoundError", 404)
Timeout = raised("Timeout", 408)
InternalServerError = raised("InternalServerError", 500)
MidStreamFallbackError = raised("MidStreamFallbackError", 503)
BadRequestError = raised("BadRequestError", 400)


class Chunk:
    """What the library gives for one, which is no mapping."""

    def __init__(self, delta: Mapping[str, Any], finish_reason: str | None = None, **more: Any) -> None:
        choice = {"index": 0, "delta": dict(delta), "finish_reason": finish_reason}
        self._body = {"model": "claude-x", "choices": [choice], **more}

    def model_dump(self) -> dict[str, Any]:
        return self._body


def chunks_of(text: str) -> list[Chunk]:
    usage = {"prompt_tokens": 1000, "completion_tokens": 10}
    return [*(Chunk({"content": word}) for word in text.split(" ")), Chunk({}, "stop", usage=usage)]


class FakeLitellm(ModuleType):
    """Answers with what stands in `answers`, one after the other: chunks, or an error."""

    def __init__(self) -> None:
        super().__init__("litellm")
        self.answers: list[Any] = []
        self.asked: list[dict[str, Any]] = []
        self.costs: Callable[..., Any] = lambda **_: (0.25, 0.5)

    def completion(self, **arguments: Any) -> Any:
        self.asked.append(arguments)
        answer = self.answers.pop(0) if self.answers else chunks_of("Hello there.")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def cost_per_token(self, **arguments: Any) -> Any:
        return self.costs(**arguments)


@pytest.fixture
def litellm(monkeypatch: pytest.MonkeyPatch) -> FakeLitellm:
    library = FakeLitellm()
    monkeypatch.setitem(sys.modules, "litellm", library)
    for name in ("LITELLM_LOCAL_MODEL_COST_MAP", "LITELLM_MODE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    # The end of words that may become a secret of the environment is held back: of whichever machine this is.
    for name, value in [*os.environ.items()]:
        if secrets_by_name({name: value}, SHORTEST_OF_ENVIRONMENT):
            monkeypatch.delenv(name)
    monkeypatch.setenv("THEIR_KEY", KEY)
    return library


def agent_of(**opt: Any) -> LitellmAgent:
    timers = PatientTimers()
    return LitellmAgent(
        {"name": NAME, "api_key_env": "THEIR_KEY", "model_name": "seller", "timers": timers, **opt}
    )


def failure_of(litellm: FakeLitellm, *answers: Any, **opt: Any) -> ModelError:
    litellm.answers = list(answers)
    with pytest.raises(ModelError) as raised:
        agent_of(**opt).act()
    assert KEY not in str(raised.value)
    return raised.value


def test_it_is_asked_as_a_server_is_and_its_own_retries_are_off(litellm: FakeLitellm) -> None:
    agent = agent_of(system="You sell bikes.", temperature=0.5, headers={"X-Title": "study"}, timeout_seconds=9)
    agent.observe({"id": "Buyer", "text": "hello"})

    assert agent.act()["text"] == "Hellothere."
    assert litellm.asked == [
        {
            "model": NAME,
            "messages": [
                {"role": "system", "content": "You sell bikes."},
                {"role": "user", "content": "hello"},
            ],
            "temperature": 0.5,
            "stream": True,
            "stream_options": {"include_usage": True},
            "timeout": 9.0,
            "num_retries": 0,
            "max_retries": 0,
            "api_key": KEY,
            "extra_headers": {"X-Title": "study"},
        }
    ]


def test_an_address_a_schema_and_further_arguments_are_handed_on(litellm: FakeLitellm) -> None:
    litellm.answers = [chunks_of('{"text":"Hi"}')]
    schema = {"type": "object"}
    agent = agent_of(
        base_url="http://localhost:1/v1", extra_body={"reasoning_effort": "low"}, answer_schema=schema
    )

    assert agent.act()["text"] == "Hi"
    asked = litellm.asked[0]
    assert (asked["api_base"], asked["reasoning_effort"]) == ("http://localhost:1/v1", "low")
    assert asked["response_format"]["json_schema"]["schema"] == schema


def test_words_are_told_as_they_come_and_go_on_record_with_what_the_library_says_they_cost(
    litellm: FakeLitellm,
) -> None:
    litellm.answers = [chunks_of("one two three")]
    agent = agent_of()
    told: list[str] = []
    agent.on_text = told.append
    agent.act()

    assert told == ["one", "onetwo", "onetwothree"]
    answer = agent.last_answer
    assert answer is not None
    assert (answer.model, answer.served_by, answer.text) == ("seller", "claude-x", "onetwothree")
    assert (answer.prompt_tokens, answer.completion_tokens, answer.cost) == (1000, 10, 0.75)


def test_a_price_in_the_config_goes_before_what_the_library_knows(litellm: FakeLitellm) -> None:
    agent = agent_of(price={"prompt": 3, "completion": 10})
    agent.act()

    assert agent.last_answer is not None
    assert agent.last_answer.cost == pytest.approx(0.0031)


def test_a_model_of_which_the_library_knows_no_price_has_none(litellm: FakeLitellm) -> None:
    def unknown(**_: Any) -> Any:
        raise ValueError("this model isn't mapped yet")

    litellm.costs = unknown
    agent = agent_of()
    agent.act()

    assert agent.last_answer is not None
    assert agent.last_answer.cost is None


def test_without_a_stream_the_answer_comes_whole(litellm: FakeLitellm) -> None:
    litellm.answers = [{"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}]
    agent = agent_of(stream=False)

    assert agent.act()["text"] == "Hi"
    assert "stream" not in litellm.asked[0]


def test_tools_are_called(litellm: FakeLitellm) -> None:
    def vote(who: str) -> str:
        """Vote for somebody."""
        return f"voted for {who}"

    call = {"index": 0, "id": "c1", "function": {"name": "vote", "arguments": '{"who": "Ann"}'}}
    litellm.answers = [[Chunk({"tool_calls": [call]}), Chunk({}, "tool_calls")]]
    agent = agent_of(functions=(vote,))

    assert agent.act()["text"] == "Hellothere."
    assert litellm.asked[0]["tools"][0]["function"]["name"] == "vote"
    assert litellm.asked[1]["messages"][-1] == {"role": "tool", "tool_call_id": "c1", "content": "voted for Ann"}


@pytest.mark.parametrize(
    ("error", "cause", "words"),
    [
        (
            AuthenticationError(f"litellm.AuthenticationError: no {KEY}"),
            ModelFailure.KEY,
            "no [key]; see that the key",
        ),
        (NotFoundError("no such model"), ModelFailure.NO_SUCH_MODEL, "see that 'name' is provider/model"),
        (
            ContextWindowExceededError(
                "litellm.BadRequestError: ContextWindowExceededError: OpenAIException - long"
            ),
            ModelFailure.CONTEXT,
            "answered ContextWindowExceededError: long; lower context_tokens",
        ),
        (RateLimitError("quota", body={"code": "insufficient_quota"}), ModelFailure.MONEY, "quota"),
        (RateLimitError("slow down", {"Retry-After": "900"}), ModelFailure.RATE, "slow down"),
        (BadRequestError("LLM Provider NOT provided. Pass …"), ModelFailure.NO_SUCH_MODEL, "provider/model"),
        (BadRequestError("temperature is odd"), ModelFailure.REQUEST, "anthropic (by litellm) answered"),
    ],
)
def test_what_does_not_pass_is_asked_once_and_says_why(
    litellm: FakeLitellm, error: Exception, cause: ModelFailure, words: str
) -> None:
    failure = failure_of(litellm, error)

    assert failure.cause is cause
    assert words in str(failure)
    assert len(litellm.asked) == 1


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (RateLimitError("slow down", {"retry-after": "2"}), ModelFailure.RATE),
        (InternalServerError("it died"), ModelFailure.SERVER),
        (
            InternalServerError("litellm.InternalServerError: AnthropicException - Connection error."),
            ModelFailure.UNREACHABLE,
        ),
        (Timeout("timed out"), ModelFailure.TIMEOUT),
        (MidStreamFallbackError("broke off"), ModelFailure.CUT),
    ],
)
def test_what_may_pass_is_asked_again_by_our_own_schedule(
    litellm: FakeLitellm, error: Exception, cause: ModelFailure
) -> None:
    litellm.answers = [error]
    assert agent_of().act()["text"] == "Hellothere."
    assert len(litellm.asked) == 2

    assert failure_of(litellm, *[error] * 4).cause is cause
    assert len(litellm.asked) == 6


def test_a_stream_that_ends_too_soon_is_asked_for_again(litellm: FakeLitellm) -> None:
    litellm.answers = [[Chunk({"content": "Hel"})]]

    assert agent_of().act()["text"] == "Hellothere."
    assert len(litellm.asked) == 2


class Clock:
    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def time(self) -> float:
        return self.seconds


class Slow:
    """A stream that takes its time, and knows whether it was hung up."""

    def __init__(self, clock: Clock) -> None:
        self.closed = False
        self.completion_stream = self
        self._clock = clock

    def __iter__(self) -> Iterator[Chunk]:
        yield Chunk({"content": "Hel"})
        self._clock.seconds += 61
        yield Chunk({"content": "lo"})

    def close(self) -> None:
        self.closed = True


def test_an_answer_that_takes_too_long_is_hung_up(litellm: FakeLitellm) -> None:
    timers = PatientTimers()
    timers.clock = Clock()
    stream = Slow(timers.clock)

    failure = failure_of(litellm, stream, tries=1, timers=timers)

    assert str(failure) == "anthropic took longer than 60 s (timeout_seconds)"
    assert stream.closed


def test_who_is_not_waited_for_any_more_hangs_up(litellm: FakeLitellm) -> None:
    stream = Slow(Clock())
    litellm.answers = [stream]
    source = agent_of()._connection.server.source

    with pytest.raises(ModelError, match="nobody waits"):
        source.complete({"model": NAME, "messages": []}, is_over=lambda: True)
    assert stream.closed


def test_copies_share_the_connection_and_a_reference_names_the_model(litellm: FakeLitellm) -> None:
    agent = create_agent({"model": f"litellm:{NAME}", "timers": PatientTimers()})
    assert isinstance(agent, LitellmAgent)
    copy = create_agent_from_shared(agent.share())

    assert copy.act()["text"] == "Hellothere."  # type: ignore[index]
    assert "api_key" not in litellm.asked[0]
    assert agent.described() == f"{NAME} at anthropic (by litellm)"


def test_its_telemetry_its_downloads_and_its_log_are_off(litellm: FakeLitellm) -> None:
    agent_of()

    assert (litellm.telemetry, litellm.suppress_debug_info, litellm.turn_off_message_logging) == (
        False,
        True,
        True,
    )
    assert os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"
    assert os.environ["LITELLM_MODE"] == "PRODUCTION"
    assert not logging.getLogger("LiteLLM").isEnabledFor(logging.ERROR)


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "litellm", None)

    with pytest.raises(MissingExtra, match=r"a model of the kind litellm needs the 'litellm' extra: pip install"):
        LitellmAgent({"name": NAME, "timers": PatientTimers()})


@pytest.mark.parametrize(
    ("settings", "paths"),
    [
        ({"name": NAME}, []),
        ({"name": "claude"}, [("name",)]),
        ({"name": NAME, "api_key_env": "NOT_SET_ANYWHERE"}, [("api_key_env",)]),
        ({"name": NAME, "system": "{nobody}"}, [("system",)]),
        ({"name": NAME, "price": {"tokens": 1}}, [("price", "tokens")]),
    ],
)
def test_validate_checks_its_settings_without_the_library(
    settings: dict[str, Any], paths: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "litellm", None)

    assert [fault.path for fault in faults_of_settings(settings, SettingsPlace(folder=Path()))] == paths


def config_of(kind: str = "litellm", **model: Any) -> Any:
    return config_from_mapping(
        {
            "overworld": "parleyrun.ready:Menu",
            "tasks": {"talk": {"task_world": "parleyrun.ready:Chat", "bots": {"Bot": "m"}, "max_cost": 1}},
            "models": {"m": {"model": kind, **model}},
        }
    )


def codes_of(config: Any) -> list[str]:
    findings = Findings("config")
    check_models(config, findings)
    return [finding.code for finding in findings.in_order()]


def test_a_limit_of_cost_needs_no_price_as_the_library_knows_one() -> None:
    assert codes_of(config_of(name=NAME)) == []
    assert codes_of(config_of("chat_completions", base_url="http://localhost:1/v1")) == ["limit-never-reached"]


def test_it_has_a_name_and_no_settings_of_connections_that_it_does_not_make() -> None:
    with pytest.raises(ConfigError) as raised:
        config_of(connect_seconds=3)

    assert [finding.path for finding in raised.value.findings] == ["models.m.name", "models.m.connect_seconds"]


@pytest.mark.skipif(find_spec("litellm") is None, reason="the extra litellm is not installed")
@pytest.mark.process  # it asks the system what it is
@pytest.mark.filterwarnings("ignore")
def test_the_library_itself_asks_a_server_once_a_try() -> None:
    with FakeModel("Hello there.", key=KEY) as server:
        agent = agent_of(name="openai/fake", base_url=server.base_url, api_key=KEY, api_key_env=None)
        told: list[str] = []
        agent.on_text = told.append
        server.then(rate_limited(1))

        assert agent.act()["text"] == "Hello there."
        assert told == ["Hello", "Hello there."]
        assert len(server.requests) == 2
        assert agent.last_answer is not None
        assert (agent.last_answer.completion_tokens, agent.last_answer.tries) == (2, 2)
