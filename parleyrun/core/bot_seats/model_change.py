"""Model changes: another model goes on in a bot's seat, as an operator has set it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..message import Message
from .bot_desk import BotDesk
from .bot_introduction import introduction
from .seated_model import SeatedModel

if TYPE_CHECKING:
    from .bot_agent import BotAgent


@dataclass(frozen=True, slots=True)
class ModelChange:
    """In a seat whose model was `first` an operator wants the model `name`; None: the first one again."""

    first: str
    name: str | None


def change_model(desk: BotDesk, bot: BotAgent, seated: SeatedModel) -> str:
    """Have the model go on in a bot's seat that an operator wants there, if that is news.

    It is told of the seat, and of all that was said there.

    Args:
        desk: Of the run.
        bot: Whose seat it is.
        seated: What it thinks with.

    Returns:
        What happened, for the record; empty if nothing did.

    Raises:
        AgentError: There is no model of that name.
    """
    settings, means, before = bot.settings, desk.means, bot.change
    if settings is None or means is None:
        return ""
    name = means.controls.model(desk.run_uid, bot.disp_id or bot.id)
    if name == (None if before is None else before.name):
        return ""
    change = bot.change = ModelChange(settings.model if before is None else before.first, name)
    wanted = name or change.first
    model: Any = means.seat(wanted)
    tell = getattr(model, "introduce", None)
    if tell is not None and bot.task_key is not None:
        tell(introduction(bot.role, bot.task_key, bot.message_partners, bot.condition, bot.round))
    seated.be(model, [(mine, message.to_act()) for mine, message in desk.past(bot)])
    bot.settings = replace(settings, model=wanted)
    return f"an operator has {wanted} go on in the stead of {settings.model}"


def take_up(bot: BotAgent, seated: SeatedModel, past: Sequence[tuple[bool, Message]]) -> None:
    """Have a bot go on where somebody else sat.

    What was said last, and not answered, it hears as anything that is said to it.

    Args:
        bot: Who sits down.
        seated: What it thinks with.
        past: What was said to whoever sat there, and (True) by them.
    """
    answered = max((place for place, (mine, _) in enumerate(past, 1) if mine), default=0)
    seated.be(seated.model, [(mine, message.to_act()) for mine, message in past[:answered]])
    for _, message in past[answered:]:
        bot.observe(message.to_act())
