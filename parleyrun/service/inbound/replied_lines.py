"""Which line somebody replies to."""

from __future__ import annotations

from dataclasses import replace

from ...events import Inbound, Lines
from ...store.protocol import name_of_line, quoted_line
from ..sessions import At, Session


class RepliedLines:
    """Finds the lines that people reply to. Any thread.

    Args:
        lines: What was said to people, and by them.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def found(self, session: Session, inbound: Inbound) -> Inbound:
        """Return what somebody says with the line that it replies to, or as no reply.

        It is a reply only where their conversation has replies, and to a line of it that somebody in it said.

        Raises:
            StoreError: The record cannot be read.
        """
        seq = inbound.replies_to
        if not session.talk.replies or session.at is not At.TASK or seq < session.first_line:
            return replace(inbound, replies_to=0)
        line = next(iter(self._lines.lines_after(session.id, seq - 1, 1)), None)
        if line is None or line.seq != seq or not (line.mine or line.message.id):
            return replace(inbound, replies_to=0)
        name = name_of_line(line)
        return replace(inbound, reply_to=quoted_line(name, line))
