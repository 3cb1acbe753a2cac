"""How many examples a property is tried on: as many as a test says, or a share of them where a run tries few."""

from __future__ import annotations

from hypothesis import settings

USUAL = 100
"""How many hypothesis tries by itself."""


def examples(count: int) -> settings:
    """Return settings that try this many examples, a tenth of them with `--hypothesis-profile=few`."""
    return settings(max_examples=max(1, count * settings().max_examples // USUAL))
