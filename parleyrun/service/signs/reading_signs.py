"""Reading signs: who talks with nobody but a bot sees that it has read their words, and that it types."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ...signals import ReadMark, Signal, Typing
from ...store.protocol import parse_line_reference
from ..hooks import Hooks


class ReadingSigns:
    """Shows that somebody's words were read, and typing until there is an answer, or until none is to come.

    Any thread. Signs take the same way through the store as lines do, so that they come in their order.

    Args:
        after: Calls something once all that was handed to the store so far is on record and has gone out.
        send_signal: Shows a signal to a participant.
        hooks: The author's `handle_bot_read` may replace what is shown.
    """

    def __init__(
        self, after: Callable[[Callable[[], None]], None], send_signal: Callable[[str, Signal], None], hooks: Hooks
    ) -> None:
        self.thinking: dict[str, object] = {}
        """Whose words were read last, by person, while there is no answer. A line that goes out ends it."""
        self._after = after
        self._send_signal = send_signal
        self._hooks = hooks

    def read(self, participant_id: str, reference: str | None) -> None:
        """The line of that name was read, and an answer is to come."""
        line = None if reference is None else parse_line_reference(reference)
        token = self.thinking[participant_id] = object()
        show = partial(self._show, participant_id, 0 if line is None else line.seq, token)
        self._hooks.bot_reads(participant_id, partial(self._after, show))

    def unanswered(self, participant_id: str) -> None:
        """There is no answer to come."""
        self._after(partial(self._stop, participant_id))

    def _show(self, participant_id: str, seq: int, token: object) -> None:
        if seq:
            self._send_signal(participant_id, ReadMark("", seq))
        # A hook may have taken so long that the answer is there.
        if self.thinking.get(participant_id) is token:
            self._send_signal(participant_id, Typing("", True))

    def _stop(self, participant_id: str) -> None:
        if self.thinking.pop(participant_id, None) is not None:
            self._send_signal(participant_id, Typing("", False))
