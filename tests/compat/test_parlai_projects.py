"""Projects that were written for ParlAI run as they are."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from parleyrun.checks.world_trials import try_worlds
from parleyrun.cli import commands
from parleyrun.compat.name_finder import NameFinder
from parleyrun.config.plan import check, load_config
from parleyrun.core.open_opt import OpenOpt
from parleyrun.core.task_names import default_datapath
from parleyrun.errors import ConfigError
from parleyrun.testing import rehearse

CHATBOT = """
    from parlai.core.worlds import World
    from parlai.chat_service.services.messenger.worlds import OnboardWorld
    from parlai.core.agents import create_agent_from_shared
    from parlai.core.torch_agent import TorchAgent

    class Overworld(OnboardWorld):
        @staticmethod
        def generate_world(opt, agents):
            return Overworld(opt, agents[0])

        def parley(self):
            self.episodeDone = True
            return "chat with it"

    class Welcome(OnboardWorld):
        def parley(self):
            self.data = {"greeted": True}
            self.episodeDone = True

    class Talk(World):
        MAX_AGENTS = 1
        MODEL_KEY = "parrot"

        def __init__(self, opt, agent, bot: TorchAgent):
            self.agent = agent
            self.bot = bot
            self.episodeDone = False
            self.first = True

        @staticmethod
        def generate_world(opt, agents):
            if opt["models"] is None:
                raise RuntimeError("no models")
            shared = opt["shared_bot_params"][Talk.MODEL_KEY]
            return Talk(opt, agents[0], create_agent_from_shared(shared))

        @staticmethod
        def assign_roles(agents):
            agents[0].disp_id = "Agent"

        def parley(self):
            if self.first:
                self.agent.observe({"id": "World", "text": "Welcome.", "quick_replies": {"hi": 1, "bye": 2}})
                self.first = False
            act = self.agent.act()
            if act is None:
                return
            assert act["payload"] is None
            if "[DONE]" in act["text"]:
                self.agent.observe({"id": "World", "text": self.bot.history.get_history_str()})
                self.episodeDone = True
            elif act["text"] == "forget":
                self.bot.reset()
                self.bot.history.add_reply("I am new")
            else:
                self.bot.observe(act)
                answer = self.bot.act()
                answer.force_set("id", "Bot")
                answer["text"] = answer["text"].upper()
                self.agent.observe(answer)

        def episode_done(self):
            return self.episodeDone

        def shutdown(self):
            self.agent.shutdown()
"""

CONFIG = """
    tasks:
      chat with it:
        onboard_world: Welcome
        task_world: Talk
        timeout: 1800
        agents_required: 1
        only_for_people_who: like it
    task_name: chatbot
    world_module: parlai.chat_service.tasks.chatbot.worlds
    overworld: Overworld
    max_workers: 3000
    something_of_mine: 3
    opt:
      debug: True
      models:
        parrot:
          model: repeat_query
    additional_args:
      page_id: 1
