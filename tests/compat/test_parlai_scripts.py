"""Scripts of ParlAI's first generation, which tell a manager what there is to do, are served as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from parleyrun.compat import script_run
from parleyrun.compat.chat import script_manager
from parleyrun.errors import ConfigError
from parleyrun.testing import rehearse

WORLDS = """
    from parlai.core.worlds import World
    from parlai.messenger.core.worlds import OnboardWorld

    class Lobby(World):
        def __init__(self, opt, agent):
            self.agent, self.opt, self.visits, self.episodeDone = agent, opt, 0, False

        @staticmethod
        def generate_world(opt, agent):
            return Lobby(opt, agent)

        def return_overworld(self):
            self.episodeDone = False
            self.visits += 1

        def episode_done(self):
            return self.episodeDone

        def parley(self):
            if not self.visits % 2:
                self.visits += 1
                self.agent.observe({"id": "Lobby", "text": f"Which? (visit {self.visits // 2 + 1})",
                                    "quick_replies": DEMOS.keys()})
            act = self.agent.act()
            if act is not None and act["text"] in DEMOS:
                self.episodeDone = True
                return act["text"]

    class Name(OnboardWorld):
        @staticmethod
        def run(opt, agent, task_id):
            agent.observe({"id": "Name", "text": "Your name?"})
            while agent.msg_queue.empty():
                if agent.act() is not None:
                    break
            else:
                return {"name": agent.msg_queue.get()["text"]}
            return {"name": agent.acted_packets[0]["text"]}

    class Pair(World):
        MAX_AGENTS = 2

        @staticmethod
        def assign_roles(agents):
            for number, agent in enumerate(agents):
                agent.disp_id = f"{agent.onboard_data['name']} {number}"

        @staticmethod
        def run(manager, opt, agents, task_id):
            for agent in agents:
                agent.observe({"id": "World", "text": f"You are {agent.disp_id}. {opt['greeting']}"})
            manager.observe_message(agents[0].id, "You begin.")
            act = agents[0].msg_queue.get()
            agents[1].observe(act)
            assert agents[1].observed_packets[1]["text"] == act["text"]

    class Alone(World):
        @staticmethod
        def run(manager, opt, agents, task_id):
            agents[0].observe({"id": "World", "text": "Nobody else is here."})

    DEMOS = {"pair up": (Name, Pair), "alone": (None, Alone)}
"""

RUN = """
    import os
    from parlai.core.params import ParlaiParser
    from parlai.messenger.tasks.demo.worlds import DEMOS, Lobby
    from parlai.messenger.core.messenger_manager import MessengerManager

    def main():
        parser = ParlaiParser(False, False)
        parser.add_parlai_data_path()
        parser.add_messenger_args()
        parser.add_argument("--greeting", default="Hello.")
        opt = parser.parse_args()
        opt["task"] = os.path.basename(os.path.dirname(os.path.abspath(__file__)))
        opt["password"] = "sesame"

        manager = MessengerManager(opt=opt)
        manager.setup_server()
        manager.init_new_state()

        def get_overworld(opt, agent):
            return Lobby.generate_world(opt, agent)

        manager.set_onboard_functions({key: first and first.run for key, (first, _) in DEMOS.items()})
        manager.set_agents_required({"pair up": DEMOS["pair up"][1].MAX_AGENTS, "alone": 1})
        manager.set_overworld_func(get_overworld)
        manager.setup_socket()
        try:
            manager.start_new_run()
            manager.start_task(
                assign_role_functions={"pair up": DEMOS["pair up"][1].assign_roles},
                task_functions={key: world.run for key, (_, world) in DEMOS.items()},
                max_time_in_pool={"pair up": 60, "alone": None},
            )
        finally:
            manager.shutdown()

    if __name__ == "__main__":
        main()
"""


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Mapping[str, Any], Any]]:
    """What scripts would have served, in the place of opening doors."""
    asked: list[tuple[Mapping[str, Any], Any]] = []
    monkeypatch.setattr(script_manager, "serve", lambda config, worlds: asked.append((config, worlds)))
    return asked


def test_a_script_of_setters_is_served_with_its_tasks_functions_and_options(checkout, served, monkeypatch):
    checkout("parlai/messenger/tasks/demo/worlds.py", WORLDS)
    script = checkout("parlai/messenger/tasks/demo/run.py", RUN)
    monkeypatch.setattr("sys.argv", ["python"])
    assert script_run.main([str(script), "--greeting", "Good morning."]) == 0
    ((config, worlds),) = served
    assert config["tasks"]["pair up"] == {"agents_required": 2, "max_time_in_pool": 60}
    with rehearse(config, worlds=worlds) as rehearsal:
        ann, bob = rehearsal.person("ann").arrives(), rehearsal.person("bob").arrives()
        for person, name in ((ann, "Ann"), (bob, "Bob")):
            person.says("hello")
            person.sees("password")
            person.says("sesame")
            person.sees("Which? (visit 1)")
            person.says("pair up")
            person.sees("Your name?")
            person.says(name)
        ann.sees("You are Ann 0. Good morning.")
        bob.sees("You are Bob 1. Good morning.")
        assert any(line.message.text == "You begin." for line in ann.lines)
        ann.says("What a day")
        bob.sees("What a day")
        ann.sees("Which? (visit 2)")
        ann.says("alone")
        ann.sees("Nobody else is here.")


def test_a_script_with_one_task_and_no_overworld_goes_straight_to_it(served):
    manager = script_manager.ScriptManager({"task": "talk"})
    with pytest.raises(AttributeError, match="no observe_message before its doors are open"):
        manager.observe_message("ann", "hello")
    with pytest.raises(ConfigError, match="expected task_functions, from start_task or set_task_functions"):
        manager.start_task()

    def talk(manager, opt, agents, task_id):
        agents[0].observe({"id": "World", "text": "Hello."})

    manager.set_task_functions({"default": talk})
    manager.start_task()
    ((config, worlds),) = served
    with rehearse(config, worlds=worlds) as rehearsal:
        ann = rehearsal.person("ann").arrives()
        ann.says("hello")
        ann.sees("Hello.")
    manager.set_task_functions({"default": talk, "other": talk})
    with pytest.raises(ConfigError, match="expected an overworld"):
        manager.start_task()


def test_what_is_no_script_is_refused_in_one_line(capsys):
    assert script_run.main(["nowhere.py"]) == 2
    assert "expected the path of a script, got nowhere.py" in capsys.readouterr().err
