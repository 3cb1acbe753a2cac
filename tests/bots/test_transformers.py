"""Models of the library transformers, of which a stand-in is in the place: a token is a letter."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "engines"))

from cluster_lab import on_hosts

from parleyrun import ModelError, ModelFailure, create_agent, create_agent_from_shared
from parleyrun.bots.batched_model import BatchedAgent
from parleyrun.bots.model_shelf import ModelShelf
from parleyrun.bots.transformers.transformers_agent import TransformersAgent
from parleyrun.bots.transformers.transformers_settings import faults_of_generation
from parleyrun.config.models.model_kinds import SettingsPlace
from parleyrun.config.plan import config_from_mapping, make_plan
from parleyrun.core.opt import Opt
from parleyrun.errors import AgentError, MissingExtra
from parleyrun.runner.timers import ThreadTimers
from parleyrun.store.snapshot import dump, load
from parleyrun.testing import check_agent

PAD, END = 0, 1


class Rows:
    """A tensor of two dimensions, as far as it is needed."""

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self._rows = [list(row) for row in rows]
        self.shape = (len(rows), len(rows[0]))

    def __getitem__(self, at: Any) -> Rows:
        _, columns = at
        return Rows([row[columns] for row in self._rows])

    def tolist(self) -> list[list[int]]:
        return self._rows


class Inputs(dict[str, Any]):
    def to(self, _device: str) -> Inputs:
        return self


class Tokenizer:
    pad_token_id: int | None = None
    eos_token_id = END
    eos_token = "</s>"
    model_max_length = 10**30
    chat_template: str | None = "…"
    takes_system = True

    def __init__(self, padding_side: str) -> None:
        assert padding_side == "left"

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__("pad_token_id" if name == "pad_token" else name, PAD if name == "pad_token" else value)

    def apply_chat_template(self, messages: Any, *, tokenize: bool, add_generation_prompt: bool) -> str:
        assert not tokenize
        assert add_generation_prompt
        if not self.takes_system and messages[0]["role"] == "system":
            raise ValueError("System role not supported")
        return "".join(f"<{message['role']}>{message['content']}" for message in messages) + "<assistant>"

    def __call__(self, texts: Any, *, add_special_tokens: bool, padding: bool = False, **_: Any) -> Inputs:
        assert not add_special_tokens
        rows = [[ord(letter) for letter in text] for text in texts]
        if not padding:
            return Inputs(input_ids=rows)
        width = max(map(len, rows))
        return Inputs(
            input_ids=Rows([[PAD] * (width - len(row)) + row for row in rows]),
            attention_mask=Rows([[0] * (width - len(row)) + [1] * len(row) for row in rows]),
        )

    def decode(self, tokens: Sequence[int], *, skip_special_tokens: bool) -> str:
        assert skip_special_tokens
        return "".join(map(chr, tokens))


class CausalModel:
    def __init__(self, library: FakeTransformers) -> None:
        self._library = library
        self.device = "somewhere"
        self.config = SimpleNamespace(max_position_embeddings=library.most_tokens)
        self.generation_config = SimpleNamespace(eos_token_id=[END])

    def to(self, device: str) -> CausalModel:
        self.device = device
        return self

    def eval(self) -> None:
        self._library.events.append("eval")

    def generate(self, *, input_ids: Rows, attention_mask: Rows, max_new_tokens: int, **more: Any) -> Rows:
        prompts = [
            "".join(chr(token) for token, seen in zip(row, mask, strict=True) if seen)
            for row, mask in zip(input_ids.tolist(), attention_mask.tolist(), strict=True)
        ]
        self._library.calls.append(prompts)
        self._library.options.append({"max_new_tokens": max_new_tokens, **more})
        self._library.events.append("generate")
        answers = [[ord(letter) for letter in self._library.answer(prompt)] for prompt in prompts]
        made = [[*answer, END][:max_new_tokens] for answer in answers]
        width = max(map(len, made))
        return Rows(
            [
                row + answer + [PAD] * (width - len(answer))
                for row, answer in zip(input_ids.tolist(), made, strict=True)
            ]
        )


def repeated(prompt: str) -> str:
    """Say again what the user has said last."""
    return prompt.rpartition("<user>")[2].removesuffix("<assistant>")


class FakeTransformers(ModuleType):
    def __init__(self) -> None:
        super().__init__("transformers")
        self.answer: Callable[[str], str] = repeated
        self.calls: list[list[str]] = []
        self.options: list[dict[str, Any]] = []
        self.events: list[str] = []
        self.loaded: list[tuple[str, dict[str, Any]]] = []
        self.most_tokens: int | None = None
        self.tokenizer = type("OwnTokenizer", (Tokenizer,), {})
        self.AutoTokenizer = SimpleNamespace(from_pretrained=lambda _name, **more: self.tokenizer(**more))
        self.AutoModelForCausalLM = SimpleNamespace(from_pretrained=self.load)
        self.logging = SimpleNamespace(set_verbosity_error=lambda: self.events.append("quiet"))

    def load(self, name: str, **more: Any) -> CausalModel:
        if name == "nowhere":
            raise OSError("nowhere is not a local folder and is not a valid model identifier\nlisted on the hub")
        self.loaded.append((name, more))
        return CausalModel(self)

    def set_seed(self, seed: int) -> None:
        self.events.append(f"seed {seed}")


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> FakeTransformers:
    library = FakeTransformers()
    monkeypatch.setitem(sys.modules, "transformers", library)
    torch = SimpleNamespace(cuda=SimpleNamespace(is_available=lambda: False))
    monkeypatch.setitem(sys.modules, "torch", torch)
    return library


def agent_of(**opt: Any) -> TransformersAgent:
    return TransformersAgent({"name": "tiny", "model_name": "seller", **opt})


def told(agent: Any, text: str, speaker: str = "Ann") -> Any:
    return agent.observe({"id": speaker, "text": text})


def test_it_is_asked_by_its_template_with_its_system_text_and_what_was_said(library: FakeTransformers) -> None:
    agent = agent_of(system="You are {role}.")
    agent.introduce({"role": "Seller"})
    told(agent, "hello")
    assert agent.act() == {"id": "Seller", "text": "hello", "episode_done": False}
    told(agent, "how much?")
    agent.act()

    assert library.calls == [
        ["<system>You are Seller.<user>hello<assistant>"],
        ["<system>You are Seller.<user>hello<assistant>hello<user>how much?<assistant>"],
    ]


def test_it_is_loaded_once_and_copies_and_forks_share_it_but_not_what_was_said(library: FakeTransformers) -> None:
    agent = agent_of(device="cuda:1", dtype="bfloat16")
    told(agent, "one")
    copy, fork = create_agent_from_shared(agent.share()), agent.fork()
    told(copy, "two")
    told(fork, "three")

    assert [each.act()["text"] for each in (agent, copy, fork)] == ["one", "two", "one\nthree"]  # type: ignore[index]
    assert library.loaded == [("tiny", {"dtype": "bfloat16"})]
    assert agent.described() == "tiny on cuda:1"


def test_a_folder_beside_the_config_is_loaded_and_where_it_runs_is_found_out(
    library: FakeTransformers, tmp_path: Path
) -> None:
    (tmp_path / "tiny").mkdir()

    assert agent_of(folder=str(tmp_path)).described() == "tiny on cpu"
    assert agent_of(device="auto").described() == "tiny on somewhere"
    assert library.loaded == [(str(tmp_path / "tiny"), {}), ("tiny", {"device_map": "auto"})]


def test_many_are_answered_by_one_call_each_with_their_own(library: FakeTransformers) -> None:
    agent = agent_of()
    copies = [create_agent_from_shared(agent.share()) for _ in range(3)]
    asked = [told(copy, text) for copy, text in zip(copies, ("a", "bcd", "ef"), strict=True)]

    acts = agent.batch_act([asked[0], None, asked[1], asked[2], {}])

    assert [act and act["text"] for act in acts] == ["a", None, "bcd", "ef", "(The conversation begins.)"]
    assert [len(call) for call in library.calls] == [4]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {}),
        ({"temperature": 0}, {"do_sample": False}),
        ({"temperature": 0.5, "top_p": 0.9}, {"do_sample": True, "temperature": 0.5, "top_p": 0.9}),
        ({"top_p": 0.9}, {"do_sample": True, "top_p": 0.9}),
    ],
)
def test_only_what_is_set_is_asked_for(library: FakeTransformers, settings: Any, expected: Any) -> None:
    agent = agent_of(max_new_tokens=9, **settings)
    told(agent, "hello")
    agent.act()

    assert library.options == [{"max_new_tokens": 9, "pad_token_id": PAD, **expected}]


def test_chance_begins_anew_with_each_call_where_a_seed_is_given(library: FakeTransformers) -> None:
    agent = agent_of(seed=7)
    for text in ("one", "two"):
        told(agent, text)
        agent.act()

    assert library.events == ["quiet", "eval", "seed 7", "generate", "seed 7", "generate"]


def test_an_answer_ends_where_it_is_to_and_its_length_is_on_record(library: FakeTransformers) -> None:
    agent = agent_of(stop=["|", "#"], max_new_tokens=8, record_prompts=True)
    told(agent, "ab|cd#")
    assert agent.act()["text"] == "ab"
    answer = agent.last_answer
    assert answer is not None
    assert (answer.finish_reason, answer.prompt_tokens, answer.completion_tokens) == ("stop", 23, 6)
    assert (answer.model, answer.served_by, answer.tokens_estimated) == ("seller", "tiny", False)
    assert answer.prompt == '[{"content": "ab|cd#", "role": "user"}]'
    assert answer.parameters == {"max_new_tokens": 8, "stop": ("|", "#")}
    assert library.options[0]["stop_strings"] == ["|", "#"]

    told(agent, "a much longer text")
    assert agent.act()["text"] == "a much l"
    assert agent.last_answer is not None
    assert agent.last_answer.finish_reason == "length"


def test_its_own_name_is_cut_off_and_lines_of_others_too(library: FakeTransformers) -> None:
    library.answer = lambda _: "Seller: Ten euros.\nAnn: Too much!"
    agent = agent_of()
    agent.introduce({"role": "Seller"})
    told(agent, "how much?")

    assert agent.act()["text"] == "Ten euros."


def test_an_empty_answer_is_a_failure_on_record_and_is_not_remembered(library: FakeTransformers) -> None:
    library.answer = lambda prompt: "" if prompt.count("<user>") == 1 else "Hello."
    agent = agent_of()
    told(agent, "hm")
    with pytest.raises(ModelError, match="it answered without words") as raised:
        agent.act()

    assert raised.value.cause is ModelFailure.EMPTY
    assert agent.last_answer is not None
    assert agent.last_answer.failure == "empty answer"
    told(agent, "hm?")
    library.answer = lambda _: "Hello."
    assert agent.act()["text"] == "Hello."
    assert library.calls[-1] == ["<user>hm\nhm?<assistant>"]


def test_a_template_that_takes_no_system_message_gets_it_with_the_first_of_the_user(
    library: FakeTransformers,
) -> None:
    library.tokenizer.takes_system = False
    agent = agent_of(system="Be brief.")
    told(agent, "hello")
    agent.act()

    assert library.calls == [["<user>Be brief.\n\nhello<assistant>"]]


def test_a_model_without_a_template_is_asked_in_plain_words(library: FakeTransformers) -> None:
    library.tokenizer.chat_template = None
    library.answer = lambda _: "Hi."
    agent = agent_of(system="Be brief.")
    told(agent, "hello")
    agent.act()
    told(agent, "bye")
    agent.act()

    assert library.calls[-1] == ["Be brief.\nUser: hello\nAssistant: Hi.\nUser: bye\nAssistant:"]


def test_the_oldest_lines_go_when_it_gets_too_long_for_the_model(library: FakeTransformers) -> None:
    library.most_tokens = 400
    agent = agent_of(max_new_tokens=20)
    for number in range(60):
        told(agent, f"line {number:03}")
        assert agent.act()["text"] == f"line {number:03}"

    assert max(len(prompt) for [prompt] in library.calls) <= 380


def test_what_is_too_long_all_the_same_fails_for_itself_alone(library: FakeTransformers) -> None:
    library.most_tokens = 100
    agent = agent_of(max_new_tokens=20)
    copy = create_agent_from_shared(agent.share())
    acts = agent.batch_act([told(agent, "x" * 90), told(copy, "short")])

    assert [act and act["text"] for act in acts] == ["", "short"]
    assert library.calls == [["<user>short<assistant>"]]
    with pytest.raises(ModelError, match="expected a prompt of at most 80 tokens, got 107") as raised:
        agent.act()
    assert raised.value.cause is ModelFailure.CONTEXT


def test_it_keeps_the_contract_of_agents(library: FakeTransformers, monkeypatch: pytest.MonkeyPatch) -> None:
    library.answer = lambda prompt: f"I have heard {len(prompt)} letters."
    # A model has a lock, and stays in its process.
    monkeypatch.setattr("pickle.dumps", lambda value: value)
    monkeypatch.setattr("pickle.loads", lambda value: value)

    check_agent(TransformersAgent, {"name": "tiny"})


ShelfOf = Callable[..., ModelShelf]


@pytest.fixture
def shelf_of() -> Iterator[ShelfOf]:
    timers = ThreadTimers()
    timers.start()

    def shelf_of(**entry: Any) -> ModelShelf:
        values = {
            "tasks": {"talk": {"task_world": "parleyrun.ready:Chat", "bots": {"Bot": "m"}}},
            "models": {"m": {"model": "transformers:tiny", **entry}},
        }
        shelf = ModelShelf(make_plan(config_from_mapping(values)).models, timers)
        shelf.start()
        return shelf

    yield shelf_of
    timers.close()


def test_conversations_are_answered_together_without_being_asked_to(
    library: FakeTransformers, shelf_of: ShelfOf
) -> None:
    shelf = shelf_of(max_wait_ms=10_000, max_batch=4)
    together = threading.Barrier(4)
    library.answer = lambda prompt: "" if "silence" in prompt else repeated(prompt)

    def ask(text: str) -> Any:
        seat = shelf.seat("m")
        told(seat, text)
        together.wait(10)
        try:
            return seat.act()["text"], seat.last_answer.text
        except ModelError as error:
            return error.cause, seat.last_answer.failure

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(ask, ["one", "two", "silence", "three"]))

    assert said == [("one", "one"), ("two", "two"), (ModelFailure.EMPTY, "empty answer"), ("three", "three")]
    assert [len(call) for call in library.calls] == [1, 4]  # the first was the check


def test_by_default_seats_are_batched_and_begin_with_their_own_system_text(
    library: FakeTransformers, shelf_of: ShelfOf
) -> None:
    seat = shelf_of(system="You are {role}.").seat("m")
    seat.introduce({"role": "Host"})
    library.answer = lambda _: "Welcome!"

    assert isinstance(seat, BatchedAgent)
    assert seat.act()["text"] == "Welcome!"  # type: ignore[index]
    assert library.calls[-1] == ["<system>You are Host.<user>(The conversation begins.)<assistant>"]
    assert library.options[0]["max_new_tokens"] == 1


def test_in_a_snapshot_there_is_what_was_said_and_no_model(library: FakeTransformers, shelf_of: ShelfOf) -> None:
    old, new = shelf_of(), shelf_of()
    seat = old.seat("m")
    told(seat, "one")
    seat.act()

    pickled = dump(seat, [], Opt(), old.shared)
    back = load(pickled, [], Opt(), new.shared)
    told(back, "two")

    assert len(pickled) < 2_000
    assert back.act()["text"] == "two"
    assert library.calls[-1] == ["<user>one<assistant>one<user>two<assistant>"]


def test_without_the_library_or_torch_it_says_what_to_install(
    library: FakeTransformers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)

    with pytest.raises(MissingExtra, match=r"a model of the kind transformers needs the 'transformers' extra"):
        agent_of()


def test_a_model_that_cannot_be_loaded_says_why_in_one_line(library: FakeTransformers) -> None:
    with pytest.raises(AgentError) as raised:
        create_agent({"model": "transformers:nowhere"})

    expected = (
        "expected a model of transformers at 'name', got 'nowhere': nowhere is not a local folder and is not"
    )
    assert str(raised.value) == f"{expected} a valid model identifier"


@pytest.mark.parametrize(
    ("opt", "words"),
    [
        ({"name": None}, r"model 'seller': expected the key 'name'"),
        ({"temperature": -1}, "expected a number from 0 to 10, got -1"),
        ({"system": "no.md"}, "expected a text, or a file in UTF-8, at 'system', got 'no.md'"),
    ],
)
def test_settings_that_are_wrong_are_told_of(library: FakeTransformers, opt: Any, words: str) -> None:
    with pytest.raises(AgentError, match=words):
        agent_of(**opt)


@pytest.mark.parametrize(
    ("settings", "paths"),
    [
        ({}, []),
        ({"system": "no.md"}, [("system",)]),
        ({"system": "{nobody} {role.x}"}, [("system",), ("system",)]),
        ({"context_tokens": 100, "max_new_tokens": 100}, [("max_new_tokens",)]),
    ],
)
def test_validate_checks_its_settings_and_loads_nothing(settings: Any, paths: Any) -> None:
    found = faults_of_generation({"name": "tiny", **settings}, SettingsPlace(folder=Path()))

    assert [fault.path for fault in found] == paths


def test_on_a_cluster_it_is_loaded_once_for_each_replica_and_answers_as_here(library: FakeTransformers) -> None:
    model = {"model": "transformers:tiny", "system": "You are {role}.", "max_wait_ms": 0, "check": False}
    talk = {"task_world": "parleyrun.ready:Chat", "bots": {"Seller": "m"}, "on_bot_error": {"say": "Sorry."}}
    config = {"models": {"m": {**model, "replicas": 1}}, "tasks": {"talk": talk}, "engine": {"ray": {}}}
    library.answer = lambda prompt: "" if prompt.endswith("silence<assistant>") else repeated(prompt)
    with on_hosts(config, None) as rehearsal:
        assert library.loaded == [("tiny", library.loaded[0][1])]
        ann = rehearsal.person("ann").arrives(opens=True)
        for text in ("one", "silence", "two"):
            ann.says(text)
        assert ann.heard == ["one", "Sorry.", "two"]
        assert library.calls[0] == ["<system>You are Seller.<user>one<assistant>"]
        assert library.calls[-1][0].startswith("<system>You are Seller.<user>one<assistant>one<user>")
        [figures] = rehearsal.app.models.figures()
        assert (figures.answers, figures.failures, figures.cost) == (2, {"empty answer": 1}, 0.0)
        means = rehearsal.service._bot_means
        assert means is not None
        assert means.study.tokens == figures.prompt_tokens + figures.completion_tokens > 0
