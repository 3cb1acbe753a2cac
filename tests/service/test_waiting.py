"""Waiting: the one notice, what is written meanwhile, how it ends, and the hooks that are told of it."""

import threading
from itertools import pairwise

import pytest
from small_worlds import Chat, Echo, Menu, Question, Small, go, opened, pair, session

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

    def test_where_a_study_says_nothing_to_that_it_is_read_all_the_same(self):
        with opened({"chat": pair()}, texts={"still_waiting": ""}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            ann.says("hello?")
            assert (ann.heard, ann.place) == ([], "waiting")
            (bob,) = go(rehearsal, "chat", "bob")
            assert (bob.heard, ann.place) == ([], "task")

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

    def test_a_match_tells_no_hook_and_the_end_of_a_task_does(self):
        calls = []
        with opened({"chat": pair()}, hooks=self.hooks(calls)) as rehearsal:
            ann, _ = go(rehearsal, "chat", "ann", "bob")
            assert calls == []
            ann.says("bye")
            assert sorted(calls) == [("after", "memory:ann"), ("after", "memory:bob")]

    @pytest.mark.parametrize("how", ["fails", "leaves"])
    def test_a_task_that_ends_in_any_way_tells_each_of_its_people_once(self, how):
        class Breaks(Chat):
            def hear(self, agent, act):
                raise ValueError(act["text"])

        calls = []
        world = Breaks if how == "fails" else Chat
        browser = {"browser": {}}
        with opened(
            {"chat": pair(world)}, hooks=self.hooks(calls), channels=browser, disconnect_grace=5
        ) as rehearsal:
            ann, _ = go(rehearsal, "chat", "ann", "bob")
            if how == "fails":
                ann.says("now")
            else:
                ann.goes_away()
                rehearsal.advance(20)
            assert sorted(calls) == [("after", "memory:ann"), ("after", "memory:bob")]

    @pytest.mark.parametrize("how", ["time", "leaves"])
    def test_whoever_leaves_the_pool_unmatched_is_marked_first(self, how):
        calls = []
        browser = {"browser": {}}
        with opened(
            {"chat": pair(max_time_in_pool=20)}, hooks=self.hooks(calls), page_id="77", channels=browser
        ) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            assert calls == []
            if how == "leaves":
                rehearsal.service._presence._grace_seconds = 5
                ann.goes_away()
            rehearsal.advance(25)
        assert calls == [("mark", "memory:ann", "77"), ("after", "memory:ann")]

    def test_whoever_writes_exit_is_removed_without_being_marked(self):
        calls = []
        with opened({"chat": pair()}, hooks=self.hooks(calls)) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            ann.says("EXIT")
        assert calls == [("after", "memory:ann")]

    def test_one_hook_waits_for_the_other_and_the_overworld_for_both(self):
        calls, marked = [], threading.Event()

        class Back(Menu):
            def return_overworld(self):
                calls.append("back")

        def mark_removed(participant_id, page_id):
            assert marked.wait(60)
            calls.append("mark")

        def after_agent_removed(participant_id):
            calls.append("after")

        hooks = {"mark_removed": mark_removed, "after_agent_removed": after_agent_removed}
        with opened({"chat": pair(max_time_in_pool=20)}, hooks=hooks, overworld=Back) as rehearsal:
            go(rehearsal, "chat", "ann")
            settle, rehearsal.settle = rehearsal.settle, lambda: rehearsal.service._desk.wait_idle(10)
            rehearsal.advance(21)
            assert calls == []
            rehearsal.settle = settle
            marked.set()
            rehearsal.settle()
            assert calls == ["mark", "after", "back"]

    @pytest.mark.parametrize("error", [ValueError, SystemExit])
    def test_hooks_that_raise_change_nothing_and_are_named(self, error, caplog):
        calls = []
        with opened(
            {"chat": pair(max_time_in_pool=20)}, hooks=self.hooks(calls, error), page_id="77"
        ) as rehearsal:
            (cyd,) = go(rehearsal, "chat", "cyd")
            rehearsal.advance(21)
            assert cyd.place == "overworld"
        assert len(calls) == 2
        assert f"mark_removed(str, str) raised {error.__name__}" in caplog.text
        assert f"after_agent_removed(str) raised {error.__name__}" in caplog.text


class TestFlags:
    def test_time_out_and_notice_are_in_stored_data_as_parlais_authors_look_for_them(self):
        with opened({"chat": pair(max_time_in_pool=40)}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            kept = session(rehearsal, ann).stored_data
            rehearsal.advance(31)
            assert kept["seen_wait_message"] is True
            rehearsal.advance(10)
            assert ann.place == "overworld"
            assert kept["removed_after_timeout"] is True
            assert kept["removed_from_pool"] is True
            assert kept["seen_wait_message"] is False

    def test_whoever_stops_waiting_begins_the_next_wait_without_a_notice(self):
        with opened({"chat": pair()}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            rehearsal.advance(31)
            ann.says("EXIT", "chat")
            assert ann.place == "waiting"
            assert session(rehearsal, ann).stored_data["seen_wait_message"] is False
            rehearsal.advance(31)
            assert session(rehearsal, ann).stored_data["seen_wait_message"] is True

    def test_whoever_stays_away_too_long_comes_back_without_a_notice(self):
        with opened({"chat": pair()}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            rehearsal.advance(31)
            ann.goes_away()
            rehearsal.advance(61)
            assert ann.place == "gone"
            assert session(rehearsal, ann).stored_data["seen_wait_message"] is False

    def test_a_match_resets_the_notice(self):
        with opened({"chat": pair()}) as rehearsal:
            (ann,) = go(rehearsal, "chat", "ann")
            rehearsal.advance(31)
            go(rehearsal, "chat", "bob")
            assert session(rehearsal, ann).stored_data["seen_wait_message"] is False


class TestLooks:
    def test_an_answer_that_depends_on_time_is_asked_for_again(self):
        class Relaxed(Chat):
            @staticmethod
            def eligibility_function(session):
                return session.time_in_pool["chat"] > 60

        with opened({"chat": pair(Relaxed)}) as rehearsal:
            people = go(rehearsal, "chat", "ann", "bob")
            rehearsal.advance(59)
            assert places(people) == ["waiting"] * 2
            rehearsal.advance(7)
            assert places(people) == ["task"] * 2

    def test_looks_become_rarer_up_to_five_seconds(self):
        asked = []

        class Never(Chat):
            @staticmethod
            def eligibility_function(session):
                if session.id.endswith("ann"):
                    asked.append(round(session.time_in_pool["chat"], 2))
                return False

        with opened({"chat": pair(Never)}) as rehearsal:
            go(rehearsal, "chat", "ann", "bob")
            rehearsal.advance(300)
        gaps = [after - before for before, after in pairwise(asked)]
        assert gaps[0] == pytest.approx(1.0)
        assert max(gaps) <= 5.01
        assert 60 <= len(asked) <= 70

    def test_a_pool_in_which_no_author_decides_has_no_timer(self):
        with opened({"chat": {"task_world": Chat, "agents_required": 3}}) as rehearsal:
            go(rehearsal, "chat", "ann", "bob")
            rehearsal.advance(31)  # the notices are out
            (pool,) = rehearsal.service._journey.tasks.waiting.pools
            assert pool.next_look is None


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
