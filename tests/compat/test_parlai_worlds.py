"""Worlds of each generation of ParlAI's, and the manners of seats that they count on."""

from __future__ import annotations

from pathlib import Path
from queue import Empty

import pytest

from parleyrun.runner.mailbox import Mailbox
from parleyrun.runner.seats.parlai_seat import ParlaiSeat
from parleyrun.testing import rehearse

CONFIG = """
    task_name: of_parlai
    world_module: {module}
    overworld: {overworld}
    max_workers: 2
    tasks:
      talk:
        task_world: {task}
        agents_required: {people}
        timeout: 600
"""

OVERWORLD = """
    class Overworld(World):
        def __init__(self, opt, agent):
            self.agent = agent
            self.opt = opt
            self.first = True
            self.episodeDone = False

        @staticmethod
        def generate_world(opt, agents):
            return Overworld(opt, agents[0])

        def return_overworld(self):
            self.first = True
            self.episodeDone = False

        def episode_done(self):
            return self.episodeDone

        def parley(self):
            if self.first:
                self.agent.observe({"id": "Overworld", "text": "Say go.", "quick_replies": ["go", "EXIT"]})
                self.first = False
                return None
            act = self.agent.act()
            if act is not None and act["text"] == "go":
                self.episodeDone = True
                return "talk"
            if act is not None and act["text"] == "EXIT":
                self.episodeDone = True
                return "EXIT"
"""


def config(write, module: str, task: str = "Talk", people: int = 1, overworld: str = "Overworld") -> Path:
    text = CONFIG.format(module=module, task=task, people=people, overworld=overworld)
    return write(f"{module}.yml", text)


def test_worlds_of_2018_run_themselves_and_go_on_after_a_crash(write, tmp_path):
    write(
        "oldest.py",
        "from parlai.core.worlds import World\n"
        "from parlai.messenger.core.worlds import OnboardWorld\n"
        + """
class Overworld(World):
    @staticmethod
    def run(opt, agent):
        agent.observe({"id": "Overworld", "text": "Which task?"})
        act = agent.act_blocking()
        return act["text"]

class Welcome(OnboardWorld):
    @staticmethod
    def run(opt, agent, task_id):
        world = Welcome(opt, agent)
        while not world.episode_done():
            world.parley()
        world.shutdown()
        return world.name

    def parley(self):
        self.agent.observe({"id": "Welcome", "text": "Who are you?"})
        self.name = self.agent.act_blocking()["text"]
        self.episodeDone = True

class Talk(World):
    def __init__(self, opt, agents):
        self.agents = agents
        self.turns = 0

    @staticmethod
    def run(manager, opt, agents, task_id):
        assert manager is not None and task_id.startswith("t_")
        world = Talk(opt, agents)
        while not world.episode_done():
            world.parley()
        world.shutdown()

    @staticmethod
    def assign_roles(agents):
        for agent, role in zip(agents, ["Asker", "Teller"]):
            agent.disp_id = role

    def parley(self):
        for agent, other in (self.agents, self.agents[::-1]):
            act = agent.act_blocking()
            other.observe({"id": act["id"], "text": f"{agent.onboard_data}: {act['text']}"})
        self.turns += 1

    def episode_done(self):
        return self.turns == 2
""",
    )
    path = config(write, "oldest", people=2)
    path.write_text(path.read_text("utf-8").replace("task_world:", "onboard_world: Welcome\n    task_world:"))
    with rehearse(path, store=tmp_path / "record.db") as rehearsal:
        people = rehearsal.people("ann", "bob")
        for person in people:
            person.arrives().says("hello")
            person.says("talk")
            person.sees("Who are you?")
            person.says(person.name)
        ann, bob = people
        assert (ann.role, bob.role) == ("Asker", "Teller")
        ann.says("one")
        bob.sees("ann: one")
        rehearsal.crash()
        bob.says("two")
        ann.sees("bob: two")
        ann.says("three")
        bob.sees("ann: three")
        bob.says("four")
        ann.sees("bob: four")
        assert (ann.place, bob.place) == ("overworld", "overworld")


def test_overworlds_that_are_done_when_they_choose_come_back(write):
    write(
        "again.py",
        "from parlai.core.worlds import World\n"
        "from parlai.chat_service.services.messenger.worlds import OnboardWorld as Talk\n"
        + OVERWORLD.replace("\n    ", "\n"),
    )
    with rehearse(config(write, "again")) as rehearsal:
        ann = rehearsal.person("ann").arrives()
        ann.says("hello")
        for _ in range(3):
            ann.sees("Say go.")
            ann.says("go")
        ann.sees("Say go.")
        ann.says("EXIT")
        assert ann.place == "gone"


