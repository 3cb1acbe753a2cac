"""What figures are worth, and how those of two evaluations differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from parleyrun import AverageMetric, TaskError
from parleyrun.core.metrics.bleu import BleuMetric
from parleyrun.core.metrics.overlap_metrics import ChrfMetric
from parleyrun.evaluate.figures.figure_errors import errors_of
from parleyrun.evaluate.figures.log_comparison import LogComparison
from parleyrun.evaluate.figures.scoring_again import scored_again
from parleyrun.evaluate.log.evaluation_log import LogContent, LogHead
from parleyrun.evaluate.log.example_record import ExampleFailure, ExampleKey, ExampleRecord, report_as_json

HEAD = LogHead(tasks=("t",), opt={}, about={}, began="now")


def record(episode: int, entry: int, right: float, text: str = "a b c d", repeat: int = 0) -> ExampleRecord:
    said = "a b c d" if right else "a b x y"
    measured = {
        "accuracy": AverageMetric(right),
        "bleu-4": BleuMetric.compute(said, [text]),
        "chrf": ChrfMetric.compute(said, [text]),
    }
    return ExampleRecord(
        key=ExampleKey("t", episode, entry, repeat),
        last=True,
        asked={"id": "t", "text": f"{episode}.{entry}", "eval_labels": [text]},
        answer={"text": said},
        measured=report_as_json(measured),
    )


def log(episodes: Sequence[Sequence[float]], name: str = "log") -> LogContent:
    records = [
        record(episode, entry, right) for episode, each in enumerate(episodes) for entry, right in enumerate(each)
    ]
    return LogContent(Path(name), HEAD, {each.key: each for each in records}, None, 0.0)


def test_the_error_of_an_accuracy_is_that_of_a_share():
    found = errors_of(log([[1], [0], [1], [1]] * 50).in_order(), "t")["accuracy"]
    assert (found.value, found.episodes) == (0.75, 200)
    expected = math.sqrt(0.75 * 0.25 / 200)
    assert found.error == pytest.approx(expected, rel=0.1)
    assert found.low == pytest.approx(0.75 - 1.96 * expected, abs=0.015)
    assert found.high == pytest.approx(0.75 + 1.96 * expected, abs=0.015)


def test_examples_of_an_episode_that_go_together_are_worth_no_more_than_one():
    apart = errors_of(log([[1], [0]] * 100).in_order(), "t")["accuracy"]
    together = errors_of(log([[1] * 10, [0] * 10] * 10).in_order(), "t")["accuracy"]
    assert apart.value == together.value == 0.5
    assert apart.error == pytest.approx(math.sqrt(0.25 / 200), rel=0.1)
    assert together.error == pytest.approx(math.sqrt(0.25 / 20), rel=0.1)


def test_figures_over_everything_have_an_error_too_and_one_episode_has_none():
    pytest.importorskip("sacrebleu")
    found = errors_of(log([[1], [0]] * 10).in_order(), "t")
    assert set(found) == {"accuracy", "bleu-4", "chrf"}
    for name in ("bleu-4", "chrf"):
        assert found[name].low < found[name].value < found[name].high
        assert found[name].error > 0
    alone = errors_of(log([[1, 0]]).in_order(), "t")["accuracy"]
    assert (alone.value, alone.error, alone.low) == (0.5, None, None)
    assert alone.as_dict() == {"value": 0.5, "error": None, "low": None, "high": None, "episodes": 1}


def repeated(*answers: Sequence[int]) -> LogContent:
    records = [
        record(episode, 0, right, repeat=repeat)
        for episode, each in enumerate(answers)
        for repeat, right in enumerate(each)
    ]
    return LogContent(Path("log"), HEAD, {each.key: each for each in records}, None, 0.0)


def test_pass_hat_k_and_pass_at_k_are_what_their_papers_say_of_them():
    # Of four answers 3, 0, 4 and 1 are right. pass^2: C(3,2)/C(4,2), 0, 1, 0. pass@2: 1, 0, 1, 1 - C(3,2)/C(4,2).
    found = errors_of(repeated([1, 1, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 0, 0]).in_order(), "t")
    values = {name: each.value for name, each in found.items() if name.startswith("accuracy")}
    assert values == pytest.approx(
        {
            "accuracy": 8 / 16,
            "accuracy pass^1": 8 / 16,
            "accuracy pass@1": 8 / 16,
            "accuracy pass^2": (3 / 6 + 0 + 1 + 0) / 4,
            "accuracy pass@2": (1 + 0 + 1 + 3 / 6) / 4,
            "accuracy pass^3": (1 / 4 + 0 + 1 + 0) / 4,
            "accuracy pass@3": (1 + 0 + 1 + 3 / 4) / 4,
            "accuracy pass^4": 1 / 4,
            "accuracy pass@4": 3 / 4,
        }
    )
    assert not any("pass" in name for name in found if not name.startswith("accuracy"))
    assert found["accuracy pass^4"].episodes == 4
    # What is asked several times is no more independent for that.
    assert found["accuracy"].error > 0.15


def test_success_is_what_is_always_0_or_1_and_what_was_not_answered_so_often_is_left_out():
    assert not any("pass" in name for name in errors_of(repeated([1, 1], [0.5, 1]).in_order(), "t"))
    assert not any("pass" in name for name in errors_of(repeated([1], [0]).in_order(), "t"))
    found = errors_of(repeated([1, 0, 1], [1]).in_order(), "t")
    assert found["accuracy pass^1"].value == pytest.approx((2 / 3 + 1) / 2)
    assert (found["accuracy pass^3"].value, found["accuracy pass^3"].episodes) == (0, 1)


def test_evaluations_that_were_repeated_are_compared_by_pass_hat_k_too():
    first, second = repeated(*[[1, 0]] * 20), repeated(*[[1, 1]] * 20)
    found = {each.name: each for each in LogComparison(first, second).differences()}
    assert (found["accuracy"].difference, found["accuracy pass^2"].difference) == (0.5, 1.0)
    assert found["accuracy pass^2"].p < 0.01
    assert found["accuracy pass@2"].difference == 0


def test_an_evaluation_does_not_differ_from_itself():
    (found, *_) = LogComparison(log([[1], [0]] * 20), log([[1], [0]] * 20)).differences()
    assert (found.difference, found.p, found.low, found.high) == (0, 1.0, 0, 0)


def test_a_clear_difference_is_told_from_chance_and_a_small_one_is_not():
    before = [[0], [1], [0], [1]] * 10
    clear = LogComparison(log(before), log([[1]] * 40))
    found = clear.differences()[0]
    assert (found.name, found.first, found.second, found.difference) == ("accuracy", 0.5, 1.0, 0.5)
    assert found.p < 0.01
    assert 0 < found.low < 0.5 < found.high
    assert len(list(clear.changed("accuracy"))) == 20
    small = LogComparison(log(before), log([[1], *before[1:]]))
    assert small.differences()[0].p == 1.0  # one episode that changed might have done so either way
    (changed,) = small.changed("accuracy")
    assert (changed.key, changed.before, changed.after) == (ExampleKey("t", 0, 0), 0, 1)


def test_a_single_episode_says_nothing_of_chance_and_figures_of_others_are_not_compared():
    one, other = log([[1]]), log([[0]])
    found = LogComparison(one, other).differences()[0]
    assert (found.name, found.difference, found.low, found.high, found.p) == ("accuracy", -1.0, None, None, None)
    first, second = (
        LogContent(
            Path("log"),
            HEAD,
            {
                each.key: replace(each, measured={} if each.key.episode == left_out else each.measured)
                for each in log([[1], [1]]).records.values()
            },
            None,
            0.0,
        )
        for left_out in (0, 1)
    )
    comparison = LogComparison(first, second)
    assert comparison.examples == 2
    assert (comparison.differences(), list(comparison.changed("accuracy"))) == ([], [])


def test_only_examples_that_went_well_in_both_are_compared():
    first, second = log([[1], [1], [0]]), log([[0], [1]])
    failed = ExampleRecord(
        key=ExampleKey("t", 1, 0), last=True, asked={}, failure=ExampleFailure(kind="Timeout", message="late")
    )
    second = LogContent(Path("b"), HEAD, {**second.records, failed.key: failed}, None, 0.0)
    assert LogComparison(first, second).examples == 1


def test_logs_of_other_examples_are_refused():
    first = log([[1], [1]])
    other = {key: record(key.episode, 5, 1) for key in first.records}
    with pytest.raises(TaskError, match="got other words in t, episode 1, example 1"):
        LogComparison(first, LogContent(Path("b"), HEAD, other, None, 0.0))
    with pytest.raises(TaskError, match="expected examples that both logs have, got none in log and b"):
        LogComparison(first, LogContent(Path("b"), HEAD, {}, None, 0.0))


def test_answers_are_scored_again_by_other_metrics():
    found = errors_of(scored_again(log([[1], [0]]), "recall,squad").in_order(), "t")
    assert set(found) == {"recall", "squad-em", "squad-f1"}
    # "a" is an article: of b, c and d one is in "a b x y".
    assert found["recall"].value == pytest.approx((1 + 1 / 3) / 2)
