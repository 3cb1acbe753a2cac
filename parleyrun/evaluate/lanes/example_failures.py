"""What is said of an example that went wrong."""

from __future__ import annotations

import traceback
from collections.abc import Mapping

from ...text import quoted
from ..log.example_record import ExampleFailure, ExampleKey

NOT_ASKED = "NotAsked"
"""The kind of failure of an example that nobody could be asked."""

_LONGEST = 60


def failure_of(error: BaseException, tries: int) -> ExampleFailure:
    """Return what goes on record of an error that an agent has raised."""
    return ExampleFailure(
        kind=type(error).__name__,
        message=str(error) or type(error).__name__,
        tries=tries,
        traceback="".join(traceback.format_exception(error)),
    )


def timed_out(seconds: float, tries: int) -> ExampleFailure:
    """Return what goes on record of an example that was not waited for any longer."""
    return ExampleFailure(kind="Timeout", message=f"no answer came in {seconds:g} s", tries=tries)


def died(story: str, tries: int) -> ExampleFailure:
    """Return what goes on record of an example whose process has ended."""
    return ExampleFailure(kind="Died", message=story, tries=tries)


def cut_off(entry: int, error: Exception) -> ExampleFailure:
    """Return what goes on record of the rest of an episode that no other agent can go on with."""
    return ExampleFailure(
        kind=NOT_ASKED,
        message=(
            f"its episode was cut off before example {entry + 1}, and another copy of the agent could not be told "
            f"what was said in it: {type(error).__name__}: {error}"
        ),
        tries=0,
    )


def place_of(key: ExampleKey, asked: Mapping[str, object]) -> str:
    """Return which example it is, in words that follow a verb."""
    text = " ".join(str(asked.get("text") or "").split())
    shown = f" {quoted(text if len(text) <= _LONGEST else f'…{text[-_LONGEST:]}')}" if text else ""
    return f"{shown} ({key.in_words()})"
