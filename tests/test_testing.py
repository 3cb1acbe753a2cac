"""What world authors test with: rehearsals, people who are objects, a clock that is moved, `check_world`."""

import threading
import time
from types import SimpleNamespace

import pytest

from parleyrun import World
from parleyrun.errors import ConfigError
from parleyrun.store.memory_store import MemoryStore
from parleyrun.testing import VirtualTimers, check_world, rehearse, rehearse_world

RATING = {"fields": {"glad": {"ask": "Glad?", "kind": "scale", "from": 1, "to": 7}}}
AGE = {"fields": {"age": {"ask": "How old?", "kind": "number"}}}


class Chat(World):
    """Two people; 'BYE', or somebody leaving, is the end."""

    MAX_AGENTS = 2
    done = False

    def parley(self):
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                for partner in agent.message_partners:
                    partner.observe(act)
                self.done = self.done or act["episode_done"] or act["text"] == "BYE"

    def episode_done(self):
        return self.done


class Menu(World):
    def parley(self):
        act = self.agents[0].act()
        return act and act["text"]


CONFIG = {"overworld": "Menu", "tasks": {"chat": {"task_world": "Chat", "agents_required": 2}}}
WORLDS = SimpleNamespace(Menu=Menu, Chat=Chat)


class TestVirtualTimers:
    def test_time_stands_still_until_it_is_moved(self):
        timers = VirtualTimers(start_seconds=5.0)
        assert timers.monotonic() == timers.time() == timers.clock.time() == 5.0
        timers.advance(2.5)
        assert timers.monotonic() == 7.5

    def test_callbacks_come_in_order_each_at_its_own_moment(self):
        timers, came = VirtualTimers(0), []
        for seconds in (3, 1, 2, 1):
            timers.call_later(seconds, lambda seconds=seconds: came.append((seconds, timers.monotonic())))
        timers.advance(2)
        assert came == [(1, 1), (1, 1), (2, 2)]
        timers.advance(1)
        assert came[-1] == (3, 3)

    def test_a_callback_may_ask_for_another_within_the_same_stretch(self):
        timers, came = VirtualTimers(0), []

        def again():
            came.append(timers.monotonic())
            timers.call_later(1, again)

        timers.call_later(1, again)
        timers.advance(3.5)
        assert came == [1, 2, 3]

    def test_cancelled_ones_do_not_come_and_errors_are_logged(self, caplog):
        timers, came = VirtualTimers(0), []
        timers.call_later(1, lambda: came.append("cancelled")).cancel()
        timers.call_later(1, lambda: 1 / 0)
        timers.call_later(1, lambda: came.append("after"))
        timers.advance(1)
        assert came == ["after"]
        assert "a timer's callback failed" in caplog.text

    def test_settling_happens_after_each_moment(self):
        timers, settled = VirtualTimers(0), []
        timers.call_later(1, lambda: None)
        timers.call_later(2, lambda: None)
        timers.advance(5, lambda: settled.append(timers.monotonic()))
        assert settled == [1, 2, 5]


