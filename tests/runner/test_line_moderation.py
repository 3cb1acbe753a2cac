"""What an author makes of a line before it is delivered."""

import logging

import pytest
from runner_table import Echo, Quiet

from parleyrun import HOLD, RunnerSettings, WorldRunner
from parleyrun.core.message import Message
from parleyrun.runner.recorder import SavedState
from parleyrun.runner.turn import Heard, Moderation, Said


class HandOn(Quiet):
    """Two people; each is shown what the other says."""

    def parley(self):
        for agent, other in zip(self.agents, reversed(self.agents), strict=True):
            act = agent.act()
            if act is not None:
                other.observe(act)


def moderated(table):
    return [
        (said.message.text, said.moderation and (said.moderation.verdict, said.moderation.shown))
        for turn in table.turns
        for said in turn.said
    ]


def returning(verdict):
    return lambda message, seat: verdict


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (None, None),
        (True, None),
        ("hello", None),  # what it was
        (False, ("refused", None)),
        (HOLD, ("held", None)),
        ("[removed]", ("changed", "[removed]")),
        ({"text": "[removed]"}, ("changed", "[removed]")),
    ],
)
def test_a_line_is_shown_as_it_is_or_changed_or_held_or_refused(make_table, verdict, expected):
    table = make_table(before_delivery=returning(verdict))
    table.launch(Echo, "ann")
    table.says("ann", "hello")
    ((text, what),) = moderated(table)
    assert text == "hello"
    assert (what and (what[0], what[1] and what[1].text)) == expected


def test_it_is_asked_with_the_act_and_the_seat_of_whoever_is_to_be_shown_it(make_table):
    asked = []

    def before_delivery(message, seat):
        asked.append((message["id"], message["text"], seat.id))

    table = make_table(before_delivery=before_delivery)
    table.launch(HandOn, "ann", "bob")
    table.says("ann", "hello")
    assert asked == [("memory:ann", "hello", "memory:bob")]


def test_what_it_changes_stays_by_the_same_speaker_and_is_known_as_the_same_line(make_table):
    table = make_table(before_delivery=lambda message, seat: message["text"].replace("secret", "…"))
    table.launch(HandOn, "ann", "bob")
    table.says("ann", "a secret")
    (said,) = [said for turn in table.turns for said in turn.said]
    assert said.moderation.shown == Message("a …", id="memory:ann", carried_line=said.message.carried_line)
    assert said.message.carried_line.startswith("memory:ann#")


@pytest.mark.parametrize("verdict", [7, ["hello"], {"text": ["hello"]}])
def test_what_nobody_can_make_sense_of_has_the_line_held(make_table, caplog, verdict):
    table = make_table(before_delivery=returning(verdict))
    table.launch(Echo, "ann")
    table.says("ann", "hello")
    ((_, what),) = moderated(table)
    assert what == ("held", None)
    assert "a line to memory:ann is held, as returning.<locals>.<lambda> raised ActError" in caplog.text


def test_one_that_raises_has_the_line_held_and_the_log_says_so_ever_less_often(make_table, caplog):
    def before_delivery(message, seat):
        raise ValueError("no such list")

    table = make_table(before_delivery=before_delivery)
    future, _, _ = table.launch(Echo, "ann")
    with caplog.at_level(logging.ERROR):
        table.says("ann", *(f"line {number}" for number in range(12)))
    assert [what for _, what in moderated(table)] == [("held", None)] * 12
    assert not future.done()
    assert len(caplog.records) == 2
    assert "(10 so far)" in caplog.text


def test_who_waits_for_an_answer_that_is_held_is_not_shown_typing_for_ever(make_table):
    table = make_table(before_delivery=returning(HOLD))
    table.launch(Echo, "ann")
    table.says("ann", "hello")
    assert [sign[0] for sign in table.signs] == ["read", "unanswered"]


def test_a_parley_that_is_run_again_compares_what_was_said_and_asks_about_the_rest_only(make_table):
    class Asks(Quiet):
        def parley(self):
            for text in ("one", "two"):
                self.agents[0].observe({"text": text})
            self.agents[0].act_blocking()
            self.agents[0].observe({"text": "three"})

    asked = []
    table = make_table(before_delivery=lambda message, seat: asked.append(message["text"]))
    seat = table.seat("ann")
    heard = (Heard(0, Message("hi", id="memory:ann")),)
    said = (Said("memory:ann", Message("one")), Said("memory:ann", Message("two")))
    table.runner.launch(
        table.identity(), lambda: Asks([seat]), [seat], saved=SavedState(2, 1, heard=heard, said=said)
    )
    table.settle()
    assert asked[0] == "three"


def test_a_program_with_a_runner_of_its_own_shows_what_is_to_be_shown():
    class Worlds:
        class Greets:
            def __init__(self, agents):
                self.agents = agents

            @classmethod
            def generate_world(cls, opt, agents):
                return cls(agents)

            def parley(self):
                for text in ("open", "rude", "secret"):
                    self.agents[0].observe({"text": text})

            def episode_done(self):
                return True

    def before_delivery(message, seat):
        return {"open": None, "rude": False, "secret": "…"}[message["text"]]

    shown = []
    settings = RunnerSettings(before_delivery=before_delivery)
    with WorldRunner(
        {}, Worlds, settings=settings, on_message=lambda who, act: shown.append(act["text"])
    ) as runner:
        runner.launch_task_world("t", "Greets", [runner.seat("ann")]).result(10)
    assert shown == ["open", "…"]


def test_a_moderation_of_our_own_is_taken_as_it_is(make_table):
    held = Moderation(verdict="held", reason="the model said so")
    table = make_table(before_delivery=returning(held))
    table.launch(Echo, "ann")
    table.says("ann", "hello")
    assert [said.moderation for turn in table.turns for said in turn.said] == [held]
