"""People's seats, as a service has them, in a run that goes nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from ..core.message import TIMEOUT_TEXT, Message
from ..errors import RunStopped
from ..runner.mailbox import Mailbox
from ..runner.person import PersonAgent
from ..runner.seats.form_filling import FormFilling


def seated_person(participant_id: str, onboard_data: Any) -> PersonAgent:
    """Return the seat of somebody whose mailbox is empty, and to whom anything may be said."""
    agent = PersonAgent(participant_id, Mailbox(), onboard_data=onboard_data)
    agent.bind(_NoRun())
    return agent


class _NoRun:
    """Takes whatever happens in a seat and does nothing; a world that waits is stopped, as nobody will answer."""

    parley_number = 0
    replaying = False

    @property
    def forms(self) -> NoReturn:
        raise RunStopped

    def hear(self, agent: PersonAgent, form: FormFilling | None = None) -> Message | None:
        return None

    def hear_timeout(self, agent: PersonAgent) -> Message:
        return Message(TIMEOUT_TEXT, id=agent.disp_id or agent.id, episode_done=True)

    def say(self, agent: PersonAgent, message: Message, *, moderated: bool = True) -> None: ...

    def left_out(self, path: str, why: str) -> None: ...

    def typing(self, agent: PersonAgent, persona_id: str | None) -> None: ...

    def wait(self, agent: PersonAgent, *, only: bool, seconds: float | None, has_news: Callable[[], bool]) -> None:
        raise RunStopped

    def now(self) -> float:
        return 0.0
