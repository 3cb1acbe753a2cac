"""The service, as worlds and `module_initialize` know it on a host."""

from __future__ import annotations

from typing import Any

from ...config.models.bot_entries import bot_settings
from ...core.bot_seats.bot_agent import BotAgent
from ...errors import WorldError
from ...service.bots.bot_seats import BotSeats

_ELSEWHERE = (
    "expected what is at hand on a host, got service.{name}(), which only the coordinator can do: call it in "
    "the overworld or in onboarding, or say `engine: threads`"
)


class HostAuthors:
    """Has `bot`, as `AuthorService` does; for everything else a world has to be with the coordinator. Any thread.

    Args:
        bot_seats: Makes bots.
    """

    def __init__(self, bot_seats: BotSeats) -> None:
        self._bot_seats = bot_seats

    def bot(self, model: str, role: str | None = None, **settings: Any) -> BotAgent:
        """Return a bot, as `AuthorService.bot` does."""
        given = bot_settings({"model": model, **settings}, f"service.bot({model!r})")
        return self._bot_seats.bot(given, model if role is None else role)

    def observe_message(self, *_: Any, **__: Any) -> None:
        """Refuse. Raises `WorldError`."""
        raise WorldError(_ELSEWHERE.format(name="observe_message"))

    def observe_payload(self, *_: Any, **__: Any) -> None:
        """Refuse. Raises `WorldError`."""
        raise WorldError(_ELSEWHERE.format(name="observe_payload"))

    def upload_attachment(self, *_: Any, **__: Any) -> str:
        """Refuse. Raises `WorldError`."""
        raise WorldError(_ELSEWHERE.format(name="upload_attachment"))

    def create_persona(self, *_: Any, **__: Any) -> str:
        """Refuse. Raises `WorldError`."""
        raise WorldError(_ELSEWHERE.format(name="create_persona"))

    def delete_persona(self, *_: Any, **__: Any) -> None:
        """Refuse. Raises `WorldError`."""
        raise WorldError(_ELSEWHERE.format(name="delete_persona"))
