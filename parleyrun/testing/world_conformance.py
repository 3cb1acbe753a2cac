"""Whether a world keeps the contract, whatever people do."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..core.worlds.world import World
from ..errors import ConfigError
from .environment_conformance import check_environment
from .rehearsal import Rehearsal, rehearse_world


def check_world(
    world: type[Any] | Callable[[], World],
    people: int | None = None,
    *,
    onboard: type[Any] | None = None,
    opt: Mapping[str, Any] | None = None,
    words: Sequence[str] = ("hello", "1", "yes", "no", "", "😀 a longer line, with a comma", "[DONE]", "BYE"),
) -> None:
    """Check that a world keeps the contract, whatever people do.

    The checks are silence for a minute, everyone saying all the words and pressing every quick reply, and
    somebody leaving in the middle. In each nothing may be raised, nobody may be flooded, and whoever left must
    set the others free.

    Args:
        world: The world's class. A world without people is given as a function that builds one: see
            `check_environment`.
        people: How many people are in it; without it the world's `MAX_AGENTS`, or 1.
        onboard: The onboarding world that they pass first, if there is one.
        opt: What reaches the worlds as their `opt`.
        words: What everybody says, one after the other.

    Raises:
        AssertionError: It does not; the text lists all that is wrong.
    """
    if not isinstance(world, type):
        check_environment(world)
        return
    count_of_people = people or getattr(world, "MAX_AGENTS", None) or 1
    faults = []
    for check in (_check_silence, _check_talk, _check_leaving):
        collector = _ErrorCollector()
        package = logging.getLogger("parleyrun")
        package.addHandler(collector)
        try:
            with rehearse_world(world, count_of_people, onboard=onboard, opt=opt) as rehearsal:
                faults.extend(check(rehearsal, words))
        except ConfigError as error:
            faults.extend(map(str, error.findings))
        except AssertionError as error:
            faults.append(str(error))
        finally:
            package.removeHandler(collector)
        faults.extend(f"{inspect.getdoc(check)}: {error}" for error in collector.errors)
    if faults:
        listed = "\n".join(f"- {fault}" for fault in dict.fromkeys(faults))
        raise AssertionError(f"{world.__name__} breaks the world contract:\n{listed}")


FLOOD_LINES = 500


class _ErrorCollector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.errors.append(record.getMessage())


def _check_silence(rehearsal: Rehearsal, words: Sequence[str]) -> list[str]:
    """when nobody says anything"""
    rehearsal.advance(60)
    return _floods(rehearsal, "in a minute of silence")


def _check_talk(rehearsal: Rehearsal, words: Sequence[str]) -> list[str]:
    """when everybody talks"""
    for word in words:
        for person in rehearsal.everybody:
            replies = person.quick_replies
            person.says(replies[0] if replies else word)
            person.says(word)
    rehearsal.advance(10)
    return _floods(rehearsal, "while everybody talked")


def _check_leaving(rehearsal: Rehearsal, words: Sequence[str]) -> list[str]:
    """when somebody leaves"""
    leaver, *others = rehearsal.everybody
    leaver.says(words[0] if words else "hello")
    leaver.goes_away()
    rehearsal.advance(60 + 60)
    held = [person.name for person in others if person.place == "task"]
    return [f"when somebody leaves: {', '.join(held)} still in the task a minute later"] if held else []


def _floods(rehearsal: Rehearsal, when: str) -> list[str]:
    return [
        f"{person.name} was sent {len(person.lines)} lines {when}: expected at most {FLOOD_LINES}"
        for person in rehearsal.everybody
        if len(person.lines) > FLOOD_LINES
    ]
