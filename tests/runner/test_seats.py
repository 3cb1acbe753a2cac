"""What `act()`, `act_blocking()` and `observe()` do for the person in a seat."""

import pickle
import threading
from types import SimpleNamespace

import pytest
from runner_table import Ask, Echo, Note, Quiet, Table, keeping, worker_threads

from parleyrun import ActError, AgentError, BotAgent, Form
from parleyrun.errors import RunnerError
from parleyrun.runner.mailbox import Mailbox
from parleyrun.runner.person import PersonAgent


def test_act_returns_none_at_once_when_there_is_no_mail(table):
    worlds = []
    table.launch(keeping(Note, worlds), "ann")
    assert worlds[0].acts == [None]
    assert table.runner.blocked == 0


def test_act_gives_what_was_said_under_the_seats_role_with_the_messages_own_id(table):
    worlds = []
    _, (ann,), _ = table.launch(keeping(Note, worlds), "ann")
    ann.disp_id = "Robin"
    table.says("ann", "hello")
    assert worlds[0].acts[1] == {
        "id": "Robin",
        "text": "hello",
        "episode_done": False,
        "carried_line": worlds[0].acts[1]["carried_line"],
    }
    assert worlds[0].acts[1]["carried_line"].startswith("memory:ann#")


def test_mail_is_read_one_message_an_act_in_order(table):
    worlds = []
    table.launch(keeping(Note, worlds), "ann")
    table.says("ann", "1", "2", "3")
    assert [act["text"] for act in worlds[0].acts if act] == ["1", "2", "3"]


def test_the_second_empty_act_in_one_parley_waits_without_burning_time(table):
    worlds = []
    table.launch(keeping(Ask, worlds), "ann")
    assert worlds[0].empty == 1
    assert table.runner.blocked == 1
    steps = table.runner.steps
    table.says("ann", "tea")
    assert table.heard("ann") == ["thanks for tea"]
    assert worlds[0].empty <= 2
    assert table.runner.steps - steps <= 3


def test_a_tick_is_all_that_wakes_a_waiting_act_in_silence_and_it_backs_off(table):
    worlds = []
    table.launch(keeping(Ask, worlds), "ann")
    table.advance(60)
    assert 10 <= worlds[0].empty <= 20
    table.says("ann", "bye")
    assert table.heard("ann") == ["thanks for bye"]


def test_a_waiting_act_returns_for_mail_to_any_seat_of_the_run(table):
    class Either(Quiet):
        def parley(self):
            ann, bob = self.agents
            a = b = None
            while a is None and b is None:
                a, b = ann.act(), bob.act()
            (ann if a else bob).observe({"text": "you were first"})

    table.launch(Either, "ann", "bob")
    table.says("bob", "me")
    assert table.heard("bob") == ["you were first"]
    assert table.heard("ann") == []


def test_waiting_for_one_is_not_disturbed_by_the_talk_of_another(table):
    class Listen(Quiet):
        def parley(self):
            self.agents[0].observe({"text": self.agents[0].act_blocking()["text"]})

    table.launch(Listen, "ann", "bob")
    steps = table.runner.steps
    table.says("bob", *["chatter"] * 20)
    assert table.runner.steps == steps
    table.says("ann", "hi")
    assert table.heard("ann") == ["hi"]


def test_mail_that_another_seat_leaves_unread_does_not_turn_the_wait_into_a_busy_loop(table):
    worlds = []

    def build(agents):
        worlds.append(Ask(agents[:1]))
        return worlds[0]

    table.launch(build, "ann", "bob")
    table.says("bob", *["chatter"] * 20)
    assert worlds[0].empty <= 25


def test_act_blocking_waits_as_long_as_it_takes(table):
    class Listen(Quiet):
        def parley(self):
            self.agents[0].observe({"text": self.agents[0].act_blocking()["text"]})

    table.launch(Listen, "ann")
    steps = table.runner.steps
    table.advance(3600)
    assert table.runner.steps == steps
    table.says("ann", "at last")
    assert table.heard("ann") == ["at last"]


@pytest.mark.parametrize("method", ["act", "act_blocking"])
def test_a_deadline_gives_the_timeout_act_and_the_outcome_says_so(table, method):
    class Limited(Quiet):
        def parley(self):
            act = getattr(self.agents[0], method)(timeout=10)
            self.agents[0].observe({"text": "heard " + act["text"]})
            self.done = act["episode_done"]

    future, _, _ = table.launch(Limited, "ann")
    table.advance(9.9)
    assert not future.done()
    table.says("ann", "in time")
    table.advance(9.9)
    assert not future.done()
    table.advance(0.2)
    assert table.heard("ann") == ["heard in time", "heard [TIMEOUT]"]
    assert future.result(0).kind == "timed out"
    assert future.result(0).reason == "memory:ann did not answer in time"


