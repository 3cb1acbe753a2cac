"""The seating of bots: what their seats ask of the run that they are in."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ...core.bot_seats.bot_agent import BotAgent
from ...core.bot_seats.bot_desk import BotMeans, PendingAnswer
from ...core.bot_seats.bot_names import bot_log_id, is_bot_log
from ...core.bot_seats.spending import Spending
from ...core.message import LeftOut, Message
from ...core.model_answer import BotDecision
from ...core.thinking import CallLater, Thinking
from ...errors import ModelError
from ..person import PersonAgent
from ..recorder import Recorder
from ..run_context import RunContext
from ..seats.form_events import is_words
from ..turn import BotLine, BotSeat, Outcome, RunIdentity
from .bot_notes import BotNotes
from .bot_presence import BotPresence

log = logging.getLogger(__name__)


class BotSeating:
    """Where the bots of a run sit (`core.bot_seats.bot_desk.BotDesk`).

    On the run's own thread, but for `now`, `call_later` and what is shown to people.

    Args:
        agents: The people's seats.
        recorder: What keeps what is heard.
        context: What the runner has for its runs.
        wake: Wakes the run, to look at what a thought has come to, or at a bot. Any thread.
        hold: Holds the run's thread, without a slot, until that answer is there; None: until anything happens.
        heard: Called once a bot has said something.
        stop: Ends the run. Any thread.
    """

    def __init__(
        self,
        agents: Sequence[PersonAgent],
        recorder: Recorder,
        context: RunContext,
        wake: Callable[[Any], None],
        hold: Callable[[PendingAnswer | None, Callable[[], bool]], None],
        heard: Callable[[], None],
        stop: Callable[[Outcome], None],
    ) -> None:
        self.parley_number = 0
        """The number of the parley that is going on."""
        self.run_uid = recorder.identity.uid
        self.left_out: LeftOut = partial(context.left_out, recorder.identity.world)
        self._agents = agents
        self._recorder = recorder
        self._context = context
        self._wake = wake
        self._hold = hold
        self._heard = heard
        self.presence = BotPresence(self.run_uid, agents, context, wake, stop, self._show_sitting)
        """How those that pass for people go away, come back and leave."""
        self._bots: list[BotAgent] = []
        self._notes = recorder.bots = BotNotes()
        # Any thread; whose members come and go as a whole.
        self._typing: set[int] = set()
        self._growing: set[int] = set()

    @property
    def replaying(self) -> bool:
        return self._recorder.replay is not None

    @property
    def means(self) -> BotMeans | None:
        return self._context.bot_means

    @property
    def call_later(self) -> CallLater:
        return self._context.timers.call_later

    @property
    def news_waits(self) -> bool:
        """True if a bot has something to decide, or an answer that the world has not taken."""
        return any(bot.wants_a_look for bot in self._bots)

    def now(self) -> float:
        return self._context.timers.clock.monotonic()

    def wall_time(self) -> float:
        return self._context.timers.clock.time()

    def spendings(self) -> Sequence[Spending]:
        return [bot.spent for bot in self._bots]

    def adopt(self, *bots: BotAgent, others_left: bool = False) -> None:
        strangers = [bot for bot in bots if all(known is not bot for known in self._bots)]
        for bot in strangers:
            self._sit_down(bot)
        if strangers:
            self._show_sitting(others_left=others_left)

    def _sit_down(self, bot: BotAgent) -> None:
        self._bots.append(bot)
        restored = bot.number is not None
        if bot.number is None:
            run = self._recorder.identity
            bot.number = 1 + max((known.number for known in self._bots if known.number is not None), default=-1)
            bot.record_id = self._free_log_id(bot, run)
            name_conversation(bot, run)
            self._notes.seats.append(
                BotSeat(
                    participant_id=bot.record_id,
                    position=self._seat_of(bot),
                    role=bot.disp_id,
                    model=bot.model_name,
                    disclosed=bot.is_disclosed,
                )
            )
            bot.sat_down(self)
        self.presence.sits_down(bot, restored=restored)

    def hear_again(self, bot: BotAgent) -> Message | None:
        message = self._recorder.hear_again(self._seat_of(bot), is_words)
        if message is not None:
            self._heard()
        return message

    def begin(self, bot: BotAgent, work: Callable[[Thinking], Any]) -> PendingAnswer:
        return self._context.thoughts.begin(work, self._wake)

    def wake_in(self, bot: BotAgent, seconds: float) -> None:
        self._context.timers.call_later(seconds, partial(self._look_again, bot))

    def wait(self, bot: BotAgent, pending: PendingAnswer | None) -> None:
        if self._recorder.replay is not None:
            self._recorder.wait_again(bot, only=False)
        else:
            self._hold(pending, lambda: bot.wants_a_look)

    def heard(self, bot: BotAgent, message: Message) -> None:
        self._recorder.heard(self._seat_of(bot), message, None)
        self._heard()

    def line(self, bot: BotAgent, seq: int, message: Message, *, mine: bool) -> None:
        self._notes.lines.append(
            BotLine(participant_id=bot.record_id, seq=seq, message=message, mine=mine, at=self.wall_time())
        )

    def decided(self, decision: BotDecision) -> None:
        self._notes.decisions.append(decision)

    def failed(self, bot: BotAgent, error: ModelError) -> None:
        who = f"bot {bot.disp_id or bot.id} ({bot.model_name})"
        spare = None if bot.settings is None else bot.settings.on_error.replace_with
        then = f"; {spare} goes on for the rest of this conversation" if spare else ""
        log.warning("run %s: %s: %s: %s%s", self._recorder.identity, who, error.cause.value, error, then)

    def past(self, bot: BotAgent) -> Sequence[tuple[bool, Message]]:
        means = self.means
        known = () if means is None else means.controls.lines(bot.record_id)
        last = known[-1][0] if known else 0
        newest = [(line.mine, line.message) for line in self._notes.lines if _is_after(line, bot.record_id, last)]
        return [*((mine, message) for _, mine, message in known), *newest]

    # Any thread.

    def show_read(self, bot: BotAgent, lines: list[str]) -> None:
        for line in lines:
            participant_id = line.rpartition("#")[0]
            if participant_id and not is_bot_log(participant_id):
                self._context.signs.bot_read(participant_id, bot.disp_id or bot.id, line)

    def show_typing(self, bot: BotAgent, *, on: bool) -> None:
        if not on and id(bot) not in self._typing:
            return
        (self._typing.add if on else self._typing.discard)(id(bot))
        for agent in self._agents:
            if not (agent.left or agent.replaced):
                self._context.signs.bot_typing(agent.id, bot.disp_id or bot.id, on)

    def show_growing(self, bot: BotAgent, text: str) -> None:
        if not text and id(bot) not in self._growing:
            return
        means = self.means
        if text and means is not None and means.controls.is_taken(self.run_uid, bot.disp_id or bot.id):
            text = ""  # what an operator has not let go of is seen by nobody
        (self._growing.add if text else self._growing.discard)(id(bot))
        for seat in bot.stream_to:
            if not seat.is_bot and not getattr(seat, "left", False):
                self._context.signs.growing(seat.id, bot.disp_id or bot.id, text)

    def close(self) -> None:
        """The run is over: nobody waits for an answer any more."""
        self.presence.close()
        for bot in self._bots:
            bot.abandon()
            self.show_growing(bot, "")
            self.show_typing(bot, on=False)

    def _seat_of(self, bot: BotAgent) -> int:
        assert bot.number is not None
        return len(self._agents) + bot.number

    def _free_log_id(self, bot: BotAgent, run: RunIdentity) -> str:
        taken = {known.record_id for known in self._bots}
        wanted, count = bot_log_id(str(bot.id), run.uid), 1
        while wanted in taken:
            count += 1
            wanted = bot_log_id(f"{bot.id}-{count}", run.uid)
        return wanted

    def _show_sitting(self, *, others_left: bool = False) -> None:
        sitting, left = [], []
        for bot in self._bots:
            if bot.absence.is_gone or bot.absence.is_told:
                left.append(str(bot.disp_id))
            elif bot.disp_id is not None:
                sitting.append((bot.disp_id, bot.is_disclosed))
        self._context.signs.bots_sit(self.run_uid, sitting, None if others_left else left)

    def _look_again(self, bot: BotAgent) -> None:
        bot.look_again()
        self._wake(bot)


def _is_after(line: BotLine, record_id: str, seq: int) -> bool:
    return line.participant_id == record_id and line.seq > seq


def name_conversation(agent: Any, run: RunIdentity) -> None:
    """Tell a seat which conversation it is in."""
    agent.task_id = run.task_id
    agent.conversation_id = run.uid
    agent.run_id = run.run_id


def seat_together(seats: Sequence[Any]) -> None:
    """Tell each of these who else sits with it."""
    for seat in seats:
        seat.message_partners = tuple(other for other in seats if other is not seat)
