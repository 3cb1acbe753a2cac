"""Measure how fast parleyrun is: `python benchmarks/run.py [NAME …] [--repeat N]`.

Prints one table with the median of all repetitions for each figure, and its target where there is one. Ends with
0 if every target was met, 1 if one was missed, 2 if a measurement could not be made.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from figures import Figure, Row, rows_of, table
from measurements import (
    batching,
    blocked,
    consoles,
    durable,
    durable_pairs,
    durable_silent,
    echo,
    flood,
    growth,
    host_killed,
    hosts,
    library,
    messenger_in,
    messenger_out,
    models_eval,
    pairing,
    pairs,
    panel_study,
    postgres,
    report,
    restart,
    silent,
    thinking,
    visits,
)
from processes import Failed

Measure = Callable[[Path], list[Figure]]

MEASUREMENTS: dict[str, Measure] = {
    "echo": echo.measure,
    "pairs": pairs.measure,
    "pairing": pairing.measure,
    "silent": silent.measure,
    "blocked": blocked.measure,
    "flood": flood.measure,
    "durable": durable.measure,
    "durable-pairs": durable_pairs.measure,
    "durable-silent": durable_silent.measure,
    "restart": restart.measure,
    "postgres": postgres.measure,
    "postgres-restart": postgres.measure_restart,
    "hosts-computing": hosts.measure_computing,
    "hosts-empty": hosts.measure_empty,
    "hosts-pairs": hosts.measure_pairs,
    "hosts-killed": host_killed.measure,
    "growth": growth.measure,
    "report": report.measure,
    "visits": visits.measure,
    "consoles": consoles.measure,
    "messenger-in": messenger_in.measure,
    "messenger-out": messenger_out.measure,
    "thinking": thinking.measure,
    "models-eval": models_eval.measure,
    "batching": batching.measure,
    "panel-study": panel_study.measure,
    "worlds": library.measure,
}


def main() -> int:
    arguments = _parse()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # the servers and the generator inherit it
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, median of {arguments.repeat} each\n")
    rows: list[Row] = []
    failures = 0
    for name in arguments.names or MEASUREMENTS:
        try:
            rows += rows_of(name, [_once(name, number, arguments.repeat) for number in range(arguments.repeat)])
        except Failed as error:
            failures += 1
            print(f"{name} could not be measured: {error}", file=sys.stderr)
    print(table(rows))
    if failures:
        return 2
    return int(any(row.verdict == "MISS" for row in rows))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure how fast parleyrun is on this machine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(MEASUREMENTS)}; all if none")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="how often each is made (default 3)")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if not _meant(name)]
    arguments.names = [each for name in arguments.names for each in _meant(name)]
    if unknown:
        parser.error(f"expected one of {', '.join(MEASUREMENTS)}, got {', '.join(unknown)}")
    if arguments.repeat < 1:
        parser.error(f"expected --repeat to be at least 1, got {arguments.repeat}")
    return arguments


def _meant(name: str) -> list[str]:
    """Return the measurements of that name, or all that begin with it: `messenger` is both of Messenger."""
    return [name] if name in MEASUREMENTS else [each for each in MEASUREMENTS if each.startswith(f"{name}-")]


def _once(name: str, number: int, of: int) -> list[Figure]:
    print(f"{name} ({number + 1} of {of}) …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="parleyrun-benchmark-") as folder:
        return MEASUREMENTS[name](Path(folder))


if __name__ == "__main__":
    sys.exit(main())
