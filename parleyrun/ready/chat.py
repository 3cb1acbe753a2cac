"""Chat: everybody sees what everybody says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.bot_seats.bot_agent import BotAgent
from ..core.message import DISCONNECT_TEXT, Act
from ..core.seats import Seat
from ..errors import WorldError
from .ready_world import ReadyWorld


class Chat(ReadyWorld):
    """A conversation of people and bots, in which everybody is shown what the others say.

    It ends when somebody leaves for good, when an act says `episode_done`, and as `opt.chat` has it:

    - `welcome`: what each person is told at the beginning; `{role}` is their role, `{others}` those of the others.
    - `quit_words`: words by which a person ends it, whatever their case.
    - `max_turns`: how many lines there are at most.
    - `goodbye`: what everybody is told at its end.
    """

    def __init__(self, opt: Mapping[str, Any], agents: Sequence[Seat]) -> None:
        super().__init__(opt, agents)
        self.options = _options(opt)
        self.begun = False
        self.turns = 0
        self.over = False
        people = [agent for agent in self.agents if not agent.is_bot]
        for agent in self.agents:
            if isinstance(agent, BotAgent):
                agent.stream_to = people

    def parley(self) -> None:
        if not self.begun:
            self.begun = True
            self._welcome()
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                self._said(agent, act)
            if self.over:
                return

    def episode_done(self) -> bool:
        return self.over

    def _said(self, agent: Seat, act: Act) -> None:
        for other in self.agents:
            if other is not agent:
                other.observe(act)
        if act["text"] == DISCONNECT_TEXT and "carried_line" not in act:
            self._end(self.text("partner_left"), besides=agent)
            return
        self.turns += 1
        most = self.options.get("max_turns")
        if self._is_goodbye(agent, act) or (most is not None and self.turns >= most):
            self._end(str(self.options.get("goodbye", "")))

    def _is_goodbye(self, agent: Seat, act: Act) -> bool:
        if act["episode_done"]:
            return True
        words = {str(word).strip().casefold() for word in self.options.get("quit_words", ())}
        return not agent.is_bot and str(act["text"]).strip().casefold() in words

    def _end(self, text: str, besides: Seat | None = None) -> None:
        self.over = True
        if text:
            for agent in self.agents:
                if agent is not besides and not agent.is_bot:
                    agent.observe({"id": "", "text": text})

    def _welcome(self) -> None:
        welcome = self.options.get("welcome")
        if not welcome:
            return
        for agent in self.agents:
            if not agent.is_bot:
                others = ", ".join(other.role for other in self.agents if other is not agent)
                text = str(welcome).replace("{role}", agent.role).replace("{others}", others)
                agent.observe({"id": "", "text": text})


def _options(opt: Mapping[str, Any]) -> Mapping[str, Any]:
    options = opt.get("chat") or {}
    if not isinstance(options, Mapping):
        raise WorldError(
            f"expected a mapping (welcome, quit_words, max_turns, goodbye) at 'chat' of opt, got {options!r:.60}"
        )
    most = options.get("max_turns")
    if most is not None and (not isinstance(most, int) or isinstance(most, bool) or most < 1):
        raise WorldError(f"expected a whole number from 1 at 'chat.max_turns' of opt, got {most!r:.60}")
    if isinstance(options.get("quit_words"), str):
        return {**options, "quit_words": [options["quit_words"]]}
    return options