def test_a_timeout_that_was_made_up_for_is_no_timed_out_outcome(table):
    class Patient(Quiet):
        def parley(self):
            act = self.agents[0].act(timeout=10)
            self.done = act["text"] == "bye"

    future, _, _ = table.launch(Patient, "ann")
    table.advance(25)
    table.says("ann", "bye")
    assert future.result(0).kind == "finished"


@pytest.mark.parametrize("seconds", [0, -1])
def test_no_time_at_all_means_a_look_and_no_wait(table, seconds):
    class Glance(Quiet):
        def parley(self):
            self.agents[0].observe({"text": "heard " + self.agents[0].act(timeout=seconds)["text"]})
            self.done = True

    table.launch(Glance, "ann")
    assert table.heard("ann") == ["heard [TIMEOUT]"]


def test_what_is_said_before_a_wait_goes_out_before_it(table):
    class Question(Quiet):
        def parley(self):
            self.agents[0].observe({"text": "well?"})
            self.agents[0].act_blocking()
            self.done = True

    table.launch(Question, "ann")
    assert table.heard("ann") == ["well?"]


def test_a_turn_names_what_was_read_and_what_was_said(table):
    table.launch(Echo, "ann")
    table.says("ann", "hello")
    turn = table.turns[-1]
    (reference,) = turn.consumed
    assert reference.startswith("memory:ann#")
    assert [said.message.text for said in turn.said] == ["hello"]
    assert turn.outcome is None
    table.says("ann", "bye")
    assert [turn.number for turn in table.turns] == list(range(1, len(table.turns) + 1))
    assert table.turns[-1].outcome.kind == "finished"


def test_typing_is_shown_after_what_was_said_before_it(table):
    class Thinker(Quiet):
        def parley(self):
            if self.parleys == 0:
                self.agents[0].observe({"text": "hm"})
                self.agents[0].typing_on("thinker")
            self.parleys += 1

    table.launch(Thinker, "ann")
    assert table.typed == [("memory:ann", "thinker", 1)]


def test_a_world_may_speak_from_a_thread_of_its_own_while_it_is_parked(table):
    _, (ann,), _ = table.launch(Quiet, "ann")
    speaker = threading.Thread(target=ann.observe, args=({"text": "by the way"},))
    speaker.start()
    speaker.join()
    table.settle()
    assert table.heard("ann") == ["by the way"]


@pytest.mark.parametrize("ask", [lambda seat: seat.act_blocking(), lambda seat: seat.act(60)])
def test_a_world_may_speak_from_a_thread_of_its_own_while_it_waits_for_an_answer(table, ask):
    class Waiting(Quiet):
        def parley(self):
            self.agents[0].observe({"text": f"you said {ask(self.agents[0])['text']}"})

    _, (ann,), _ = table.launch(Waiting, "ann")
    for text in ("take", "your time"):
        speaker = threading.Thread(target=ann.observe, args=({"text": text},))
        speaker.start()
        speaker.join()
        table.settle()
        assert table.heard("ann")[-1] == text
    table.says("ann", "done")
    assert table.heard("ann") == ["take", "your time", "you said done"]


def test_nothing_said_from_another_thread_is_lost_while_the_run_is_busy(make_table):
    table = make_table(max_workers=2)

    class Chatty(Quiet):
        def parley(self):
            act = self.agents[0].act()
            if act is not None:
                self.agents[0].observe({"text": act["text"]})

    _, (ann,), _ = table.launch(Chatty, "ann")

    def speak():
        for number in range(300):
            ann.observe({"text": f"own {number}"})

    speaker = threading.Thread(target=speak)
    speaker.start()
    table.says("ann", *(f"echo {number}" for number in range(300)), settle=False)
    speaker.join()
    table.settle()
    heard = table.heard("ann")
    assert [text for text in heard if text.startswith("own")] == [f"own {number}" for number in range(300)]
    assert [text for text in heard if text.startswith("echo")] == [f"echo {number}" for number in range(300)]


def test_after_the_end_nothing_can_be_said_and_that_is_told(table):
    _, (ann,), _ = table.launch(Echo, "ann")
    table.says("ann", "bye")
    with pytest.raises(RunnerError, match="has ended: nothing more can be said to memory:ann"):
        ann.observe({"text": "too late"})


