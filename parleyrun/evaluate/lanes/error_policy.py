"""What becomes of an evaluation when an example goes wrong."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import TaskError

MOST_IN_A_ROW = 100
"""After how many examples in a row that went wrong no more are asked, as a server that is gone will not answer."""

ALL_WRONG = 10
"""After how many examples that went wrong, with none that went well, the fault is taken to be everywhere."""


@dataclass(frozen=True, slots=True)
class ErrorPolicy:
    """What to do about an example that goes wrong.

    Attributes:
        stops: Whether all ends with it. Else it is left out of the figures, and named in the report.
        tries: How often it is asked before that.
    """

    stops: bool = False
    tries: int = 1


def parse_policy(text: str) -> ErrorPolicy:
    """Return what `skip`, `stop` or `retry:3` says. Raises `TaskError` for anything else."""
    way, colon, number = text.partition(":")
    if way in ("skip", "stop") and not colon:
        return ErrorPolicy(stops=way == "stop")
    if way == "retry" and number.isdecimal() and int(number):
        return ErrorPolicy(tries=int(number) + 1)
    raise TaskError(f"expected skip, stop, or retry with a number such as retry:3, got '{text}'")
