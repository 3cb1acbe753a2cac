"""How a visit ended: from what happened in it, in its order, to the one outcome that people are paid by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

from ..config.schema import CompletionEntry
from ..signals import VisitEnd

VisitOutcome = Literal[
    "finished",
    "screened_out",
    "declined",
    "failed_attention",
    "no_partner",
    "study_full",
    "partner_left",
    "timed_out",
    "left",
    "wrong_device",
    "failed",
]
"""The keys under `completion:`."""

VisitPart = Literal[
    "finished",
    "screened_out",
    "declined",
    "failed_attention",
    "no_partner",
    "study_full",
    "partner_left",
    "timed_out",
    "failed",
]
"""What can happen to somebody: how a conversation ended for them, that they waited in vain or were turned away."""

_PANELS = {
    "prolific.com": "Prolific",
    "sona-systems.com": "Sona",
    "cloudresearch.com": "CloudResearch",
    "respondent.io": "Respondent",
    "microworkers.com": "Microworkers",
}
"""The names of panels by their domains."""

_PLACEHOLDER = re.compile(r"\{([A-Za-z0-9_-]+)\}|\{\{|\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFacts:
    """What is known of a visit when its person goes.

    Attributes:
        parts: What has happened to them, in its order.
        went: That they said goodbye (or were sent off), stayed away for too long, or that nothing could be done.
        midway: Whether that was in the middle of an onboarding or a conversation.
        told: What the author's code says of it; it counts, whatever happened.
    """

    parts: Sequence[VisitPart] = ()
    went: Literal["goodbye", "left", "failed"] = "goodbye"
    midway: bool = False
    told: VisitOutcome | None = None


def part_of(kind: str, *, silent: bool = False) -> VisitPart:
    """Return what a conversation's outcome is for one of those who were in it to its end.

    Args:
        kind: The outcome: finished, left, timed out, stopped or failed.
        silent: Whether they are the one who did not answer in time.
    """
    if kind == "finished":
        return "finished"
    if kind == "left":
        return "partner_left"
    if kind == "timed out":
        return "timed_out" if silent else "partner_left"
    return "failed"


def outcome_of_visit(facts: VisitFacts) -> VisitOutcome:
    """Return the one outcome of a visit. It is the same for the same facts, and never a matter of chance.

    Who failed a check has failed it, whatever came then. Who went away in the middle has not finished what they
    were in. Else somebody who finished a conversation has finished; and for all others the last that happened
    counts.
    """
    if facts.told is not None:
        return facts.told
    if "failed_attention" in facts.parts:
        return "failed_attention"
    if facts.went == "left" and facts.midway:
        return "left"
    if "finished" in facts.parts:
        return "finished"
    if facts.went == "failed":
        return "failed"
    return facts.parts[-1] if facts.parts else "left"


def end_of_visit(
    outcome: str, entries: Mapping[str, CompletionEntry], link_values: Mapping[str, str], identity: str
) -> VisitEnd:
    """Return what somebody is told whose visit ended so.

    Args:
        outcome: How it ended.
        entries: What the config says, by outcome.
        link_values: The parameters of the link by which they came.
        identity: Their arrival id; empty where there is none.
    """
    entry = entries.get(outcome, CompletionEntry())
    values = {name.casefold(): value for name, value in link_values.items()}
    values |= {"code": entry.code or "", "id": identity}
    link = "" if entry.link is None else filled_link(entry.link, values)
    return VisitEnd(outcome=outcome, code=entry.code or "", link=link, panel=panel_at(link), text=entry.text or "")


def panel_at(link: str) -> str:
    """Return the name of the panel that a link leads to, empty for one that nobody knows."""
    host = urlsplit(link).hostname or ""
    return next((name for domain, name in _PANELS.items() if f".{host}".endswith(f".{domain}")), "")


def filled_link(template: str, values: Mapping[str, str]) -> str:
    """Return a link with what stands in braces filled in, each value in the form that a link needs.

    Args:
        template: The link. `{{` and `}}` are braces that are meant to be there.
        values: By their names in small letters; what there is none of is left empty.
    """

    def put(found: re.Match[str]) -> str:
        name = found[1]
        return found[0][0] if name is None else quote(values.get(name.casefold(), ""), safe="")

    return _PLACEHOLDER.sub(put, template)
