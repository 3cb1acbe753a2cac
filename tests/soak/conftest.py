from __future__ import annotations

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes minutes, unless a marker expression asks for it."""
    if "soak" in (config.getoption("markexpr") or ""):
        return
    long = [item for item in items if item.get_closest_marker("soak") or item.get_closest_marker("soak_cluster")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
