"""Worlds that could not go on after a restart are found by trying, whatever their authors wrote."""

from __future__ import annotations

import copy
import functools
import json
import logging
import pickle
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from forked_command import run

from parleyrun import BotAgent, World, create_agent_from_shared
from parleyrun.checks.world_trials import try_worlds
from parleyrun.config.diagnostics import Finding
from parleyrun.config.plan import Plan, config_from_mapping, make_plan

SECONDS = 60.0


class Sound(World):
    def parley(self) -> None:
        return None

    def episode_done(self) -> bool:
        return True


class Lobby(Sound):
    """An overworld."""


class Holds(Sound):
    """Holds what `thing()` returns, which a test sets."""

    thing: Any = None

    def __init__(self, opt: Any, agents: Any) -> None:
        super().__init__(opt, agents)
        self.held = type(self).thing()


class Calls(Sound):
    """Calls `what(opt, agents)`, which a test sets, before it is built."""

    what: Any = None

    def __init__(self, opt: Any, agents: Any) -> None:
        super().__init__(opt, agents)
        type(self).what(opt, agents)


class Nested:
    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


class Slotted:
    __slots__ = ("lock", "name")

    def __init__(self) -> None:
        self.name = "slotted"
        self.lock = threading.Lock()


class Picky(Exception):
    """Can be pickled, and not read back: its constructor wants more than the pickle gives it."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code}: {reason}")


class Leaver(Sound):
    """Leaves its lock out of the pickle and makes it anew."""

    def __init__(self, opt: Any, agents: Any) -> None:
        super().__init__(opt, agents)
        self.lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.lock = threading.Lock()


class Stateless(Sound):
    def __getstate__(self) -> dict[str, Any]:
        raise SystemExit("no state for anybody")


class HoldsItself(Sound):
    """Holds a helper that holds the world, and a lock beside it."""

    def __init__(self, opt: Any, agents: Any) -> None:
        super().__init__(opt, agents)
        self.helper = Nested(world=self)
        self.lock = threading.Lock()


class OneAsker(Calls):
    """Has a role for one person only."""

    @staticmethod
    def assign_roles(agents: Any) -> None:
        agents[0].disp_id = "Asker"
        agents[1].disp_id = None


class ByLevel(Sound):
    """Gives roles by what people said in an onboarding."""

    @staticmethod
    def assign_roles(agents: Any) -> None:
        agents[0].disp_id = agents[0].onboard_data["level"]


class Questions(Sound):
    """An onboarding world."""

    data = {"answers": []}


class Model:
    def observe(self, act: Any) -> None: ...

    def act(self) -> dict[str, Any]:
        return {"text": "yes"}


class WithEverythingAllowed(Sound):
    """Holds seats, opt, a bot, a bound method of a seat, and itself."""

    def __init__(self, opt: Any, agents: Any) -> None:
        super().__init__(opt, agents)
        self.by_role = {agent.role: agent for agent in agents}
        self.say = agents[0].observe
        self.partners = [agent.message_partners for agent in agents]
        self.models = opt.get("models")
        self.me = self
        self.agents.append(BotAgent(Model(), role="bot"))
        for agent in agents:
            agent.data["seen"] = agent.act()
            agent.typing_on()
            agent.observe({"id": "Guide", "text": f"You are {agent.role}."})


def plan(
    world: type[Any], *, overworld: type[Any] = Lobby, onboard: type[Any] | None = None, **config: Any
) -> Plan:
    task = {"task_world": "TheWorld", "agents_required": config.pop("people", 1)}
    if onboard is not None:
        task["onboard_world"] = "TheOnboarding"
    values = {
        "world_module": "test",
        "overworld": "TheOverworld",
        "tasks": {"task": task},
        "opt": {"models": {"bot": {"kind": "fixed"}}},
        **config,
    }
    worlds = SimpleNamespace(TheOverworld=overworld, TheWorld=world, TheOnboarding=onboard)
    return make_plan(config_from_mapping(values), worlds)


def found(*arguments: Any, **more: Any) -> list[Finding]:
    """Return the findings; fails if there is a note, as a world was not tried then."""
    findings, notes = found_and_noted(*arguments, **more)
    assert notes == []
    return findings


def found_and_noted(*arguments: Any, seconds: float = SECONDS, **more: Any) -> tuple[list[Finding], list[str]]:
    notes: list[str] = []
    return try_worlds(plan(*arguments, **more), notes.append, seconds), notes


def holding(thing: Any) -> type[Any]:
    Holds.thing = staticmethod(thing)
    return Holds


def calling(what: Any) -> type[Any]:
    Calls.what = staticmethod(what)
    return Calls


class WithAModel(Sound):
    """Takes a model of its own from opt, and counts on the bot that the config seats beside two people."""

    def __init__(self, opt: Any, agents: Any) -> None:
        super().__init__(opt, agents)
        self.tables = opt["shared_bot_params"]
        self.model = create_agent_from_shared(self.tables["seller"])
        self.model.observe({"id": "", "text": "hello"})
        self.said = self.model.act()["text"]
        self.bot = next(agent for agent in agents if agent.is_bot)
        assert [agent.role for agent in agents] == ["Person 1", "Person 2", "Seller"]
        assert self.bot.message_partners == tuple(agents[:2])
        assert self.bot in agents[0].message_partners


def test_bots_and_models_are_there_when_a_world_is_tried_and_no_server_is_asked() -> None:
    seller = {"model": "chat_completions", "base_url": "http://127.0.0.1:9/v1"}
    bots = {"Seller": {"model": "seller", "reply": "decide"}}
    values = {
        "overworld": "TheOverworld",
        "tasks": {"task": {"task_world": "TheWorld", "agents_required": 2, "bots": bots}},
        "models": {"seller": seller},
        "world_module": "test",
    }
    worlds = SimpleNamespace(TheOverworld=Lobby, TheWorld=WithAModel, decide=lambda seat, acts: True)
    notes: list[str] = []

    assert try_worlds(make_plan(config_from_mapping(values), worlds), notes.append, SECONDS) == []
    assert notes == []


def test_a_sound_world_is_not_mentioned() -> None:
    assert found(Sound, onboard=Sound) == []


def test_a_world_may_hold_its_seats_its_options_a_bot_and_itself() -> None:
    assert found(WithEverythingAllowed, overworld=WithEverythingAllowed, people=3) == []


def test_a_world_that_leaves_out_what_cannot_be_kept_is_sound() -> None:
    assert found(Leaver) == []


def test_a_warning_says_what_is_to_blame_what_comes_of_it_and_how_to_mend_it() -> None:
    (warning,) = found(holding(threading.Lock))

    assert (warning.severity, warning.code, warning.path) == ("warning", "not-resumable", "tasks.task.task_world")
    assert f"{__name__}.Holds cannot be pickled, as self.held is a _thread.lock" in warning.message
    assert "after a restart its people are told and brought back to the overworld" in warning.message
    assert "__getstate__" in warning.hint
    assert "__setstate__" in warning.hint
    assert "store: {snapshots: false}" in warning.hint


@pytest.mark.parametrize(
    ("thing", "path"),
    [
        (lambda: Nested(model=Nested(lock=threading.Lock())), "self.held.model.lock is a _thread.lock"),
        (lambda: {"a": 1, "b": [0, threading.Lock()]}, "self.held['b'][1] is a _thread.lock"),
        (lambda: lambda: None, "self.held is a function"),
        (lambda: (number for number in range(3)), "self.held is a generator"),
        (Slotted, "self.held.lock is a _thread.lock"),
        (
            lambda: functools.partial(print, Nested(lock=threading.Lock())),
            "self.held.args[0].lock is a _thread.lock",
        ),
        (
            lambda: logging.LoggerAdapter(logging.getLogger("a"), {"lock": threading.Lock()}),
            "self.held.extra['lock']",
        ),
        (lambda: Nested(world=type("Local", (), {})()), "self.held.world is a"),
    ],
)
def test_the_innermost_value_is_named(thing: Any, path: str) -> None:
    (warning,) = found(holding(thing))

    assert path in warning.message


def test_a_thing_that_holds_the_world_is_not_blamed_for_the_lock_beside_it() -> None:
    (warning,) = found(HoldsItself)

    assert "as self.lock is a _thread.lock" in warning.message


def test_what_can_be_pickled_and_not_read_back_is_found_too() -> None:
    (warning,) = found(holding(lambda: Picky(4, "too picky")))

    assert "can be pickled, but not read back, as self.held is a" in warning.message


def test_a_class_that_cannot_be_found_again_is_found() -> None:
    class Local(Sound):
        """Nobody can import this one."""

    (warning,) = found(Local)

    assert "Local cannot be pickled (" in warning.message


def test_a_getstate_that_raises_is_found_whatever_it_raises() -> None:
    (warning,) = found(Stateless)

    assert "cannot be pickled (SystemExit: no state for anybody)" in warning.message


def test_each_use_of_a_world_is_tried() -> None:
    findings = found(holding(threading.Lock), overworld=Leaver, onboard=Stateless)

    assert {finding.path for finding in findings} == {"tasks.task.onboard_world", "tasks.task.task_world"}
    assert [finding.path for finding in found(Sound, overworld=Stateless)] == ["overworld"]


def test_a_world_that_is_used_twice_is_warned_of_once() -> None:
    assert [finding.path for finding in found(Stateless, overworld=Stateless)] == ["overworld"]


def test_a_huge_world_does_not_keep_the_search_going_for_ever() -> None:
    (warning,) = found(holding(lambda: [[threading.Lock()] for _ in range(3)] + [list(range(10_000))] * 10_000))

    assert "self.held[0][0] is a _thread.lock" in warning.message


@pytest.mark.parametrize("store", [{"path": ":memory:"}, {"snapshots": False}])
def test_nothing_is_pickled_where_no_snapshot_is_kept(store: dict[str, Any]) -> None:
    assert found(holding(threading.Lock), store=store) == []
    assert found(Stateless, overworld=Stateless, store=store) == []


def test_a_task_world_gets_as_many_seats_as_it_needs_with_roles_and_partners() -> None:
    seen: list[Any] = []

    def look(opt: Any, agents: Any) -> None:
        seen.append([(agent.role, agent.onboard_data, len(agent.message_partners)) for agent in agents])

    assert found(calling(look), people=3) == []
    assert seen == [[(f"Person {number}", None, 2) for number in (1, 2, 3)]]


def test_roles_come_from_assign_roles() -> None:
    seen: list[Any] = []
    calling(lambda opt, agents: seen.append([agent.disp_id for agent in agents]))

    assert found(OneAsker, people=2) == []
    assert seen == [["Asker", "Person 2"]]


def test_an_assign_roles_that_needs_more_than_stand_ins_have_is_done_without() -> None:
    assert found(ByLevel) == []


def test_a_task_world_finds_what_its_onboarding_begins_with() -> None:
    seen: list[Any] = []

    assert found(calling(lambda opt, agents: seen.append(agents[0].onboard_data)), onboard=Questions) == []
    assert seen == [{"answers": []}]


def needs_more(opt: Any, agents: Any) -> None:
    raise KeyError("the model that module_initialize loads")


@pytest.mark.parametrize("store", [{"path": ":memory:"}, {"path": "a.db"}])
def test_a_world_that_raises_when_it_is_built_is_warned_of_with_file_and_line(store: dict[str, Any]) -> None:
    (warning,) = found(calling(needs_more), store=store)

    line = needs_more.__code__.co_firstlineno + 1
    assert (warning.severity, warning.code, warning.path) == ("warning", "not-built", "tasks.task.task_world")
    assert f"{__name__}.Calls cannot be built: generate_world(opt, agents) raised KeyError" in warning.message
    assert f"test_world_trials.py:{line}: raise KeyError(" in warning.message
    assert f"test_world_trials.py:{line}: " in warning.hint.splitlines()[-1]


def test_a_world_that_needs_module_initialize_is_noted_and_not_warned_of() -> None:
    notes: list[str] = []
    prepared = replace(plan(calling(needs_more)), module_initialize=lambda opt, service: None)

    assert try_worlds(prepared, notes.append, SECONDS) == []
    (note,) = notes
    assert f"{__name__}.Calls" in note
    assert "raised KeyError: 'the model that module_initialize loads'" in note
    assert "test_world_trials.py:" in note
    assert "without module_initialize" in note


def test_a_world_that_counts_on_its_onboarding_is_noted_and_not_warned_of() -> None:
    findings, notes = found_and_noted(calling(lambda opt, agents: agents[0].onboard_data["level"]), onboard=Sound)

    assert findings == []
    assert "with stand-ins who went through no onboarding" in notes[0]


@pytest.mark.parametrize(
    "raised",
    [SystemExit(3), KeyboardInterrupt(), pickle.UnpicklingError("pickle data was truncated")],
    ids=["sys.exit", "Ctrl-C", "pickling"],
)
def test_whatever_generate_world_raises_ends_its_trial_only(raised: BaseException) -> None:
    def fails(opt: Any, agents: Any) -> None:
        raise raised

    findings, notes = found_and_noted(calling(fails), overworld=Stateless)

    assert [finding.path for finding in findings][:1] == ["overworld"]
    assert len(findings) + len(notes) == 2


@pytest.mark.parametrize(
    "what",
    [
        lambda opt, agents: copy.deepcopy(agents),
        lambda opt, agents: pickle.dumps(threading.Lock()),
    ],
    ids=["copies its seats", "pickles a lock"],
)
def test_a_world_that_fails_of_pickling_while_it_is_built_is_warned_of(what: Any) -> None:
    (warning,) = found(calling(what))

    assert "cannot be built: generate_world(opt, agents) raised TypeError" in warning.message


@pytest.mark.parametrize(
    "ask",
    [
        lambda agent: [agent.act(), agent.act()],
        lambda agent: agent.act_blocking(),
        lambda agent: agent.act(timeout=5),
    ],
    ids=["looks twice", "waits", "waits for a while"],
)
def test_a_world_that_waits_for_its_people_before_it_is_built_does_not_hold_the_command_up(ask: Any) -> None:
    findings, notes = found_and_noted(calling(lambda opt, agents: ask(agents[0])))

    assert findings == []
    assert "it waits for its people before it is built at " in notes[0]


def test_a_world_that_takes_too_long_is_left_to_itself() -> None:
    let_go = threading.Event()

    findings, notes = found_and_noted(calling(lambda opt, agents: let_go.wait(SECONDS)), seconds=0.05)
    let_go.set()

    assert findings == []
    assert "took longer than 0.05 seconds" in notes[0]


def test_what_a_world_prints_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert found(calling(lambda opt, agents: print("built"))) == []

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "built\n"


@pytest.mark.parametrize(
    "thing",
    [
        threading.Lock,
        lambda: None,
        lambda: Nested(),
        lambda: lambda: None,
        lambda: Picky(4, "too picky"),
        Slotted,
        lambda: {"a": (1, 2.0, b"", {"b"})},
        lambda: sys.stderr,
        lambda: logging.getLogger("a"),
        lambda: Sound,
        lambda: type("Local", (), {}),
    ],
)
def test_the_quick_look_sees_what_the_closer_one_would(thing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    quickly = [finding.message for finding in found(holding(thing))]

    def refuse(*arguments: Any) -> Any:
        raise TypeError("look closer")

    monkeypatch.setattr("parleyrun.checks.world_trials.quick_round_trip", refuse)

    assert [finding.message for finding in found(holding(thing))] == quickly


PROJECT_WORLDS = """\
import threading, time
from parleyrun import World

