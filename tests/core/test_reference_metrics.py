"""Metrics are what the packages give that others measure by, on thousands of generated answers."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence

import pytest

from parleyrun.core.metrics import overlap_metrics, text_metrics
from parleyrun.core.metrics.bleu import BleuMetric
from parleyrun.core.metrics.metrics import values_of
from parleyrun.core.metrics.overlap_metrics import ChrfMetric, RougeMetric, SentenceBleuMetric
from parleyrun.core.metrics.scores import Scores
from parleyrun.errors import MetricError

TEXT = "the a an cat cats sat on mat, mat. it's well-known (so) they say: 3.5 $7 under the old tree! Tree THE"
WORDS = TEXT.split()

Pairs = list[tuple[str, list[str]]]


HOW_MANY = pytest.mark.parametrize("count", [200, pytest.param(1500, marks=pytest.mark.thorough)])


def generated(count: int) -> Pairs:
    """Answers and right ones that have much in common, some of them empty or all of punctuation."""
    chance = random.Random(14)
    pairs: Pairs = []
    for _ in range(count):
        guess = chance.choices(WORDS, k=chance.choice((0, 1, 2, 5, 9, 14)))
        answers = [_changed(guess, chance) for _ in range(chance.choice((1, 1, 3)))]
        pairs.append((" ".join(guess), answers))
    return pairs


def _changed(words: Sequence[str], chance: random.Random) -> str:
    kept = [word if chance.random() < 0.7 else chance.choice(WORDS) for word in words if chance.random() < 0.9]
    return " ".join(kept) or chance.choice(("", "!", "tree"))


@HOW_MANY
def test_rouge_is_that_of_rouge_score(count):
    scorers = pytest.importorskip("rouge_score.rouge_scorer")
    kinds = {"rouge1": 1, "rouge2": 2, "rougeL": "L"}
    scorer = scorers.RougeScorer(list(kinds), use_stemmer=False)
    for guess, answers in generated(count):
        theirs = [scorer.score(answer, guess) for answer in answers]
        for name, kind in kinds.items():
            expected = max(each[name].fmeasure for each in theirs)
            assert RougeMetric.compute(guess, answers, kind).value() == pytest.approx(expected, abs=1e-12), guess


@HOW_MANY
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_sentence_bleu_is_what_parlai_has_nltk_count(k, count):
    nltk_bleu = pytest.importorskip("nltk.translate.bleu_score")
    import re

    def normalized(text: str) -> list[str]:
        spaced = re.sub(r"[!\"#$%&()*+,-./:;<=>?@\[\]\\^`{|}~_']", " ", text.lower())
        return " ".join(re.sub(r"\b(a|an|the)\b", " ", spaced).split()).split(" ")

    smooth = nltk_bleu.SmoothingFunction(epsilon=1e-12).method1
    for guess, answers in generated(count):
        expected = nltk_bleu.sentence_bleu(
            [normalized(answer) for answer in answers],
            normalized(guess),
            weights=[1 / k] * k,
            smoothing_function=smooth,
        )
        assert SentenceBleuMetric.compute(guess, answers, k).value() == pytest.approx(expected, rel=1e-9), guess


def test_sentence_bleu_of_all_lengths_counts_each_sequence_once(monkeypatch: pytest.MonkeyPatch):
    counted: list[int] = []

    def sequences(words: Sequence[str], n: int) -> Iterable[tuple[str, ...]]:
        counted.append(n)
        return text_metrics.sequences(words, n)

    monkeypatch.setattr(overlap_metrics, "sequences", sequences)
    found = SentenceBleuMetric.of_orders("a cat sees a dog", ["the cat sees dogs", "a dog"], 4)
    assert counted == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
    monkeypatch.undo()
    for guess, answers in generated(20):
        found = SentenceBleuMetric.of_orders(guess, answers, 4)
        assert found == [SentenceBleuMetric.compute(guess, answers, k) for k in (1, 2, 3, 4)], guess


def transposed(pairs: Pairs) -> list[list[str]]:
    most = max(len(answers) for _, answers in pairs)
    return [[answers[min(place, len(answers) - 1)] for _, answers in pairs] for place in range(most)]


@HOW_MANY
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_bleu_over_everything_is_that_of_sacrebleu(n, count):
    metrics = pytest.importorskip("sacrebleu.metrics")
    pairs = [pair for pair in generated(count) if pair[0]]
    total = BleuMetric.compute(*pairs[0])
    for pair in pairs[1:]:
        total += BleuMetric.compute(*pair)
    expected = metrics.BLEU(max_ngram_order=n).corpus_score([guess for guess, _ in pairs], transposed(pairs)).score
    assert total.of_order(n).value() == pytest.approx(expected / 100, rel=1e-12)


@HOW_MANY
def test_chrf_is_that_of_sacrebleu(count):
    metrics = pytest.importorskip("sacrebleu.metrics")
    chrf = metrics.CHRF()
    pairs = generated(count)
    total = ChrfMetric.compute(*pairs[0])
    for guess, answers in pairs:
        one = ChrfMetric.compute(guess, answers)
        assert one.value() == pytest.approx(chrf.sentence_score(guess, answers).score / 100, abs=1e-12), guess
    for pair in pairs[1:]:
        total += ChrfMetric.compute(*pair)
    expected = chrf.corpus_score([guess for guess, _ in pairs], transposed(pairs)).score / 100
    assert total.value() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("guess", "answers", "em", "f1"),
    [
        ("The Eiffel Tower!", ["eiffel tower"], 1, 1),
        ("it's", ["its"], 1, 1),  # an apostrophe leaves no gap in SQuAD's evaluation
        ("well-known", ["wellknown"], 1, 1),
        ("in 1066, they say", ["1066"], 0, 2 * (1 / 4) / (1 / 4 + 1)),
        ("a", ["the"], 1, 0),
        ("cats", ["a cat", "the cats"], 1, 1),
    ],
)
def test_squad_s_own_figures(guess, answers, em, f1):
    scores = Scores("squad")
    scores.add({"text": guess}, answers)
    assert values_of(scores.report()) == pytest.approx({"exs": 1, "squad-em": em, "squad-f1": f1})


def test_precision_and_recall_are_of_the_nearest_answer():
    scores = Scores("precision,recall")
    scores.add({"text": "the red old apple"}, ["red apple tree fruit", "apple red"])
    assert values_of(scores.report()) == pytest.approx({"exs": 1, "precision": 2 / 3, "recall": 1})


def test_distinct_within_and_between_answers():
    scores = Scores("intradistinct,interdistinct")
    scores.add({"text": "The cat, the cat"}, ["x"])
    scores.add({"text": "a dog"}, ["x"])
    scores.add({"text": ""}, ["x"])
    assert values_of(scores.report()) == pytest.approx(
        {
            "exs": 3,
            "intradistinct-1": (1 / 2 + 1 + 0) / 3,
            "intradistinct-2": (1 + 0 + 0) / 3,
            "interdistinct-1": 2 / 3,
            "interdistinct-2": 1,
        }
    )


def test_perplexity_and_token_accuracy_are_of_all_tokens_together():
    scores = Scores("accuracy")
    scores.add({"text": "x", "label_logprobs": [-1.0, -3.0], "label_tokens_right": [True, False]}, ["x"])
    scores.add({"text": "x", "label_logprobs": [-2.0], "label_tokens_right": [1]}, ["x"])
    found = values_of(scores.report())
    assert found["ppl"] == pytest.approx(math.exp(2))
    assert found["token_acc"] == pytest.approx(2 / 3)


class SeveralNumbers(list):
    """Of which nobody can say whether they are true, as of an array."""

    def __bool__(self):
        raise ValueError("the truth value of an array is ambiguous")


@pytest.mark.parametrize(
    "act", [{"metrics": ["loss"]}, {"label_logprobs": SeveralNumbers([-1.0, -2.0])}, {"label_tokens_right": 3}]
)
def test_what_an_act_says_of_itself_in_another_form_is_refused_in_a_sentence(act):
    with pytest.raises(MetricError, match=r"^expected .* of an act"):
        Scores().add({"text": "x", **act}, ["x"])
