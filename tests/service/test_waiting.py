"""Waiting: the one notice, what is written meanwhile, how it ends, and the hooks that are told of it."""

import pytest
from small_worlds import Echo, Question, Small, go, opened, pair

from parleyrun.errors import WorldError

WAITING = "We are still looking for someone for you to talk with. Thank you for waiting!"
STILL = "You are still waiting for a partner. Write EXIT if you would rather stop waiting."
LEFT = "All right, you are no longer waiting."
TIMED_OUT = "Sorry, nobody was free to join you for “chat” this time."


def places(people):
    return [person.place for person in people]


class TestWaiting:
    def test_one_notice_after_thirty_seconds_and_only_one(self):
        with opened({"chat": pair()}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            rehearsal.advance(29.9)
            assert ann.heard == []
            rehearsal.advance(0.2)
            assert ann.heard == [WAITING]
            rehearsal.advance(3600)
            assert ann.heard == [WAITING]

    def test_no_notice_follows_somebody_out_of_the_pool(self):
        with opened({"chat": pair()}) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            (cyd,) = go(rehearsal, "chat", "cyd")
            cyd.says("EXIT")
            rehearsal.advance(40)
            assert ann.heard == bob.heard == []
            assert cyd.heard == [LEFT, "welcome back"]

    def test_who_queues_again_gets_a_notice_of_that_visit_only(self):
        with opened({"chat": pair()}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            rehearsal.advance(20)
            ann.says("EXIT")
            ann.says("chat")
            ann.news()
            rehearsal.advance(20)
            ann.sees_nothing_new()
            rehearsal.advance(11)
            ann.sees(WAITING)

    @pytest.mark.parametrize("word", ["EXIT", "exit", "  Exit\n"])
    def test_exit_stops_waiting(self, word):
        with opened({"chat": pair()}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            ann.says(word)
            assert ann.place == "overworld"
            (bob,) = go(rehearsal, "chat", "bob")
            assert bob.place == "waiting"

    def test_whoever_writes_while_they_wait_is_told_and_stays(self):
        with opened({"chat": pair()}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            ann.says("hello?")
            ann.says("anybody?")
            assert ann.heard == [STILL, STILL]
            (bob,) = go(rehearsal, "chat", "bob")
            assert bob.heard == []  # what was answered is not said again to the partner

    def test_words_behind_an_exit_reach_the_overworld(self):
        with opened({"chat": pair(), "echo": Echo}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            ann.says("EXIT", "echo", "hello")
            assert ann.heard[-1] == "hello"

    def test_time_runs_out_and_the_person_is_told_and_returns(self):
        with opened({"chat": pair(max_time_in_pool=20)}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            rehearsal.advance(19.9)
            assert ann.place == "waiting"
            rehearsal.advance(0.2)
            assert ann.heard == [TIMED_OUT, "welcome back"]
            assert ann.place == "overworld"
            rehearsal.advance(100)
            assert ann.heard == [TIMED_OUT, "welcome back"]

    def test_timeout_is_the_older_name_of_the_same(self):
        with opened({"chat": pair(timeout=20)}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            rehearsal.advance(20.1)
            assert ann.place == "overworld"

    def test_a_backup_task_takes_those_who_waited_in_vain(self):
        with opened({"chat": pair(max_time_in_pool=20, backup_task="echo"), "echo": Echo}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            rehearsal.advance(20.1)
            assert ann.heard == ["Sorry, nobody was free to join you for “chat”. You can do “echo” instead."]
            ann.says("hello")
            assert ann.heard[-1] == "hello"

    def test_a_backup_task_may_have_an_onboarding_and_a_pool_of_its_own(self):
        tasks = {
            "chat": pair(max_time_in_pool=20, backup_task="talk"),
            "talk": {**pair(), "onboard_world": Question, "max_time_in_pool": 20},
        }
        with opened(tasks) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            rehearsal.advance(20.1)
            assert ann.place == "onboarding"
            ann.says("Ann")
            assert ann.place == "waiting"
            rehearsal.advance(20.1)
            assert ann.place == "overworld"

    def test_somebody_who_is_away_when_time_runs_out_is_moved_all_the_same(self):
        with opened({"chat": pair(max_time_in_pool=20)}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            ann.goes_away()
            rehearsal.advance(21)
            assert ann.place == "overworld"
            rehearsal.advance(40)
            assert ann.place == "gone"


class TestHooks:
    @staticmethod
    def hooks(calls, error=None):
        def after_agent_removed(participant_id):
            calls.append(("after", participant_id))
            if error is not None:
                raise error

        def mark_removed(participant_id, page_id):
            calls.append(("mark", participant_id, page_id))
            if error is not None:
                raise error

        return {"after_agent_removed": after_agent_removed, "mark_removed": mark_removed}

    def test_a_match_removes_without_marking(self):
        calls = []
        with opened({"chat": pair()}, hooks=self.hooks(calls)) as rehearsal:
            go(rehearsal, "chat", "ann", "bob")
        assert sorted(calls) == [("after", "memory:ann"), ("after", "memory:bob")]

    @pytest.mark.parametrize("how", ["exit", "time", "leaves"])
    def test_whoever_leaves_the_pool_unmatched_is_marked(self, how):
        calls = []
        browser = {"browser": {}}
        with opened(
            {"chat": pair(max_time_in_pool=20)}, hooks=self.hooks(calls), page_id="77", channels=browser
        ) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            assert calls == []
            if how == "exit":
                ann.says("EXIT")
            elif how == "leaves":
                rehearsal.service._presence._grace_seconds = 5
                ann.goes_away()
            rehearsal.advance(25)
        assert sorted(calls) == [("after", "memory:ann"), ("mark", "memory:ann", "77")]

    @pytest.mark.parametrize("error", [ValueError, SystemExit])
    def test_hooks_that_raise_change_nothing(self, error):
        calls = []
        with opened({"chat": pair()}, hooks=self.hooks(calls, error)) as rehearsal:
            ann, bob, cyd = go(rehearsal, "chat", "ann", "bob", "cyd")
            cyd.says("EXIT")
            assert places([ann, bob, cyd]) == ["task", "task", "overworld"]
        assert len(calls) == 4


def test_module_initialize_runs_once_before_the_doors_open():
    calls = []

    def module_initialize(opt, service):
        calls.append(dict(opt))
        with pytest.raises(WorldError, match="who has been here"):
            service.observe_message("memory:ann", "nobody is inside yet")

    hooks = {"module_initialize": module_initialize}
    with opened({"echo": Echo}, hooks=hooks, opt={"a": 1}) as rehearsal:
        go(rehearsal, "echo", "ann", "bob")
    assert calls == [{"a": 1}]


def test_a_module_that_cannot_set_itself_up_opens_no_door():
    def module_initialize(opt, service):
        raise ValueError("no model here")

    rehearsal = opened({"echo": Small}, hooks={"module_initialize": module_initialize})
    with pytest.raises(WorldError, match="no model here"):
        rehearsal.app.start()
    with pytest.raises(RuntimeError, match="not open"):
        rehearsal.channel.say("ann", "hi")
