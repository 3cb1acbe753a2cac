"""What a form asks of the run in which it is filled in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ...core.message import Message
from ..timers import Timer
from .form_events import is_fact
from .form_means import FormMeans

if TYPE_CHECKING:
    from ..person import PersonAgent
    from ..recorder import Recorder
    from ..run_context import RunContext


class FormDesk:
    """Asks the record and the clock. Used on the run's own thread.

    Args:
        recorder: What keeps what is heard.
        context: What the runner has for its runs.
        wake: Has the run look at a seat. Any thread.
    """

    def __init__(self, recorder: Recorder, context: RunContext, wake: Callable[[PersonAgent], None]) -> None:
        self._recorder = recorder
        self._context = context
        self._wake = wake

    @property
    def means(self) -> FormMeans:
        return self._context.forms

    @property
    def run_uid(self) -> str:
        """Names the run among all that there ever were."""
        return self._recorder.identity.uid

    def now_ms(self) -> int:
        """Return wall time in milliseconds."""
        return round(self._context.timers.clock.time() * 1_000)

    def learn(self, agent: PersonAgent, fact: Message) -> Message:
        """Note something that may be another matter after a restart; return it as it was when it was noted."""
        if self._recorder.replay is not None:
            return self._recorder.hear_again(agent.seat, is_fact) or fact
        self._recorder.heard(agent.seat, fact, None)
        return fact

    def drop_late_answers(self, agent: PersonAgent) -> None:
        """Take answers to a form that is over for read: no world is given them."""
        while (late := agent.mailbox.take_answers()) is not None:
            self._recorder.dropped(late.carried_line)

    def wake_later(self, agent: PersonAgent, seconds: float) -> Timer:
        """Have the run look at this seat after so many seconds."""
        return self._context.timers.call_later(seconds, partial(self._wake, agent))
