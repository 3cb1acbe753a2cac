"""In a task: talking, ending, going on to the next one; and worlds that break."""

import pickle
import threading

import pytest
from small_worlds import Chat, Echo, Question, Small, go, opened, pair

from parleyrun.core.message import FrozenDict, freeze
from parleyrun.core.person_address import PersonAddress

FAILED = "Sorry, something went wrong on our side, and this conversation had to end."


def places(people):
    return [person.place for person in people]


def test_people_hear_each_other_and_not_themselves_and_return_together():
    with opened({"chat": pair(agents_required=3)}) as rehearsal:
        ann, bob, cyd = people = go(rehearsal, "chat", "ann", "bob", "cyd")
        ann.says("hello")
        bob.says("hi ann")
        assert cyd.heard == ["hello", "hi ann"]
        assert ann.heard == ["hi ann"]
        cyd.says("bye")
        assert places(people) == ["overworld"] * 3


def test_a_payload_travels():
    image = {"type": "image", "url": "https://example.org/a.png"}
    with opened({"chat": pair()}) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        ann.says("look", payload=image)
        assert bob.lines[-1].message.payload == FrozenDict(image)
        copied = pickle.loads(pickle.dumps(freeze({"nested": [dict(bob.lines[-1].message.payload)]})))
        assert isinstance(copied["nested"][0]["url"], PersonAddress)


def test_every_line_is_numbered_without_holes_ones_own_included():
    with opened({"chat": pair()}) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        for number in range(5):
            ann.says(f"a{number}")
            bob.says(f"b{number}")
        for person in (ann, bob):
            lines = rehearsal.service.lines_after(person.id, 0)
            assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
            assert [line for line in lines if not line.mine] == person.lines
        assert [line.message.text for line in rehearsal.service.lines_after(bob.id, 0) if line.mine] == [
            "hi", "chat", "b0", "b1", "b2", "b3", "b4"
        ]  # fmt: skip


def test_the_same_message_id_twice_is_delivered_once():
    with opened({"chat": pair()}) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        first = ann.says("once", message_id="same")
        second = ann.says("once", message_id="same")
        assert (first.duplicate, second.duplicate) == (False, True)
        assert second.seq == first.seq
        assert bob.heard == ["once"]


def test_runs_are_counted_within_their_task_and_named_in_the_log(caplog):
    class Breaks(Echo):
        def hear(self, agent, act):
            raise ValueError("a reason")

    with opened({"break": Breaks, "echo": Echo}) as rehearsal:
        ann, _ = go(rehearsal, "break", "ann", "bob")
        go(rehearsal, "echo", "cyd")
        ann.says("x")
    assert "run break/t_1 (Breaks) failed" in caplog.text


class TestNextTask:
    @staticmethod
    def sending(where):
        class Sends(Echo):
            def hear(self, agent, act):
                agent.data["next_task"] = where
                self.done = True

        return Sends

    def test_it_sends_its_person_there_instead_of_the_overworld(self):
        with opened({"first": self.sending("echo"), "echo": Echo}) as rehearsal:
            (ann,) = go(rehearsal, "first", "ann")
            ann.says("go on", "hello")
            assert ann.heard == ["hello"]
            assert ann.place == "task"
            ann.says("bye")
            assert ann.place == "overworld"  # it counts once

    def test_the_next_task_may_begin_with_onboarding_or_waiting(self):
        tasks = {
            "first": self.sending("second"),
            "second": {"task_world": self.sending("chat"), "onboard_world": Question},
            "chat": pair(),
        }
        with opened(tasks) as rehearsal:
            (ann,) = go(rehearsal, "first", "ann")
            ann.says("on")
            assert ann.place == "onboarding"
            ann.says("Ann")
            ann.says("on")
            assert ann.place == "waiting"

    def test_the_two_of_a_pair_may_go_on_to_different_tasks(self):
        class Splits(Chat):
            def hear(self, agent, act):
                self.agents[0].data["next_task"] = "echo"
                self.done = True

        with opened({"split": pair(Splits), "echo": Echo}) as rehearsal:
            people = go(rehearsal, "split", "ann", "bob")
            people[1].says("now")
            assert places(people) == ["task", "overworld"]

    def test_a_pair_may_meet_again_in_the_next_task(self):
        class Again(Chat):
            def hear(self, agent, act):
                for each in self.agents:
                    each.data["next_task"] = "chat"
                self.done = True

        with opened({"first": pair(Again), "chat": pair()}) as rehearsal:
            ann, bob = go(rehearsal, "first", "ann", "bob")
            ann.says("on")
            ann.says("here again")
            assert bob.heard[-1] == "here again"

    @pytest.mark.parametrize("where", ["nowhere", 5, ["echo"], ""])
    def test_what_is_no_task_leads_to_the_overworld_and_into_the_log(self, where, caplog):
        with opened({"first": self.sending(where)}) as rehearsal:
            (ann,) = go(rehearsal, "first", "ann")
            ann.says("on")
            assert ann.place == "overworld"
            assert "expected a task key (first) at agent.data['next_task'] of memory:ann" in caplog.text

    def test_exit_says_goodbye(self):
        with opened({"first": self.sending("EXIT")}) as rehearsal:
            (ann,) = go(rehearsal, "first", "ann")
            ann.says("on")
            assert ann.place == "gone"


