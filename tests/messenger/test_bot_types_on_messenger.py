"""On Messenger, somebody who talks with a bot sees that it has read their words, and that it types."""

from types import SimpleNamespace

from slow_bot import slow_bot_on

from parleyrun import World
from parleyrun.channels.messenger.composing.compose import compose
from parleyrun.core.message import FrozenDict, Message
from parleyrun.events import participant_id
from parleyrun.message_marks import BOT
from parleyrun.signals import Growing
from parleyrun.testing import rehearse_messenger


class Menu(World):
    def parley(self):
        act = self.agents[0].act()
        return act and act["text"]

    def episode_done(self):
        return False


def test_a_bot_that_thinks_for_four_seconds_types_for_four_seconds():
    timers = []
    config = {"task_name": "t", "overworld": "Menu", "tasks": {"bot": {"task_world": "SlowBot"}}}
    worlds = SimpleNamespace(Menu=Menu, SlowBot=slow_bot_on(timers))
    with rehearse_messenger(config, worlds) as rehearsal:
        timers.append(rehearsal.timers)
        ann = rehearsal.person("ann")
        ann.says("hi")
        ann.says("bot")
        rehearsal.settle()
        rehearsal.advance(30)
        assert not ann.typing
        ann.says("tea")
        ann.sees_typing()
        assert ann.is_seen
        rehearsal.timers.advance(3.9)
        assert ann.typing
        assert ann.heard == []
        rehearsal.timers.advance(0.2, rehearsal.settle)
        ann.sees("I thought about tea")
        assert not ann.typing
        acts = [call.action for call in rehearsal.graph.calls if call.action]
        assert acts[-2:] == ["mark_seen", "typing_on"]


def test_a_line_that_grows_is_somebody_who_types_and_nothing_else():
    config = {"task_name": "t", "overworld": "Menu", "tasks": {"bot": {"task_world": "SlowBot"}}}
    with rehearse_messenger(config, SimpleNamespace(Menu=Menu, SlowBot=slow_bot_on([]))) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        rehearsal.settle()
        who = participant_id("messenger", ann.psid)
        before = len(rehearsal.graph.calls)
        for text in ("Once", "Once upon", "Once upon a time"):
            rehearsal.channel.signal(who, Growing("Sam", text))
        ann.sees_typing()
        rehearsal.channel.signal(who, Growing("Sam", ""))
        rehearsal.settle()
        assert not ann.typing
        assert [call.action for call in rehearsal.graph.calls[before:]] == ["typing_on", "typing_off"]
        assert ann.heard == []


def test_a_bot_that_people_are_told_of_speaks_on_messenger_as_anybody():
    told = Message("hello", id="Sam", carried_line="bot:seller@u1#1", extra=FrozenDict({BOT: True}))
    assert compose(told) == compose(Message("hello", id="Sam", carried_line="browser:ann#1"))
