"""From a Config to a Plan: what is resolved, and from where."""

from __future__ import annotations

import functools
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType, ModuleType, SimpleNamespace
from typing import Any

import pytest

from parleyrun import World
from parleyrun.checks.task_offers import never_offered
from parleyrun.cli.common.findings import read_plan
from parleyrun.config.plan import Plan, check, config_from_mapping, make_plan
from parleyrun.errors import ConfigError

ROOT = Path(__file__).parents[2]
CONFIG_ROOM = ROOT / "parleyrun" / "config"

Write = Callable[[str, str], Path]


class Lobby(World):
    def parley(self):
        return "chat"


class Chat(World):
    MAX_AGENTS = 2

    @staticmethod
    def generate_world(opt, agents):
        return Chat(opt, agents)

    @staticmethod
    def assign_roles(agents):
        agents[0].disp_id = "first"

    @staticmethod
    def eligibility_function(session):
        return session == "good"

    def parley(self):
        return None

    def episode_done(self):
        return True


class Bare:
    """A world without World: what it has is enough."""

    @classmethod
    def generate_world(cls, opt, agents):
        return cls()

    def parley(self):
        return None

    def episode_done(self):
        return True


def plan(module: Any = None, /, overworld: str = "Lobby", **tasks: Any) -> Plan:
    values = {"world_module": "worlds", "overworld": overworld, "tasks": tasks or {"chat": {"task_world": "Chat"}}}
    return make_plan(config_from_mapping(values), module or SimpleNamespace(Lobby=Lobby, Chat=Chat, Bare=Bare))


def found(module: Any = None, /, **tasks: Any) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        plan(module, **tasks)
    return [str(finding) for finding in raised.value.findings]


def test_a_plan_holds_classes_and_functions_instead_of_names() -> None:
    made = plan(chat={"task_world": "Chat", "onboard_world": "Bare", "agents_required": 2, "timeout": 3})

    task = made.tasks["chat"]
    assert (made.overworld, task.world, task.onboard) == (Lobby, Chat, Bare)
    assert (task.agents_required, task.max_time_in_pool) == (2, 3.0)
    assert task.eligibility is not None
    assert task.eligibility("good")
    assert task.assign_roles is Chat.assign_roles


def test_a_class_can_stand_in_for_the_world_module() -> None:
    class Worlds:
        Lobby = Lobby
        Chat = Chat

        @staticmethod
        def module_initialize(opt, service):
            return opt

    assert plan(Worlds).module_initialize is Worlds.module_initialize


def test_hooks_that_are_not_there_are_none() -> None:
    made = plan()

    assert (made.module_initialize, made.after_agent_removed, made.mark_removed) == (None, None, None)


def test_a_world_need_not_inherit_from_ours() -> None:
    assert plan(overworld="Bare", chat={"task_world": "Bare"}).tasks["chat"].world is Bare


def test_eligibility_may_stand_on_what_the_module_calls_by_the_tasks_key() -> None:
    class Rules:
        def eligibility_function(self, session):
            return session == "fine"

    eligibility = plan(SimpleNamespace(Lobby=Lobby, Bare=Bare, chat=Rules()), chat={"task_world": "Bare"})

    function = eligibility.tasks["chat"].eligibility
    assert function is not None
    assert function("fine")
    assert not function("else")


def test_the_world_classs_own_eligibility_comes_first() -> None:
    other = SimpleNamespace(eligibility_function=lambda session: False)

    made = plan(SimpleNamespace(Lobby=Lobby, Chat=Chat, chat=other))

    assert made.tasks["chat"].eligibility is Chat.eligibility_function


def test_a_decorated_function_is_taken_at_its_decorators_word() -> None:
    def with_logging(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, 1, **kwargs)

        return wrapper

    class Decorated(Chat):
        @staticmethod
        @with_logging
        def assign_roles(agents, more):
            return None

    assert plan(SimpleNamespace(Lobby=Lobby, Chat=Decorated)).tasks["chat"].assign_roles is not None


def test_a_method_may_have_arguments_of_its_own_if_they_have_defaults() -> None:
    class Relaxed(Chat):
        def parley(self, loudly=False, *args, **kwargs):
            return None

        @classmethod
        def generate_world(cls, opt, agents, *, seed=0):
            return cls(opt, agents)

    assert plan(SimpleNamespace(Lobby=Lobby, Chat=Relaxed)).tasks["chat"].world is Relaxed


def test_a_fault_names_module_class_argument_and_definition() -> None:
    class Chat(World):
        @staticmethod
        def generate_world(opt, agents, colour):
            return None

        def parley(self):
            return None

        def episode_done(self):
            return True

    (text,) = found(SimpleNamespace(Lobby=Lobby, Chat=Chat))

    assert "test_plan" in text
    assert "Chat.generate_world to take (opt, agents), got generate_world(opt, agents, colour)" in text
    assert "'colour'" in text
    assert "test_plan.py:" in text


def test_an_attribute_that_is_a_plain_list_is_no_function() -> None:
    class Listed(Chat):
        assign_roles = ["a", "b"]

    (text,) = found(SimpleNamespace(Lobby=Lobby, Chat=Listed))

    assert "not-callable" in text


