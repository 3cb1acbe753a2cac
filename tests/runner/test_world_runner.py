"""The public world runner: worlds by their names, for programs that connect their own people."""

import threading
import time
from collections import deque
from types import SimpleNamespace

import pytest
from runner_table import PATIENCE_SECONDS

import parleyrun
from parleyrun import Agent, World, WorldError, WorldRunner
from parleyrun.testing import VirtualTimers
from worlds import demo


class Menu(World):
    """Whatever its person says is where they go; it says so when they come back."""

    def parley(self):
        act = self.agents[0].act()
        return act and act["text"]

    def return_overworld(self):
        self.agents[0].observe({"text": "welcome back"})

    def episode_done(self):
        return False


class Question(World):
    def parley(self):
        self.agents[0].observe({"text": "your name?"})
        answer = self.agents[0].act_blocking()["text"]
        self.agents[0].data["asked"] = True
        self.data = None if answer == "no" else {"name": answer}

    def episode_done(self):
        return True


class Chat(World):
    done = False

    def parley(self):
        for agent, partner in (self.agents, self.agents[::-1]):
            act = agent.act()
            if act is not None:
                partner.observe(act)
                self.done = self.done or act["text"] == "bye"

    def episode_done(self):
        return self.done


class Broken(World):
    def parley(self):
        raise ValueError("broken")


class Configured(World):
    """Tells in its data what it was built with."""

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.data = {"greeting": opt["greeting"], "seats": [agent.id for agent in agents]}

    def parley(self):
        """There is nothing to say."""

    def episode_done(self):
        return True


def ask_for_breakfast(manager, opt, agents, task_id):
    agents[0].observe({"text": "tea?"})
    agents[0].act_blocking()


WORLDS = SimpleNamespace(
    Menu=Menu, Question=Question, Chat=Chat, Broken=Broken, Configured=Configured, breakfast=ask_for_breakfast
)


class Lab:
    """A world runner whose clock stands still, and what it showed and was told."""

    def __init__(self, worlds=WORLDS, **options):
        self.timers = VirtualTimers()
        self.shown = []
        self.choices = []
        self.runner = WorldRunner(
            {"greeting": "hello"},
            worlds,
            on_message=lambda who, act: self.shown.append((who, act["text"])),
            on_choice=lambda agent, choice: self.choices.append((agent.id, choice, agent.onboard_data)),
            timers=self.timers,
            **options,
        )

    def settle(self):
        assert self.runner._runner.wait_quiet(PATIENCE_SECONDS)

    def says(self, seat, text):
        seat.put_data({"text": text})
        self.settle()


@pytest.fixture
def lab():
    lab = Lab()
    with lab.runner:
        yield lab


def test_it_is_public():
    assert parleyrun.WorldRunner is WorldRunner


def test_a_task_world_runs_by_its_name_and_its_future_is_its_outcome(lab):
    ann, bob = lab.runner.seat("ann"), lab.runner.seat("bob")
    future = lab.runner.launch_task_world("chat-1", "Chat", [ann, bob])
    lab.says(ann, "hello")
    lab.says(bob, "bye")
    assert lab.shown == [("bob", "hello"), ("ann", "bye")]
    assert future.result(PATIENCE_SECONDS).kind == "finished"


def test_a_world_is_given_opt_and_all_seats_and_its_data_is_in_the_outcome(lab):
    future = lab.runner.launch_task_world("c", "Configured", [lab.runner.seat("ann"), lab.runner.seat("bob")])
    assert future.result(PATIENCE_SECONDS).data == {"greeting": "hello", "seats": ["ann", "bob"]}


def test_what_a_world_raises_is_its_futures_exception(lab):
    future = lab.runner.launch_task_world("b", "Broken", [lab.runner.seat("ann")])
    with pytest.raises(ValueError, match="broken"):
        future.result(PATIENCE_SECONDS)


def test_a_world_may_be_a_plain_function(lab):
    ann = lab.runner.seat("ann")
    future = lab.runner.launch_task_world("breakfast-1", "breakfast", [ann])
    lab.settle()
    lab.says(ann, "yes")
    assert future.result(PATIENCE_SECONDS).kind == "finished"
    assert lab.shown == [("ann", "tea?")]


