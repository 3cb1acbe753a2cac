"""How many functions a message passes on its way from one person to another.

Time tells little on a machine that others use; a call that creeps into the way of every message shows here.
"""

from call_counts import count_calls, describe, total, total_own

from parleyrun.store.memory_store import MemoryStore
from parleyrun.store.sqlite.sqlite_store import SqliteStore

MOST_CALLS, MOST_OWN_CALLS = 129, 128
MOST_CALLS_IN_MEMORY, MOST_OWN_CALLS_IN_MEMORY = 92, 91


def check(make_store, most, most_own):
    # The fewest: on a busy machine the web server's loop wakes once more for some of them, and a call that
    # creeps in is in the way of all.
    fewest = min(count_calls(make_store), key=total)
    everything, own = total(fewest), total_own(fewest)
    assert everything <= most, f"{everything} calls, expected at most {most}:\n{describe(fewest)}"
    assert own <= most_own, f"{own} calls of our own, expected at most {most_own}:\n{describe(fewest)}"


def test_a_relayed_message_on_disk_passes_few_functions(tmp_path):
    check(lambda clock: SqliteStore(tmp_path / "calls.db", clock), MOST_CALLS, MOST_OWN_CALLS)


def test_a_relayed_message_in_memory_passes_fewer():
    check(MemoryStore, MOST_CALLS_IN_MEMORY, MOST_OWN_CALLS_IN_MEMORY)
