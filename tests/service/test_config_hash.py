"""Two configs have the same hash if they say the same."""

from __future__ import annotations

from typing import Any

import pytest

from parleyrun.config.plan import config_from_mapping
from parleyrun.service.start.config_hash import config_hash

CONFIG: dict[str, Any] = {
    "world_module": "worlds",
    "overworld": "Menu",
    "opt": {"rounds": 3, "topics": ["cats", "dogs"]},
    "tasks": {"chat": {"task_world": "Chat", "agents_required": 2}},
}


def hash_of(**more: Any) -> str:
    return config_hash(config_from_mapping({**CONFIG, **more}))


def test_a_hash_is_64_hexadecimal_digits() -> None:
    assert len(hash_of()) == 64
    assert set(hash_of()) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    "same",
    [
        {"disconnect_grace": 60},
        {"opt": {"topics": ["cats", "dogs"], "rounds": 3}},
        {"password": "sesame"},
        {"password": "open"},
    ],
    ids=["a default written out", "another order of keys", "a secret", "another secret"],
)
def test_what_says_the_same_has_the_same(same: dict[str, Any]) -> None:
    assert hash_of(**same) == hash_of()


@pytest.mark.parametrize(
    "other",
    [
        {"disconnect_grace": 61},
        {"opt": {"rounds": 3, "topics": ["dogs", "cats"]}},
        {"opt": {"rounds": "3", "topics": ["cats", "dogs"]}},
        {"tasks": {"chat": {"task_world": "Chat", "agents_required": 3}}},
        {"tasks": {"talk": {"task_world": "Chat", "agents_required": 2}}},
        {"texts": {"waiting": "One moment."}},
    ],
)
def test_what_says_something_else_has_another(other: dict[str, Any]) -> None:
    assert hash_of(**other) != hash_of()
