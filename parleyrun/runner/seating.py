"""The seating of a run: what its seats ask of it when they hear, speak and wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..core.bot_seats.bot_agent import BotAgent
from ..core.bot_seats.bot_desk import PendingAnswer
from ..core.message import TIMEOUT_TEXT, Message
from ..core.thinking import Thinking
from ..errors import RunnerError, RunStopped
from .acts_in_names import absence_in, as_shown
from .bots.bot_seating import BotSeating, name_conversation, seat_together
from .bots.thoughts import Thought
from .person import PersonAgent
from .recorder import Recorder
from .run_context import RunContext
from .run_state import RunState
from .seats.form_desk import FormDesk
from .seats.form_events import is_of_page, is_words
from .seats.form_filling import FormFilling
from .seats.leave_taking import end_as_ignored, leaving_act, watch_leaving
from .thread_budget import ThreadTicket
from .timers import Timer
from .turn import LEAVING_UNTOLD, Outcome, Said


class RunSeating:
    """Where the people of a run sit. Used on the run's own thread, but for `say` and where it says so.

    Args:
        agents: The seats, in order.
        state: Where the run is.
        recorder: What keeps what is heard.
        context: What the runner has for its runs.
        queue: Puts the run into the queue for slots. Any thread.
        tick: Called with seconds and the slot of time of the last tick; has the run woken, and returns the slot.
        flush: Commits what was said and heard so far in the parley that is going on.
    """

    __slots__ = (
        "_agents",
        "_bots",
        "_context",
        "_flush",
        "_idle_seconds",
        "_leaving_ignored",
        "_queue",
        "_recorder",
        "_state",
        "_tick",
        "heard",
        "parley_number",
        "progress",
        "ticket",
        "unanswered",
    )

    def __init__(
        self,
        agents: Sequence[PersonAgent],
        state: RunState,
        recorder: Recorder,
        context: RunContext,
        queue: Callable[[], None],
        tick: Callable[[float, int], int],
        flush: Callable[[], None],
    ) -> None:
        self.parley_number = 0
        self.progress = False
        """True if somebody heard or said something in this parley."""
        self.heard = False
        """True if somebody heard something in this parley."""
        self.unanswered: PersonAgent | None = None
        """Who sits here alone, was shown that their words were read, and has not been told anything since."""
        self.ticket = ThreadTicket(context.threads, queue)
        """What the run has of the threads that may wait inside author code."""
        self._agents = agents
        self._state = state
        self._recorder = recorder
        self._context = context
        self._queue = queue
        self._tick = tick
        self._flush = flush
        self._idle_seconds = 0.0
        self._leaving_ignored = False
        self._bots: BotSeating | None = None

    def sit_down(self) -> None:
        """Seat everybody; from now on they can act."""
        for seat, agent in enumerate(self._agents):
            agent.seat = seat
            agent.message_partners = tuple(other for other in self._agents if other is not agent)
            name_conversation(agent, self._recorder.identity)
            agent.bind(self)

    def take_in(self, bots: Sequence[BotAgent], *, restored: bool = False) -> None:
        """Take in the bots of a world; those that behave as people do are their partners, too.

        Of a world that goes on after a restart, other bots that are on record have left.
        """
        self.bots.adopt(*bots, others_left=restored)
        live = [bot for bot in bots if bot.settings is not None]
        if live:
            seat_together([*(agent for agent in self._agents if not agent.replaced), *live])
            for bot in live:
                bot.introduce(self._recorder.identity.group, bot.message_partners)

    def listen(self) -> None:
        """From now on everybody's mail wakes the run."""
        for agent in self._agents:
            agent.listen(partial(self.mail_came, agent))

    def stop_listening(self, *, for_good: bool = False) -> None:
        """Nobody's mail wakes the run; with `for_good` it is over, and nothing here refers to it any more."""
        # What refers to each other in a circle is found by the collector only, and that rarely (app/tuning.py).
        for agent in self._agents:
            agent.stop_listening()
            if for_good:
                agent.message_partners = ()
        if not for_good:
            return
        if self._bots is not None:
            self._bots.close()
            self._bots = None
        self._agents = ()
        self._queue = self._flush = _nothing
        self._tick = _never
        self.ticket.let_go_of_run()
        self._recorder.let_go_of_agents()

    def parley_begins(self) -> bool:
        """Return True if mail has come since the parley before began."""
        self.parley_number += 1
        if self._bots is not None:
            self._bots.parley_number = self.parley_number
        self.progress = self.heard = False
        return self._state.look()

    @property
    def news_waits(self) -> bool:
        """True if somebody's mail, or that they left, is still to be read."""
        for agent in self._agents:
            if agent.mailbox.mail or agent.left or (agent.mailbox.answers and agent.forms.on_page):
                return True
        return self._bots is not None and self._bots.news_waits

    # What seats ask (`person.Seating`).

    @property
    def replaying(self) -> bool:
        """True while a parley that was cut off is run again."""
        return self._recorder.replay is not None

    @property
    def forms(self) -> FormDesk:
        """What forms ask of the run."""
        return FormDesk(self._recorder, self._context, self.mail_came)

    def now(self) -> float:
        return self._context.timers.clock.monotonic()

    def hear(self, agent: PersonAgent, form: FormFilling | None = None) -> Message | None:
        """Return what the person in this seat said next, or what answers the form; None if there is nothing."""
        on_page = form is not None and form.on_page
        if self._state.stopped is not None:
            raise RunStopped
        if self._recorder.replay is not None:
            return self._hear_again(agent, is_of_page if on_page else is_words)
        mailbox = agent.mailbox
        if mailbox.answers and not agent.forms.on_page:
            self.forms.drop_late_answers(agent)
        mail = mailbox.take_answers() if on_page else mailbox.take() if mailbox.mail else None
        if mail is None:
            return self._hear_leaving(agent) if agent.left else None
        message = mail.said_by(agent.disp_id or agent.id)
        if form is not None:
            message = form.stamped(message, self.forms.now_ms())
        agent.looked_in = -1
        agent.timed_out = False
        self.progress = self.heard = True
        self._idle_seconds = 0.0
        self._recorder.heard(agent.seat, message, mail.carried_line)
        if not agent.message_partners and not on_page:
            self.unanswered = agent
            self._context.signs.read(agent.id, mail.carried_line)
        return message

    def hear_timeout(self, agent: PersonAgent) -> Message:
        """Return the act that says that the person did not answer in time."""
        return self._hear_of(agent, Message(TIMEOUT_TEXT, id=agent.disp_id or agent.id, episode_done=True))

    def say(self, agent: PersonAgent, message: Message, *, moderated: bool = True) -> None:
        """Say something to the person in this seat. Any thread.

        An act that stands for somebody who left, or did not answer, is no words: it becomes a sign of that.
        """
        if message.carried_line is None:
            absence = absence_in(message, self._agents)
            if absence is not None:
                if self._recorder.replay is None and message.id != (agent.disp_id or agent.id):
                    self._context.signs.presence(agent.id, message.id, absence)
                return
            message = as_shown(message, self._agents, () if self._bots is None else self._bots.presence.hidden)
        if self._recorder.replay is not None:
            self.progress = True
            self._recorder.say_again(agent.id, message)
            return
        run_uid = self._recorder.identity.uid
        # Of a seat that an operator has taken nothing is to be known where no bot sits.
        is_looked_at = moderated and (self._bots is not None or self._context.moderation is not None)
        moderation = self._context.moderated(run_uid, message, agent) if is_looked_at else None
        queue = self._state.speak(Said(agent.id, message, self._context.timers.clock.time(), moderation))
        if queue is None:
            run = self._recorder.identity
            raise RunnerError(f"run {run} has ended: nothing more can be said to {agent.id} in it")
        self.progress = True
        if self.unanswered is agent and (moderation is None or moderation.shown is not None):
            self.unanswered = None
        # A world may speak from a thread of its own while it waits; its words go out with a turn.
        if queue:
            self._queue()

    def left_out(self, path: str, why: str) -> None:
        """A value of an act cannot be recorded. Any thread."""
        self._context.left_out(self._recorder.identity.world, path, why)

    def typing(self, agent: PersonAgent, persona_id: str | None) -> None:
        if self._recorder.replay is None:
            # What was said before must be seen before.
            self._flush()
            self.unanswered = None  # the world says itself who types, and for how long
            self._context.signs.typing(agent.id, persona_id)

    def wait(self, agent: PersonAgent, *, only: bool, seconds: float | None, has_news: Callable[[], bool]) -> None:
        """Hold this thread, without a slot, until there is something to look at.

        That is mail for `agent` if `only`, for anybody or a tick otherwise; the end of `seconds`; a stop.
        `has_news` says whether it is there already.

        Raises:
            RunStopped: The run is to end.
        """
        if self._recorder.replay is not None:
            self._recorder.wait_again(agent, only=only)
            return
        self._recorder.waits_inside()
        self._flush()
        if self.unanswered is not None:
            self.leave_unanswered()
        if not self._state.block(
            agent if only else None, has_news, self.ticket.hold, None if only else self.set_tick
        ):
            return
        timers = self._context.timers
        self._give_slot_up(None if seconds is None else timers.call_later(seconds, partial(self.mail_came, agent)))

    def _give_slot_up(self, timer: Timer | None = None) -> None:
        """Wait on this thread, which is blocked, for a slot; the timer is not needed after that."""
        self._context.slots.give_up()
        self._state.await_slot()
        if timer is not None:
            timer.cancel()
        self.ticket.let_go()
        if self._state.stopped is not None:
            raise RunStopped

    @property
    def who_left(self) -> str:
        """The name of somebody who has gone for good; empty if nobody has."""
        people = [agent.role or agent.id for agent in self._agents if agent.left]
        return people[-1] if people else "" if self._bots is None else self._bots.presence.who_left

    @property
    def bots(self) -> BotSeating:
        """Where its bots sit (`core.thinking.Surroundings`)."""
        if self._bots is None:
            calls = self._thought_of, self._hold, self._bot_spoke, self.stop
            self._bots = BotSeating(self._agents, self._recorder, self._context, *calls)
            self._bots.parley_number = self.parley_number
        return self._bots

    def think(self, work: Callable[[Thinking], Any]) -> Any:
        """Have work done on another thread, and hold this one without a slot meanwhile (`core.thinking`).

        Raises:
            RunStopped: The run is to end.
        """
        thought = self._context.thoughts.begin(work, self._thought_of)
        self._hold_for(thought)
        return thought.result()

    def _hold(self, pending: PendingAnswer | None, has_news: Callable[[], bool]) -> None:
        """Hold this thread, without a slot, until an answer is there; without one until anything happens."""
        if pending is not None:
            self._hold_for(pending)
            return
        self._recorder.waits_inside()
        self._flush()
        if self._state.block(None, has_news, self.ticket.hold, self.set_tick):
            self._give_slot_up()

    def _hold_for(self, thought: PendingAnswer) -> None:
        if thought.is_done:
            return
        self._recorder.waits_inside()
        while not thought.is_done:
            # What was said before is seen before, and so is what a thread of the world's own says meanwhile.
            self._flush()
            try:
                if self._state.block(thought, lambda: thought.is_done, self.ticket.hold, None):
                    self._give_slot_up()
            except RunStopped:
                thought.abandon()
                raise

    def _bot_spoke(self) -> None:
        self.progress = self.heard = True
        self._idle_seconds = 0.0

    def _thought_of(self, what: Thought | BotAgent) -> None:
        """A thought has come to its end, or a bot is to be looked at. Any thread."""
        if self._state.mail_came(what):
            self._queue()

    def leave_unanswered(self) -> None:
        """The world rests without having said anything to who was shown that their words were read."""
        agent, self.unanswered = self.unanswered, None
        if agent is not None:
            self._context.signs.unanswered(agent.id)

    # What wakes or ends the run. Any thread.

    def mail_came(self, agent: PersonAgent) -> None:
        """There is mail for this seat, or something else that it should look at."""
        if self._state.mail_came(agent):
            self._queue()

    def stop(self, outcome: Outcome) -> None:
        """End the run with this outcome as soon as it lets go."""
        if self._state.stop(outcome):
            self._queue()
        self.ticket.skip_line()

    def person_left(self, agent: PersonAgent) -> None:
        """Somebody went for good: tell the world, and end it one tick later if it takes no notice."""
        agent.mark_left(told=not agent.is_told_of_leaving)
        if not agent.is_told_of_leaving:
            self.stop(Outcome("left", LEAVING_UNTOLD.format(who=agent.role or agent.id)))
            return
        self.mail_came(agent)
        watch_leaving(agent, self._agents, self._context.timers, self._context.tick_seconds, self.stop)

    def set_tick(self, slot: int) -> int:
        """Have the run woken by a tick, each time later while nobody says anything (`run_state.SetTick`)."""
        pace = self._agents[0].pace if self._agents else PersonAgent.pace
        seconds = min(self._context.tick_seconds, pace.first_seconds + pace.growth * self._idle_seconds)
        self._idle_seconds += seconds
        return self._tick(seconds, slot)

    def set_first_tick(self, slot: int) -> int:
        """Have the run woken by a tick soon, whatever happened before (`run_state.SetTick`)."""
        return self._tick(PersonAgent.pace.first_seconds, slot)

    def _hear_again(self, agent: PersonAgent, wanted: Callable[[Message], bool]) -> Message | None:
        message = self._recorder.hear_again(agent.seat, wanted)
        if message is not None:
            self.progress = self.heard = True
            agent.given(message)
        return message

    def _hear_leaving(self, agent: PersonAgent) -> Message | None:
        """Return the act that says that the person has left, the first time it is asked for."""
        if not agent.left_told:
            agent.left_told = True
            return self._hear_of(agent, leaving_act(agent))
        if not self._leaving_ignored:
            self._leaving_ignored = True
            end_as_ignored(agent.role or agent.id, self._context.timers, self._context.tick_seconds, self.stop)
        return None

    def _hear_of(self, agent: PersonAgent, message: Message) -> Message:
        """Take to the record what an `act()` returns that is nobody's message."""
        agent.given(message)
        self.progress = self.heard = True
        self._idle_seconds = 0.0
        self._recorder.heard(agent.seat, message, None)
        return message


def _nothing() -> None:
    """Of a run that is over, nothing is queued and nothing is flushed."""


def _never(_seconds: float, slot: int) -> int:
    return slot
