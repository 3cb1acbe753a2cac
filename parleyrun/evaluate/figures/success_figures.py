"""Success that is asked for several times: how often all of k answers are right, and how often one of them is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import comb

from ..log.example_record import ExampleRecord
from .figure_sums import FigureSums, Sums, added, figures_of, ratio_of

_Place = tuple[int, int]
"""Which example: its episode, and its place in that."""


def all_figures_of(records: Iterable[ExampleRecord], task: str) -> dict[str, FigureSums]:
    """Return the figures of a task that have an error, by name: averages, and those of success."""
    records = list(records)
    return figures_of(records, task) | success_figures(records, task)


def success_figures(records: Iterable[ExampleRecord], task: str) -> dict[str, FigureSums]:
    """Return pass^k and pass@k of a task, for each metric that says success or not, and k from 1.

    A metric does that if each of its values in the log is 0 or 1. Of an example that was answered n times, c of
    them rightly, pass^k is C(c, k) / C(n, k): how often k of its answers, drawn at random, are all right. pass@k
    is 1 - C(n - c, k) / C(n, k): how often one at least is. Both are averages over the examples that were
    answered k times or more.

    Args:
        records: Of all times that the task was gone through.
        task: Whose figures.

    Returns:
        Figures by name, such as `accuracy pass^2`; none where every example was answered once.
    """
    found: dict[str, FigureSums] = {}
    for name, successes in _successes(records, task).items():
        most = max(map(len, successes.values()))
        if most < 2:
            continue
        for k in range(1, most + 1):
            for sign, share in (("^", _all_of), ("@", _one_of)):
                figure = f"{name} pass{sign}{k}"
                found[figure] = ratio_of(figure, _by_episode(successes, k, share))
    return found


def _successes(records: Iterable[ExampleRecord], task: str) -> dict[str, dict[_Place, list[int]]]:
    """Return for each metric that says success or not what it says, answer by answer."""
    found: dict[str, dict[_Place, list[int]]] = defaultdict(lambda: defaultdict(list))
    others: set[str] = set()
    for record in records:
        if record.key.task != task or record.failure is not None:
            continue
        for name, written in record.measured.items():
            if name in others:
                continue
            if written["kind"] != "average" or written["denom"] != 1 or written["numer"] not in (0, 1):
                others.add(name)
                found.pop(name, None)
                continue
            found[name][record.key.episode, record.key.entry].append(int(written["numer"]))
    return found


def _by_episode(
    successes: Mapping[_Place, Sequence[int]], k: int, share: Callable[[int, int, int], float]
) -> dict[int, Sums]:
    episodes: dict[int, Sums] = {}
    for (episode, _), answers in sorted(successes.items()):
        if len(answers) >= k:
            one = (share(len(answers), sum(answers), k), 1.0)
            episodes[episode] = added((episodes[episode], one)) if episode in episodes else one
    return episodes


def _all_of(answered: int, right: int, k: int) -> float:
    return comb(right, k) / comb(answered, k)


def _one_of(answered: int, right: int, k: int) -> float:
    return 1 - comb(answered - right, k) / comb(answered, k)
