"""Models in a config: the entries, where bots sit, and the two forms that ParlAI's configs have."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from parleyrun import World
from parleyrun.bots.chat_completions.chat_completions_agent import ChatCompletionsAgent
from parleyrun.bots.written.fixed_response import FixedResponseAgent
from parleyrun.config.diagnostics import Finding
from parleyrun.config.models.model_kinds import SettingFault
from parleyrun.config.plan import Plan, check, config_from_mapping, load_config, make_plan
from parleyrun.config.schema import Config, ModelConfig, ModerationConfig
from parleyrun.core.agents import Agent
from parleyrun.core.bot_seats.bot_settings import BotSettings, OnBotError, Pace, ReplyPolicy
from parleyrun.core.create import AGENTS
from parleyrun.errors import ConfigError
from parleyrun.service.start.config_hash import config_hash

Write = Callable[[str, str], Path]

URL = "http://localhost:11434/v1"
SELLER = {"model": "chat_completions", "base_url": URL, "name": "llama3.2"}


class Hall(World):
    def parley(self) -> None:
        return None


class Talk(World):
    def parley(self) -> None:
        return None

    def episode_done(self) -> bool:
        return True


class Parrot(Agent):
    def act(self) -> dict[str, Any]:
        return {"id": "parrot", "text": "…"}


class Rigid(Agent):
    """Takes no table of another one."""

    def __init__(self, opt: Any) -> None:
        super().__init__(opt)


class Fussy(Parrot):
    @staticmethod
    def check_settings(settings: Any, place: Any) -> Any:
        yield SettingFault(path=("words",), message=f"expected words, got {settings['words']}", hint="write some")


def decide(seat: Any, acts: list[dict[str, Any]]) -> bool:
    return True


def look_up(word: str) -> str:
    """Say what a word means."""
    return word


WORLDS = SimpleNamespace(Hall=Hall, Talk=Talk, decide=decide, look_up=look_up)


def values(**more: Any) -> dict[str, Any]:
    return {"world_module": "w", "overworld": "Hall", "tasks": {"talk": {"task_world": "Talk"}}, **more}


def config(**more: Any) -> Config:
    return config_from_mapping(values(**more))


def task(**more: Any) -> dict[str, Any]:
    return {"talk": {"task_world": "Talk", **more}}


def plan(**more: Any) -> Plan:
    return make_plan(config(**more), WORLDS)


def faults(**more: Any) -> list[tuple[str, str]]:
    with pytest.raises(ConfigError) as raised:
        plan(**more)
    return [(found.code, found.path) for found in raised.value.findings if found.severity == "error"]


def bot(written: Any, **more: Any) -> BotSettings:
    tasks = task(bots={"Seller": written}, **more)
    return plan(models={"seller": SELLER, "other": SELLER}, tasks=tasks).tasks["talk"].bots["Seller"]


def test_a_model_has_the_keys_of_all_models_and_those_of_its_kind() -> None:
    model = config(models={"seller": {**SELLER, "check": False, "temperature": 0.5, "stop": ["a", "b"]}}).models[
        "seller"
    ]

    assert (model.name, model.kind, model.check, model.max_batch) == ("seller", "chat_completions", False, None)
    assert model.settings == {"base_url": URL, "name": "llama3.2", "temperature": 0.5, "stop": ("a", "b")}


def test_a_bundled_kind_knows_its_settings_under_their_older_names_too() -> None:
    model = config(models={"fixed": {"model": "fixed_response", "fixed_response": "Hi.", "max_batch": 8}}).models

    assert model["fixed"] == ModelConfig(
        name="fixed", kind="fixed_response", settings={"text": "Hi."}, max_batch=8
    )


def test_a_kind_that_says_nothing_of_its_settings_takes_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(AGENTS._things, "parrot", Parrot)

    assert config(models={"m": {"model": "parrot", "words": [1]}}).models["m"].settings == {"words": (1,)}


@pytest.mark.parametrize(
    ("entry", "code", "path"),
    [
        ({"model": "fixed", "txt": "Hi."}, "unknown-key", "txt"),
        ({"model": "fixed", "text": "Hi.", "fixed_response": "Ho."}, "both-given", "fixed_response"),
        ({"model": "repeat_query", "text": "Hi."}, "unknown-key", "text"),
        ({"model": "repeat_label", "seed": 1}, "unknown-key", "seed"),
        ({"model": "random_candidate", "seed": "x"}, "wrong-type", "seed"),
        ({"model": "ir_baseline", "ir_history": -1}, "out-of-range", "ir_history"),
        ({"model": "scripted", "line": ["Hi."]}, "unknown-key", "line"),
        ({"model": "scripted", "lines": []}, "wrong-type", "lines"),
        ({"model": "scripted", "lines": ["Hi.", 4]}, "wrong-type", "lines[1]"),
        ({"model": "scripted", "lines": ["Hi."], "then": "again"}, "unknown-choice", "then"),
        ({"model": "scripted", "lines": ["Hi."], "seconds": -1}, "out-of-range", "seconds"),
    ],
)
def test_the_keys_of_bundled_kinds_are_checked(entry: dict[str, Any], code: str, path: str) -> None:
    with pytest.raises(ConfigError) as raised:
        config(models={"m": entry})

    found = [(finding.code, finding.path) for finding in raised.value.findings]
    assert found == [(code, f"models.m.{path}")]


def test_an_address_may_stand_behind_the_kind() -> None:
    model = config(models={"seller": {"model": f"chat_completions:{URL}#llama3.2", "seed": 1}}).models["seller"]

    assert model.settings == {"base_url": URL, "name": "llama3.2", "seed": 1}


def test_numbers_of_a_model_may_come_from_the_environment(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOW_FREELY", "0.25")
    path = write(
        "c.yml",
        "tasks: {talk: {task_world: 'w:Talk'}}\nmodels: {s: {model: chat_completions, base_url: "
        f"'{URL}', temperature: '${{HOW_FREELY}}'}}}}\n",
    )

    assert load_config(path).models["s"].settings["temperature"] == 0.25


def test_a_key_that_is_written_out_is_warned_of_and_one_from_the_environment_is_not(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-from-outside")
    path = write(
        "c.yml",
        f"""\
        tasks: {{talk: {{task_world: "w:Talk"}}}}
        models:
          open: {{model: chat_completions, base_url: "{URL}", api_key: sk-written}}
          shut: {{model: chat_completions, base_url: "{URL}", api_key: "${{MY_KEY}}"}}
        """,
    )

    warned = [found for found in check(path)[1] if found.code == "secret-in-config"]

    assert [(found.path, found.line, found.severity) for found in warned] == [
        ("models.open.api_key", 3, "warning")
    ]
    loaded = load_config(path)
    assert loaded.models["shut"].secrets == {"api_key": "sk-from-outside"}
    assert loaded.models["shut"].all_settings["base_url"] == URL
    for secret in ("sk-written", "sk-from-outside"):
        assert secret not in repr(loaded)
        assert secret not in str(warned)


def test_a_plan_has_the_class_of_each_model_and_the_functions_it_may_call() -> None:
    models = {"seller": {**SELLER, "tools": ["look_up"]}, "own": {"model": f"{__name__}:Parrot", "words": [1]}}

    made = plan(models=models, tasks=task(bots={"A": "seller", "B": "own"})).models

    assert made["seller"].kind is ChatCompletionsAgent
    assert made["seller"].functions == (look_up,)
    assert made["own"].kind is Parrot
    assert made["own"].config.settings == {"words": (1,)}


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ({"model": f"{__name__}:Parot"}, ("class-not-found", "models.m.model")),
        ({"model": f"{__name__}:look_up"}, ("not-a-class", "models.m.model")),
        ({"model": f"{__name__}:Rigid"}, ("wrong-arguments", "models.m.model")),
        ({"model": f"{__name__}:Fussy", "words": 3}, ("bad-setting", "models.m.words")),
        ({"model": "nowhere_at_all:Parrot"}, ("module-not-found", "models.m.model")),
        ({"model": "parrot"}, ("unknown-model-kind", "models.m.model")),
        ({**SELLER, "tools": ["look_down"]}, ("function-not-found", "models.m.tools")),
        ({**SELLER, "tools": ["Talk"]}, ("not-callable", "models.m.tools")),
        ({**SELLER, "max_batch": 0}, ("out-of-range", "models.m.max_batch")),
        ({"model": "fixed_response", "max_wait_ms": -1}, ("out-of-range", "models.m.max_wait_ms")),
    ],
)
def test_what_is_wrong_with_a_model_is_found_at_its_key(entry: dict[str, Any], found: tuple[str, str]) -> None:
    assert faults(models={"m": entry}) == [found]


def test_a_class_of_ones_own_is_found_beside_the_config(write: Write) -> None:
    write("own_models.py", "from parleyrun import Agent\nclass Echo(Agent):\n    def act(self): return None\n")
    path = write(
        "c.yml",
        """\
        overworld: own_worlds:Hall
        tasks: {talk: {task_world: "own_worlds.py:Talk", bots: {Bot: echo}}}
        models: {echo: {model: "own_models:Echo"}}
        """,
    )
    source = "from parleyrun import World\nclass Hall(World):\n    def parley(self): pass\nclass Talk(Hall):\n"
    write("own_worlds.py", f"{source}    def episode_done(self): return True\n")

    made, findings = check(path)

    assert findings == []
    assert made is not None
    assert made.models["echo"].kind is sys.modules["own_models"].Echo
    assert made.models["echo"].folder == path.parent
    assert made.tasks["talk"].world.__name__ == "Talk"
    assert made.config.world_module == ""


@pytest.mark.parametrize(
    ("settings", "found"),
    [("name: llama3.2, seed: 3", []), ("name: llama3.2, sed: 3", [("unknown-key", "models.own.sed")])],
)
def test_settings_of_a_class_of_ones_own_are_those_of_the_bundled_one_that_it_goes_on_from(
    write: Write, settings: str, found: list[tuple[str, str]]
) -> None:
    write(
        "own_sellers.py",
        "from parleyrun.bots.chat_completions.chat_completions_agent import ChatCompletionsAgent\n"
        "class Seller(ChatCompletionsAgent):\n    pass\n",
    )
    path = write(
        "c.yml",
        f"""\
        tasks: {{talk: {{task_world: "parleyrun.ready:Chat", bots: {{Bot: own}}}}}}
        models: {{own: {{model: "own_sellers:Seller", base_url: "{URL}", {settings}}}}}
        """,
    )

    made, findings = check(path)

    assert [(finding.code, finding.path) for finding in findings if finding.code != "no-arrival"] == found
    if not found:
        assert made is not None
        assert made.models["own"].config.settings["seed"] == 3
    else:
        assert made is None


def test_a_bot_may_be_just_the_name_of_its_model() -> None:
    assert bot("seller") == BotSettings(model="seller")


def test_a_bot_may_say_how_it_behaves() -> None:
    settings = bot(
        {
            "model": "seller",
            "disclose": True,
            "begins": True,
            "overtaken": "drop",
            "max_bot_turns": 5,
            "pace": {"jitter": 0, "seed": 7},
            "max_cost": 0.5,
        }
    )

    assert settings == BotSettings(
        model="seller", begins=True, overtaken="drop", max_bot_turns=5, pace=Pace(jitter=0, seed=7), max_cost=0.5
    )


@pytest.mark.parametrize(
    ("written", "policy"),
    [
        ("each", ReplyPolicy()),
        ("in_turn", ReplyPolicy(kind="in_turn")),
        ("when_addressed", ReplyPolicy(kind="when_addressed")),
        ({"after_messages": 3, "after_silence": 20}, ReplyPolicy(kind="after", messages=3, silence_seconds=20.0)),
        ({"after_messages": 3}, ReplyPolicy(kind="after", messages=3)),
        ("decide", ReplyPolicy(kind="callable", function="decide", decides=decide)),
    ],
)
def test_when_it_speaks_is_a_word_two_numbers_or_a_function(written: Any, policy: ReplyPolicy) -> None:
    assert bot({"model": "seller", "reply": written}).reply == policy


def test_who_speaks_after_a_silence_only_does_not_speak_because_of_messages() -> None:
    policy = bot({"model": "seller", "reply": {"after_silence": 20}}).reply

    assert policy.silence_seconds == 20.0
    assert policy.messages > 1_000_000


@pytest.mark.parametrize(
    ("written", "pace"),
    [
        ({"disclose": True}, None),
        ({"disclose": False}, Pace()),
        ({"disclose": False, "pace": None}, None),
        ({"disclose": False, "pace": {"typing_words_per_minute": 30}}, Pace(typing_words_per_minute=30.0)),
    ],
)
def test_who_is_not_to_be_told_from_people_takes_the_time_that_people_take(
    written: Any, pace: Pace | None
) -> None:
    assert bot({"model": "seller", **written}).pace == pace


@pytest.mark.parametrize(
    ("written", "on_error"),
    [
        ({}, OnBotError()),
        ({"end": "failed"}, OnBotError()),
        ({"say": "Sorry."}, OnBotError(say="Sorry.")),
        ({"replace_with": "other"}, OnBotError(replace_with="other")),
    ],
)
def test_what_happens_when_a_model_fails_is_the_tasks_word_unless_the_bot_has_one(
    written: Any, on_error: OnBotError
) -> None:
    assert bot({"model": "seller", "on_bot_error": written}, on_bot_error={"say": "?"}).on_error == on_error
    assert bot("seller", on_bot_error=written).on_error == on_error


def test_limits_of_a_task_are_those_of_its_bots_too() -> None:
    models = {"seller": {**SELLER, "price": {"prompt": 1, "completion": 2}}}
    tasks = task(bots={"A": "seller", "B": {"model": "seller", "max_cost": 1}}, max_cost=2, max_tokens_total=500)

    made = plan(models=models, tasks=tasks, limits={"max_cost": 90, "max_tokens_total": 10**6})

    settled = made.tasks["talk"]
    assert [(each.max_cost, each.max_tokens_total) for each in settled.bots.values()] == [(2.0, 500), (1.0, 500)]
    assert (settled.config.max_cost, settled.config.max_tokens_total) == (2.0, 500)
    assert (made.config.limits.max_cost, made.config.limits.max_tokens_total) == (90.0, 10**6)


def test_who_fills_a_place_is_a_bot_that_comes_after_a_while() -> None:
    models = {"seller": SELLER}
    written = {"model": "seller", "after": 5, "disclose": False, "reply": "decide"}

    made = plan(models=models, tasks=task(agents_required=2, fill_with=written)).tasks["talk"].fill_with
    short = plan(models=models, tasks=task(agents_required=2, fill_with="seller")).tasks["talk"].fill_with

    assert made is not None
    assert short is not None
    assert (made.after, short.after) == (5.0, 20.0)
    assert (made.bot.disclose, made.bot.reply.decides, short.bot) == (False, decide, BotSettings(model="seller"))


def test_a_replacement_that_the_task_names_is_none_for_a_bot_that_has_it_already() -> None:
    models = {"a": SELLER, "b": SELLER}
    bots = {"First": "a", "Second": "b"}

    assert faults(models=models, tasks=task(bots=bots, on_bot_error={"replace_with": "b"})) == [
        ("replaces-itself", "tasks.talk.on_bot_error.replace_with")
    ]


def test_roles_that_yaml_takes_for_something_else_are_roles(write: Write) -> None:
    path = write(
        "c.yml",
        "tasks: {talk: {task_world: 'w:Talk', bots: {No: 1, 7: 1}}}\nmodels: {1: {model: fixed_response}}\n",
    )
    with pytest.raises(ConfigError) as raised:
        load_config(path)
    assert [found.path for found in raised.value.findings] == ["tasks.talk.bots.No", "tasks.talk.bots.7"]

    path.write_text(path.read_text().replace(": 1,", ": '1',").replace(": 1}", ": '1'}"))
    loaded = load_config(path)

    assert list(loaded.tasks["talk"].bots) == ["No", "7"]
    assert list(loaded.models) == ["1"]


def warnings_of(**more: Any) -> list[Finding]:
    return [found for found in _findings(**more) if found.severity == "warning"]


def _findings(**more: Any) -> list[Finding]:
    with pytest.raises(ConfigError) as raised:
        plan(**more, store={"path": 3})  # an error, so that all that was found comes with it
    return list(raised.value.findings)


def test_a_limit_is_warned_of_where_nobody_knows_what_anything_costs() -> None:
    priced = {"seller": {**SELLER, "price": {"prompt": 1}}}
    limited = task(bots={"A": "seller"}, max_cost=1)

    assert [found.path for found in warnings_of(models={"seller": SELLER}, tasks=limited)] == [
        "tasks.talk.max_cost"
    ]
    assert warnings_of(models=priced, tasks=limited) == []
    assert [found.path for found in warnings_of(limits={"max_cost": 1})] == ["limits.max_cost"]


def test_a_model_that_the_world_module_asks_for_itself_is_in_use(write: Write) -> None:
    source = "from parleyrun import World\nclass Hall(World):\n    def parley(self): pass\nclass Talk(Hall):\n"
    source += "    def episode_done(self): return True\n"
    path = write(
        "c.yml",
        """\
        world_module: asking_worlds
        overworld: Hall
        tasks: {talk: {task_world: Talk}}
        models: {seller: {model: fixed_response}}
        """,
    )
    write("asking_worlds.py", source)
    assert [found.code for found in check(path)[1]] == ["model-not-used"]
    sys.modules.pop("asking_worlds")

    write("asking_worlds.py", f"{source}\ndef module_initialize(opt, service):\n    service.bot('seller')\n")
    assert check(path)[1] == []


def test_models_may_stand_where_parlai_had_them(write: Write) -> None:
    path = write(
        "c.yml",
        f"""\
        tasks: {{talk: {{task_world: "w:Talk", bots: {{Seller: seller}}}}}}
        opt:
          models:
            seller: {{model: chat_completions, base_url: "{URL}"}}
            mine: {{kind: of my own}}
        """,
    )

    loaded = load_config(path)

    assert list(loaded.models) == ["seller"]
    assert loaded.opt["models"]["mine"] == {"kind": "of my own"}
    assert loaded.marks[("models", "seller", "base_url")].value.line == 4


def test_one_model_for_all_may_stand_in_opt_itself() -> None:
    opt = {"model": "chat_completions", "base_url": URL, "rounds": 3}

    models = config(opt=opt, tasks=task(bots={"Bot": "model"})).models

    assert models["model"].settings == {"base_url": URL}
    assert config(opt=opt).opt["rounds"] == 3


def test_what_opt_holds_of_an_authors_own_is_no_model() -> None:
    for opt in ({"model": "gpt-of-mine"}, {"models": ["a", "b"]}, {"models": {"a": "b"}}, {"model": 3}):
        assert config(opt=opt).models == {}


@pytest.mark.parametrize(
    ("opt", "path"),
    [
        ({"models": {"blender": {"model": "transformer/generator", "model_file": "zoo:b"}}}, "models.blender"),
        ({"models": {"blender": {"model_file": "zoo:b"}}}, "models.blender"),
        ({"model": "transformer/generator", "model_file": "zoo:b"}, "models.model"),
        ({"model_file": "zoo:b"}, "models.model"),
    ],
)
def test_a_model_that_only_parlai_could_load_is_refused_with_what_to_write(opt: Any, path: str) -> None:
    with pytest.raises(ConfigError) as raised:
        config(opt=opt)

    found = raised.value.findings[0]
    assert (found.code, found.path) == ("model-file", f"{path}.model_file")
    assert "models:" in found.hint


def test_models_stand_in_one_place() -> None:
    assert faults(models={}, opt={"models": {"a": SELLER}}) == [("both-given", "opt.models")]


def test_a_class_of_no_module_is_missed_and_one_with_its_module_is_not() -> None:
    least = {"tasks": {"talk": {"task_world": f"{__name__}:Talk"}}}
    with pytest.raises(ConfigError) as raised:
        make_plan(config_from_mapping({**least, "overworld": "Hall"}))
    assert [(found.code, found.path) for found in raised.value.findings] == [("missing-key", "overworld")]

    made = make_plan(config_from_mapping({**least, "overworld": f"{__name__}:Hall"}))
    assert (made.overworld, made.tasks["talk"].world) == (Hall, Talk)


def test_a_world_has_room_for_its_people_and_bots() -> None:
    class Pair(Talk):
        MAX_AGENTS = 2

    worlds = SimpleNamespace(Hall=Hall, Talk=Pair)
    models = {"fixed": {"model": "fixed_response"}}
    fits = config(models=models, tasks=task(bots={"Bot": "fixed"}))
    assert make_plan(fits, worlds).models["fixed"].kind is FixedResponseAgent

    with pytest.raises(ConfigError) as raised:
        make_plan(config(models=models, tasks=task(agents_required=2, bots={"Bot": "fixed"})), worlds)
    assert [(found.code, found.path) for found in raised.value.findings] == [
        ("too-many-agents", "tasks.talk.bots")
    ]


def test_what_onboarding_found_out_is_filled_in_only_where_there_is_an_onboarding() -> None:
    asking = {**SELLER, "system": "They said {onboard_data.name}."}
    seated = task(bots={"Seller": "seller"})
    worlds = SimpleNamespace(Hall=Hall, Talk=Talk, Ask=Talk)

    assert faults(models={"seller": asking}, tasks=seated) == [("unknown-placeholder", "models.seller.system")]
    seated["talk"]["onboard_world"] = "Ask"
    assert make_plan(config(models={"seller": asking}, tasks=seated), worlds).models
    assert plan(models={"seller": asking}).models


def test_a_condition_that_the_config_does_not_have_is_never_filled_in() -> None:
    asking = {**SELLER, "system": "You are {condition.tone}, {role}."}

    assert faults(models={"seller": asking}) == [("unknown-placeholder", "models.seller.system")]


def test_a_system_text_may_be_a_file_beside_the_config(write: Write) -> None:
    write("seller.md", "You are {role}. You sell {goods}.")
    path = write(
        "c.yml",
        f"""\
        tasks: {{talk: {{task_world: "parleyrun.ready:Chat", bots: {{Seller: seller}}}}}}
        models: {{seller: {{model: chat_completions, base_url: "{URL}", system: seller.md}}}}
        """,
    )

    found = check(path)[1]

    assert [(each.code, each.line) for each in found] == [("unknown-placeholder", 2)]
    assert "{goods}" in found[0].message
    write("seller.md", "You are {role}.")
    assert check(path)[1] == []


def test_a_study_of_a_person_and_a_model_is_a_few_lines_of_yaml(write: Write) -> None:
    path = write(
        "c.yml",
        f"""\
        tasks: {{talk: {{task_world: "parleyrun.ready:Chat", bots: {{Seller: seller}}}}}}
        models: {{seller: {{model: chat_completions, base_url: "{URL}"}}}}
        """,
    )

    made, found = check(path)

    assert found == []
    assert made is not None
    assert (made.overworld.__name__, made.tasks["talk"].world.__name__) == ("Menu", "Chat")
    assert made.tasks["talk"].bots == {"Seller": BotSettings(model="seller")}


def test_what_a_model_is_told_makes_it_another_config_and_its_key_does_not() -> None:
    plain = config_hash(config(models={"seller": SELLER}))

    assert config_hash(config(models={"seller": {**SELLER, "api_key": "sk-1", "headers": {"X": "y"}}})) == plain
    assert config_hash(config(models={"seller": {**SELLER, "system": "Be kind."}})) != plain
    assert config_hash(config(models={"seller": SELLER}, tasks=task(bots={"A": "seller"}))) != plain


def test_who_moderates_is_one_of_the_models_and_so_used() -> None:
    made = plan(models={"guard": SELLER}, moderation={"model": "guard"}, tasks=task())
    assert made.config.moderation == ModerationConfig(model="guard")
    assert faults(models={"guard": SELLER}, moderation={"model": "gard"}, tasks=task()) == [
        ("unknown-model", "moderation.model")
    ]
    assert faults(models={"guard": SELLER}, moderation={}, tasks=task()) == [("missing-key", "moderation.model")]


def test_a_module_may_look_at_lines_before_they_are_delivered() -> None:
    def before_delivery(message: Any, seat: Any) -> None:
        return None

    made = make_plan(config(tasks=task()), SimpleNamespace(Hall=Hall, Talk=Talk, before_delivery=before_delivery))
    assert made.before_delivery is before_delivery
    with pytest.raises(ConfigError) as raised:
        make_plan(
            config(tasks=task()), SimpleNamespace(Hall=Hall, Talk=Talk, before_delivery=lambda message: None)
        )
    assert [found.code for found in raised.value.findings] == ["wrong-arguments"]


def test_a_bots_role_that_is_nearly_one_of_the_tasks_is_warned_of() -> None:
    def found(role: str, *roles: str) -> list[tuple[str, str, str]]:
        sits = task(bots={role: "seller"}, roles={each: {} for each in roles})
        return [(each.code, each.path, each.hint) for each in warnings_of(models={"seller": SELLER}, tasks=sits)]

    hint = "did you mean 'Seller'? Else add 'Saler' to roles:"
    assert found("Saler", "Buyer", "Seller") == [("unlike-roles", "tasks.talk.bots.Saler", hint)]
    assert found("Seller", "Buyer", "Seller") == []
    assert found("Moderator", "Buyer", "Seller") == []
    assert found("Guest 3", "Guest 1", "Guest 2") == []
