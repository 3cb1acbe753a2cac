"""In which order tests run: what takes long begins first, and every worker has its share of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

SECONDS: Mapping[str, float] = {"browser": 0.5, "process": 0.8, "postgres": 0.5, "thorough": 0.8, "ray": 15}
"""About how long a test of each mark takes, by the clock."""

LONGEST: Mapping[str, float] = {
    "tests/soak/test_attackers.py": 15,
    "tests/attacks/test_bytes_and_history.py": 30,
    "tests/attacks/test_store_by_another_name.py": 15,
    "tests/test_readme_followed.py": 25,
    "tests/test_tutorial.py": 12,
    "tests/web/test_swallowed_connection.py": 20,
}
"""Files of tests that wait for something, and about how long they take in all."""


def seconds_of(file: str, marks: Iterable[Collection[str]]) -> float:
    """Return about how long the tests of a file take that are more than a function call, each with its marks."""
    if file in LONGEST:
        return LONGEST[file]
    return sum(max((SECONDS[name] for name in SECONDS if name in of_test), default=0.0) for of_test in marks)


def dealt_out(files: Sequence[tuple[float, Sequence[T]]], workers: int) -> list[T]:
    """Put tests into an order of which each worker gets an equal part, one after the other.

    Every part begins with long files, about as long as those of the others, and ends with short ones: those are
    what a worker that is done takes over from another. The tests of a file that is long stay together, as they
    share what is expensive, such as a browser.

    Args:
        files: How long the tests of each take in all, 0 for hardly any time; and the tests.
        workers: Into how many parts the order is cut.
    """
    long = sorted((file for file in files if file[0]), key=lambda file: -file[0])
    short = (test for seconds, tests in files if not seconds for test in tests)
    parts: list[list[T]] = [[] for _ in range(workers)]
    taken = [0.0] * workers
    for seconds, tests in long:
        least = taken.index(min(taken))
        taken[least] += seconds
        parts[least] += tests
    total = sum(len(tests) for _, tests in files)
    for number, part in enumerate(parts):
        size = total // workers + (number >= workers - total % workers)
        part += islice(short, max(0, size - len(part)))
    return [*(test for part in parts for test in part), *short]
