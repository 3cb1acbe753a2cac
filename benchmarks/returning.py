"""People who lose their connection and come back, as the chat page does, in the dialect `parleyrun.v1`."""

from __future__ import annotations

import time
from dataclasses import dataclass

from client import Guest
from crowd import AT_ONCE, choose, in_turn
from talk import WORDS


@dataclass(slots=True)
class Return:
    """When the first and the last one were answered (monotonic time), and how many were not, or wrongly.

    Wrong is also who was not known any more, or heard anything besides the answer.
    """

    first_at: float = 0.0
    last_at: float = 0.0
    wrong: int = 0


async def visit(port: int, count: int, task: str) -> list[Guest]:
    """Bring people into a one-person task of the echo kind, and have each say one line that comes back."""
    guests: list[Guest] = []

    async def one(_number: int) -> None:
        guest = Guest()
        await guest.enter(port)
        line = await guest.hear()
        if line != "menu":
            raise RuntimeError(f"expected the overworld's first line 'menu', got {line!r}")
        await choose(guest, task)
        await _exchange(guest, "before")
        guests.append(guest)

    await in_turn(count, AT_ONCE, one)
    return guests


async def come_back(before: list[Guest], port: int) -> Return:
    """Reconnect everybody and have each say a line: first one of them alone, then the others, many at a time."""
    found = Return()

    async def one(number: int) -> None:
        guest = Guest(before[number])
        await guest.enter(port)
        found.wrong += not await _exchange(guest, "after") or not guest.resumed or guest.unheard > 0

    await one(0)
    found.first_at = time.monotonic()
    await in_turn(len(before) - 1, AT_ONCE, lambda number: one(number + 1))
    found.last_at = time.monotonic()
    return found


async def _exchange(guest: Guest, when: str) -> bool:
    """Say a line; say whether it comes back."""
    text = f"{when} {WORDS}"
    guest.say(text)
    return await guest.hear() == text