TIMES = (
    "import time\n"
    "from parlai.core.worlds import World\n"
    "from parlai.chat_service.services.messenger.worlds import OnboardWorld, SimpleMessengerOverworld\n"
    "from parlai.chat_service.utils.timeout import TimeoutUtils\n"
    """
class Overworld(SimpleMessengerOverworld):
    def parley(self):
        return "talk" if self.agent.act() is not None else None

class Talk(OnboardWorld):
    def parley(self):
        clock = self.agent._seating.now
        began = clock()
        self.agent.observe({"id": "", "text": "quick!"})
        act = self.wait(clock, began)
        self.agent.observe({"id": "", "text": f"{act and act['text']} after {clock() - began:.1f}"})
        self.episodeDone = True
"""
)


@pytest.mark.parametrize(
    "wait",
    [
        "def wait(self, clock, began):\n        return TimeoutUtils.get_timeout_act(self.agent, timeout=3)",
        "def wait(self, clock, began):\n        return self.agent.act(timeout=3)",
        "def wait(self, clock, began):\n        return self.agent.act_blocking(3)",
        "def wait(self, clock, began):\n"
        "        while clock() - began < 3:\n"
        "            act = self.agent.act()\n"
        "            if act is not None:\n"
        "                return act\n",
    ],
)
def test_three_seconds_are_three_seconds_and_then_there_is_nothing(write, wait):
    write("times.py", TIMES + f"\n    {wait}\n")
    with rehearse(config(write, "times")) as rehearsal:
        ann = rehearsal.person("ann").arrives()
        ann.says("hello")
        ann.says("go")
        ann.sees("quick!")
        rehearsal.advance(2.9)
        ann.sees_nothing_new()
        rehearsal.advance(0.4)
        told = ann.sees("None after").message.text
        assert 3.0 <= float(told.rpartition(" ")[2]) <= 3.3
        ann.says("go")
        ann.sees("quick!")
        rehearsal.advance(1)
        ann.says("here I am")
        ann.sees("here I am after 1.0")


def test_a_world_that_looks_at_a_clock_in_each_parley_is_late_by_a_tenth_at_most(write):
    write(
        "own.py",
        TIMES
        + """
    first = True
    def parley(self):
        clock = self.agent._seating.now
        if self.first:
            self.began, self.first = clock(), False
        if self.agent.act() is None and clock() - self.began >= self.opt["seconds"]:
            self.agent.observe({"id": "", "text": f"over after {clock() - self.began:.2f}"})
            self.episodeDone = True
""",
    )
    for seconds, late in ((3, 0.3), (30, 2.5)):
        path = config(write, "own")
        path.write_text(path.read_text("utf-8") + f"opt: {{seconds: {seconds}}}\n")
        with rehearse(path) as rehearsal:
            ann = rehearsal.person("ann").arrives()
            ann.says("hello")
            ann.says("go")
            rehearsal.advance(seconds + late)
            told = ann.sees("over after").message.text
            assert seconds <= float(told.rpartition(" ")[2]) <= seconds + late


def test_an_answer_that_is_none_of_the_replies_is_asked_for_again(write):
    write(
        "replies.py",
        TIMES
        + """
    def wait(self, clock, began):
        return TimeoutUtils.get_timeout_act(self.agent, 60, quick_replies={"yes": 1, "no": 2}.keys())
""",
    )
    with rehearse(config(write, "replies")) as rehearsal:
        ann = rehearsal.person("ann").arrives()
        ann.says("hello")
        ann.says("go")
        ann.says("perhaps")
        assert ann.sees("Invalid").message.quick_replies == ("yes", "no")
        ann.says("no")
        ann.sees("no after")


def test_who_takes_too_long_is_told_and_the_world_is_done(write):
    write(
        "loop.py",
        TIMES
        + """
    def parley(self):
        act = TimeoutUtils.get_response_timeout_loop(self.agent, self, timeout=5, timeout_msg="too late")
        if act is not None:
            self.agent.observe({"id": "", "text": act["text"]})
""",
    )
    with rehearse(config(write, "loop")) as rehearsal:
        ann = rehearsal.person("ann").arrives()
        ann.says("hello")
        ann.says("go")
        ann.says("once")
        ann.sees("once")
        rehearsal.advance(5.2)
        ann.sees("too late")
        assert ann.place == "overworld"