class TestRehearse:
    @pytest.mark.parametrize("hours", [3, pytest.param(24, marks=pytest.mark.thorough)])
    def test_hours_of_two_people_pass_in_a_moment(self, hours):
        began = time.monotonic()
        with rehearse(CONFIG, WORLDS) as rehearsal:
            ann, bob = rehearsal.people("ann", "bob")
            for person in (ann, bob):
                person.says("hi")
                person.says("chat")
            for hour in range(hours):
                rehearsal.advance(3600)
                ann.says(f"hour {hour}")
                bob.sees(f"hour {hour}")
            assert ann.place == bob.place == "task"
        assert time.monotonic() - began < 10

    def test_a_file_can_be_rehearsed_with_worlds_of_ones_own(self, tmp_path):
        config = tmp_path / "small.yml"
        config.write_text(
            "world_module: nowhere\noverworld: Menu\ntasks:\n  chat: {task_world: Chat, agents_required: 2}\n"
        )
        with rehearse(config, WORLDS) as rehearsal:
            assert rehearsal.person("ann").says("hi").seq == 1
        with rehearse(str(config), WORLDS) as rehearsal:
            assert rehearsal.service.plan.config.path == config

    def test_what_validate_rejects_cannot_be_rehearsed(self):
        with pytest.raises(ConfigError, match="Caht"):
            rehearse({**CONFIG, "tasks": {"chat": {"task_world": "Caht"}}}, WORLDS)

    def test_it_fails_where_messenger_would_leave_something_out_if_the_config_opens_that(self):
        class Verbose(Menu):
            def parley(self):
                if self.agents[0].act() is not None:
                    self.agents[0].observe({"text": "Well?", "quick_replies": ["twenty-one characters", "ok"]})

        worlds = SimpleNamespace(Menu=Verbose, Chat=Chat)
        fails = pytest.raises(
            AssertionError, match=r"'Well\?': expected quick replies .* 20 .*'twenty-one characters'"
        )
        with fails, rehearse({**CONFIG, "page_id": 1234}, worlds) as rehearsal:
            rehearsal.person("ann").says("hi", "hello")
        with rehearse(CONFIG, worlds) as rehearsal:
            rehearsal.person("ann").says("hi", "hello")

    def test_a_store_of_ones_own_is_used(self):
        store = MemoryStore(VirtualTimers())
        with rehearse(CONFIG, WORLDS, store=store) as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("hi")
            assert [line.message.text for line in store.lines_after(ann.id, 0)] == ["hi"]

    def test_the_same_name_is_the_same_person_and_everybody_comes_in_order(self):
        with rehearse(CONFIG, WORLDS) as rehearsal:
            ann = rehearsal.person("ann")
            rehearsal.person("bob")
            assert rehearsal.person("ann") is ann
            assert [person.name for person in rehearsal.everybody] == ["ann", "bob"]

    def test_author_code_that_does_not_come_to_rest_is_an_assertion_error(self, monkeypatch):
        monkeypatch.setattr("parleyrun.testing.rehearsal.QUIET_TIMEOUT_SECONDS", 0.05)
        go_on = threading.Event()

        class Stuck(World):
            def parley(self):
                go_on.wait(60)

            def episode_done(self):
                return go_on.is_set()

        rehearsal = rehearse_world(Stuck)
        with pytest.raises(AssertionError, match="author code did not come to rest"):
            rehearsal.__enter__()
        go_on.set()
        rehearsal.service.close(grace_seconds=0)

    def test_author_code_that_will_not_stop_fails_the_rehearsal_by_name(self, monkeypatch):
        monkeypatch.setattr("parleyrun.runner.runner.HURRIED_SECONDS", 0.05)
        began, go_on = threading.Event(), threading.Event()

        class Stubborn(World):
            def parley(self):
                if self.agents[0].act() is not None:
                    began.set()
                    go_on.wait(60)

            def episode_done(self):
                return False

        rehearsal = rehearse_world(Stubborn)
        rehearsal.__enter__()
        rehearsal.channel.say("person1", "hello")
        assert began.wait(60)
        rehearsal.service.hurry()
        with pytest.raises(AssertionError, match=r"author code would not stop: task/t_1 \(Stubborn\)"):
            rehearsal.__exit__(None, None, None)
        go_on.set()
        rehearsal.settle()

    def test_an_assertion_in_the_test_is_not_hidden_by_the_closing(self):
        with pytest.raises(AssertionError, match="the author's own"), rehearse_world(Chat, 2):
            raise AssertionError("the author's own")


class TestRehearseWorld:
    def test_people_are_in_the_world_when_it_opens(self):
        with rehearse_world(Chat, people=2) as rehearsal:
            ann, bob = rehearsal.everybody
            assert (ann.name, ann.place, ann.role) == ("person1", "task", "Person 1")
            ann.says("hello")
            bob.sees("hello")
            ann.says("BYE")
            assert ann.place == bob.place == "overworld"

    def test_people_may_have_names_and_come_again(self):
        with rehearse_world(Chat, ["ann", "bob"]) as rehearsal:
            ann, bob = rehearsal.people("ann", "bob")
            ann.says("BYE")
            ann.says("once more")
            bob.says("yes")
            assert ann.place == bob.place == "task"

    def test_a_drop_out_and_a_time_out_in_one_rehearsal(self):
        class Patient(Chat):
            def parley(self):
                act = self.agents[0].act(timeout=30)
                self.agents[1].observe({"text": f"heard {act['text']}"})
                self.done = act["episode_done"]

        with rehearse_world(Patient, ["ann", "bob"]) as rehearsal:
            ann, bob = rehearsal.everybody
            rehearsal.advance(31)
            bob.sees("heard [TIMEOUT]")
            assert ann.place == "overworld"
        with rehearse_world(Chat, ["ann", "bob"]) as rehearsal:
            ann, bob = rehearsal.everybody
            ann.goes_away()
            assert bob.partners == [("Person 1", "away")]
            rehearsal.advance(61)
            assert bob.partners[-1] == ("Person 1", "left")
            assert not any("[DISCONNECT]" in text for text in bob.heard)
            assert (ann.place, bob.place) == ("gone", "overworld")

    def test_opt_and_the_tasks_keys_reach_the_plan(self):
        class Reads(Chat):
            def __init__(self, opt, agents):
                super().__init__(opt, agents)
                agents[0].observe({"text": str(dict(opt))})

        with rehearse_world(Reads, 1, opt={"a": 1}, max_time_in_pool=7) as rehearsal:
            rehearsal.everybody[0].sees("{'a': 1}")
            assert rehearsal.service.plan.tasks["task"].max_time_in_pool == 7


