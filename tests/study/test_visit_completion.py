"""How a visit ended, from what happened in it."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from parleyrun.config.panels.completion_entries import COMPLETIONS
from parleyrun.config.schema import CompletionEntry
from parleyrun.signals import VisitEnd
from parleyrun.study.visit_completion import (
    VisitFacts,
    VisitOutcome,
    end_of_visit,
    filled_link,
    outcome_of_visit,
    part_of,
)

MIDWAY = {"went": "left", "midway": True}
AWAY = {"went": "left"}


@pytest.mark.parametrize(
    ("parts", "more", "outcome"),
    [
        (["finished"], {}, "finished"),
        (["finished"], AWAY, "finished"),
        (["finished"], MIDWAY, "left"),
        (["finished", "no_partner"], {}, "finished"),
        (["finished", "partner_left"], {}, "finished"),
        (["no_partner", "finished"], {}, "finished"),
        (["declined", "finished"], {}, "finished"),
        (["failed", "finished"], {"went": "failed"}, "finished"),
        (["failed_attention", "finished"], {}, "failed_attention"),
        (["failed_attention"], AWAY, "failed_attention"),
        ([], {}, "left"),
        ([], AWAY, "left"),
        ([], MIDWAY, "left"),
        ([], {"went": "failed"}, "failed"),
        (["failed"], {}, "failed"),
        (["no_partner"], {}, "no_partner"),
        (["no_partner"], AWAY, "no_partner"),
        (["no_partner"], MIDWAY, "left"),
        (["study_full"], {}, "study_full"),
        (["study_full"], AWAY, "study_full"),
        (["finished", "study_full"], {}, "finished"),
        (["partner_left", "no_partner"], {}, "no_partner"),
        (["no_partner", "partner_left"], {}, "partner_left"),
        (["partner_left"], AWAY, "partner_left"),
        (["timed_out"], {}, "timed_out"),
        (["screened_out"], {}, "screened_out"),
        (["declined"], {}, "declined"),
        (["declined"], AWAY, "declined"),
        (["screened_out"], {"told": "finished"}, "finished"),
        (["finished"], {**MIDWAY, "told": "screened_out"}, "screened_out"),
    ],
)
def test_a_visit_has_one_outcome(parts: list[Any], more: dict[str, Any], outcome: str) -> None:
    assert outcome_of_visit(VisitFacts(parts=parts, **more)) == outcome


@pytest.mark.parametrize(
    ("kind", "silent", "part"),
    [
        ("finished", False, "finished"),
        ("left", False, "partner_left"),
        ("timed out", False, "partner_left"),
        ("timed out", True, "timed_out"),
        ("stopped", False, "failed"),
        ("failed", False, "failed"),
    ],
)
def test_a_conversations_end_is_not_the_same_for_each(kind: str, silent: bool, part: str) -> None:
    assert part_of(kind, silent=silent) == part


def test_the_config_knows_exactly_these_outcomes() -> None:
    assert set(COMPLETIONS) == set(get_args(VisitOutcome))


def test_the_end_has_the_code_and_the_link_of_its_outcome() -> None:
    entries = {
        "finished": CompletionEntry(
            code="C1", link="https://x.example/?cc={code}&s={SESSION_ID}&who={id}&n={none}"
        ),
        "declined": CompletionEntry(text="Thank you all the same."),
    }
    link = {"session_id": "a&b=1", "PROLIFIC_PID": "p"}
    assert end_of_visit("finished", entries, link, "p/1") == VisitEnd(
        outcome="finished", code="C1", link="https://x.example/?cc=C1&s=a%26b%3D1&who=p%2F1&n="
    )
    assert end_of_visit("declined", entries, link, "p").text == "Thank you all the same."
    assert end_of_visit("left", entries, link, "p") == VisitEnd(outcome="left")


def test_braces_that_are_meant_to_be_there_stay() -> None:
    assert filled_link("https://x/{{a}}?{b}", {"b": "1"}) == "https://x/{a}?1"
