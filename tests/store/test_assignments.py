"""Who was assigned which value of a condition, and the counts of it."""

import pytest
from keeping import durable_store

from parleyrun.store.memory_store import MemoryStore
from parleyrun.store.protocol import Assigned, AssignedCount, Move
from parleyrun.testing import VirtualTimers


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def reopen(request, tmp_path):
    """A store, as often as it is asked for; in memory it is the same one, in a file it is opened anew."""
    clock = VirtualTimers().clock
    place = request.getfixturevalue("database") if request.param == "postgres" else tmp_path / "s.db"
    stores = [MemoryStore(clock) if request.param == "memory" else durable_store(place, clock)]

    def again():
        stores[-1].close()
        if request.param != "memory":
            stores.append(durable_store(place, clock))
        return stores[-1], stores[-1].open()

    stores[0].open()
    yield again
    stores[-1].close()


def assigned(owner, state, value="human"):
    return Assigned(condition="partner", owner=owner, value=value, state=state)


def test_the_last_state_of_each_counts(reopen):
    store, _ = reopen()
    for each in (
        assigned("a", "begun"),
        assigned("b", "begun"),
        assigned("a", "finished"),
        assigned("c", "begun", 7),
        assigned("b", "dropped"),
        assigned("b", "begun"),
    ):
        store.move(Move(assigned=(each,)), print)
    _, saved = reopen()
    counts = {(each.value, each.state): each.count for each in saved.assigned}
    assert counts == {("human", "finished"): 1, ("human", "begun"): 1, (7, "begun"): 1}
    assert all(isinstance(each, AssignedCount) and each.condition == "partner" for each in saved.assigned)
