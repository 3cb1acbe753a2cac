"""On the chat page, somebody who talks with a bot sees that it has read their words, and that it types."""

from types import SimpleNamespace

import pytest
import serving
from slow_bot import slow_bot_on


@pytest.fixture
def with_bot(caplog):
    timers = []
    worlds = SimpleNamespace(**vars(serving.WORLDS), SlowBot=slow_bot_on(timers))
    with serving.serve(caplog, worlds=worlds, tasks={"bot": {"task_world": "SlowBot"}}) as place:
        timers.append(place.timers)
        yield place


def test_a_bot_that_thinks_for_four_seconds_types_for_four_seconds(with_bot):
    person = with_bot.visitor()
    person.line("menu")
    person.says("bot")
    person.place("task")
    person.passed_over.clear()
    seq = person.says_as("m", "tea")
    assert person.get("read") == {"type": "read", "id": "", "seq": seq}
    assert person.get("typing") == {"type": "typing", "id": "", "on": True}
    with_bot.timers.advance(3.9)
    assert person.passed_over == []
    with_bot.timers.advance(0.2)
    person.line("I thought about tea")