class TestBrokenWorlds:
    @pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
    @pytest.mark.parametrize("method", ["generate_world", "parley", "episode_done"])
    def test_its_people_are_told_in_one_sentence_and_return_and_others_notice_nothing(self, method, error, caplog):
        def breaks(*_):
            raise error("a reason")

        broken = type("Broken", (Small,), {method: staticmethod(breaks) if method == "generate_world" else breaks})
        with opened({"chat": pair(), "break": pair(broken)}) as rehearsal:
            cyd, dan = go(rehearsal, "chat", "cyd", "dan")
            ann, bob = go(rehearsal, "break", "ann", "bob")
            assert ann.heard == bob.heard == [FAILED, "welcome back"]
            assert places([ann, bob, cyd, dan]) == ["overworld", "overworld", "task", "task"]
            cyd.says("all well?")
            assert dan.heard == ["all well?"]
            assert f"run break/t_1 (Broken) failed: Broken.{method}() raised {error.__name__}" in caplog.text
            assert rehearsal.service.counts().runs_ended == {"failed": 1}
            go(rehearsal, "chat", "ann", "bob")
            ann.says("again")
            assert bob.heard[-1] == "again"

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            (None, "expected an act"),
            ("hello", "expected an act"),
            ({"text": ["a"]}, "expected a string at 'text', got list ['a']"),
            ({"text": "", "quick_replies": "yes"}, "expected some strings at 'quick_replies'"),
            ({"text": "", "payload": {"type": "image", "data": lambda: 0}}, "'payload.data' cannot be recorded"),
        ],
    )
    def test_observing_what_is_no_act_names_world_and_method(self, wrong, words, caplog):
        class Wrong(Echo):
            def hear(self, agent, act):
                agent.observe(wrong)

        with opened({"wrong": Wrong}) as rehearsal:
            (ann,) = go(rehearsal, "wrong", "ann")
            ann.says("x")
            assert ann.heard == [FAILED, "welcome back"]
            assert "Wrong.parley() raised ActError" in caplog.text
            assert words in caplog.text

    def test_a_value_that_cannot_be_recorded_ends_no_conversation(self, caplog):
        class Scored(Echo):
            def hear(self, agent, act):
                agent.observe(
                    {"text": len(act["text"]), "quick_replies": {"a": 1}.keys(), "loss": threading.Lock()}
                )

        with opened({"scored": Scored}) as rehearsal:
            (ann,) = go(rehearsal, "scored", "ann")
            ann.says("four")
            ann.says("three")
            assert ann.heard == ["4", "5"]
            assert ann.place == "task"
            assert caplog.text.count("Scored: 'loss' of an act cannot be recorded") == 1

    @pytest.mark.parametrize("made", [None, 5, "a world"])
    def test_generate_world_that_returns_no_world_names_the_class(self, made, caplog):
        class Nothing(Small):
            @staticmethod
            def generate_world(opt, agents):
                return made

        with opened({"wrong": Nothing}) as rehearsal:
            (ann,) = go(rehearsal, "wrong", "ann")
            assert ann.heard == [FAILED, "welcome back"]
            assert "Nothing.generate_world(opt, agents), got" in caplog.text

    def test_an_error_that_cannot_be_printed_is_told_like_any_other(self):
        class Unspeakable(Exception):
            def __str__(self):
                raise ValueError

        class Breaks(Echo):
            def hear(self, agent, act):
                raise Unspeakable

        with opened({"break": Breaks}) as rehearsal:
            (ann,) = go(rehearsal, "break", "ann")
            ann.says("x")
            assert ann.heard == [FAILED, "welcome back"]

    def test_a_shutdown_that_raises_keeps_nobody(self, caplog):
        class Breaks(Echo):
            def shutdown(self):
                raise SystemExit

        with opened({"break": Breaks}) as rehearsal:
            (ann,) = go(rehearsal, "break", "ann")
            ann.says("bye")
            assert ann.heard == ["bye", "welcome back"]
            assert "shutdown() of Breaks failed" in caplog.text

    def test_more_worlds_than_max_threads_that_wait_inside_parley_cost_nobody_inside_anything(self):
        class Waits(Small):
            def parley(self):
                self.agents[0].observe({"text": self.agents[0].act_blocking()["text"]})

        with opened({"wait": Waits}, max_threads=3, max_workers=2) as rehearsal:
            for person in rehearsal.people(*"abcd"):
                person.says("hi")
            people = go(rehearsal, "wait", *"abcd")
            assert places(people) == ["task"] * 4
            for person in people:
                person.says("fine")
                assert person.heard == ["fine"]

    def test_what_people_are_told_can_be_said_in_another_language_or_not_at_all(self):
        class Breaks(Echo):
            def hear(self, agent, act):
                raise ValueError

        with opened({"break": Breaks}, texts={"world_failed": ""}) as rehearsal:
            (ann,) = go(rehearsal, "break", "ann")
            ann.says("x")
            assert ann.heard == ["welcome back"]


