"""On Messenger, somebody who talks with a bot sees that it has read their words, and that it types."""

from types import SimpleNamespace

from slow_bot import slow_bot_on

from parleyrun import World
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