class TestOverworlds:
    def test_a_choice_with_an_onboarding_is_told_when_that_is_over(self, lab):
        ann = lab.runner.seat("ann")
        future = lab.runner.launch_overworld("ann-1", "Menu", {"chat": "Question"}, ann)
        lab.says(ann, "chat")
        assert lab.choices == []
        assert lab.shown == [("ann", "your name?")]
        lab.says(ann, "Ann")
        assert lab.choices == [("ann", "chat", {"name": "Ann"})]
        assert ann.data == {"asked": True}
        assert not future.done()

    def test_a_choice_without_one_is_told_at_once(self, lab):
        ann = lab.runner.seat("ann")
        lab.runner.launch_overworld("ann-1", "Menu", {}, ann)
        lab.says(ann, "chat")
        assert lab.choices == [("ann", "chat", None)]

    def test_who_is_turned_away_chooses_again(self, lab):
        ann = lab.runner.seat("ann")
        lab.runner.launch_overworld("ann-1", "Menu", {"chat": "Question"}, ann)
        lab.says(ann, "chat")
        lab.says(ann, "no")
        assert lab.choices == []
        assert lab.shown[-1] == ("ann", "welcome back")

    def test_it_sleeps_until_its_person_is_brought_back(self, lab):
        ann = lab.runner.seat("ann")
        lab.runner.launch_overworld("ann-1", "Menu", {}, ann)
        assert not lab.runner.return_overworld("ann-1")
        lab.says(ann, "chat")
        future = lab.runner.launch_task_world("chat-1", "breakfast", [ann.another()])
        lab.settle()
        lab.says(ann, "yes")
        assert future.result(PATIENCE_SECONDS).kind == "finished"
        assert lab.runner.return_overworld("ann-1")
        lab.settle()
        lab.says(ann, "chat again")
        assert [choice for _, choice, _ in lab.choices] == ["chat", "chat again"]
        assert ("ann", "welcome back") in lab.shown

    def test_exit_is_its_end(self, lab):
        ann = lab.runner.seat("ann")
        future = lab.runner.launch_overworld("ann-1", "Menu", {}, ann)
        lab.says(ann, "EXIT")
        outcome = future.result(PATIENCE_SECONDS)
        assert (outcome.kind, outcome.reason) == ("finished", "the overworld returned EXIT")
        assert lab.choices == []


class Queued(Agent):
    """An agent of an author's own, which nobody but its author knows how to wake."""

    def __init__(self):
        super().__init__(id="queued")
        self.incoming = deque()
        self.seen = []

    def act(self):
        return self.incoming.popleft() if self.incoming else None

    def observe(self, act):
        self.seen.append(act["text"])


def test_agents_of_an_authors_own_are_looked_at_every_third_of_a_second(lab):
    one, other = Queued(), Queued()
    future = lab.runner.launch_task_world("chat-1", "Chat", [one, other])
    lab.settle()
    for text in ("hello", "bye"):
        one.incoming.append({"id": "one", "text": text, "episode_done": False})
        lab.timers.advance(0.45, lab.settle)
    assert other.seen == ["hello", "bye"]
    assert future.result(PATIENCE_SECONDS).kind == "finished"


def test_somebody_who_left_is_told_of_and_a_run_can_be_stopped(lab):
    ann, bob = lab.runner.seat("ann"), lab.runner.seat("bob")
    chat = lab.runner.launch_task_world("chat-1", "Chat", [ann, bob])
    lab.runner.person_left("chat-1", ann)
    lab.settle()
    assert lab.shown == []
    lab.runner.stop("chat-1", "enough")
    assert chat.result(PATIENCE_SECONDS).reason == "enough"


def test_a_world_that_is_not_there_and_a_name_that_is_taken_are_told(lab):
    ann = lab.runner.seat("ann")
    with pytest.raises(WorldError, match=r"expected a world .* at SimpleNamespace\.Chatt, .* did you mean Chat\?"):
        lab.runner.launch_task_world("chat-1", "Chatt", [ann])
    lab.runner.launch_overworld("ann-1", "Menu", {}, ann)
    with pytest.raises(WorldError, match="expected a task_id that no run has at present, got 'ann-1'"):
        lab.runner.launch_task_world("ann-1", "Chat", [ann])


def test_faults_of_the_program_around_it_end_no_conversation(caplog):
    def fail(*_):
        raise RuntimeError("the program's own fault")

    runner = WorldRunner({}, WORLDS, on_message=fail, timers=VirtualTimers())
    with runner:
        ann, bob = runner.seat("ann"), runner.seat("bob")
        future = runner.launch_task_world("chat-1", "Chat", [ann, bob])
        ann.put_data({"text": "hello"})
        bob.put_data({"text": "bye"})
        assert future.result(PATIENCE_SECONDS).kind == "finished"
    assert "on_message failed for bob" in caplog.text


def test_worlds_may_stand_in_a_module_and_time_is_this_machines_by_itself():
    before = threading.active_count()
    shown = threading.Event()
    runner = WorldRunner({}, demo, on_message=lambda who, act: shown.set())
    assert threading.active_count() == before
    with runner:
        runner.launch_overworld("ann-1", "DemoOverworld", {}, runner.seat("ann"))
        assert shown.wait(PATIENCE_SECONDS)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while threading.active_count() > before:
        assert time.monotonic() < deadline
        time.sleep(0.01)
