"""Scores: what a teacher counts of the answers to its examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import islice
from typing import Any

from ...errors import MetricError
from .measures import DISTINCT, MEASURES
from .metrics import AverageMetric, Metric, SumMetric
from .model_metrics import LOGPROBS, METRICS, TOKENS_RIGHT, metrics_in
from .normal_words import plain_words
from .text_metrics import DistinctMetric, f1, is_exact, rank_of, sequences

DEFAULT_NAMES = ("accuracy", "f1", "hits")
DISTINCT_NAMES = ("distinct", "interdistinct")
NAMES = (*DEFAULT_NAMES, *MEASURES, *DISTINCT_NAMES)
HITS_AT = (1, 5, 10, 100)


class Scores:
    """Counts how answers compare with the right ones.

    `names` are the metrics to count, as a list or separated by commas; by default those that cost little. Each
    example is counted as `exs`; hits@k are averages over the answers that rank candidates. What an act says of
    itself (`metrics`, `label_logprobs`) is counted whatever the names are. For one thread.

    Args:
        names: Some of `accuracy`, `f1`, `hits`, `precision`, `recall`, `squad`, `bleu`, `sentence-bleu`, `rouge`,
            `chrf`, `distinct`, `interdistinct` and `intradistinct`; `all`, or `default` for the first three.

    Raises:
        MetricError: There is no metric of such a name.
    """

    __slots__ = (
        "_exact",
        "_examples",
        "_f1",
        "_measures",
        "_more",
        "_own",
        "_perfect",
        "_rankings",
        "_ranks",
        "_words",
        "names",
    )

    def __init__(self, names: str | Iterable[str] | None = None) -> None:
        self.names = _checked(DEFAULT_NAMES if names is None else names)
        self._measures = [measure for name, measure in MEASURES.items() if name in self.names]
        self._more = bool(self._measures) or not self.names.isdisjoint(DISTINCT_NAMES)
        self.clear()

    def clear(self) -> None:
        """Forget all that was counted."""
        self._examples = 0
        self._perfect = 0  # answers that are one of the labels to the letter: most need no look at their words
        self._exact = 0
        self._f1 = Fraction()
        self._rankings = 0
        self._ranks: Counter[int] = Counter()
        self._words: dict[str, Counter[tuple[str, ...]]] = {}
        self._own: dict[str, Metric] = {}

    def add(self, act: Mapping[str, Any], answers: Sequence[str]) -> None:
        """Count one answer: `text`, and `text_candidates` (best first) where the agent ranks them.

        `answers` are the right ones. No text is a wrong answer; a ranking that names no right one is no hit.
        """
        self._examples += 1
        text = act.get("text")
        if text is None:
            text = ""
        if text in answers:
            self._perfect += 1
        elif text:
            self._compare(text, answers)
        ranked = act.get("text_candidates")
        if ranked:
            self._rankings += 1
            rank = rank_of(answers, islice(ranked, HITS_AT[-1]))
            if rank is not None:
                self._ranks[rank] += 1
        if self._more:
            self._measure(text, answers)
        if METRICS in act or LOGPROBS in act or TOKENS_RIGHT in act:
            for name, metric in metrics_in(act).items():
                self.record(name, metric)

    def record(self, name: str, metric: Metric) -> None:
        """Count something of the teacher's own under this name."""
        known = self._own.get(name)
        self._own[name] = metric if known is None else known + metric

    def report(self) -> dict[str, Metric]:
        """Return what was counted since the beginning or the last `clear`, by name."""
        report: dict[str, Metric] = {"exs": SumMetric(self._examples)}
        if self._examples:
            if "accuracy" in self.names:
                report["accuracy"] = AverageMetric(self._perfect + self._exact, self._examples)
            if "f1" in self.names:
                report["f1"] = AverageMetric(self._perfect + self._f1, self._examples)
        if self._rankings and "hits" in self.names:
            for k in HITS_AT:
                hits = sum(times for rank, times in self._ranks.items() if rank <= k)
                report[f"hits@{k}"] = AverageMetric(hits, self._rankings)
        for name, counts in self._words.items():
            report[name] = DistinctMetric(counts.copy())
        report.update(self._own)
        return report

    def _compare(self, text: str, answers: Sequence[str]) -> None:
        if is_exact(text, answers):
            self._exact += 1
            self._f1 += 1
        elif "f1" in self.names:
            overlap = f1(text, answers)
            if overlap:
                self._f1 += Fraction(overlap)

    def _measure(self, text: str, answers: Sequence[str]) -> None:
        if answers:
            for measure in self._measures:
                for name, metric in measure(text, answers).items():
                    self.record(name, metric)
        if "distinct" in self.names:
            self._count_sequences("distinct", text.lower().split())
        if "interdistinct" in self.names:
            self._count_sequences("interdistinct", plain_words(text))

    def _count_sequences(self, name: str, words: Sequence[str]) -> None:
        for n in DISTINCT:
            # Not by adding metrics, each of which would be a copy of all words so far.
            self._words.setdefault(f"{name}-{n}", Counter()).update(sequences(words, n))


def _checked(names: str | Iterable[str]) -> frozenset[str]:
    wanted = names.split(",") if isinstance(names, str) else list(names)
    wanted = [name.strip() for name in wanted]
    if wanted == ["all"]:
        return frozenset(NAMES)
    wanted = [name for given in wanted for name in (DEFAULT_NAMES if given == "default" else (given,))]
    unknown = set(wanted) - set(NAMES)
    if unknown:
        raise MetricError(
            f"expected some of {', '.join(NAMES)}, or all, at 'metrics', got {', '.join(sorted(unknown))}"
        )
    return frozenset(wanted)