def test_a_method_on_the_class_may_be_any_callable() -> None:
    class Partial(Chat):
        eligibility_function = functools.partial(lambda limit, session: True, 3)

    assert plan(SimpleNamespace(Lobby=Lobby, Chat=Partial)).tasks["chat"].eligibility is not None


def test_a_return_overworld_that_wants_more_than_self_is_found() -> None:
    class Hall(Lobby):
        def return_overworld(self, participant):
            return None

    (text,) = found(SimpleNamespace(Lobby=Hall, Chat=Chat))

    assert "return_overworld" in text


def test_an_overworld_need_not_say_when_it_ends(write: Write) -> None:
    path = project(write, "chat")

    assert check(path)[1] == []


def test_the_plans_opt_is_the_configs() -> None:
    made = plan()

    assert made.opt is made.config.opt


MENU = """\
from parleyrun import World

class Chat(World):
    def parley(self):
        self.agents[0].data["next_task"] = {next}

    def episode_done(self):
        return True

PLACES = ["chat", "echo"]
NAMED = {{"chat": "Chat with somebody", "echo": ["Hear yourself"]}}

class Lobby(World):
    REPLIES = ["chat", "echo"]

    def parley(self):
        {menu}
"""


def project(write: Write, *tasks: str, menu: str = "pass", then: str = "'after'") -> Any:
    write("menu_worlds.py", MENU.format(menu=menu, next=then))
    listed = "".join(f"\n  {key}: {{task_world: Chat}}" for key in tasks)
    return write("menu.yml", f"world_module: menu_worlds\noverworld: Lobby\ntasks:{listed}\n")


@pytest.mark.parametrize(
    "menu",
    [
        "self.agents[0].observe({'quick_replies': ['chat', 'echo']})",
        "self.agents[0].observe(dict(quick_replies=('chat', 'Echo')))",
        "self.agents[0].observe({'quick_replies': PLACES})",
        "self.agents[0].observe({'quick_replies': list(PLACES)})",
        "self.agents[0].observe({'quick_replies': NAMED})",
        "self.agents[0].observe({'quick_replies': self.REPLIES})",
        "act = {}; act['quick_replies'] = ['Talk (chat)', 'echo']",
        "self.say(['x']); quick_replies = ['chat', 'echo']",
    ],
)
def test_a_task_that_the_menu_lacks_is_warned_of(write: Write, menu: str) -> None:
    findings = read_plan(project(write, "chat", "echo", "group", "after", menu=menu))[1]

    assert [(found.code, found.path) for found in findings] == [("task-never-offered", "tasks.group")]


@pytest.mark.parametrize(
    ("menu", "then"),
    [
        ("pass", "None"),
        ("self.agents[0].observe({'quick_replies': None})", "None"),
        ("self.agents[0].observe({'quick_replies': sorted(self.opt)})", "None"),
        ("self.agents[0].observe({'quick_replies': ['chat', self.extra]})", "None"),
        ("self.agents[0].observe({'quick_replies': self.agents[0].menu})", "None"),
        ("self.agents[0].observe({'quick_replies': ['Play'], 'x': {'Play': 'group'}})", "None"),
        ("self.agents[0].observe({'quick_replies': ['chat']})", "self.opt['next']"),
        ("self.agents[0].observe({'quick_replies': ['chat']})", "'group'"),
    ],
)
def test_every_doubt_about_the_menu_is_in_the_authors_favour(write: Write, menu: str, then: str) -> None:
    assert read_plan(project(write, "chat", "group", menu=menu, then=then))[1] == []


def test_a_class_of_which_there_is_no_source_leaves_the_menu_in_doubt(write: Write) -> None:
    path = project(write, "chat", "group", menu="self.agents[0].observe({'quick_replies': ['chat']})")
    plan, _ = read_plan(path)
    assert plan is not None
    module = plan.module
    assert isinstance(module, ModuleType)
    assert never_offered(plan.overworld, module, ["chat", "group"]) == ["group"]
    made_as_it_runs = type("Made", (plan.overworld,), {})
    assert never_offered(made_as_it_runs, module, ["group"]) == []
    of_no_file = type("Made", (plan.overworld,), {"__module__": "nowhere_at_all"})
    assert never_offered(of_no_file, module, ["group"]) == []


def test_a_configuration_goes_through_few_files_and_through_each_step_once() -> None:
    called: Counter[tuple[str, str]] = Counter()

    def look(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(str(CONFIG_ROOM)):
            called[Path(frame.f_code.co_filename).name, frame.f_code.co_name] += 1

    sys.setprofile(look)
    try:
        plan, findings = check(ROOT / "configs" / "demo.yml", {"channels": {"browser": {}}})
    finally:
        sys.setprofile(None)

    assert plan is not None
    assert findings == []
    assert len({file for file, _ in called}) <= 16
    steps = [
        ("loading.py", "parse"),
        ("building.py", "draft_config"),
        ("importing.py", "import_world_module"),
        ("plan.py", "_resolve"),
    ]
    assert [called[step] for step in steps] == [1, 1, 1, 1]
