"""What is extrapolated in docs/scale.md is what the model makes of what was measured there."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.cluster_model import Costs, Limits, Talking, limits, needs

SCALE = (Path(__file__).parents[2] / "docs/scale.md").read_text("utf-8")
ROUND = Costs(alone=1e-4, coordinator=2e-4, commit=1.5e-4, host=1e-4, store_turns=10_000, person_bytes=50_000)
MEASURED = Costs(alone=85e-6, coordinator=118e-6, commit=57e-6, host=80e-6, store_turns=3896, person_bytes=44_000)


def test_what_a_load_takes_follows_from_the_costs_of_its_messages() -> None:
    assert ROUND.mail == pytest.approx(2e-4)
    need = needs(Talking(people=119_000, seconds_a_line=30), ROUND)  # 3,967 messages a second
    assert need.coordinator_use == pytest.approx(1.388, rel=1e-3)
    assert need.store_use == pytest.approx(0.3967, rel=1e-3)
    assert need.shards == 2
    assert need.hosts == 2  # one a shard at least, though 0.4 of a processor would do
    assert need.memory_bytes == 5.95e9
    computing = needs(Talking(people=119_000, seconds_a_line=30, world_seconds=0.0069), ROUND)
    assert computing.hosts == 40
    few = needs(Talking(people=10), ROUND)
    assert (few.shards, few.hosts) == (1, 1)


def test_what_is_full_first_is_the_limit_and_shards_raise_it_as_far_as_groups_are_small() -> None:
    assert limits(30, ROUND) == Limits(coordinator=60_000, store=210_000)
    assert Limits(coordinator=60_000, store=210_000).with_shards(0.25) == 240_000
    assert Limits(coordinator=60_000, store=10_000).with_shards(1) == 10_000


@pytest.mark.parametrize("people", [10_000, 100_000, 1_000_000])
def test_the_documentation_says_what_the_model_says(people: int) -> None:
    plain = needs(Talking(people=people), MEASURED)
    computing = needs(Talking(people=people, world_seconds=0.005), MEASURED)
    row = (
        f"| {people:,} | {people / 30:,.0f} | {plain.coordinator_use:.2f} | {plain.store_use:.0%} "
        f"| {plain.shards} | {plain.hosts} | {computing.hosts} | {plain.memory_bytes / 1e9:.1f} GB |"
    )
    assert row in SCALE
    most = limits(30, MEASURED)
    for number in (most.coordinator, most.store, most.with_shards(0.2)):
        assert f"{number:,}" in SCALE