class TestPerson:
    def test_sees_walks_on_and_says_what_there_was_instead(self):
        with rehearse_world(Chat, ["ann", "bob"]) as rehearsal:
            ann, bob = rehearsal.everybody
            ann.says("one", "two", "three")
            assert bob.sees("two").message.text == "two"
            with pytest.raises(
                AssertionError, match=r"expected bob to see 'one', got \['three'\] \(place: task\)"
            ):
                bob.sees("one")
            bob.sees("three")
            bob.sees_nothing_new()

    def test_sees_nothing_new_shows_what_was_new(self):
        with rehearse_world(Chat, ["ann", "bob"]) as rehearsal:
            ann, bob = rehearsal.everybody
            ann.says("surprise")
            with pytest.raises(AssertionError, match="surprise"):
                bob.sees_nothing_new()
            bob.sees_nothing_new()  # it is not new any more

    def test_news_is_what_came_since_it_was_last_asked_for(self):
        with rehearse_world(Chat, ["ann", "bob"]) as rehearsal:
            ann, bob = rehearsal.everybody
            ann.says("one", "two")
            assert [line.message.text for line in bob.news()] == ["one", "two"]
            assert bob.news() == []
            assert bob.heard == ["one", "two"]

    def test_says_gives_the_receipt_of_the_last_thing_said(self):
        with rehearse_world(Chat, ["ann", "bob"]) as rehearsal:
            ann, _ = rehearsal.everybody
            assert ann.says("one", "two").seq == 2
            first, again = ann.says("x", message_id="m"), ann.says("x", message_id="m")
            assert (first.duplicate, again.duplicate) == (False, True)

    def test_quick_replies_are_those_under_the_newest_line(self):
        class Offers(Chat):
            def parley(self):
                if self.agents[0].act() is not None:
                    self.agents[0].observe({"text": "well?", "quick_replies": ["yes", "no"]})

        with rehearse_world(Offers) as rehearsal:
            (ann,) = rehearsal.everybody
            assert ann.quick_replies == ()
            ann.says("x")
            assert ann.quick_replies == ("yes", "no")


class TestCheckWorld:
    def test_a_sound_world_passes(self):
        check_world(Chat)
        check_world(type("Round", (Chat,), {"MAX_AGENTS": None}), 3, opt={"a": 1}, words=["hello", "BYE"])

    def test_the_demo_worlds_pass(self):
        from worlds import demo

        check_world(demo.EchoTaskWorld)
        check_world(demo.InterviewTaskWorld, onboard=demo.InterviewOnboardWorld)

    @staticmethod
    def faults_of(world, **more):
        with pytest.raises(AssertionError) as failed:
            check_world(world, **more)
        return str(failed.value)

    def test_a_world_that_raises_is_named_with_what_it_raised_and_when(self):
        class Fragile(Chat):
            def parley(self):
                for agent in self.agents:
                    act = agent.act()
                    if act is not None:
                        int(act["text"])

        faults = self.faults_of(Fragile)
        assert faults.startswith("Fragile breaks the world contract:\n- ")
        assert "when everybody talks: run task/t_1" in faults
        assert "raised ValueError: invalid literal" in faults

    def test_a_world_that_holds_people_after_somebody_left_is_found(self):
        class Holds(Chat):
            """Reads the notice, and goes on for ever with those who are left."""

            def parley(self):
                for agent in self.agents:
                    if not (agent.episode_done() and agent.left_told):
                        agent.act()

        assert "person2 still in the task a minute later" in self.faults_of(Holds)

    def test_a_world_that_floods_is_found(self):
        class Floods(Chat):
            def parley(self):
                self.agents[0].observe({"text": "blah"})

        assert "lines in a minute of silence: expected at most 500" in self.faults_of(Floods)

    def test_a_world_that_is_never_built_is_found(self):
        class Nothing(Chat):
            @staticmethod
            def generate_world(opt, agents):
                return None

        assert "generate_world(opt, agents), got None" in self.faults_of(Nothing)

    def test_what_validate_rejects_is_among_the_faults(self):
        class Unfinished(World):
            def parlay(self):
                pass

        assert "Unfinished to say what it does in parley()" in self.faults_of(Unfinished)
        assert "expected at most 2" in self.faults_of(Chat, people=3)

    def test_a_broken_onboarding_is_found(self):
        class Breaks(Chat):
            def parley(self):
                raise SystemExit

        assert "raised SystemExit" in self.faults_of(Chat, onboard=Breaks)

    def test_everything_that_is_wrong_is_told_once_and_at_once(self):
        class Breaks(Chat):
            def parley(self):
                raise ValueError("a reason")

        faults = self.faults_of(Breaks)
        assert faults.count("when nobody says anything") == 1
        assert "when somebody leaves" in faults


def test_the_last_page_of_a_form_is_none_that_people_go_on_from() -> None:
    task = {"task_world": "parleyrun.ready:Chat", "onboard": ["survey"]}
    with rehearse({"forms": {"survey": {"pages": [AGE, RATING]}}, "tasks": {"talk": task}}) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=True)
        assert ann.fills({"age": 33}, page=1) == {}
        with pytest.raises(AssertionError, match=r"expected page below 2, the last of 'survey', got 2"):
            ann.fills({"glad": 5}, page=2)
        assert ann.fills({"glad": 5}) == {}
        assert ann.place == "task"
