"""The order of a turn's lines: what was said to people, and what bots said and were shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..runner.turn import BotLine, Said
from .protocol import line_reference


def in_order(
    said: Sequence[Said], bot_lines: Sequence[BotLine]
) -> Iterator[tuple[Sequence[Said], Sequence[BotLine]]]:
    """Yield what a turn said, in the order in which it came, in parts: lines to people, then those of bots.

    Each of the two is in order already. A line comes before those that carry it on; where time does not tell, what
    was said to people comes first.
    """
    own = {
        line_reference(line.participant_id, line.seq): place for place, line in enumerate(bot_lines) if line.mine
    }
    of_bots = said_from = 0
    for place, one in enumerate(said):
        until = of_bots
        while one.at is not None and until < len(bot_lines) and bot_lines[until].at < one.at:
            until += 1
        if one.message.carried_line is not None:
            until = max(until, own.get(one.message.carried_line, -1) + 1)
        if until > of_bots:
            yield said[said_from:place], bot_lines[of_bots:until]
            of_bots, said_from = until, place
    yield said[said_from:], bot_lines[of_bots:]