def test_a_seat_without_a_run_says_where_acting_belongs():
    seat = Table().seat("ann")
    for use in (seat.act, seat.act_blocking, seat.typing_on, lambda: seat.observe({"text": "x"})):
        with pytest.raises(RunnerError, match=r"not seated in a run yet.*parley"):
            use()


def test_observing_something_that_is_no_act_fails_in_the_authors_line(table):
    caught = []

    class Careful(Quiet):
        def parley(self):
            for wrong in (None, "text", {"text": []}):
                try:
                    self.agents[0].observe(wrong)
                except ActError as error:
                    caught.append(str(error))
            self.done = True

    future, _, _ = table.launch(Careful, "ann")
    assert future.result(0).kind == "finished"
    assert len(caught) == 3
    assert table.heard("ann") == []


def test_what_a_model_puts_into_an_act_and_the_record_cannot_hold_is_left_out_with_one_warning(table, caplog):
    class Scored(Quiet):
        def parley(self):
            for number in range(3):
                act = {"text": f"{number}", "score": number, "loss": threading.Lock(), "seen": [threading.Lock()]}
                for agent in self.agents:
                    agent.observe(act)
            self.done = True

    class ScoredToo(Scored):
        pass

    for world in (Scored, Scored, ScoredToo):
        future, _, _ = table.launch(world, "ann", "bob")
        assert future.result(0).kind == "finished"
    assert table.heard("ann") == ["0", "1", "2"] * 3
    warned = [record.getMessage().partition(" of an act ")[0] for record in caplog.records]
    assert warned == ["Scored: 'loss'", "Scored: 'seen[0]'", "ScoredToo: 'loss'", "ScoredToo: 'seen[0]'"]
    assert "cannot be recorded, as it cannot be pickled: lock" in caplog.text


def test_a_seat_has_what_it_has_in_parlai_under_the_names_it_has_there(table):
    typed = []

    class Typing(Quiet):
        def parley(self):
            [agent] = self.agents
            typed.append((agent.get_id(), agent.getID(), agent.messenger_id, agent.is_bot))
            agent.put_data({"text": "in their name"})
            agent.observe_typing_on()
            typed.append(agent.act()["text"])
            self.done = True

    table.launch(Typing, "ann")
    assert typed == [("memory:ann", "memory:ann", "ann", False), "in their name"]
    assert [typed[:2] for typed in table.typed] == [("memory:ann", None)]

    shown = []
    bot = BotAgent(SimpleNamespace(observe=shown.append), id="helper")
    bot.put_data({"text": "look"})
    assert shown == [{"text": "look"}]
    bot.observe_typing_on()
    assert (bot.get_id(), bot.messenger_id, bot.is_bot) == ("helper", "helper", True)


def test_outside_of_a_run_a_seat_says_that_it_belongs_into_one():
    seat = PersonAgent("memory:ann", Mailbox())
    form = Form.from_mapping({"fields": {"age": {"ask": "Your age?", "kind": "number"}}})
    for use in (
        seat.act,
        seat.act_blocking,
        lambda: seat.observe({"text": "x"}),
        lambda: seat.ask(form),
        lambda: seat.ask_blocking(form),
    ):
        with pytest.raises(RunnerError, match="memory:ann is not seated in a run yet"):
            use()


def test_seats_know_who_else_is_there_and_cannot_be_pickled_by_value(table):
    _, (ann, bob, cyd), _ = table.launch(Quiet, "ann", "bob", "cyd")
    assert list(ann.message_partners) == [bob, cyd]
    assert list(cyd.message_partners) == [ann, bob]
    with pytest.raises(TypeError, match="recorded by its id"):
        pickle.dumps(ann)


def test_acting_while_the_world_is_built_waits_like_anywhere_else(table):
    class Eager(Quiet):
        def __init__(self, agents):
            super().__init__(agents)
            agents[0].observe({"text": agents[0].act_blocking()["text"]})

    table.launch(Eager, "ann")
    table.says("ann", "hi")
    assert table.heard("ann") == ["hi"]


def test_a_waiting_world_holds_no_thread(make_table):
    table = make_table(max_workers=2)
    before = len(worker_threads())
    for number in range(200):
        table.launch(Echo, f"p{number}", settle=False)
    table.settle()
    assert table.runner.blocked == 0
    assert len(table.runner) == 200
    assert len(worker_threads()) - before <= 3


def test_a_person_s_seat_cannot_be_copied():
    with pytest.raises(AgentError, match="got the seat of a person, memory:ann"):
        PersonAgent("memory:ann", Mailbox()).share()
