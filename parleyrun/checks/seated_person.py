"""People's seats, as a service has them, in a run that goes nowhere."""

from __future__ import annotations

from typing import Any

from ..core.message import Message
from ..errors import RunStopped
from ..runner.mailbox import Mailbox
from ..runner.person import PersonAgent


def seated_person(participant_id: str, onboard_data: Any) -> PersonAgent:
    """Return the seat of somebody whose mailbox is empty, and to whom anything may be said."""
    agent = PersonAgent(participant_id, Mailbox(), onboard_data=onboard_data)
    agent.bind(_NoRun())
    return agent


class _NoRun:
    """Takes whatever happens in a seat and does nothing; a world that waits is stopped, as nobody will answer."""

    parley_number = 0
    replaying = False

    def hear_again(self, agent: PersonAgent) -> Message | None:
        return None

    def heard(self, agent: PersonAgent, message: Message, reference: str | None) -> None: ...

    def say(self, agent: PersonAgent, message: Message) -> None: ...

    def typing(self, agent: PersonAgent, persona_id: str | None) -> None: ...

    def wait(self, agent: PersonAgent, *, only: bool, seconds: float | None) -> bool:
        raise RunStopped

    def check_stopped(self) -> None: ...

    def leaving_ignored(self, agent: PersonAgent) -> None: ...

    def now(self) -> float:
        return 0.0
