"""What a runner has for its runs: values and callables, the same for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..core.bot_seats.bot_desk import BotMeans
from ..core.message import Message
from ..signals import PresenceState
from .bots.thoughts import Thoughts
from .habits import Habits
from .line_moderation import LineModeration
from .person import PersonAgent
from .recorder import WorldSnapshots
from .seats.form_means import ENGLISH_QUESTIONS, FormMeans
from .slots import Slots
from .thread_budget import ThreadBudget
from .timers import Timers
from .turn import SEAT_TAKEN, Commit, Moderation


def _show_nobody(_who: str, _what: object = None, _more: object = "", _state: object = None) -> None:
    """Nobody looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatSigns:
    """What people are shown besides words. All are called on worker threads; all but `bots_sit` with a
    participant's id first.

    Attributes:
        typing: Somebody types; the second argument is the persona, if any.
        read: A world in which nobody else sits has read what the person said, and is about to answer; the second
            argument names the line, if it is one.
        unanswered: It has nothing to say to that after all, or not yet.
        presence: Somebody, by the name in the second argument, has `left` or is `silent`, as the third one says.
        bot_presence: In the run of that uid a bot that passes for a person, by that name, is away, is back, or has
            left; None: its conversation is over.
        bots_sit: In the run of that uid these bots sit, each by its name and with whether people are told of it,
            and these have left; None: all others have.
        bot_read: A bot, by the name in the second argument, has read the line that the third one names.
        bot_typing: A bot, by that name, types, or has stopped.
        growing: A bot, by that name, is about to say something; the third argument are the words so far, empty to
            take back what was shown of it.
    """

    typing: Callable[[str, str | None], None] = _show_nobody
    read: Callable[[str, str | None], None] = _show_nobody
    unanswered: Callable[[str], None] = _show_nobody
    presence: Callable[[str, str, Literal["left", "silent"]], None] = _show_nobody
    bot_presence: Callable[[str, str, str, PresenceState | None], None] = _show_nobody
    bots_sit: Callable[[str, Sequence[tuple[str, bool]], Sequence[str] | None], None] = _show_nobody
    bot_read: Callable[[str, str, str], None] = _show_nobody
    bot_typing: Callable[[str, str, bool], None] = _show_nobody
    growing: Callable[[str, str, str], None] = _show_nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What a run needs to be executed and recorded. Shared by all threads.

    Attributes:
        slots: Who may execute.
        threads: Who may wait inside author code.
        thoughts: Where models think.
        timers: The clock, and callbacks that wait for it.
        tick_seconds: How long a parked world is left alone at most.
        grace_seconds: How long somebody may be away before they have left.
        commit: Records a turn.
        signs: What people are shown besides words.
        snapshots: How worlds are put on record; None where they are not.
        habits: What worlds always do.
        left_out: Told of a value of an act that cannot be recorded: the world's name, where it is, and why not.
        bot_means: What all bots have in common; None where there is no service.
        forms: What it takes to ask people forms.
        moderation: What lines pass before they are delivered; None where all of them are shown as they are.
    """

    slots: Slots
    threads: ThreadBudget
    thoughts: Thoughts
    timers: Timers
    tick_seconds: float
    grace_seconds: float
    commit: Commit
    signs: SeatSigns
    snapshots: WorldSnapshots | None
    habits: Habits
    left_out: Callable[[str, str, str], None]
    bot_means: BotMeans | None = None
    moderation: LineModeration | None = None
    forms: FormMeans = ENGLISH_QUESTIONS

    def moderated(self, run_uid: str, message: Message, agent: PersonAgent) -> Moderation | None:
        """Return what becomes of a line that is about to be shown to somebody; None: it is shown as it is."""
        means = self.bot_means
        if means is not None and message.id and means.controls.is_taken(run_uid, message.id):
            return Moderation(verdict="held", reason=SEAT_TAKEN)
        return None if self.moderation is None else self.moderation(message, agent)
