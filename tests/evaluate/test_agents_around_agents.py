"""Agents that stand around another one, to measure it and to watch it: for all else they are that agent."""

from __future__ import annotations

import pytest

from parleyrun import Agent
from parleyrun.core.metrics.metrics import AverageMetric
from parleyrun.core.model_answer import ModelAnswer
from parleyrun.errors import AgentError, ModelError, ModelFailure, TaskError
from parleyrun.evaluate.answers_metric import ANSWERS
from parleyrun.evaluate.lanes.error_policy import ErrorPolicy
from parleyrun.evaluate.lanes.watched_agent import WatchedAgent
from parleyrun.evaluate.log.example_record import ExampleKey
from parleyrun.evaluate.measured_agent import MeasuredAgent


class Parrot(Agent):
    """Repeats, says what it takes, and fails where it is told to."""

    def __init__(self, opt=None, shared=None):
        super().__init__(opt, shared)
        self.last_answer = None
        self.calls = []
        self.colour = "green"

    def observe(self, act):
        if act["text"] == "deaf":
            raise ValueError("cannot hear")
        return super().observe(act)

    def act(self):
        self.last_answer = ModelAnswer(model="parrot", prompt_tokens=3)
        if self.observation["text"] == "fail":
            raise ModelError("no", ModelFailure.TIMEOUT)
        return {"id": "parrot", "text": self.observation["text"]}

    def self_observe(self, act):
        self.calls.append(("heard itself", act["text"]))

    def unanswered(self):
        self.calls.append("unanswered")

    def report(self):
        return {"loud": AverageMetric(1)}

    def reset_metrics(self):
        self.calls.append("reset metrics")

    def shutdown(self):
        self.calls.append("shutdown")


def asked(text, *, done=True):
    return {"id": "quiz", "text": text, "episode_done": done}


def test_a_measured_agent_says_which_example_had_no_answer():
    for opt, where in (
        ({"task": "quiz"}, "parrot did not answer 'fail' (quiz, episode 2, example 2): no"),
        ({"task": "quiz", "datatype": "train:stream", "batchindex": 1}, "parrot did not answer 'fail': no"),
        ({}, "parrot did not answer 'fail': no"),
    ):
        agent = MeasuredAgent(opt, agent=Parrot({}))
        agent.id = "parrot"
        for text, done in (("one", True), ("two", False)):
            agent.observe(asked(text, done=done))
            assert agent.act()["text"] == text
        agent.observe(asked("fail"))
        with pytest.raises(ModelError) as raised:
            agent.act()
        assert str(raised.value) == where


def test_a_measured_agent_counts_answers_and_hands_on_all_else():
    parrot = Parrot({})
    agent = MeasuredAgent({}, agent=parrot)
    assert list(agent.report()) == ["loud"]
    agent.observe(asked("hi"))
    agent.act()
    assert agent.report()[ANSWERS].taken["parrot"].answers == 1
    agent.self_observe({"text": "hi"})
    agent.unanswered()
    agent.reset_metrics()
    assert list(agent.report()) == ["loud"]
    agent.shutdown()
    assert parrot.calls == [("heard itself", "hi"), "unanswered", "reset metrics", "shutdown"]
    assert agent.colour == "green"
    assert not hasattr(agent, "_colour")
    with pytest.raises(AgentError, match="expected either the agent that is measured"):
        MeasuredAgent({})


def watched(parrot, known=()):
    return WatchedAgent(parrot, "quiz", {record.key: record for record in known}, ErrorPolicy())


def test_a_watched_agent_that_cannot_hear_has_no_answer_to_that_example_alone():
    agent = watched(Parrot({}))
    for text in ("deaf", "hi"):
        agent.observe(asked(text))
        agent.act()
        agent.end_episode()
    deaf, hi = agent.answers
    assert str(deaf.error) == "cannot hear"
    assert (deaf.record.answer, hi.error) == (None, None)
    assert hi.record.answer["text"] == "hi"
    assert agent.report() == {}
    assert agent.colour == "green"
    assert not hasattr(agent, "_colour")


def test_what_is_on_record_is_not_asked_again_and_has_to_be_the_same_question():
    parrot = Parrot({})
    agent = watched(parrot)
    agent.observe(asked("hi"))
    agent.act()
    agent.self_observe({"text": "hi"})
    assert parrot.calls == [("heard itself", "hi")]
    (first,) = agent.answers
    again = watched(Parrot({}), [first.record])
    again.observe(asked("hi"))
    assert again.act()["text"] == "hi"
    again.self_observe({"text": "hi"})
    assert again.answers[0].is_new is False
    other = watched(Parrot({}), [first.record])
    other.observe(asked("ho"))
    with pytest.raises(TaskError, match="expected the task to ask what it asked when the log was begun"):
        other.act()
    assert first.record.key == ExampleKey("quiz", 0, 0)
