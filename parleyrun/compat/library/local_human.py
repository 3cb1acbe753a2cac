"""Somebody at this terminal, as an agent."""

from __future__ import annotations

from typing import Any

from ...core.agents import Agent
from ...core.message import Act
from .conveniences import display_messages


class LocalHumanAgent(Agent):
    """Prints what it is shown, and says what is typed; the end of the input is the end of all."""

    over = False

    def observe(self, act: Act) -> Any:
        print(display_messages([act]))
        return super().observe(act)

    def act(self) -> Act:
        try:
            text = input("Enter your message: ")
        except EOFError:
            self.over = True
            text = ""
        done = self.over or text.strip() == "[DONE]"
        return {"id": "localHuman", "text": text.removesuffix("[DONE]").strip(), "episode_done": done}

    def epoch_done(self) -> bool:
        return self.over

    def episode_done(self) -> bool:
        return self.over