PAIR = (
    "from parlai.core.worlds import World\n"
    + OVERWORLD.replace("\n    ", "\n")
    + """
class Talk(World):
    def __init__(self, opt, agents):
        self.agents = agents
        self.opt = opt
        self.seen = []

    @staticmethod
    def generate_world(opt, agents):
        for number, agent in enumerate(agents):
            agent.disp_id = f"Person {number}"
        return Talk(opt, agents)

    def parley(self):
        for agent in self.agents:
            act = agent.act()
            if act is None:
                continue
            agent.data = {act["text"]: len(agent.data)}
            assert agent.page_id is None and agent.opt is self.opt and agent.manager and agent.task_id
            assert isinstance(agent.message_partners, list) and agent.msg_queue.empty()
            agent.observe_typing_on()
            for other in agent.message_partners:
                text = f"{act['text']} {sorted(agent.data)}"
                other.observe({"id": act["id"], "text": text, "payload": act["payload"]})

    def episode_done(self):
        return False
"""
)


def test_nobody_sees_or_is_asked_about_somebody_who_has_gone(write, tmp_path):
    write("pair.py", PAIR)
    path = config(write, "pair", people=2)
    path.write_text(path.read_text("utf-8") + "disconnect_grace: 5\n")
    with rehearse(path, store=tmp_path / "record.db") as rehearsal:
        ann, bob = rehearsal.people("ann", "bob")
        for person in (ann, bob):
            person.arrives().says("hello")
            person.says("go")
        ann.says("a")
        bob.sees("a ['a']")
        ann.says("b")
        bob.sees("b ['a', 'b']")
        rehearsal.crash()
        ann.says("c")
        bob.sees("c ['a', 'b', 'c']")
        bob.goes_away()
        rehearsal.advance(5.1)
        assert ann.place == "overworld"
        assert not [line for line in ann.heard if "DISCONNECT" in line]


def test_a_world_that_cannot_be_built_behind_an_overworld_that_asks_nothing_is_told_of_once(write):
    write(
        "broken.py",
        """
        from parlai.chat_service.services.messenger.worlds import OnboardWorld, SimpleMessengerOverworld

        class Overworld(SimpleMessengerOverworld):
            def parley(self):
                self.episodeDone = True
                return "talk"

        class Talk(OnboardWorld):
            @staticmethod
            def generate_world(opt, agents):
                return opt["shared_bot_params"]["no_such_model"]
        """,
    )
    with rehearse(config(write, "broken")) as rehearsal:
        ann = rehearsal.person("ann").arrives()
        ann.says("hello")
        rehearsal.advance(60)
        assert len(ann.heard) == 1


def test_extras_that_cannot_be_recorded_are_left_out_with_one_warning(write, caplog):
    write(
        "extras.py",
        """
        import threading
        from parlai.chat_service.services.messenger.worlds import OnboardWorld as Base, SimpleMessengerOverworld
        from parlai.core.message import Message

        class Overworld(SimpleMessengerOverworld):
            def parley(self):
                return "talk" if self.agent.act() is not None else None

        class Talk(Base):
            said = 0
            def parley(self):
                self.agent.observe(Message({
                    "id": "Bot", "text": 42, "quick_replies": (word for word in ("a", "b", None)),
                    "metrics": {"lock": threading.Lock()}, "beam_texts": [("a", 0.5)],
                }))
                self.said += 1
                self.episodeDone = self.said == 2
        """,
    )
    with rehearse(config(write, "extras")) as rehearsal:
        ann = rehearsal.person("ann").arrives()
        ann.says("hello")
        ann.says("go")
        lines = [line.message for line in ann.lines if line.message.id == "Bot"]
    assert [(line.text, line.quick_replies) for line in lines] == [("42", ("a", "b"))] * 2
    warnings = [record for record in caplog.records if "left out" in record.getMessage()]
    assert len(warnings) == 1


