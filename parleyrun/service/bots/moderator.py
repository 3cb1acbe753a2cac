"""The moderator: a model that says whether what people and bots say may be delivered."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from typing import Any, Literal

from ...core.bot_seats.allowance import Allowance
from ...core.bot_seats.bot_desk import BotMeans
from ...core.bot_seats.bot_names import MODERATION, bot_log_id
from ...core.bot_seats.decision_numbers import late_number
from ...core.bot_seats.promises import Asker
from ...core.message import Act, message_from_act
from ...core.model_answer import BotDecision, ModelAnswer
from ...core.seats import Seat
from ...core.thinking import Thinking, think, thinking_here
from ...errors import AgentError, ModelError, ModelFailure
from ...runner.line_moderation import BeforeDelivery, LineModeration
from ...runner.timers import Clock
from ...runner.turn import Moderation, describe
from ..current_plan import CurrentPlan

log = logging.getLogger(__name__)

ROLE = "Moderator"
QUESTION = "May this line be delivered? Answer with one word: allow, refuse or hold."

_VERDICTS: dict[str, Literal["refused", "held"] | None] = {"allow": None, "refuse": "refused", "hold": "held"}
_REMEMBERED = 1_000


def before_delivery_of(plan: CurrentPlan, means: BotMeans | None, clock: Clock) -> BeforeDelivery | None:
    """Return what lines pass before they are delivered: the world module's hook, then the moderator of the config.

    Args:
        plan: Has the world module's hook.
        means: Where models come from, and what is counted of them.
        clock: Dates what goes on record.

    Raises:
        AgentError: The config names a moderator, and there are no models.
    """
    moderation = plan.now.config.moderation
    hook = None if plan.now.before_delivery is None else plan.before_delivery
    if moderation is None:
        return hook
    if means is None:
        raise AgentError(f"expected the models of the config, with '{moderation.model}' among them, got none")
    moderator = Moderator(moderation.model, means, clock)
    return moderator if hook is None else _Both(hook, moderator)


class Moderator:
    """Asks a model about each line that somebody has said, once, however many are to be shown it. Any thread.

    What a world says in its own name is not asked about. A model that does not answer, or not with one of the
    three words, has the line held.

    Args:
        name: The model's name.
        means: Where models come from, and what is counted of them.
        clock: Dates what goes on record.
    """

    def __init__(self, name: str, means: BotMeans, clock: Clock) -> None:
        self._name = name
        self._means = means
        self._clock = clock
        self._lock = threading.Lock()  # guards what is remembered
        self._remembered: OrderedDict[tuple[str, str], Moderation | None] = OrderedDict()

    def __call__(self, message: Act, seat: Seat) -> Moderation | None:
        line = message.get("carried_line")
        if line is None:
            return None
        key = (str(line), str(message))
        with self._lock:
            if key in self._remembered:
                return self._remembered[key]
        verdict = think(lambda thinking: self._ask(message, seat, thinking))
        with self._lock:
            self._remembered[key] = verdict
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return verdict

    def _ask(self, message: Act, seat: Seat, thinking: Thinking) -> Moderation | None:
        means = self._means
        uid = seat.conversation_id
        asker = Asker(run_uid=uid, record_id=bot_log_id(MODERATION, uid), model=self._name) if uid else None
        allowance = Allowance((means.study,), (means.limit,), means.promises, asker)
        try:
            allowance.check()
            with thinking_here(thinking), allowance:
                said = self._answer(message, seat, allowance)
        except Exception as error:  # a model may raise anything, and nobody is shown what it was asked about
            cause = error.cause if isinstance(error, ModelError) else ModelFailure.CODE
            log.warning("a line is held, as the moderator %s failed: %s: %s", self._name, cause.value, error)
            return Moderation(verdict="held", reason=f"the moderator {self._name} failed: {describe(error)}")
        word = said.strip().strip(".!\"'`*").casefold()
        if word not in _VERDICTS:
            reason = f"the moderator {self._name} said neither allow, refuse nor hold, but {said!r:.200}"
            return Moderation(verdict="held", reason=reason)
        verdict = _VERDICTS[word]
        return (
            None if verdict is None else Moderation(verdict=verdict, reason=f"the moderator {self._name} said so")
        )

    def _answer(self, message: Act, seat: Seat, allowance: Allowance) -> str:
        model: Any = self._means.seat(self._name)
        introduce = getattr(model, "introduce", None)
        if introduce is not None:
            introduce(
                {
                    "role": ROLE,
                    "task": None,
                    "people": [seat.role],
                    "condition": {},
                    "round": 1,
                    "onboard_data": None,
                }
            )
        said_by, text = message.get("id") or "somebody", message.get("text") or ""
        payload = message.get("payload")
        shown = f"{said_by} says to {seat.role or 'somebody'}:\n{text}\n\n{QUESTION}"
        model.observe(
            {"id": "", "text": shown, "episode_done": False, **({"payload": payload} if payload else {})}
        )
        try:
            act = model.act()
        finally:
            answer: ModelAnswer | None = getattr(model, "last_answer", None)
            if answer is not None:
                allowance.settle(answer)
                self._means.counted(answer)
                self._record(seat, answer)
        return str((act or {}).get("text") or "")

    def _record(self, seat: Seat, answer: ModelAnswer) -> None:
        run_uid = seat.conversation_id
        if run_uid is None:
            return
        decision = BotDecision(
            participant_id=bot_log_id(MODERATION, run_uid),
            number=late_number(),
            kind="moderated",
            at=self._clock.time(),
            answer=answer,
        )
        self._means.record(run_uid, decision)


class _Both:
    """The author's hook, and the moderator for what it lets pass, as it is to be shown."""

    def __init__(self, hook: BeforeDelivery, moderator: Moderator) -> None:
        self._by_hook = LineModeration(hook)
        self._moderator = moderator

    def __call__(self, message: Act, seat: Seat) -> Moderation | None:
        first = self._by_hook(message_from_act(message), seat)
        if first is None:
            return self._moderator(message, seat)
        if first.shown is None:
            return first
        return self._moderator(first.shown.to_act(), seat) or first
