"""500 pairs talking as fast as the answers come: what a message costs when the server is busy.

A closed loop with one message of each pair on its way at any time, so 500 in all: whoever hears number n says
number n + 1. The bare echo server gets the same 1,000 connections and the same messages; there everybody hears
their own words and the other of the pair goes on. The servers take turns, and the cost is the CPU time (user and
system, all threads) of the server's process during its turn, divided by the messages that were delivered.

Every message is accounted for by its number: one that does not arrive, arrives altered, or out of order is
counted. `messages_per_second` is set high in the config, as people are held to 20 a second otherwise.
"""

from __future__ import annotations

from pathlib import Path

from config_file import write_config
from figures import Figure
from processes import Load, Process, bare_echo, parleyrun

PEOPLE = 1000
SECONDS = 5.0
WARM_UP_SECONDS = 1.0
RATIO_AT_MOST = 2.3


def measure(folder: Path) -> list[Figure]:
    config = write_config(folder, limits={"messages_per_second": 10_000})
    with bare_echo() as bare, parleyrun(config) as server, Load() as load:
        load("connect", crowd="bare", port=bare.port, count=PEOPLE)
        load("gather", crowd="ours", port=server.port, count=PEOPLE, task="chat")
        bare_talk = talk(load, bare, "bare", with_each_other=False)
        our_talk = talk(load, server, "ours", with_each_other=True)
    return [
        Figure("lost", our_talk["lost"], "messages", 0),
        Figure("wrong or out of order", our_talk["wrong"], "messages", 0),
        Figure("CPU per message / bare server's", our_talk["cost"] / bare_talk["cost"], "x", RATIO_AT_MOST),
        Figure("CPU per message", our_talk["cost"] * 1e6, "us"),
        Figure("bare server, CPU per message", bare_talk["cost"] * 1e6, "us"),
        Figure("delivered", our_talk["per_second"], "/s"),
        Figure("bare server, delivered", bare_talk["per_second"], "/s"),
        Figure("load generator's CPU", our_talk["generator_cpu"] * 100, "% of a core"),
        Figure("with the bare server", bare_talk["generator_cpu"] * 100, "% of a core"),
    ]


def talk(load: Load, server: Process, crowd: str, *, with_each_other: bool) -> dict[str, float]:
    """Let a crowd talk, after a warm-up; `cost` in the answer is the server's CPU seconds for a message."""
    load("talk", crowd=crowd, seconds=WARM_UP_SECONDS, with_each_other=with_each_other)
    before = server.cpu_seconds()
    answer = load("talk", crowd=crowd, seconds=SECONDS, with_each_other=with_each_other)
    return {**answer, "cost": (server.cpu_seconds() - before) / max(1, answer["delivered"])}