LIBRARY = """
    from parlai.core.worlds import World
    from parlai.messenger.core.worlds import OnboardWorld
    from parlai.messenger.core.shared_utils import print_and_log
    import logging

    SHELVES = {"poems": "Poems", "plays": "Plays"}

    class Desk(World):
        def __init__(self, opt, agent):
            self.agent = agent
            self.greeted = False
            self.episodeDone = False

        @staticmethod
        def generate_world(opt, agents):
            return Desk(opt, agents[0])

        def return_overworld(self):
            self.greeted = False

        def episode_done(self):
            return self.episodeDone

        def parley(self):
            if not self.greeted:
                self.agent.observe({"id": "Desk", "text": "Which shelf?", "quick_replies": SHELVES.keys()})
                self.greeted = True
            act = self.agent.act()
            if act is None:
                return
            if act["text"] == "EXIT":
                self.episode_done = True
                return "EXIT"
            if act["text"] in SHELVES:
                self.episodeDone = True
                return act["text"]

    class Card(OnboardWorld):
        def parley(self):
            self.agent.observe({"id": "Card", "text": "Your name?"})
            act = self.agent.act()
            while act is None:
                act = self.agent.act()
            self.data = {"name": act["text"]}
            self.episodeDone = True

    class Poems(World):
        def __init__(self, opt, agents):
            self.agents = agents
            self.episodeDone = False

        @staticmethod
        def generate_world(opt, agents):
            return Poems(opt, agents)

        def parley(self):
            print_and_log(logging.INFO, "a round begins")
            for agent in self.agents:
                act = agent.act()
                if act is None:
                    continue
                act["id"] = agent.onboard_data["name"]
                act["text"] += "!"
                for other in self.agents:
                    if other != agent:
                        other.observe(act)
                if act["text"] == "the end!":
                    agent.data["next_task"] = "plays"
                    self.episodeDone = True

        def episode_done(self):
            return self.episodeDone

        def shutdown(self):
            for agent in self.agents:
                agent.shutdown()

    class Plays(OnboardWorld):
        pass
"""


def test_a_project_of_2019_with_a_menu_a_password_and_a_backup_task_runs_from_its_own_folder(checkout, tmp_path):
    checkout("parlai/messenger/tasks/library/worlds.py", LIBRARY)
    path = checkout(
        "parlai/messenger/tasks/library/config.yml",
        """
        tasks:
          poems: {task_world: Poems, onboard_world: Card, agents_required: 2, timeout: 60, backup_task: plays}
          plays: {task_world: Plays}
        task_name: library
        world_path: parlai.messenger.tasks.library.worlds
        overworld: Desk
        max_workers: 30
        opt: {password: open sesame}
        additional_args: {page_id: MY_PAGE}
        """,
    )
    with rehearse(path, store=tmp_path / "record.db") as rehearsal:
        ann, bob = rehearsal.people("ann", "bob")
        for person, name in ((ann, "Ann"), (bob, "Bob")):
            person.arrives().says("hello")
            person.says("open sesame")
            assert person.sees("Which shelf?").message.quick_replies == ("poems", "plays")
            person.says("poems")
            person.sees("Your name?")
            rehearsal.crash()
            person.says(name)
        ann.says("a rose")
        line = bob.sees("a rose!").message
        assert line.id == "Ann"
        rehearsal.crash()
        bob.says("the end")
        ann.sees("the end!")
        for person in (ann, bob):
            person.sees("Which shelf?")
        ann.says("EXIT")
        assert ann.place == "gone"
        bob.says("poems")
        bob.says("Bob")
        rehearsal.advance(61)
        bob.sees("plays")
        bob.sees("Which shelf?")


def test_an_overworld_of_2018_is_built_for_its_person(write):
    write(
        "built.py",
        """
        from parlai.core.worlds import World

        class Overworld(World):
            def __init__(self, opt, agent):
                self.agent = agent
                self.asked = False

            def return_overworld(self):
                self.asked = False

            def parley(self):
                if not self.asked:
                    self.agent.observe({"id": "Overworld", "text": "Say talk.", "quick_replies": {"talk"}})
                    self.asked = True
                act = self.agent.act()
                return act["text"] if act is not None and act["text"] == "talk" else None

        class Talk(World):
            def __init__(self, opt, agents):
                self.agents = agents
                self.episodeDone = False

            @staticmethod
            def run(messenger_manager, opt, agents, task_id):
                world = Talk(opt=opt, agents=agents)
                while not world.episode_done():
                    world.parley()

            def parley(self):
                for x in [0, 1]:
                    act = self.agents[x].act()
                    if act is not None:
                        self.agents[x - 1].observe(act)
                        self.episodeDone = act["text"] == "bye"

            def episode_done(self):
                return self.episodeDone
        """,
    )
    with rehearse(config(write, "built", people=2)) as rehearsal:
        ann, bob = rehearsal.people("ann", "bob")
        for person in (ann, bob):
            person.arrives().says("hello")
            person.sees("Say talk.")
            person.says("talk")
        ann.says("one")
        bob.sees("one")
        bob.says("bye")
        for person in (ann, bob):
            person.sees("Say talk.")


def test_unread_messages_are_a_queue_that_is_looked_at_put_into_and_taken_from():
    seat = ParlaiSeat("memory:ann", Mailbox())
    queue = seat.msg_queue
    assert queue.empty()
    with pytest.raises(Empty):
        queue.get_nowait()
    queue.put({"text": "one"})
    queue.put({"episode_done": True})
    assert queue.qsize() == 2