class Lobby(World):
    def parley(self):
        return "chat"

class Chat(World):
    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        print("a chat is built")
        BODY

    def parley(self):
        return None

    def episode_done(self):
        return True
"""


INITIALIZED = "\ndef module_initialize(opt, service):\n    opt['model'] = 1\n"


def validate(folder: Path, body: str, *options: str, more: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "some_worlds.py").write_text(PROJECT_WORLDS.replace("BODY", body) + more)
    config = folder / "some.yml"
    config.write_text("world_module: some_worlds\noverworld: Lobby\ntasks:\n  chat: {task_world: Chat}\n")
    command = [sys.executable, "-m", "parleyrun", "validate", str(config), *options]
    return run(command, timeout=60)


@pytest.mark.process
def test_the_command_shows_the_warning_at_its_line_and_fails_only_if_asked_to(tmp_path: Path) -> None:
    ran = validate(tmp_path, "self.lock = threading.Lock()", "--format", "json")

    (warning,) = json.loads(ran.stdout)
    assert (warning["code"], warning["line"], warning["column"]) == ("not-resumable", 4, 22)
    assert ran.returncode == 0
    assert "a chat is built" in ran.stderr
    assert validate(tmp_path, "self.lock = threading.Lock()", "--strict").returncode == 1


@pytest.mark.process
def test_a_world_that_cannot_be_built_is_not_said_to_run(tmp_path: Path) -> None:
    ran = validate(tmp_path, "self.model = opt['model']")

    assert "warning[not-built] some_worlds.Chat cannot be built" in ran.stdout
    assert "some_worlds.py:12: self.model = opt['model']" in ran.stdout
    assert ran.stdout.endswith("\n\n1 warning\n")


@pytest.mark.process
def test_the_command_says_what_it_could_not_try_and_makes_no_store(tmp_path: Path) -> None:
    ran = validate(tmp_path, "self.model = opt['model']", more=INITIALIZED)

    assert ran.returncode == 0
    assert ran.stdout.endswith("some.yml: nothing found, it can be run\n")
    assert "whether all is well with some_worlds.Chat is not known" in ran.stderr
    assert list(tmp_path.glob("*.db*")) == []


@pytest.mark.process
def test_a_thread_that_a_world_starts_does_not_keep_the_command_from_ending(tmp_path: Path) -> None:
    body = "threading.Thread(target=time.sleep, args=(3600,)).start()"

    assert validate(tmp_path, body).returncode == 0


class AsksTheService(Sound):
    """Has a bot sit down that it asks the service for, and greets somebody through it."""

    @classmethod
    def generate_world(cls, opt: Any, agents: Any) -> Any:
        agents[0].manager.observe_message(agents[0].id, "hello")
        return cls(opt, [*agents, agents[0].manager.bot("seller", role="Seller", reply=lambda seat, acts: True)])


def test_a_world_that_asks_the_service_for_a_bot_is_sound() -> None:
    assert found(AsksTheService) == []
