"""Chat: everybody sees what everybody says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.message import DISCONNECT_TEXT, Act
from ..core.opt import whole_number
from ..core.seats import Seat
from ..errors import WorldError
from ..text import did_you_mean
from .ready_world import ReadyWorld

CHAT = "chat"
OPTIONS = ("welcome", "goodbye", "quit_words", "max_turns")


class Chat(ReadyWorld):
    """A conversation of people and bots, in which everybody is shown what the others say.

    It ends when somebody leaves for good, when an act says `episode_done`, and as `opt.chat` has it:

    - `welcome`: what each person is told at the beginning, or a mapping of that by role; `{role}` in it is their
      role, `{others}` those of the others, `{round}` which round of the task it is for them.
    - `goodbye`: what everybody is told at its end.
    - `quit_words`: words by which a person ends it, whatever their case.
    - `max_turns`: how many lines there are at most.

    What its task says of time and of finishing early ends it as well: `goodbye` is said then, too.

    Args:
        opt: The options; those of it are under `chat`.
        agents: The seats, people's and bots'.

    Raises:
        WorldError: The options are none that it has.
    """

    def __init__(self, opt: Mapping[str, Any], agents: Sequence[Seat]) -> None:
        super().__init__(opt, agents)
        options = _options(opt)
        self.welcomes = options.get("welcome") or ""
        self.goodbye = _text(options, "goodbye")
        self.quit_words = _quit_words(options)
        self.max_turns = _max_turns(options)
        self.turns = 0
        self.begun = False
        self.over = False
        people = self._people()
        for agent in self.agents:
            if hasattr(agent, "stream_to"):
                agent.stream_to = people

    def parley(self) -> None:
        if not self.begun:
            self.begun = True
            self._welcome()
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                self._hand_on(agent, act)
            if self.over:
                return

    def episode_done(self) -> bool:
        return self.over

    def time_is_up(self) -> None:
        """The time of the task is over: say so, and goodbye."""
        self._end(self.text("time_is_up"))
        self._tell(self.goodbye)

    def finish_early(self) -> None:
        """People would like to finish."""
        self._end(self.goodbye or self.text("finished_early"))

    def _hand_on(self, agent: Seat, act: Act) -> None:
        if act.get("text") == DISCONNECT_TEXT and "carried_line" not in act:
            self._end(self.text("partner_left"), besides=agent)
            return
        for other in self.agents:
            if other is not agent:
                other.observe(act)
        self.turns += 1
        if self._ends_with(agent, act) or self.turns == self.max_turns:
            self._end(self.goodbye)

    def _ends_with(self, agent: Seat, act: Act) -> bool:
        if act.get("episode_done"):
            return True
        return not agent.is_bot and str(act.get("text") or "").strip().casefold() in self.quit_words

    def _end(self, text: str, besides: Seat | None = None) -> None:
        self.over = True
        self._tell(text, besides)

    def _tell(self, text: str, besides: Seat | None = None) -> None:
        for person in self._people():
            if text and person is not besides:
                person.observe({"id": "", "text": text})

    def _welcome(self) -> None:
        for person in self._people():
            words = self.welcomes.get(person.role, "") if isinstance(self.welcomes, Mapping) else self.welcomes
            others = ", ".join(other.role for other in self.agents if other is not person)
            text = str(words).replace("{others}", others).replace("{role}", person.role)
            text = text.replace("{round}", str(person.round))
            if text:
                person.observe({"id": "", "text": text})

    def _people(self) -> list[Seat]:
        return [agent for agent in self.agents if not agent.is_bot]


def _options(opt: Mapping[str, Any]) -> Mapping[str, Any]:
    options = opt.get(CHAT) or {}
    if not isinstance(options, Mapping):
        raise WorldError(f"expected a mapping ({', '.join(OPTIONS)}) at 'chat' of opt, got {options!r:.60}")
    for name in options:
        if name not in OPTIONS:
            hint = did_you_mean(str(name), OPTIONS, "options")
            raise WorldError(f"expected an option of Chat at 'chat' of opt, got {name!r:.60}: {hint}")
    welcome = options.get("welcome")
    if welcome is not None and not isinstance(welcome, str | Mapping):
        raise WorldError(f"expected a text, or texts by role, at 'chat.welcome' of opt, got {welcome!r:.60}")
    return options


def _text(options: Mapping[str, Any], name: str) -> str:
    text = options.get(name) or ""
    if not isinstance(text, str):
        raise WorldError(f"expected a text at 'chat.{name}' of opt, got {text!r:.60}")
    return text


def _quit_words(options: Mapping[str, Any]) -> frozenset[str]:
    words = options.get("quit_words") or ()
    if isinstance(words, str):
        words = (words,)
    if not isinstance(words, list | tuple):
        raise WorldError(f"expected a list of words at 'chat.quit_words' of opt, got {words!r:.60}")
    return frozenset(str(word).strip().casefold() for word in words)


def _max_turns(options: Mapping[str, Any]) -> int | None:
    most = options.get("max_turns")
    return None if most is None else whole_number({"chat.max_turns": most}, "chat.max_turns")
