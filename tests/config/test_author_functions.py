"""Functions of the author's, wherever they stand: each form is found, and each near miss is told."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from parleyrun import World
from parleyrun.config.diagnostics import Finding
from parleyrun.config.plan import Plan, config_from_mapping, make_plan
from parleyrun.config.world_classes import WorldFinder
from parleyrun.core.agents import Agent
from parleyrun.text import is_slip_of


class Lobby(World):
    def parley(self):
        return "chat"


class Chat(World):
    def parley(self):
        return None

    def episode_done(self):
        return True


class Picky(Chat):
    @staticmethod
    def eligibility_function(session):
        return "class"

    @classmethod
    def assign_roles(cls, agents):
        return "class"


class ByAttribute(Chat):
    eligibility_function = staticmethod(lambda session: "attribute")


def says(what: str) -> Callable[..., str]:
    return lambda *_arguments: what


def plan_of(task: dict[str, Any] | None = None, /, overworld: str = "Lobby", **module: Any) -> Plan:
    tasks = {"chat": {"task_world": "Chat"} if task is None else task}
    values = {"world_module": "worlds", "overworld": overworld, "tasks": tasks}
    worlds = {"Lobby": Lobby, "Chat": Chat, "Picky": Picky, "ByAttribute": ByAttribute, **module}
    return make_plan(config_from_mapping(values), SimpleNamespace(**worlds))


def warnings_of(monkeypatch: pytest.MonkeyPatch, *arguments: Any, **more: Any) -> list[Finding]:
    """Return what was found in making a plan that can be run."""
    found: list[Finding] = []
    look = WorldFinder.look_for_near_names

    def look_and_keep(finder: WorldFinder, tasks: Any) -> None:
        look(finder, tasks)
        found.extend(finder._findings.in_order())

    monkeypatch.setattr(WorldFinder, "look_for_near_names", look_and_keep)
    plan_of(*arguments, **more)
    return found


def test_a_rule_of_the_module_holds_for_every_task() -> None:
    task = plan_of(eligibility_function=says("module"), assign_roles=says("module")).tasks["chat"]

    assert task.eligibility is not None
    assert task.assign_roles is not None
    assert (task.eligibility(None), task.assign_roles([])) == ("module", "module")


@pytest.mark.parametrize(
    ("world", "module", "counts"),
    [
        ("Picky", {"chat": SimpleNamespace(eligibility_function=says("key"))}, "class"),
        ("ByAttribute", {"eligibility_function": says("module")}, "attribute"),
        ("Chat", {"chat": SimpleNamespace(eligibility_function=says("key"))}, "key"),
        ("Chat", {"eligibility_functions": {"chat": says("mapping")}}, "mapping"),
        ("Chat", {"eligibility_functions": {"chat": None}}, "module"),
        ("Chat", {"eligibility_functions": {}}, "module"),
    ],
)
def test_the_nearest_place_counts(world: str, module: dict[str, Any], counts: str) -> None:
    made = plan_of({"task_world": world}, **{"eligibility_function": says("module"), **module})

    eligibility = made.tasks["chat"].eligibility
    assert eligibility is not None
    assert eligibility(None) == counts


def test_roles_may_stand_in_a_mapping_by_task_key() -> None:
    roles = plan_of(assign_role_functions={"chat": says("mapping")}).tasks["chat"].assign_roles

    assert roles is not None
    assert roles([]) == "mapping"


def test_without_any_rule_there_is_none() -> None:
    task = plan_of().tasks["chat"]

    assert (task.eligibility, task.assign_roles) == (None, None)


def overworld_func(opt, agent):
    return ("overworld", opt["name"], agent.id)


def onboard(opt, agent, task_id):
    return {"opt": opt["name"], "agent": agent.id, "task_id": task_id}


def talk(manager, opt, agents, task_id):
    agents[0].told.append((manager, opt["name"], [agent.id for agent in agents], task_id))


def seat() -> Any:
    agent: Any = Agent(id="ada")
    agent.manager, agent.task_id, agent.told = "the manager", "t_1", []
    return agent


OPT = {"name": "demo"}


def test_an_overworld_may_be_a_function_which_is_called_again_each_time() -> None:
    made = plan_of(overworld="overworld_func", overworld_func=overworld_func)

    world = made.overworld.generate_world(OPT, [seat()])
    assert made.overworld.__name__ == "overworld_func"
    assert [world.parley(), world.parley()] == [("overworld", "demo", "ada")] * 2
    assert not world.episode_done()


@pytest.mark.parametrize("named", [True, False])
def test_task_and_onboarding_may_be_functions_named_in_the_config_or_by_task_key(named: bool) -> None:
    by_name = plan_of({"task_world": "talk", "onboard_world": "onboard"}, talk=talk, onboard=onboard)
    by_key = plan_of({}, task_functions={"chat": talk}, onboard_functions={"chat": onboard})
    task = (by_name if named else by_key).tasks["chat"]
    agent = seat()
    assert task.onboard is not None
    entrance = task.onboard.generate_world(OPT, [agent])
    world = task.world.generate_world(OPT, [agent])

    assert not world.episode_done()
    world.parley()
    entrance.parley()

    assert world.episode_done()
    assert entrance.episode_done()
    assert agent.told == [("the manager", "demo", ["ada"], "t_1")]
    assert entrance.data == {"opt": "demo", "agent": "ada", "task_id": "t_1"}


def test_a_config_may_name_the_mapping_itself() -> None:
    made = plan_of({"task_world": "task_functions"}, task_functions={"chat": talk})

    assert made.tasks["chat"].world.__name__ == "talk"


def test_a_world_that_is_a_function_goes_on_after_a_restart() -> None:
    kind = plan_of({"task_world": "quick_talk"}, quick_talk=quick_talk).tasks["chat"].world
    world = kind.generate_world(OPT, [Agent(id="ada")])
    world.parley()

    again = pickle.loads(pickle.dumps(world))

    assert again.episode_done()
    assert (type(again).__name__, type(again).function, again.agents[0].id) == ("quick_talk", quick_talk, "ada")


def quick_talk(manager, opt, agents, task_id):
    return None


NEAR = {
    "eligibility": "eligibility_function",
    "eligibility_fn": "eligibility_function",
    "eligibilty_function": "eligibility_function",
    "eligibility_Function": "eligibility_function",
    "assign_role": "assign_roles",
    "module_initialise": "module_initialize",
    "mark_remove": "mark_removed",
    "after_agents_removed": "after_agent_removed",
}


@pytest.mark.parametrize("name", NEAR)
def test_a_near_name_in_the_module_is_told(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (found,) = warnings_of(monkeypatch, **{name: says("never")})

    assert (found.severity, found.code, found.path) == ("warning", "near-name", "world_module")
    assert name in found.message
    assert f"'{NEAR[name]}'" in found.hint
    assert "test_author_functions.py:" in found.message


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("eligibility", staticmethod(says("never")), "eligibility_function"),
        ("eligibility_fn", staticmethod(says("never")), "eligibility_function"),
        ("assign_role", classmethod(says("never")), "assign_roles"),
        ("shutDown", says("never"), "shutdown"),
        ("return_to_menu", says("never"), None),
        ("MAX_AGENT", 2, "MAX_AGENTS"),
        ("max_agents", 2, "MAX_AGENTS"),
        ("_assign_role", says("never"), None),
        ("eligibility", {"age": 18}, None),
    ],
)
def test_a_near_name_in_a_world_is_told(
    monkeypatch: pytest.MonkeyPatch, name: str, value: Any, meant: str | None
) -> None:
    found = warnings_of(monkeypatch, {"task_world": "Near"}, Near=type("Near", (Chat,), {name: value}))

    assert [(each.code, each.path, each.hint) for each in found] == (
        [] if meant is None else [("near-name", "tasks.chat.task_world", f"did you mean '{meant}'?")]
    )


def test_who_has_the_right_name_may_have_a_near_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Both(Picky):
        def assign_role(self, agent):
            return None

        eligibility = staticmethod(says("a helper"))

    assert warnings_of(monkeypatch, {"task_world": "Both"}, Both=Both) == []


def test_a_rule_for_a_task_that_there_is_not_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = warnings_of(monkeypatch, eligibility_functions={"chta": says("never")})

    assert (found.severity, found.code, found.hint) == ("warning", "key-of-no-task", "did you mean 'chat'?")


@pytest.mark.parametrize(
    ("name", "meant", "slip"),
    [
        ("shutdwon", "shutdown", True),
        ("shutdow", "shutdown", True),
        ("shutter", "shutdown", False),
        ("ShutDown", "shutdown", True),
        ("shutdown", "shutdown", False),
        ("farewell", "shutdown", False),
        ("return_overword", "return_overworld", True),
        ("assign_rules", "assign_roles", True),
        ("assign_topics", "assign_roles", False),
    ],
)
def test_a_slip_is_a_letter_or_two(name: str, meant: str, slip: bool) -> None:
    assert is_slip_of(name, meant) is slip
