"""Reply decisions: whether a bot speaks now, as its policy has it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..message import Act
from .bot_settings import BotSettings, ReplyPolicy

NOT_ADDRESSED = "not addressed"
ENOUGH_BOT_TURNS = "bots have said max_bot_turns lines in a row"
DECLINED = "its callable said no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a bot knows when it decides.

    Attributes:
        seat: The seat itself, for a callable.
        name: What the others call it.
        others: The names of the other seats.
        people: How many of those are people.
        unheard: What it was shown since it last spoke, in order.
        quiet_seconds: How long nobody has said anything.
        bot_turns: How many lines in a row bots have said.
        has_spoken: Whether it has said anything yet.
    """

    seat: Any
    name: str
    others: Sequence[str]
    people: int
    unheard: Sequence[Act]
    quiet_seconds: float
    bot_turns: int
    has_spoken: bool


@dataclass(frozen=True, slots=True)
class ReplyDecision:
    """Whether to speak. `why` says why not, where that was decided; `look_in_seconds` is when to decide again."""

    speaks: bool
    why: str = ""
    look_in_seconds: float | None = None


SPEAK = ReplyDecision(True)
WAIT = ReplyDecision(False)


def decide(settings: BotSettings, now: Situation) -> ReplyDecision:
    """Return whether a bot speaks now. What the system or a world says in nobody's name is no reason to."""
    voices = [act for act in now.unheard if act.get("id")]
    if not voices:
        return SPEAK if settings.begins and not now.has_spoken else WAIT
    decision = _by_policy(settings.reply, now, voices)
    if decision.speaks and now.people and now.bot_turns >= settings.max_bot_turns:
        return ReplyDecision(False, ENOUGH_BOT_TURNS)
    return decision


class TurnsHeard:
    """What a bot goes by when it decides: who has spoken, and when. It is pickled with its seat."""

    def __init__(self) -> None:
        self._has_spoken = False
        self._bot_turns = 0
        self._last_heard: float | None = None

    def heard(self, speaker: str, others: Sequence[Any], now: float | None) -> None:
        """Somebody of that name has said something, while these others sit there."""
        self._last_heard = now
        for other in others:
            if speaker and speaker in (other.disp_id, other.id):
                self._bot_turns = self._bot_turns + 1 if other.is_bot else 0
                return

    def spoke(self) -> None:
        """The bot itself has said something."""
        self._has_spoken = True
        self._bot_turns += 1

    def decision(self, seat: Any, settings: BotSettings, unheard: Sequence[Act], now: float) -> ReplyDecision:
        """Return whether the bot in a seat speaks now, having been shown these lines since it last spoke."""
        if self._last_heard is None:
            self._last_heard = now
        return decide(
            settings,
            Situation(
                seat=seat,
                name=seat.disp_id or seat.id,
                others=[str(other.disp_id or other.id) for other in seat.message_partners],
                people=sum(not other.is_bot for other in seat.message_partners),
                unheard=unheard,
                quiet_seconds=now - self._last_heard,
                bot_turns=self._bot_turns,
                has_spoken=self._has_spoken,
            ),
        )

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_last_heard": None}  # clocks begin anew with each process


def _by_policy(policy: ReplyPolicy, now: Situation, voices: Sequence[Act]) -> ReplyDecision:
    if policy.kind == "each":
        return SPEAK
    if policy.kind == "in_turn":
        spoken = {act["id"] for act in voices}
        return SPEAK if spoken.issuperset(now.others) else WAIT
    if policy.kind == "when_addressed":
        return SPEAK if _is_addressed(now, voices) else ReplyDecision(False, NOT_ADDRESSED)
    if policy.kind == "callable":
        assert policy.decides is not None
        return SPEAK if policy.decides(now.seat, list(now.unheard)) else ReplyDecision(False, DECLINED)
    if len(voices) >= policy.messages:
        return SPEAK
    if policy.silence_seconds is None:
        return WAIT
    remaining = policy.silence_seconds - now.quiet_seconds
    return SPEAK if remaining <= 0 else ReplyDecision(False, look_in_seconds=remaining)


def _is_addressed(now: Situation, voices: Sequence[Act]) -> bool:
    if len(now.others) <= 1:
        return True
    name = re.compile(rf"(?<!\w){re.escape(now.name)}(?!\w)", re.IGNORECASE)
    return any(name.search(str(act.get("text") or "")) for act in voices)