class TestManyWaitAtOnce:
    def test_one_slot_serves_any_number_of_conversations(self):
        class Waits(Small):
            def parley(self):
                self.agents[0].observe({"text": self.agents[0].act_blocking()["text"]})

        with opened({"wait": Waits, "chat": pair()}, max_workers=1) as rehearsal:
            waiters = go(rehearsal, "wait", *(f"w{number}" for number in range(40)))
            talkers = go(rehearsal, "chat", *(f"t{number}" for number in range(40)))
            assert rehearsal.service.counts().blocked_runs == 40
            for person in waiters + talkers:
                person.says(f"from {person.name}")
            assert all(person.heard == [f"from {person.name}"] for person in waiters)
            assert all(len(person.heard) == 1 for person in talkers)

    def test_a_busy_world_with_the_only_other_slot_taken_starves_nobody(self):
        class Chatter(Small):
            def parley(self):
                self.agents[0].observe({"text": "blah"})

        with opened({"chatter": Chatter, "echo": Echo}, max_workers=1) as rehearsal:
            go(rehearsal, "chatter", "ann", "bob")
            (cyd,) = go(rehearsal, "echo", "cyd")
            cyd.says("is there room for me?")
            assert cyd.heard == ["is there room for me?"]


def test_a_world_may_speak_from_its_own_thread_at_any_time():
    seats = {}

    class Streams(Echo):
        def __init__(self, opt, agents):
            super().__init__(opt, agents)
            seats[agents[0].id] = agents[0]

    class Blocks(Streams):
        def parley(self):
            self.hear(self.agents[0], self.agents[0].act_blocking())

    with opened({"parked": Streams, "blocked": Blocks}) as rehearsal:
        for key, name in (("parked", "ann"), ("blocked", "bob")):
            (person,) = go(rehearsal, key, name)
            for text in ("word", "by", "word"):
                speaker = threading.Thread(target=seats[person.id].observe, args=({"text": text},))
                speaker.start()
                speaker.join()
                rehearsal.settle()
                assert person.heard[-1] == text
            person.says("end")
            assert person.heard == ["word", "by", "word", "end"]
