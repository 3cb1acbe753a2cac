"""Scores: what a teacher counts of the answers to its examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from ...errors import MetricError
from .bleu import BleuMetric
from .metrics import AverageMetric, Metric, SumMetric
from .text_metrics import DistinctMetric, f1, is_exact, rank_of, sequences

NAMES = ("accuracy", "f1", "hits", "bleu", "distinct")
DEFAULT_NAMES = ("accuracy", "f1", "hits")
HITS_AT = (1, 5, 10, 100)
DISTINCT = (1, 2)


class Scores:
    """Counts how answers compare with the right ones.

    `names` are the metrics to count, as a list or separated by commas; by default those that cost little. Each
    example is counted as `exs`; hits@k are averages over the answers that rank candidates. For one thread.

    Args:
        names: Some of `accuracy`, `f1`, `hits`, `bleu` and `distinct`; `all`, or `default` for the first three.

    Raises:
        MetricError: There is no metric of such a name.
    """

    __slots__ = (
        "_bleu",
        "_exact",
        "_examples",
        "_f1",
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
        self._more = not self.names.isdisjoint(("bleu", "distinct"))
        self.clear()

    def clear(self) -> None:
        """Forget all that was counted."""
        self._examples = 0
        self._perfect = 0  # answers that are one of the labels to the letter: most need no look at their words
        self._exact = 0
        self._f1 = Fraction()
        self._rankings = 0
        self._ranks: Counter[int] = Counter()
        self._bleu: BleuMetric | None = None
        self._words: dict[int, Counter[tuple[str, ...]]] = {}
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
            rank = rank_of(answers, ranked)
            if rank is not None:
                self._ranks[rank] += 1
        if self._more:
            self._count_sequences(text, answers)

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
        if self._bleu is not None:
            report["bleu-4"] = self._bleu
        for n, counts in self._words.items():
            report[f"distinct-{n}"] = DistinctMetric(counts.copy())
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

    def _count_sequences(self, text: str, answers: Sequence[str]) -> None:
        if "bleu" in self.names and answers:
            bleu = BleuMetric.compute(text, answers)
            self._bleu = bleu if self._bleu is None else self._bleu + bleu
        if "distinct" in self.names:
            for n in DISTINCT:
                self._words.setdefault(n, Counter()).update(sequences(text, n))


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
