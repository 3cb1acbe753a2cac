"""500 pairs talking as fast as the answers come, with the record in a file.

The load and the accounting of the pairs measurement, given in the same run to three servers that take turns:
bare echo, `parleyrun serve` with its record in memory, and with its record in a file. Each message is one turn:
the world hears it, says it to the partner, and is put on record. As nobody sends before they have heard, a turn
that is slower makes the load smaller; throughput is what comes of that.

`turns, sustained` is the slowest of the stretches into which the time is divided, each longer than what lies
between two checkpoints of the file. `load generator's CPU` says how much of a core was not the server's to have.
"""

from __future__ import annotations

from pathlib import Path

from config_file import write_config
from figures import Figure
from processes import Load, bare_echo, parleyrun

from measurements.pairs import PEOPLE, talk

STRETCHES = 4
RATIO_AT_MOST = 3.5
THROUGHPUT_AT_LEAST = 0.7
TURNS_AT_LEAST = 4_000.0


def measure(folder: Path) -> list[Figure]:
    config = write_config(folder, limits={"messages_per_second": 10_000})
    store = folder / "pairs.db"
    with bare_echo() as bare, parleyrun(config) as memory, parleyrun(config, store=store) as file, Load() as load:
        load("connect", crowd="bare", port=bare.port, count=PEOPLE)
        for crowd, server in (("memory", memory), ("file", file)):
            load("gather", crowd=crowd, port=server.port, count=PEOPLE, task="chat")
        bare_talk = talk(load, bare, "bare", with_each_other=False)
        memory_talk = talk(load, memory, "memory", with_each_other=True)
        stretches = [talk(load, file, "file", with_each_other=True) for _ in range(STRETCHES)]
    cost = _mean(stretches, "cost")
    per_second = _mean(stretches, "per_second")
    return [
        Figure("lost", sum(found["lost"] for found in stretches), "messages", 0),
        Figure("wrong or out of order", sum(found["wrong"] for found in stretches), "messages", 0),
        Figure("CPU per message / bare server's", cost / bare_talk["cost"], "x", RATIO_AT_MOST),
        Figure(
            "delivered / with record in memory",
            per_second / memory_talk["per_second"],
            "x",
            at_least=THROUGHPUT_AT_LEAST,
        ),
        Figure("turns, sustained", min(found["per_second"] for found in stretches), "/s", at_least=TURNS_AT_LEAST),
        Figure("turns, mean", per_second, "/s"),
        Figure("record in memory, delivered", memory_talk["per_second"], "/s"),
        Figure("bare server, delivered", bare_talk["per_second"], "/s"),
        Figure("CPU per message", cost * 1e6, "us"),
        Figure("record in memory, CPU per message", memory_talk["cost"] * 1e6, "us"),
        Figure("bare server, CPU per message", bare_talk["cost"] * 1e6, "us"),
        Figure("load generator's CPU", _mean(stretches, "generator_cpu") * 100, "% of a core"),
    ]


def _mean(stretches: list[dict[str, float]], name: str) -> float:
    return sum(found[name] for found in stretches) / len(stretches)
