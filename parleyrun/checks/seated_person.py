"""People's seats, as a service has them, in a run that goes nowhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from ..core.message import TIMEOUT_TEXT, Message
from ..core.open_opt import OpenOpt
from ..errors import RunStopped
from ..runner.mailbox import Mailbox
from ..runner.person import PersonAgent
from ..runner.seats.form_filling import FormFilling
from ..runner.seats.parlai_seat import seat_kind
from .model_stand_ins import StandInService


def seated_person(participant_id: str, onboard_data: Any, opt: Mapping[str, Any]) -> PersonAgent:
    """Return the seat of somebody whose mailbox is empty, and to whom anything may be said.

    Args:
        participant_id: Who sits there.
        onboard_data: What their onboarding found out.
        opt: The options of the world; they tell whether it was written for ParlAI.
    """
    kind = seat_kind(for_parlai=isinstance(opt, OpenOpt))
    agent = kind(participant_id, Mailbox(), onboard_data=onboard_data)
    agent.opt, agent.manager = opt, StandInService()
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
