"""Onboarding: what it finds out, whom it turns away, and what happens when it goes wrong."""

import threading

import pytest
from small_worlds import Echo, Question, Small, go, opened, pair

from parleyrun.config.texts import Texts
from parleyrun.testing import rehearse_world


class Greeter(Echo):
    """Says what the onboarding found out."""

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        for agent in agents:
            agent.observe({"text": f"hello {agent.onboard_data}"})


def test_what_it_finds_out_goes_to_the_task():
    with opened({"greet": {"task_world": Greeter, "onboard_world": Question}}) as rehearsal:
        (ann,) = go(rehearsal, "greet", "ann")
        assert ann.place == "onboarding"
        ann.says("Ann")
        assert ann.place == "task"
        assert ann.heard == ["your name?", "hello {'name': 'Ann'}"]


def test_data_none_turns_the_person_away():
    texts = {"turned_away": "Another time."}
    with opened({"greet": {"task_world": Greeter, "onboard_world": Question}}, texts=texts) as rehearsal:
        (ann,) = go(rehearsal, "greet", "ann")
        ann.says("no")
        assert ann.place == "overworld"
        assert ann.heard == ["your name?", "Another time.", "welcome back"]


def test_by_default_being_turned_away_is_silent_as_the_onboarding_has_said_why():
    with opened({"greet": {"task_world": Greeter, "onboard_world": Question}}) as rehearsal:
        (ann,) = go(rehearsal, "greet", "ann")
        ann.says("no")
        assert ann.heard == ["your name?", "welcome back"]


def test_two_people_in_the_same_onboarding_do_not_share_what_is_found_out():
    class Shared(Small):
        data = {}

        def parley(self):
            act = self.agents[0].act()
            if act is not None:
                self.data[act["text"]] = True  # changes the class's own dict, were there only one
                self.done = True

    with opened({"greet": {"task_world": Greeter, "onboard_world": Shared}}) as rehearsal:
        ann, bob = go(rehearsal, "greet", "ann", "bob")
        ann.says("a")
        bob.says("b")
        assert ann.heard == ["hello {'a': True}"]
        assert bob.heard == ["hello {'b': True}"]


def test_a_world_that_is_no_subclass_and_has_no_data_turns_nobody_away():
    class Duck:
        def __init__(self, agents):
            self.agent = agents[0]
            self.done = False

        @staticmethod
        def generate_world(opt, agents):
            return Duck(agents)

        def parley(self):
            self.done = self.agent.act() is not None

        def episode_done(self):
            return self.done

    with opened({"echo": {"task_world": Echo, "onboard_world": Duck}}) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        ann.says("ready")
        assert ann.place == "task"


@pytest.mark.parametrize("error", [ValueError, SystemExit])
@pytest.mark.parametrize("method", ["generate_world", "parley", "episode_done"])
def test_an_onboarding_that_raises_sends_its_person_back_with_one_sentence(method, error, caplog):
    def breaks(*_):
        raise error("a reason")

    broken = type("Broken", (Small,), {method: staticmethod(breaks) if method == "generate_world" else breaks})
    with opened({"echo": {"task_world": Echo, "onboard_world": broken}}) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        assert ann.place == "overworld"
        assert ann.heard == [
            "Sorry, something went wrong on our side, and we could not get you started.",
            "welcome back",
        ]
        assert f"Broken.{method}() raised {error.__name__}: a reason" in caplog.text


def test_somebody_who_does_not_answer_in_time_goes_where_the_world_sends_them():
    class Limited(Small):
        def parley(self):
            act = self.agents[0].act(timeout=30)
            self.data = None if act["text"] == "[TIMEOUT]" else {}
            self.done = True

    with opened({"echo": {"task_world": Echo, "onboard_world": Limited}}) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        rehearsal.advance(31)
        assert ann.place == "overworld"


def test_leaving_during_onboarding_ends_it_and_a_new_visit_starts_afresh():
    with opened({"greet": {"task_world": Greeter, "onboard_world": Question}}) as rehearsal:
        (ann,) = go(rehearsal, "greet", "ann")
        ann.goes_away()
        rehearsal.advance(61)
        assert ann.place == "gone"
        assert len(rehearsal.service._runner) == 0
        ann.comes_back()
        go(rehearsal, "greet", "ann")
        assert ann.place == "onboarding"
        assert ann.heard == ["your name?", Texts().place_lost, "your name?"]


def test_what_somebody_left_unread_behind_them_does_not_let_a_ghost_in():
    with opened({"echo": {"task_world": Echo, "onboard_world": Small}}) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        ann.says("nobody", "reads", "this")
        ann.goes_away()
        rehearsal.advance(61)
        assert ann.place == "gone"
        rehearsal.advance(1000)
        assert len(rehearsal.service._runner) == 0
        assert rehearsal.service.counts().places == {}


def test_coming_back_in_time_finds_the_same_question():
    with opened({"greet": {"task_world": Greeter, "onboard_world": Question}}) as rehearsal:
        (ann,) = go(rehearsal, "greet", "ann")
        ann.goes_away()
        rehearsal.advance(59)
        ann.comes_back()
        rehearsal.advance(120)
        ann.says("Ann")
        assert ann.place == "task"


def test_words_written_ahead_of_a_pair_reach_the_task():
    with opened({"chat": {**pair(), "onboard_world": Question}}) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        ann.says("Ann")
        bob.says("Bob", "hello Ann", "how are you?")
        assert ann.heard[-2:] == ["hello Ann", "how are you?"]


def test_a_slow_onboarding_holds_up_nobody_else():
    go_on = threading.Event()

    class Slow(Small):
        def parley(self):
            go_on.wait(60)
            self.done = True

    with opened({"slow": {"task_world": Echo, "onboard_world": Slow}, "echo": Echo}) as rehearsal:
        rehearsal.channel.say("ann", "hi")
        rehearsal.channel.say("ann", "slow")
        heard = threading.Event()
        rehearsal.channel._on_change = lambda: rehearsal.channel.lines("bob") and heard.set()
        for text in ("hi", "echo", "hello"):
            rehearsal.channel.say("bob", text)
        assert heard.wait(60)
        go_on.set()
        rehearsal.settle()
        assert rehearsal.person("ann").place == "task"


def test_an_onboarding_alone_can_be_rehearsed():
    with rehearse_world(Greeter, 1, onboard=Question) as rehearsal:
        (ann,) = rehearsal.everybody
        ann.says("Ann")
        assert ann.place == "task"
