"""A bot's seat: a model among people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from ...errors import AgentError, ModelError, ModelFailure
from ..agents import Agent, Model
from ..forms.form import Form
from ..message import Act, Message, message_from_act
from ..model_answer import ModelAnswer
from ..seats import ParlaiNames, Seat
from ..thinking import SURROUNDINGS
from .answer_making import MadeAnswer
from .asking_rate import MOST_ASKED_AGAIN, AskingRate
from .bot_absence import BotAbsence, is_leaving_act, leaving_of
from .bot_desk import BotDesk
from .bot_introduction import instruction_of, introduction
from .bot_settings import BotSettings, OnBotError
from .decision_numbers import DecisionKind, DecisionNumbers
from .model_change import ModelChange, change_model, take_up
from .reply_decision import TurnsHeard
from .seated_model import SeatedModel, made_directly
from .spending import Spending

BOT_MARK = "bot"
"""What is true in the acts of a bot that people are told of."""

MODEL_NAME = "model_name"
"""Under this key of its `opt` a model of a config has its name."""

_NOT_DECIDED = -1


class BotAgent(ParlaiNames, Agent):
    """A seat for a model among people. It speaks under its role, whatever the model calls itself.

    With `settings` it behaves as a person's seat does: in a run, `act()` returns None at once as long as there is
    nothing to say, and the world goes on while the model thinks. Without them the world waits for it. Either way
    its run holds no slot meanwhile. After a restart it is told what it said by `self_observe`, if it has that.

    Args:
        model: What it thinks with; it has `observe(act)` and `act()`. With `fork()`, which returns a copy for one
            answer, it can be asked while the world goes on.
        id: Its name for the record.
        role: What others see as the speaker; without one that is its `id`.
        settings: When it speaks, at which pace, and what becomes of failures.
    """

    task_key: str | None = None
    change: ModelChange | None = None

    def __init__(
        self, model: Model, id: str = "bot", role: str | None = None, *, settings: BotSettings | None = None
    ) -> None:
        super().__init__(id=id, role=role)
        self.settings = settings
        self.data: dict[str, Any] = {}
        self.stored_data: dict[str, Any] = {}
        self.onboard_data: Any = None
        self.condition: Mapping[str, Any] = {}
        self.message_partners: Sequence[Seat] = ()
        self.stream_to: Sequence[Seat] = ()
        """Who sees its words while they come. A world that shows everybody all of them sets this."""
        self.number: int | None = None
        """Which of the bots of its run it is, from 0; None before it is in one."""
        self.record_id = ""
        """Its name on record, where it has a log of its own: `bot:NAME@RUN_UID`."""
        self.spent = Spending()
        """What its answers have taken so far."""
        keeps_past = settings is not None and settings.on_error.replace_with is not None
        # A bot in a bot's place thinks with what that one thinks with: what is said is on record once.
        self._seated = SeatedModel(model.model if isinstance(model, BotAgent) else model, keeps_past=keeps_past)
        self.absence = BotAbsence()
        """Whether it is away, of one that passes for a person."""
        self.filled_after: float | None = None
        """After how many seconds it sat down where nobody came; None where it belongs to its task."""
        self._introduced = False
        self._seq = 0
        self._turns = TurnsHeard()
        self._asking = AskingRate()
        self._decided_at = _NOT_DECIDED
        self._looked_in = -1
        self._numbers = DecisionNumbers()

    @property
    def model(self) -> Any:
        """What it thinks with."""
        return self._seated.model

    @property
    def model_name(self) -> str:
        """The model's name under `models:`; that of its class for one of an author's own."""
        if self.settings is not None:
            return self.settings.model
        opt = getattr(self.model, "opt", None)
        name = opt.get(MODEL_NAME) if isinstance(opt, Mapping) else None
        return str(name) if name else type(self.model).__name__

    @property
    def manager(self) -> Any:
        """The service, as those who sit here with it know it."""
        return next((other.manager for other in self.message_partners if not other.is_bot), None)

    @property
    def is_disclosed(self) -> bool:
        """Whether people are told that it is a bot."""
        return self.settings is None or self.settings.disclose

    @property
    def wants_a_look(self) -> bool:
        """True while there is something that it has not decided about, or an answer that was not taken."""
        if self.settings is None:
            return False
        if self.absence.is_leaving:
            return self.absence.has_news
        if self._seated.is_asked:
            return self._seated.has_answer
        return self._decided_at != self._seq and bool(self._seated.unheard)

    def introduce(self, task: str, others: Sequence[Seat]) -> None:
        """Tell its model of its seat, the first time this is called, if it wants to know.

        Args:
            task: The key of the task.
            others: Who else sits there, with their roles.
        """
        self.task_key = task
        tell = getattr(self.model, "introduce", None)
        if self._introduced or tell is None:
            return
        self._introduced = True
        tell(introduction(self.role, task, others, self.condition, self.round) | instruction_of(self.settings))

    def act(self, timeout: float | None = None) -> Act | None:
        """Return what the bot says; None if it has nothing to say, or nothing yet. `timeout` is for people."""
        desk = self._desk()
        if desk is None or (self.settings is None and not desk.replaying):
            return self._ask_directly(desk)
        if desk.replaying:
            return self._act_again(desk)
        act = self._look(desk)
        if act is None and self._looked_in == desk.parley_number:
            self._wait(desk)
            act = self._look(desk)
        self._looked_in = desk.parley_number if act is None else -1
        return act

    def act_blocking(self, timeout: float | None = None) -> Act:
        """Return what the bot says, whatever its policy is; an act without words if it has nothing to say."""
        desk = self._desk()
        if desk is None or (self.settings is None and not desk.replaying):
            act = self._ask_directly(desk)
        elif desk.replaying:
            act = self._act_again(desk)
        else:
            act = self._blocking(desk)
        return {"id": self.disp_id or self.id, "text": "", "episode_done": False} if act is None else act

    def _blocking(self, desk: BotDesk) -> Act | None:
        while self.absence.is_away(desk.now()) and not self.absence.has_news:
            self._wait(desk)
        if not self.absence.is_leaving:
            while not self._seated.is_asked:
                (self._ask if self._may_ask(desk) else self._wait)(desk)
            act = self._deliver(desk, self._seated.take(desk, self, wait=True))
            if not self.absence.is_leaving:
                return act
        return self._leave(desk) or self._blocking(desk)

    def _wait(self, desk: BotDesk) -> None:
        if not self._seated.is_asked:
            self._decided_at = self._seq  # no reason to wake up; once it may be asked, or is back, `look_again` is
        desk.wait(self, None)

    def observe(self, act: Mapping[str, Any]) -> Any:
        """Show the bot what somebody said. One without `settings` returns what its model makes of it."""
        shown = act if isinstance(act, dict) else dict(act)
        desk = self._desk()
        if desk is not None:
            self._seq += 1
            desk.line(self, self._seq, message_from_act(shown, desk.left_out), mine=False)
        if self.settings is None:
            return self.model.observe(shown)
        self._seated.show(shown)
        self._turns.heard(str(shown.get("id") or ""), self.message_partners, None if desk is None else desk.now())
        return shown

    def ask(self, form: Form, timeout: float | None = None) -> NoReturn:
        """Refuse: bots fill in no forms. Ask `is_bot` before. Raises `AgentError`."""
        raise AgentError(
            f"expected a person to ask the form '{form.name}', got the bot {self.id}: bots fill in no forms"
        )

    ask_blocking = ask

    def put_data(self, message: Mapping[str, Any]) -> None:
        """Show the model a message."""
        self.observe(message)

    def go_on_from(self, past: Sequence[tuple[bool, Message]]) -> None:
        """Sit down where somebody sat: the model is told what they heard, and (True) what they said."""
        take_up(self, self._seated, past)

    def look_again(self) -> None:
        """It may decide otherwise by now. Any thread."""
        self._decided_at = _NOT_DECIDED

    def abandon(self) -> None:
        """Nobody waits for an answer any more."""
        self._seated.abandon()

    def share(self) -> NoReturn:
        raise AgentError(f"the seat of {self.id} among people cannot be copied: copy its model")

    def __getstate__(self) -> dict[str, Any]:
        # Clocks, and the numbers of parleys, begin anew with each process.
        return {**self.__dict__, "_decided_at": _NOT_DECIDED, "_looked_in": -1}

    def sat_down(self, desk: BotDesk) -> None:
        """It sits in a run for the first time: where it is in somebody's stead, that goes on record."""
        if self.filled_after is not None:
            self._note(desk, "silent", why=f"sat down after {self.filled_after:.1f} s, as nobody came")

    def _desk(self) -> BotDesk | None:
        surroundings = SURROUNDINGS.get()
        desk = None if surroundings is None else surroundings.bots
        if desk is not None:
            desk.adopt(self)
        return desk

    def _look(self, desk: BotDesk) -> Act | None:
        """Take an answer that is there, or have one made if it is time to speak."""
        seated = self._seated
        if self.absence.is_away(desk.now()):
            return self._leave(desk)
        if seated.is_asked:
            return self._take(desk) if seated.has_answer else None
        if not (self._is_to_speak(desk) and self._may_ask(desk)):
            return None
        self._ask(desk)
        if seated.can_be_asked_meanwhile:
            return self._take(desk) if seated.has_answer else None
        return self._deliver(desk, seated.take(desk, self, wait=True))

    def _ask(self, desk: BotDesk) -> None:
        if why := change_model(desk, self, self._seated):
            self._note(desk, "silent", why=why)
        self._seated.ask(desk, self, self._line_to_come())

    def _take(self, desk: BotDesk) -> Act | None:
        assert self.settings is not None
        overtaken = self._seated.was_overtaken and self.settings.overtaken
        made = self._seated.take(desk, self)
        if made.error is not None or not overtaken or overtaken == "say":
            return self._deliver(desk, made)
        if overtaken == "ask_again" and not self._asking.may_be_made_anew():
            return self._deliver(desk, made, why=f"overtaken again after {MOST_ASKED_AGAIN} times")
        self._take_back(desk)
        if overtaken == "drop":
            self._note(desk, "overtaken", why="dropped", answer=made.answer)
            self._decided_at = self._seq
            return None
        self._note(desk, "overtaken", why="asked again", answer=made.answer)
        self.look_again()
        return self._look(desk)

    def _may_ask(self, desk: BotDesk) -> bool:
        """Whether its model is asked now; if not, it is looked at again once that may be."""
        with_people = any(not other.is_bot for other in self.message_partners)
        most = None if desk.means is None or not with_people else desk.means.answers_per_minute
        seconds = 0.0 if most is None else self._asking.wait_seconds(most, desk.now())
        if seconds and self._asking.begins_to_wait():
            self._note(desk, "silent", why=f"its model was asked as often as answers_per_minute ({most}) allows")
            desk.wake_in(self, seconds)
        return not seconds

    def _is_to_speak(self, desk: BotDesk) -> bool:
        assert self.settings is not None
        if self._decided_at == self._seq:
            return False
        self._decided_at = self._seq
        decision = self._turns.decision(self, self.settings, self._seated.unheard, desk.now())
        if decision.look_in_seconds is not None:
            desk.wake_in(self, decision.look_in_seconds)
        if decision.why:
            self._note(desk, "silent", why=decision.why)
        return decision.speaks

    def _ask_directly(self, desk: BotDesk | None) -> Act | None:
        if desk is None:
            act = self._seated.ask_directly(self)
            return None if act is None else {**act, "id": self.disp_id or self.id}
        made = made_directly(desk, self, self._seated)
        if made.error is not None:
            self._note(desk, "failed", why=str(made.error), answer=made.answer)
            raise made.error
        return None if made.act is None else self._speak(desk, made.act, "spoke", made.answer)

    def _deliver(self, desk: BotDesk, made: MadeAnswer, why: str = "") -> Act | None:
        if made.error is not None:
            return self._on_error(desk, made.error, made.answer)
        self._seated.accept(made)
        if made.act is None:
            self._decided_at = self._seq
            self._take_back(desk)
            self._note(desk, "silent", why="its model said nothing", answer=made.answer)
            return None
        return self._speak(desk, made.act, "spoke", made.answer, why=why)

    def _on_error(self, desk: BotDesk, error: ModelError, answer: ModelAnswer | None) -> Act | None:
        assert self.settings is not None
        then = self.settings.on_error
        desk.failed(self, error)
        self._take_back(desk)
        if then.say is not None:
            self._seated.heard_what_it_was_asked()
            return self._speak(desk, {"text": then.say}, "failed", answer, why=str(error))
        self._note(desk, "failed", why=str(error), answer=answer)
        if then.replace_with is None:
            if self.is_disclosed:
                raise error.__cause__ or error
            desk.presence.leaves(self)
            return None
        self._seated.replace(desk, then.replace_with, as_limit_reached=error.cause is ModelFailure.LIMIT)
        self.settings = replace(self.settings, model=then.replace_with, on_error=OnBotError())
        self._seated.ask(desk, self, self._line_to_come())
        if self._seated.can_be_asked_meanwhile:
            return None
        return self._deliver(desk, self._seated.take(desk, self, wait=True))

    def _speak(
        self, desk: BotDesk, said: Mapping[str, Any], kind: DecisionKind, answer: ModelAnswer | None, why: str = ""
    ) -> Act:
        act: Act = {**said, "id": self.disp_id or self.id, "carried_line": self._line_to_come()}
        if self.settings is not None and self.settings.disclose:
            act[BOT_MARK] = True
        message = message_from_act(act, desk.left_out)
        desk.show_typing(self, on=False)
        desk.heard(self, message)
        self._spoke(desk, message)
        self._note(desk, kind, why=why, answer=answer, seq=self._seq)
        return message.to_act()

    def _leave(self, desk: BotDesk) -> Act | None:
        """Return the act that says that it has gone, the first time that it is asked for."""
        if not self.absence.has_news:
            if self.absence.is_told:
                desk.presence.is_asked_again(self)
            return None
        self.absence.tell()
        message = leaving_of(self.disp_id or self.id)
        desk.heard(self, message)
        return message.to_act()

    def _act_again(self, desk: BotDesk) -> Act | None:
        """Return what is on record, and have the model know of it."""
        message = desk.hear_again(self)
        if message is None:
            if self._looked_in == desk.parley_number:
                desk.wait(self, None)
            self._looked_in = desk.parley_number
            return None
        self._looked_in = -1
        act = message.to_act()
        if is_leaving_act(message):
            self.absence.tell()
            return act
        self._seated.remember(act)
        self._spoke(desk, message)
        return act

    def _spoke(self, desk: BotDesk, message: Message) -> None:
        self._seq += 1
        desk.line(self, self._seq, message, mine=True)
        self._turns.spoke()
        self._asking.said()
        self.look_again()

    def _take_back(self, desk: BotDesk) -> None:
        """What was shown of an answer that is not said goes away."""
        desk.show_growing(self, "")
        desk.show_typing(self, on=False)

    def _line_to_come(self) -> str:
        return f"{self.record_id}#{self._seq + 1}"

    def _note(
        self,
        desk: BotDesk,
        kind: DecisionKind,
        *,
        why: str = "",
        answer: ModelAnswer | None = None,
        seq: int | None = None,
    ) -> None:
        numbers, at = self._numbers, desk.wall_time()
        desk.decided(numbers.decision(self.record_id, self._seq, kind, why=why, answer=answer, line=seq, at=at))
