"""Page people: who somebody on a Facebook page is to the service."""

from __future__ import annotations

from ...events import participant_id

CHANNEL = "messenger"


class PagePeople:
    """Turns a page's own ids of people into participant ids, and back.

    Meta gives one person another id on each page. Where a service speaks for several, the page is a part of the
    participant id: `messenger:PAGE:PSID`; for a single one it is `messenger:PSID`.

    Args:
        page_id: The page, where there are several; None where there is only one.
    """

    def __init__(self, page_id: str | None = None) -> None:
        self._prefix = "" if page_id is None else f"{page_id}:"

    def participant_of(self, psid: str) -> str:
        """Return the participant id of somebody on this page."""
        return participant_id(CHANNEL, f"{self._prefix}{psid}")

    def psid_of(self, participant_id: str) -> str:
        """Return by what id the page knows a participant of its own."""
        return participant_id.partition(":")[2].removeprefix(self._prefix)

    def has(self, participant_id: str) -> bool:
        """Tell whether a participant is of this page."""
        channel, _, native_id = participant_id.partition(":")
        psid = native_id.removeprefix(self._prefix)
        return channel == CHANNEL and native_id.startswith(self._prefix) and bool(psid) and ":" not in psid
