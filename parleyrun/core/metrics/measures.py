"""Measures: what can be asked for by name besides accuracy, F1 and hits, and what each counts of an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from .bleu import LENGTHS, BleuMetric
from .metrics import AverageMetric, Metric
from .normal_words import plain_words, squad_form
from .overlap_metrics import ChrfMetric, RougeMetric, SentenceBleuMetric, f_measure
from .text_metrics import precision_and_recall, sequences

DISTINCT = (1, 2)

Measure = Callable[[str, Sequence[str]], Mapping[str, Metric]]
"""Returns what is measured of an answer, in words, to an example with these right ones."""


def _bleu(guess: str, answers: Sequence[str]) -> Mapping[str, Metric]:
    whole = BleuMetric.compute(guess, answers)
    return {f"bleu-{n}": whole.of_order(n) for n in range(1, LENGTHS + 1)}


def _sentence_bleu(guess: str, answers: Sequence[str]) -> Mapping[str, Metric]:
    orders = SentenceBleuMetric.of_orders(guess, answers, LENGTHS)
    return {f"sentence-bleu-{n}": metric for n, metric in enumerate(orders, 1)}


def _rouge(guess: str, answers: Sequence[str]) -> Mapping[str, Metric]:
    return {f"rouge-{kind}": RougeMetric.compute(guess, answers, kind) for kind in (1, 2, "L")}


def _chrf(guess: str, answers: Sequence[str]) -> Mapping[str, Metric]:
    return {"chrf": ChrfMetric.compute(guess, answers)}


def _precision(guess: str, answers: Sequence[str]) -> Mapping[str, Metric]:
    (common, said), _ = precision_and_recall(guess, answers)
    return {"precision": AverageMetric(common / said if said else 0)}


def _recall(guess: str, answers: Sequence[str]) -> Mapping[str, Metric]:
    _, (common, right) = precision_and_recall(guess, answers)
    return {"recall": AverageMetric(common / right if right else 0)}


def _squad(guess: str, answers: Sequence[str]) -> Mapping[str, Metric]:
    said = squad_form(guess)
    forms = [squad_form(answer) for answer in answers]
    return {
        "squad-em": AverageMetric(int(said in forms)),
        "squad-f1": AverageMetric(max(_squad_f1(said.split(), form.split()) for form in forms)),
    }


def _squad_f1(said: Sequence[str], right: Sequence[str]) -> float:
    return f_measure((Counter(said) & Counter(right)).total(), len(said), len(right))


def _intra_distinct(guess: str, _answers: Sequence[str]) -> Mapping[str, Metric]:
    words = plain_words(guess)
    counts = {n: Counter(sequences(words, n)) for n in DISTINCT}
    return {
        f"intradistinct-{n}": AverageMetric(len(each) / each.total() if each else 0) for n, each in counts.items()
    }


MEASURES: Mapping[str, Measure] = {
    "bleu": _bleu,
    "sentence-bleu": _sentence_bleu,
    "rouge": _rouge,
    "chrf": _chrf,
    "precision": _precision,
    "recall": _recall,
    "squad": _squad,
    "intradistinct": _intra_distinct,
}
