"""Seats of models that are copies of one which was built before, where there is none."""

from __future__ import annotations

import copy

import pytest

from parleyrun.bots.batched_model import BatchedAgent, ForkableBatchedAgent
from parleyrun.bots.replicated.replicated_model import ReplicatedAgent
from parleyrun.errors import AgentError


@pytest.mark.parametrize("kind", [BatchedAgent, ForkableBatchedAgent, ReplicatedAgent])
def test_a_seat_is_made_of_a_share_table_only(kind):
    with pytest.raises(AgentError, match=r"expected a share table: a .* seat is a copy of a model"):
        kind({})


def test_what_looks_at_a_batched_seat_before_it_is_made_finds_nothing_and_does_not_look_for_ever():
    from parleyrun.bots.batched_model import BatchedModel

    bare = BatchedModel.__new__(BatchedModel)
    for name in ("answers", "__deepcopy__"):
        with pytest.raises(AttributeError, match=name):
            getattr(bare, name)
    assert not hasattr(copy.copy(bare), "answers")
