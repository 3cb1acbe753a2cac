"""Worlds in which agents talk in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import WorldError
from ..agents import Agent
from ..asking import ask, ends_episode, is_parting, is_person, shut_down, validate
from ..message import TIMEOUT_TEXT, Act
from ..seats import Seat
from .world import World


class MultiAgentDialogWorld(World):
    """Any number of agents in a round: each acts in turn, and all others observe it at once.

    So, when its turn comes, an agent has observed what every other one did since it last acted. The episode and
    the epoch are over when any agent says so, in an act of this round or by `episode_done()`, `epoch_done()`.

    A person who sits in it is waited for: `opt['seconds_to_answer']` seconds if that is set, else for as long as
    it takes. Somebody who goes away, or does not answer in time, ends the round and the episode at once;
    `parted` tells the others.

    Args:
        opt: The options, any mapping; it is never changed.
        agents: The seats, in their order; a single agent is taken as a list of one.
        shared: In place of agents, what `share()` of another world of this class gave: this one becomes its copy.

    Raises:
        WorldError: Neither agents nor shared are given, or `seconds_to_answer` is no number above 0.
    """

    LEFT_TEXT = "{name} has left, so the conversation is over."
    LATE_TEXT = "{name} did not answer in time, so the conversation is over."

    def __init__(
        self,
        opt: Mapping[str, Any] | None = None,
        agents: Sequence[Seat | Agent] | Seat | Agent | None = None,
        shared: Mapping[str, Any] | None = None,
    ) -> None:
        if agents is None and shared is None:
            raise WorldError(f"expected either agents or shared for {type(self).__name__}(opt, …), got neither")
        super().__init__(opt, agents, shared)
        self._seconds = _seconds(self.opt)

    def parley(self) -> None:
        """Let everybody act once, in order. Does nothing, and counts nothing, once the epoch is over."""
        if not self.begin():
            return
        for index, agent in enumerate(self.agents):
            self.turn_begins(agent)
            act = ask(agent, self._seconds)
            if act is None:
                continue
            if is_parting(act):
                self.acts[index] = act
                self.parted(agent, act)
                break
            self.deliver(index, act)
            if self.cut_short():
                break
        self.update_counters()

    def begin(self) -> bool:
        """Get ready for the next round; False if there is none, as the epoch is over."""
        if self.epoch_done():
            return False
        self.acts = [None] * len(self.agents)
        return True

    def deliver(self, index: int, act: Act) -> list[tuple[Seat, Any]]:
        """Agent number `index` did this: have the others observe it. Return what they made of it."""
        self.acts[index] = act
        return [(agent, agent.observe(act)) for place, agent in enumerate(self.agents) if place != index]

    def turn_begins(self, agent: Seat) -> None:
        """It is this agent's turn: a world for people may want to tell them. Not called in batches."""
        return

    def cut_short(self) -> bool:
        """Return True to end the round before everybody has had a turn, as when a game is won."""
        return False

    def parted(self, agent: Seat, act: Act) -> None:
        """A person has gone, or did not answer in time: tell who remains. Override it to say something else."""
        late = act["text"] == TIMEOUT_TEXT
        text = (self.LATE_TEXT if late else self.LEFT_TEXT).format(name=agent.role or "Somebody")
        for other in self.agents:
            if late or other is not agent:
                other.observe({"id": "", "text": text, "episode_done": True})

    def update_counters(self) -> None:
        """Count the round that has just been made, and tell whoever began it if nobody answered."""
        super().update_counters()
        if not self.cut_short():
            _tell_of_silence(self.agents, self.acts)

    def episode_done(self) -> bool:
        return any(map(ends_episode, self.acts)) or any(agent.episode_done() for agent in self.agents)

    def epoch_done(self) -> bool:
        return any(agent.epoch_done() for agent in self.agents)

    def shutdown(self) -> None:
        """Shut every agent down."""
        shut_down(self.agents)


def _seconds(opt: Mapping[str, Any]) -> float | None:
    seconds = opt.get("seconds_to_answer")
    if seconds is None or (isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0):
        return seconds
    raise WorldError(f"expected a number of seconds above 0 at 'seconds_to_answer' of opt, got {seconds!r}")


def _tell_of_silence(agents: Sequence[Seat], acts: Sequence[Act | None]) -> None:
    """Tell the first agent if it alone has said something."""
    if acts and acts[0] is not None and all(act is None for act in acts[1:]):
        tell = getattr(agents[0], "unanswered", None)
        if tell is not None:
            tell()


_HOOKS = ("begin", "turn_begins", "deliver", "cut_short")


class DialogPartnerWorld(MultiAgentDialogWorld):
    """Two agents: the first acts and the second observes it, then the other way round.

    The first, mostly a teacher, says when episode and epoch are over, and the world is named after it.

    Args:
        opt: The options, any mapping; it is never changed.
        agents: The seats, in their order; a single agent is taken as a list of one.
        shared: In place of agents, what `share()` of another world of this class gave: this one becomes its copy.

    Raises:
        WorldError: Neither agents nor shared are given, or there are not two agents.
    """

    def __init__(
        self,
        opt: Mapping[str, Any] | None = None,
        agents: Sequence[Seat | Agent] | Seat | Agent | None = None,
        shared: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(opt, agents, shared)
        if len(self.agents) != 2:
            raise WorldError(f"expected two agents in {type(self).__name__}, got {len(self.agents)}")
        people = any(map(is_person, self.agents))
        hooks = any(getattr(type(self), name) is not getattr(DialogPartnerWorld, name) for name in _HOOKS)
        self.is_plain = not people and not hooks and self.num_examples() is not None
        """Whether nothing about a round was overridden, and nothing can happen between two: nobody has to be
        waited for, and no other copy takes examples from the same stream."""
        self.over: bool | None = None
        """Whether the last parley ended the epoch, None before the first; while it is False nobody is asked."""

    def parley(self) -> None:
        """Let both act once. Does nothing, and counts nothing, once the epoch is over."""
        if not self.is_plain:
            super().parley()
            return
        # The same round with nothing in it that is not needed: this is what an evaluation spends its time with.
        if self.over is not False and self.epoch_done():
            return
        first, second = self.agents
        act = first.act()
        if act is not None:
            second.observe(act if type(act) is dict else validate(act))
        answer = second.act()
        if answer is not None:
            first.observe(answer if type(answer) is dict else validate(answer))
        self.acts = [act, answer]
        self.update_counters()

    def update_counters(self) -> None:
        if self.acts[1] is None and not self.cut_short():
            _tell_of_silence(self.agents, self.acts)
        self.total_parleys += 1
        self.total_exs += 1
        self.over = self.agents[0].epoch_done()
        if self.over:
            self.total_epochs += 1

    def episode_done(self) -> bool:
        act, answer = self.acts
        return ends_episode(act) or is_parting(answer) or self.agents[0].episode_done()

    def epoch_done(self) -> bool:
        return self.agents[0].epoch_done()

    def getID(self) -> str:
        """Return the name of the first agent, which is that of its task."""
        return self.agents[0].getID()


def takes_turns(world: World) -> bool:
    """Return whether a world makes its rounds by `begin`, `deliver` and `update_counters`, and no other way."""
    return type(world).parley in (MultiAgentDialogWorld.parley, DialogPartnerWorld.parley)
