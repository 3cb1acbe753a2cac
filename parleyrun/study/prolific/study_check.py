"""Whether a study at Prolific is set up for the config that it sends people to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from .prolific_api import ProlificStudy
from .reconciliation import PERSON, SESSION, STUDY

Verdict = Literal["ok", "wrong", "look"]
"""That something is as it should be, is not, or is for a person to look at."""

_PLACEHOLDERS = {name: f"{{{{%{name}%}}}}" for name in (PERSON, STUDY, SESSION)}


@dataclass(frozen=True, slots=True)
class CheckedThing:
    """One thing that was looked at, and what was found, as a sentence."""

    state: Verdict
    name: str
    found: str


def check_study(
    study: ProlificStudy, codes: Mapping[str, str], id_names: tuple[str, ...]
) -> Iterator[CheckedThing]:
    """Yield what is right and wrong with a study's link and its codes.

    Args:
        study: As Prolific has it.
        codes: The outcome of each completion code of the config.
        id_names: The parameters that say who somebody is, as in `arrival.id`.
    """
    yield CheckedThing("ok", "study", f"{study.name}: {study.status}, {study.places} places")
    given = dict(parse_qsl(urlsplit(study.url).query, keep_blank_values=True))
    yield from _check_link(given, id_names)
    yield from _check_codes(study, codes)


def _check_link(given: Mapping[str, str], id_names: tuple[str, ...]) -> Iterator[CheckedThing]:
    missing = [name for name, placeholder in _PLACEHOLDERS.items() if placeholder not in given.values()]
    if missing:
        wanted = "&".join(f"{name}={_PLACEHOLDERS[name]}" for name in missing)
        yield CheckedThing("wrong", "link", f"its address lacks {wanted}")
        return
    renamed = [name for name, placeholder in _PLACEHOLDERS.items() if given.get(name) != placeholder]
    if renamed:
        yield CheckedThing(
            "wrong", "link", f"expected {', '.join(renamed)} under these very names, got them under others"
        )
        return
    if PERSON.casefold() not in (name.casefold() for name in id_names):
        yield CheckedThing("wrong", "link", f"people are not known by {PERSON} here: expected it in arrival.id")
        return
    yield CheckedThing("ok", "link", "it says who comes, from which study, and by which submission")


def _check_codes(study: ProlificStudy, codes: Mapping[str, str]) -> Iterator[CheckedThing]:
    for code, outcome in codes.items():
        if code in study.codes:
            kind = study.codes[code]
            yield CheckedThing("ok", "code", f"{code} of '{outcome}' is {kind or 'a code'} there")
        else:
            yield CheckedThing("wrong", "code", f"{code} of '{outcome}' is none of the study's codes")
    for code, kind in study.codes.items():
        if code not in codes:
            yield CheckedThing("look", "code", f"{code} ({kind or 'a code'}) is nobody's outcome in the config")
