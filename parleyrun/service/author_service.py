"""What world authors may ask of the service, from outside their worlds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..config.models.bot_entries import bot_settings
from ..core.bot_seats.bot_agent import BotAgent
from ..core.message import Act, message_from_act
from ..errors import ChannelError, WorldError
from ..runner.timers import Clock
from ..runner.turn import Said
from ..store.media_content import as_payload, media_of
from ..store.media_library import MediaLibrary
from ..store.protocol import Move, Publish, Store
from .bots.bot_seats import BotSeats
from .dispatch import Dispatch
from .session_table import Sessions


class AuthorService:
    """The `service` of `module_initialize(opt, service)`. Any thread."""

    def __init__(
        self,
        sessions: Sessions,
        store: Store,
        publish: Publish,
        dispatch: Dispatch,
        library: MediaLibrary,
        clock: Clock,
        bot_seats: BotSeats,
    ) -> None:
        self._sessions = sessions
        self._store = store
        self._publish = publish
        self._dispatch = dispatch
        self._library = library
        self._clock = clock
        self._bot_seats = bot_seats

    def bot(self, model: str, role: str | None = None, **settings: Any) -> BotAgent:
        """Return a bot, for a world to put among its agents before its first `parley()`.

        It behaves as people do: `act()` returns None until it has something to say. What it says is on record.

        Args:
            model: The model's name under `models:`.
            role: What others see as the speaker; without one that is the model's name.
            **settings: What may stand under `bots:` in a config: `disclose`, `begins`, `on_bot_error` …; `reply`
                may be a function, called with the seat and the acts that it was shown.

        Returns:
            The bot, whose conversation is its own.

        Raises:
            AgentError: There is no such model.
            ConfigError: The settings are wrong.
        """
        given = bot_settings({"model": model, **settings}, f"service.bot({model!r})")
        return self._bot_seats.bot(given, model if role is None else role)

    def observe_message(
        self,
        participant_id: str,
        text: str,
        quick_replies: Iterable[Any] | None = None,
        persona_id: str | None = None,
    ) -> None:
        """Say something to a participant, wherever they are.

        It goes out once it is recorded, ahead of what a world says in a parley that is still going on. In a world
        `agent.observe` is the way: a parley that is run again after a restart would say this a second time.

        Args:
            participant_id: Whom to say it to: `channel:native id`.
            text: What to say.
            quick_replies: Answers to choose from.
            persona_id: Whom it comes from, as `create_persona` returned it.

        Raises:
            WorldError: Nobody of that id has been here.
            ActError: The words can't be said.
            StoreError: The service is closed.
        """
        self._say(participant_id, {"text": text, "quick_replies": quick_replies, "persona_id": persona_id})

    def observe_payload(
        self,
        participant_id: str,
        payload: Mapping[str, Any],
        quick_replies: Iterable[Any] | None = None,
        persona_id: str | None = None,
    ) -> None:
        """Show a payload (`{"type": "image", "url": "https://…"}`) to a participant, as `observe_message` does."""
        self._say(participant_id, {"payload": payload, "quick_replies": quick_replies, "persona_id": persona_id})

    def upload_attachment(self, payload: Mapping[str, Any]) -> str:
        """Keep in advance what payloads are to show, and upload it where a channel wants that. Blocks.

        Args:
            payload: `{"type": "image", "path": "map.png"}`, or with `url`, or `data` (bytes or base64) and `mime`,
                instead of `path`; `{"type", "filename", "format"}` is taken too. Types are image, video, audio and
                file; at most 25 MB.

        Returns:
            Its id, for the `attachment_id` of payloads to come.

        Raises:
            ChannelError: The payload shows nothing that can be read, or a channel can't take it.
        """
        try:
            media = media_of(payload, files=True)
        except ValueError as error:
            raise ChannelError(f"cannot upload this attachment: {error}") from error
        uploads = self._dispatch.uploads()
        given_id = None if uploads is None else uploads.upload_attachment(as_payload(media), self._store)
        return self._library.keep(media, given_id)

    def create_persona(self, name: str, picture_url: str) -> str:
        """Make a persona to speak as: people see its name and picture, on the chat page as on Messenger.

        Args:
            name: 1 to 50 characters.
            picture_url: Where its picture is, `https://…`.

        Returns:
            Its id, for the `persona_id` of acts.

        Raises:
            ChannelError: Name or picture is none, or a channel can't make it.
        """
        personas = self._dispatch.personas()
        given_id = None if personas is None else personas.create_persona(name, picture_url)
        return self._library.create_persona(name, picture_url, given_id)

    def delete_persona(self, persona_id: str) -> None:
        """Delete a persona. Raises `ChannelError` if there is none of that id, or a channel can't delete it."""
        personas = self._dispatch.personas()
        if personas is not None:
            personas.delete_persona(persona_id)
        self._library.delete_persona(persona_id)

    def _say(self, participant_id: str, act: Act) -> None:
        message = message_from_act(act)
        if self._sessions.get(participant_id) is None and self._store.session(participant_id) is None:
            raise WorldError(f"expected the id of a participant who has been here, got {participant_id!r}")
        self._store.move(Move(said=(Said(participant_id, message, self._clock.time()),)), self._publish)
