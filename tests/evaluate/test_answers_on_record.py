"""What a log keeps of an answer, and what a teacher is shown of it again."""

from __future__ import annotations

import json

from parleyrun import AverageMetric
from parleyrun.evaluate.log.example_record import HITS_AT, ExampleKey, ExampleRecord, answer_as_json


def test_all_is_kept_that_json_can_hold_and_of_a_ranking_the_first():
    candidates = [f"candidate {number}" for number in range(HITS_AT[-1] + 5)]
    act = {
        "text": "yes",
        "text_candidates": candidates,
        "metrics": {"mean": AverageMetric(3, 2)},
        "notes": {"a": [1, None]},
        "handle": object(),
        "set": {1},
        7: "seven",
    }
    kept = answer_as_json(act)
    assert kept is not None
    assert json.loads(json.dumps(kept)) == kept
    assert set(kept) == {"text", "text_candidates", "metrics", "notes", "7"}
    assert kept["text_candidates"] == candidates[: HITS_AT[-1]]
    assert answer_as_json({"text": "a", "text_candidates": None}) == {"text": "a", "text_candidates": None}
    assert answer_as_json(None) is None


def test_a_teacher_is_shown_an_answer_on_record_with_its_metrics_as_they_were():
    kept = answer_as_json({"text": "yes", "metrics": {"mean": AverageMetric(3, 2)}})
    record = ExampleRecord(key=ExampleKey("task", 0, 0), last=True, asked={"text": "well?"}, answer=kept)
    shown = record.observed()
    assert shown is not None
    assert shown["text"] == "yes"
    assert shown["metrics"]["mean"].value() == 1.5
    assert ExampleRecord(key=ExampleKey("task", 0, 1), last=True, asked={}, answer=None).observed() is None
