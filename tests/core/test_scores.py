"""What a teacher counts of the answers to its examples."""

import math

import pytest

from parleyrun.core.metrics.bleu import BleuMetric
from parleyrun.core.metrics.metrics import SumMetric, add_reports, values_of
from parleyrun.core.metrics.scores import Scores
from parleyrun.core.metrics.text_metrics import DistinctMetric, ExactMatchMetric, F1Metric, HitsAtMetric
from parleyrun.errors import MetricError, MissingExtra


def scored(*answers, names=None):
    scores = Scores(names)
    for act, labels in answers:
        scores.add({"text": act} if isinstance(act, str) else act, labels)
    return values_of(scores.report())


@pytest.mark.parametrize(
    ("guess", "answers", "exact"),
    [
        ("kitchen", ["kitchen"], 1),
        ("The kitchen!", ["a kitchen"], 1),
        ("hall", ["kitchen", "hall"], 1),
        ("kitchen", ["kitchens"], 0),
        ("x y", ["y x"], 0),
        ("", ["kitchen"], 0),
        ("", ["the"], 0),
        ("A", ["A"], 1),
        ("the", ["The"], 1),
        ("the", ["a"], 0),
        ("!", ["!"], 1),
        ("!", ["?"], 0),
        ("it’s “fine” – really…", ["its fine really"], 0),
        ("it’s “fine” – really…", ['it\'s "fine" - really...'], 1),
        ("Ｋｉｔｃｈｅｎ！", ["kitchen"], 1),
        ("cafe\u0301", ["caf\u00e9"], 1),
        ("¿Dónde está?", ["dónde está"], 1),
        ("«Кухня»", ["кухня"], 1),
        ("kitchen", [], 0),
    ],
)
def test_exact_is_the_same_words_in_the_same_order(guess, answers, exact):
    assert ExactMatchMetric.compute(guess, answers) == exact
    assert scored((guess, answers))["accuracy"] == exact


@pytest.mark.parametrize(
    ("guess", "answers", "f1"),
    [
        ("in the kitchen", ["kitchen"], 2 / 3),  # 'in kitchen' and 'kitchen': 1 of 2 and 1 of 1
        ("red red apple", ["red apple tree"], 2 / 3),  # a word counts as often as both have it
        ("hall", ["kitchen"], 0),
        ("hall", ["big hall", "hall here now"], 2 / 3),  # the nearest answer counts
        ("", [""], 0),
    ],
)
def test_f1_is_how_far_words_overlap(guess, answers, f1):
    assert F1Metric.compute(guess, answers).value() == pytest.approx(f1)


def test_an_answer_to_the_letter_is_right_even_if_it_has_no_words():
    assert scored(("!", ["!"])) == {"exs": 1, "accuracy": 1.0, "f1": 1.0}


def test_averages_are_over_all_examples():
    report = scored(("hall", ["hall"]), ("The hall", ["hall"]), ("in hall", ["hall"]), ({}, ["hall"]))
    assert report["exs"] == 4
    assert report["accuracy"] == 0.5
    assert report["f1"] == pytest.approx((1 + 1 + 2 / 3 + 0) / 4)


def test_before_anything_was_scored_there_is_only_the_count():
    assert scored() == {"exs": 0}


def test_hits_are_counted_for_answers_that_rank_candidates():
    ranked = {"text": "b", "text_candidates": ["b", "c", "a"]}
    report = scored((ranked, ["a"]), (ranked, ["b", "a"]), (ranked, ["z"]), ("b", ["b"]))
    assert (report["hits@1"], report["hits@5"], report["hits@10"]) == pytest.approx((1 / 3, 2 / 3, 2 / 3))
    alike = {"text": "The Hall!", "text_candidates": ["The Hall!", "kitchen"]}
    assert scored((alike, ["hall"]))["hits@1"] == scored((alike, ["hall"]))["accuracy"] == 1
    assert HitsAtMetric.compute(["b", "c", "a"], ["a"], 2) == 0
    assert HitsAtMetric.compute(["b", "c", "a"], ["a"], 3) == 1


def test_distinct_is_the_share_of_different_sequences_over_everything_said():
    report = scored(("a b a b", ["x"]), ("A b", ["x"]), names="distinct")
    assert report["distinct-1"] == 2 / 6
    assert report["distinct-2"] == 2 / 4
    assert (DistinctMetric.compute("a b", 1) + DistinctMetric.compute("b", 1)).value() == 2 / 3
    assert DistinctMetric.compute("", 1).value() == 0


def test_metrics_can_be_chosen_and_unknown_ones_are_refused():
    assert scored(("a", ["b"]), names="accuracy") == {"exs": 1, "accuracy": 0.0}
    assert set(scored(("a", ["b"]), names="default,distinct")) == {
        "exs",
        "accuracy",
        "f1",
        "distinct-1",
        "distinct-2",
    }
    with pytest.raises(MetricError, match=r"expected some of accuracy, .* at 'metrics', got meteor"):
        Scores(["accuracy", "meteor"])


def test_a_teacher_s_own_metrics_are_reported_beside_the_others():
    scores = Scores()
    scores.record("politeness", ExactMatchMetric(1))
    scores.record("politeness", ExactMatchMetric(0))
    assert scores.report()["politeness"] == 0.5
    scores.clear()
    assert values_of(scores.report()) == {"exs": 0}


def test_what_an_act_says_of_itself_is_counted_and_a_number_is_averaged_over_examples():
    report = scored(
        ({"text": "a", "metrics": {"calls": SumMetric(2), "sure": 0.5}}, ["a"]),
        ({"text": "a", "metrics": {"calls": SumMetric(3), "sure": 1}}, ["a"]),
        names="accuracy",
    )
    assert report == {"exs": 2, "accuracy": 1, "calls": 5, "sure": 0.75}
    with pytest.raises(MetricError, match="expected a number to measure, got 'very'"):
        scored(({"text": "a", "metrics": {"sure": "very"}}, ["a"]))


def test_a_report_is_of_its_moment():
    scores = Scores("default,distinct")
    scores.add({"text": "a"}, ["a"])
    before = scores.report()
    scores.add({"text": "b"}, ["a"])
    assert values_of(before) == {"exs": 1, "accuracy": 1.0, "f1": 1.0, "distinct-1": 1.0, "distinct-2": 0.0}


def test_bleu_without_its_package_says_what_to_install(monkeypatch):
    from parleyrun.core.metrics import bleu

    bleu._counter.cache_clear()
    for name in ("sacrebleu.metrics", "sacrebleu.metrics.bleu"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(MissingExtra, match=r"the metric bleu needs the 'metrics' extra: pip install"):
        BleuMetric.compute("a", ["a"])


def test_bleu_is_rated_over_everything_that_was_said():
    pytest.importorskip("sacrebleu")
    said = [("the cat sat on the mat", ["the cat sat on the mat"]), ("there is a cat", ["there was a big cat"])]
    whole = scored(*said, names="bleu")["bleu-4"]
    # Counted by hand: sequences of 1, 2, 3, 4 words that are right, of how many there are; 10 words for 11.
    precisions = (9 / 10, 5 / 8, 4 / 6, 3 / 4)
    expected = math.exp(1 - 11 / 10) * math.prod(precisions) ** 0.25
    assert whole == pytest.approx(expected)
    parts = []
    for act, labels in reversed(said):
        scores = Scores("bleu")
        scores.add({"text": act}, labels)
        parts.append(scores.report())
    assert add_reports(*parts)["bleu-4"].value() == whole
