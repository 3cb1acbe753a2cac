"""The presence of bots that pass for people: they go away, come back and leave as people do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ...core.bot_seats.bot_agent import BotAgent
from ...signals import PresenceState
from ..person import PersonAgent
from ..run_context import RunContext
from ..seats.leave_taking import end_as_ignored
from ..turn import LEAVING_UNNOTICED, Outcome


class BotPresence:
    """On the run's own thread, but for what timers call.

    Args:
        run_uid: Names the run.
        agents: The people's seats.
        context: What the runner has for its runs.
        wake: Wakes the run, to look at a bot. Any thread.
        stop: Ends the run. Any thread.
        show_sitting: Shows which bots still sit there. Any thread.
    """

    def __init__(
        self,
        run_uid: str,
        agents: Sequence[PersonAgent],
        context: RunContext,
        wake: Callable[[BotAgent], None],
        stop: Callable[[Outcome], None],
        show_sitting: Callable[[], None],
    ) -> None:
        self._run_uid = run_uid
        self._agents = agents
        self._context = context
        self._wake = wake
        self._stop = stop
        self._show_sitting = show_sitting
        self._is_ignored = False
        self.hidden: list[BotAgent] = []
        """The bots of the run that pass for people."""

    @property
    def who_left(self) -> str:
        """The role of one that has gone for good; empty if none has."""
        return next((_name(bot) for bot in self.hidden if bot.absence.is_gone), "")

    def sits_down(self, bot: BotAgent, *, restored: bool) -> None:
        """A bot sits in the run. One that goes on after a restart was cut off and comes back, as people do."""
        if bot.is_disclosed:
            return
        self.hidden.append(bot)
        absence = bot.absence
        if not (restored or absence.was_cut_off) or absence.is_told:
            return
        if absence.is_leaving:
            self.leaves(bot)
        elif bot.settings is not None and bot.settings.pace is not None:
            seconds = absence.goes_away(self._context.timers.clock.monotonic(), bot.record_id)
            self._show(bot, "away")
            self._context.timers.call_later(seconds, partial(self._is_back, bot))

    def leaves(self, bot: BotAgent) -> None:
        """It goes away for good, which shows when a person who is away would have left."""
        bot.absence.is_leaving = True
        self._show(bot, "away")
        self._context.timers.call_later(self._context.grace_seconds, partial(self._has_gone, bot))

    def is_asked_again(self, bot: BotAgent) -> None:
        """Its world asks it although it was told that it has gone: that ends the run one tick later."""
        if not self._is_ignored:
            self._is_ignored = True
            end_as_ignored(_name(bot), self._context.timers, self._context.tick_seconds, self._stop)

    def close(self) -> None:
        """The run is over: screens that come back show nothing more of them."""
        for bot in self.hidden:
            self._show(bot, None)

    def _has_gone(self, bot: BotAgent) -> None:
        bot.absence.is_gone = True
        self._show(bot, "left")
        self._show_sitting()
        self._wake(bot)
        self._context.timers.call_later(self._context.tick_seconds, partial(self._end_unless_noticed, bot))

    def _end_unless_noticed(self, bot: BotAgent) -> None:
        if not bot.absence.is_told:
            self._stop(Outcome("left", LEAVING_UNNOTICED.format(who=_name(bot))))

    def _is_back(self, bot: BotAgent) -> None:
        self._show(bot, "back")
        bot.look_again()
        self._wake(bot)

    def _show(self, bot: BotAgent, state: PresenceState | None) -> None:
        for agent in self._agents:
            if not agent.replaced:
                self._context.signs.bot_presence(agent.id, self._run_uid, _name(bot), state)


def _name(bot: BotAgent) -> str:
    return bot.disp_id or bot.id
