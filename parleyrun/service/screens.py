"""Screens: what people's can show, also while they are away."""

from __future__ import annotations

from ..store.visit_keys import SHOWS_FORMS
from .dispatch import Dispatch
from .session_table import Sessions


class Screens:
    """Any thread.

    Args:
        sessions: Everybody that the service knows.
        dispatch: Knows those who are here.
    """

    def __init__(self, sessions: Sessions, dispatch: Dispatch) -> None:
        self._sessions = sessions
        self._dispatch = dispatch

    def show_forms(self, participant_id: str) -> bool:
        """Return whether somebody can be shown a form as a whole; of who is away, whether that was so before."""
        session = self._sessions.get(participant_id)
        known = session is not None and not session.present and session.stored_data.get(SHOWS_FORMS)
        return bool(known) or self._dispatch.shows_forms(participant_id)