"""


@pytest.fixture
def chatbot(checkout) -> Path:
    checkout("parlai/chat_service/tasks/chatbot/__init__.py", "")
    checkout("parlai/chat_service/tasks/chatbot/worlds.py", CHATBOT)
    return checkout("parlai/chat_service/tasks/chatbot/config.yml", CONFIG)


def test_a_chatbot_in_a_checkout_whose_own_parlai_is_broken_is_validated(chatbot, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(commands, ["validate", "--format", "json", str(chatbot)])
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    assert {(one["severity"], one["code"]) for one in found} == {("warning", "taken-otherwise")}
    assert [one["path"] for one in found] == [
        "tasks.chat with it.only_for_people_who",
        "max_workers",
        "something_of_mine",
        "additional_args.page_id",
    ]
    (line,) = [line for line in ran.stderr.splitlines() if "ParlAI" in line]
    assert "parlai.core.agents: create_agent_from_shared" in line
    assert "parlai.core.torch_agent: TorchAgent" in line


def test_a_chatbot_talks_and_goes_on_after_a_crash(chatbot, tmp_path):
    with rehearse(chatbot, store=tmp_path / "record.db") as rehearsal:
        ann = rehearsal.person("ann").arrives()
        ann.says("hello")
        assert ann.sees("Welcome.").message.quick_replies == ("hi", "bye")
        ann.says("one two")
        ann.sees("ONE TWO")
        rehearsal.crash()
        ann.says("three")
        ann.sees("THREE")
        ann.says("[DONE]")
        ann.sees("one two\none two\nthree\nthree")


def test_what_a_model_has_heard_can_be_forgotten_and_made_up(chatbot):
    with rehearse(chatbot) as rehearsal:
        ann = rehearsal.person("ann").arrives()
        ann.says("hello")
        ann.says("one")
        ann.says("forget")
        ann.says("[DONE]")
        ann.sees("I am new")


def test_options_are_those_that_parlai_gives_and_can_be_changed(write):
    write(
        "mine.py",
        """
        import copy
        from parlai.core.worlds import World
        from parlai.chat_service.services.messenger.worlds import OnboardWorld, SimpleMessengerOverworld as Over

        def module_initialize(opt, manager):
            opt["greeting"] = "made by module_initialize"
            opt["manager"] = manager

        class Talk(OnboardWorld):
            def __init__(self, opt, agent):
                super().__init__(copy.deepcopy({**opt, "manager": None}), agent)
                self.opt["more"] = 1
                opt["count"] = opt.get("count", 0) + 1
                self.count = opt["count"]

            def parley(self):
                for key in ("task", "datapath", "is_debug", "log_level", "greeting"):
                    self.agent.observe({"id": key, "text": self.opt[key]})
                task = self.opt["config"]["configs"]["default"]
                self.agent.observe({"id": "", "text": task["max_time_in_pool"]})
                self.agent.observe({"id": "", "text": self.count})
                self.agent.observe({"id": "", "text": None})
                self.episodeDone = True
        """,
    )
    path = write(
        "config.yml",
        """
        world_module: mine
        overworld: Over
        task_name: mine
        max_workers: 1
        tasks: {default: {task_world: Talk}}
        opt: {debug: true}
        """,
    )
    with rehearse(path) as rehearsal:
        ann = rehearsal.person("ann").arrives()
        ann.says("hello")
        assert ann.heard[:7] == [
            "mine",
            str(default_datapath()),
            "True",
            "10",
            "made by module_initialize",
            "300.0",
            "1",
        ]
        assert rehearsal.app.plan.opt["count"] >= 1


def test_a_table_of_the_only_model_is_found_as_in_older_configs(write):
    write(
        "older.py",
        """
        from parlai.messenger.core.worlds import OnboardWorld, SimpleMessengerOverworld
        from parlai.core.agents import create_agent_from_shared

        class Talk(OnboardWorld):
            @staticmethod
            def generate_world(opt, agents):
                world = Talk(opt, agents[0])
                world.bot = create_agent_from_shared(opt["shared_bot_params"])
                return world

            def parley(self):
                self.bot.observe({"text": "say it", "episode_done": False})
                reply = self.bot.act()
                reply["id"] = "it"
                reply["metrics"] = {"loss": lambda: None}
                self.agent.observe(reply)
                self.episodeDone = True
        """,
    )
    path = write(
        "config.yml",
        """
        world_module: older
        overworld: SimpleMessengerOverworld
        task_name: older
        max_workers: 1
        tasks: {default: {task_world: Talk}}
        opt: {model: fixed_response, fixed_response: "it is said"}
        """,
    )
    with rehearse(path) as rehearsal:
        ann = rehearsal.person("ann").arrives()
        ann.says("hello")
        assert ann.heard[0] == "it is said"
        assert ann.lines[0].message.id == "it"


def test_the_time_in_a_pool_is_that_of_parlai(write):
    write(
        "mine.py",
        "from parlai.messenger.core.worlds import OnboardWorld as Talk, SimpleMessengerOverworld as Over",
    )
    path = write(
        "config.yml",
        """
        world_module: mine
        overworld: Over
        tasks:
          default: {task_world: Talk}
          none: {task_world: Talk, timeout: 0}
          own: {task_world: Talk, timeout: 7}
          ours: {task_world: Talk, max_time_in_pool: 8}
        """,
    )
    tasks = load_config(path).tasks
    assert [task.max_time_in_pool for task in tasks.values()] == [300, 300, 7, 8]
    path.write_text(path.read_text("utf-8") + "compat: off\n")
    with pytest.raises(ConfigError):
        load_config(path)
    path.write_text(path.read_text("utf-8").replace("timeout: 0", "timeout: 3"))
    assert load_config(path).tasks["default"].max_time_in_pool is None


def test_with_compat_off_an_installed_parlai_is_left_alone(write, tmp_path, monkeypatch):
    write("site/parlai/__init__.py", "")
    write("site/parlai/core/__init__.py", "")
    write("site/parlai/core/worlds.py", "from parleyrun import World\nTHEIRS = True\n")
    write(
        "mine.py",
        """
        from parlai.core.worlds import World, THEIRS

        class Over(World):
            def parley(self):
                return "talk"

        class Talk(World):
            def parley(self): ...
            def episode_done(self): return True
        """,
    )
    path = write(
        "config.yml", "world_module: mine\noverworld: Over\ncompat: off\ntasks: {talk: {task_world: Talk}}\n"
    )
    monkeypatch.syspath_prepend(tmp_path / "site")
    plan, findings = check(path)
    assert findings == []
    assert plan is not None
    assert plan.module.THEIRS
    assert plan.standing_names is None
    assert not plan.config.for_parlai
    assert not [finder for finder in sys.meta_path if isinstance(finder, NameFinder)]
    for name in [name for name in sys.modules if name.partition(".")[0] == "parlai"]:
        del sys.modules[name]


def test_names_stand_where_only_something_that_is_imported_names_them(write, tmp_path, monkeypatch):
    write("site/helper.py", "from parlai.core.worlds import World as Base\n")
    write(
        "mine.py",
        """
        from helper import Base

        class Over(Base):
            def parley(self):
                return "talk"

        class Talk(Base):
            def parley(self): ...
            def episode_done(self): return True
        """,
    )
    path = write("config.yml", "world_module: mine\noverworld: Over\ntasks: {talk: {task_world: Talk}}\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    plan, findings = check(path)
    assert findings == []
    assert plan is not None
    assert plan.config.for_parlai
    assert isinstance(plan.opt, OpenOpt)


def test_a_project_without_a_word_of_parlai_is_taken_as_it_is(write):
    write(
        "mine.py",
        """
        '''It needs no

        import parlai
        from parlai.core import worlds
        '''

        from parleyrun import World

        class Over(World):
            def parley(self):
                return "talk"

        class Talk(World):
            def parley(self): ...
            def episode_done(self): return True
        """,
    )
    path = write("config.yml", "world_module: mine\noverworld: Over\ntasks: {talk: {task_world: Talk}}\nodd: 1\n")
    plan, findings = check(path)
    assert plan is None
    assert [(one.severity, one.code) for one in findings] == [("error", "unknown-key")]
    path.write_text(path.read_text("utf-8") + "compat: parlai\n")
    plan, findings = check(path)
    assert plan is not None
    assert [(one.severity, one.code) for one in findings] == [("warning", "taken-otherwise")]


def test_a_world_that_keeps_a_deep_copy_of_its_options_and_its_bot_goes_on_after_a_crash(write, tmp_path):
    write(
        "copies.py",
        """
        from copy import deepcopy
        from parlai.core.agents import create_agent, create_agent_from_shared
        from parlai.chat_service.services.messenger.worlds import OnboardWorld, SimpleMessengerOverworld

        def module_initialize(opt, manager):
            opt["other_bot"] = create_agent({"model": "fixed_response", "fixed_response": "always"}).share()

        class Over(SimpleMessengerOverworld):
            def parley(self):
                return "talk" if self.agent.act() is not None else None

        class Talk(OnboardWorld):
            @staticmethod
            def generate_world(opt, agents):
                return Talk(opt, agents[0])

            def __init__(self, opt, agent):
                super().__init__(deepcopy(opt), agent)
                self.opt["mine"] = 0
                self.bots = [
                    create_agent_from_shared(self.opt["shared_bot_params"]["parrot"]),
                    create_agent_from_shared(opt["other_bot"]),
                ]

            def parley(self):
                act = self.agent.act()
                if act is None:
                    return
                self.opt["mine"] += 1
                for bot in self.bots:
                    bot.observe(act)
                    self.agent.observe({"id": bot.id, "text": f"{self.opt['mine']}: {bot.act()['text']}"})
        """,
    )
    path = write(
        "config.yml",
        """
        world_module: copies
        overworld: Over
        max_workers: 1
        tasks: {talk: {task_world: Talk}}
        opt: {models: {parrot: {model: repeat_query}, unused: {model: repeat_query}}}
        """,
    )
    plan, _ = check(path)
    assert plan is not None
    assert [found.code for found in try_worlds(plan, print)] == []
    with rehearse(path, store=tmp_path / "record.db") as rehearsal:
        ann = rehearsal.person("ann").arrives()
        ann.says("hello")
        ann.says("go")
        for number in (1, 2, 3):
            ann.says("hey")
            ann.sees(f"{number}: hey")
            ann.sees(f"{number}: always")
            rehearsal.crash()


def test_a_world_that_looks_into_its_seat_as_it_is_built_is_found_sound(write):
    write(
        "looks.py",
        """
        from parlai.chat_service.services.messenger.worlds import OnboardWorld, SimpleMessengerOverworld as Over

        class Talk(OnboardWorld):
            def __init__(self, opt, agent):
                super().__init__(opt, agent)
                assert agent.msg_queue.qsize() == 0 and agent.get_new_act_message() is None
                agent.message_partners.append(None)
                self.page = agent.page_id
                agent.data["seen"] = True
                agent.manager.observe_message(agent.id, "hello")
        """,
    )
    path = write("config.yml", "world_module: looks\noverworld: Over\ntasks: {default: {task_world: Talk}}\n")
    plan, findings = check(path)
    assert plan is not None
    assert [*findings, *try_worlds(plan, print)] == []
