"""What would a cluster take for 10,000, 100,000 and a million people? `python benchmarks/scale.py`

It measures what one message costs a coordinator, a host and the record, on this machine in one run, and prints
that. Then it prints what `cluster_model.py` makes of it, which is extrapolated. It needs the extras `serve` and
`ray`; with PostgreSQL (`postgres` and Debian's package) it says what that takes, too. About a minute.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from cluster_model import FULL, SECONDS_A_LINE, Costs, Needs, Talking, limits, needs
from config_file import write_config
from hosted import HostedServer
from processes import PROJECT, Failed, Load
from store_turns import StoreTurns

from parleyrun.store.protocol import Store
from parleyrun.store.sqlite.sqlite_store import SqliteStore

sys.path.append(str(PROJECT))
from tests.postgres_server import PostgresServer, can_run

PEOPLE = 400
SECONDS = 5.0
WARM_UP_SECONDS = 1.0
SPEAKERS_ALONE = 500
ROUNDS_ALONE = 4
CROWDS = (10_000, 100_000, 1_000_000)
WORLD_SECONDS = 0.005


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        try:
            costs, found = measure(Path(folder))
        except Failed as error:
            print(f"it could not be measured: {error}", file=sys.stderr)
            return 2
    print("Measured here")
    print(f"  load of the machine before and after   {found['load']}")
    for name, seconds in (
        ("one process, record in memory", costs.alone),
        ("coordinator, record in memory", costs.coordinator),
        ("record in a file, on top of that", costs.commit),
        ("host", costs.host),
        ("mail: coordinator and host - one process", costs.mail),
    ):
        print(f"  CPU a message, {name:<42} {1e6 * seconds:8.0f} us")
    print(f"  one coordinator with one host, delivered {found['delivered']:25.0f} /s")
    print(f"  memory of a coordinator a person {costs.person_bytes / 1000:33.0f} kB")
    for name, turns in found["stores"].items():
        print(f"  turns that the store alone takes, {name:<20} {turns:11.0f} /s")
    print(f"\nExtrapolated: a line a person every {SECONDS_A_LINE:g} s, nothing used more than {FULL:.0%}")
    for world_seconds in (0.0, WORLD_SECONDS):
        print(f"  worlds that compute {1000 * world_seconds:g} ms a message")
        for people in CROWDS:
            need = needs(Talking(people=people, world_seconds=world_seconds), costs)
            print(f"    {people:>9,} people: {described(need)}")
    most = limits(SECONDS_A_LINE, costs)
    print(f"  full: one coordinator with {most.coordinator:,} people, one store (the slower) with {most.store:,}")
    print(f"  in shards, the largest group of tasks having a fifth of all: {most.with_shards(0.2):,} people")
    return 0


def described(need: Needs) -> str:
    return (
        f"one coordinator would use {need.coordinator_use:.2f} cores, one store {need.store_use:.1%}; "
        f"{need.shards} shards, {need.hosts} hosts, {need.memory_bytes / 1e9:.1f} GB"
    )


def measure(folder: Path) -> tuple[Costs, dict[str, Any]]:
    """Return the costs, and what else was found."""
    before = os.getloadavg()[0]
    alone, _ = talked(folder, "alone", {}, ":memory:")
    hosted = {"engine": {"ray": {"hosts": 1}}}
    memory, person_bytes = talked(folder, "memory", hosted, ":memory:")
    file, _ = talked(folder, "file", hosted, str(folder / "file.db"))
    stores = store_turns(folder)
    costs = Costs(
        alone=alone["cost"],
        coordinator=memory["cost"],
        commit=max(0.0, file["cost"] - memory["cost"]),
        host=memory["host_cost"],
        store_turns=min(stores.values()),
        person_bytes=person_bytes,
    )
    load = f"{before:.1f}, {os.getloadavg()[0]:.1f}"
    return costs, {"load": load, "delivered": file["per_second"], "stores": stores}


def talked(folder: Path, name: str, engine: dict[str, Any], store: str) -> tuple[dict[str, float], float]:
    """Have pairs talk as fast as they can; return what that took, and the bytes that a person takes.

    There is one host: what a message costs is the same with more, and two cores would be shared by all of them.
    """
    own = folder / name
    own.mkdir()
    config = write_config(own, limits={"messages_per_second": 10_000}, **engine)
    with HostedServer(config, store) as server, Load() as load:
        empty = server.resident_bytes()
        load("gather", crowd=name, port=server.port, count=PEOPLE, task="chat")
        person_bytes = (server.resident_bytes() - empty) / PEOPLE
        hosts = server.hosts().values()
        load("talk", crowd=name, seconds=WARM_UP_SECONDS, with_each_other=True)
        before = server.used(hosts)
        found = load("talk", crowd=name, seconds=SECONDS, with_each_other=True)
        delivered = max(1, found["delivered"])
        used = server.used(hosts).since(before)
    if found["lost"] + found["wrong"]:
        raise Failed(f"{found['lost']} messages were lost, {found['wrong']} wrong or out of order")
    costs = {"cost": used.coordinator / delivered, "host_cost": used.hosts / delivered}
    return {**found, **costs}, person_bytes


def store_turns(folder: Path) -> dict[str, float]:
    """Return how many turns a second stores take, of 500 people at once, with nothing else around."""
    found = {"a file": turns_of(SqliteStore(folder / "alone.db", time))}
    if can_run():
        from parleyrun.store.postgres.postgres_store import PostgresStore

        with closing(PostgresServer(syncing=True)) as server:
            found["PostgreSQL"] = turns_of(PostgresStore(server.new_database("alone"), time))
    return found


def turns_of(store: Store) -> float:
    store.open()
    with closing(store):
        return StoreTurns(store, SPEAKERS_ALONE).at_once(ROUNDS_ALONE)


if __name__ == "__main__":
    sys.exit(main())
