"""How a reaction to a line is recorded."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ....signals import LineReactions
from ...columns import readable
from ...protocol import Reaction, line_reference
from ..ledger import Ledger
from ..operations import NotRecorded, Operation
from .line_copies import counted, shown_line

log = logging.getLogger(__name__)


class ReactionEntry(Operation):
    """Somebody reacts to a line of a conversation that goes on, or takes that back. Twice the same is once.

    Args:
        reaction: Who, where, and to what.
        publish: Told for each person in the conversation who has the line, once it is on record.
    """

    __slots__ = ("_news", "_publish", "_reaction")

    def __init__(self, reaction: Reaction, publish: Callable[[str, LineReactions], None]) -> None:
        self._reaction = reaction
        self._publish = publish
        self._news: list[tuple[str, LineReactions]] = []

    def apply(self, ledger: Ledger) -> None:
        self._news = []
        wanted = self._reaction
        run = ledger.run("open_run", wanted.run_uid).fetchone()
        if run is None:
            raise NotRecorded("the conversation is over")
        ledger.settle_lines()
        line = named_line(ledger, wanted.participant_id, wanted.seq)
        if line is None:
            raise NotRecorded("somebody has to have said the line")
        who = ledger.numbering.participant(wanted.participant_id)
        row = (run[0], line, who, readable(wanted.reaction))
        if wanted.on:
            is_news = ledger.run("react", *row, ledger.now).rowcount == 1
        else:
            is_news = ledger.run("take_reaction_back", *row).rowcount == 1
        if is_news:
            self._note(ledger, run[0], line)

    def _note(self, ledger: Ledger, run: int, line: str) -> None:
        wanted = self._reaction
        reactions = ledger.run("reactions_on_line", run, line).fetchall()
        for (participant_id,) in ledger.run("people_of_run", wanted.run_uid).fetchall():
            shown = shown_line(ledger.connection, participant_id, line)
            if shown is not None:
                by_other = wanted.on and participant_id != wanted.participant_id
                who, added = (wanted.name, wanted.reaction) if by_other else ("", "")
                now = LineReactions(shown.seq, counted(reactions, participant_id), who, added)
                self._news.append((participant_id, now))

    def recorded(self) -> None:
        for participant_id, reactions in self._news:
            self._publish(participant_id, reactions)

    def refused(self, why: BaseException) -> None:
        wanted = self._reaction
        log.debug("a reaction of %s to line %d is not recorded: %s", wanted.participant_id, wanted.seq, why)


def named_line(ledger: Ledger, participant_id: str, seq: int) -> str | None:
    """Return the name of a line of somebody's log, in the log of whoever said it; None for the system's."""
    found = ledger.run("line_to_react_to", participant_id, seq).fetchone()
    if found is None:
        return None
    mine, speaker, carried_line = found
    if not mine and not speaker:
        return None
    return (None if mine else carried_line) or line_reference(participant_id, seq)
