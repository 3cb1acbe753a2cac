"""The signs of seats: what people are shown besides words, by the worlds and the bots that they are with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ...runner.run_context import SeatSigns
from ...signals import Growing, Presence, PresenceState, ReadMark, Signal, Typing
from ...store.media_library import Persona
from ...store.protocol import parse_line_reference
from .reading_signs import ReadingSigns


def seat_signs(
    after: Callable[[Callable[[], None]], None],
    send_signal: Callable[[str, Signal], None],
    reading_signs: Callable[[], ReadingSigns],
    persona: Callable[[str], Persona | None],
    bot_presence: Callable[[str, str, str, PresenceState | None], None],
    bots_sit: Callable[[str, Sequence[tuple[str, bool]], Sequence[str] | None], None],
) -> SeatSigns:
    """Return how runs show people signs. All but words that grow take the way of lines, and so keep their order.

    Args:
        after: Calls something once all that was handed to the store so far is on record and has gone out.
        send_signal: Shows a signal to a participant.
        reading_signs: Shows that a world alone with somebody has read their words.
        persona: Returns the persona of an id, as whom somebody may type.
        bot_presence: Shows that a bot which passes for a person is away, is back or has left.
        bots_sit: Shows with whom people are: these bots sit in a run, and those have left it.
    """

    def show(participant_id: str, signal: Signal) -> None:
        after(partial(send_signal, participant_id, signal))

    def types(participant_id: str, persona_id: str | None) -> None:
        known = None if persona_id is None else persona(persona_id)
        show(participant_id, Typing("" if known is None else known.name, True, persona_id))

    def bot_has_read(participant_id: str, name: str, reference: str) -> None:
        line = parse_line_reference(reference)
        if line is not None:
            show(participant_id, ReadMark(name, line.seq))

    return SeatSigns(
        typing=types,
        read=lambda who, line: reading_signs().read(who, line),
        unanswered=lambda who: reading_signs().unanswered(who),
        presence=lambda who, name, state: show(who, Presence(name, state)),
        bot_presence=bot_presence,
        bots_sit=bots_sit,
        bot_read=bot_has_read,
        bot_typing=lambda who, name, on: show(who, Typing(name, on)),
        growing=lambda who, name, text: send_signal(who, Growing(name, text)),
    )
