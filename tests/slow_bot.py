"""A world with one person and a bot that thinks for four seconds of the clock it is given."""

from __future__ import annotations

import threading
from typing import Any

from parleyrun import World
from parleyrun.testing import VirtualTimers

PATIENCE_SECONDS = 60.0
THINKS_SECONDS = 4.0


def slow_bot_on(timers: list[VirtualTimers]) -> type[World]:
    """Return the world's class; `timers[0]` is the clock once there is one."""

    class SlowBot(World):
        done = False

        def parley(self) -> None:
            act = self.agents[0].act()
            if act is None:
                return
            thought = threading.Event()
            timers[0].call_later(THINKS_SECONDS, thought.set)
            assert thought.wait(PATIENCE_SECONDS)
            self.agents[0].observe({"id": "Bot", "text": f"I thought about {act['text']}"})

        def episode_done(self) -> Any:
            return self.done

    return SlowBot
