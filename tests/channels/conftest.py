"""Labs for the tests of the browser channel."""

from __future__ import annotations

from dataclasses import replace

import pytest
from channel_lab import Lab

from parleyrun.config.schema import Limits


@pytest.fixture
def lab() -> Lab:
    return Lab()


@pytest.fixture
def slow_lab() -> Lab:
    """Two messages a second, ten bytes each."""
    return Lab(replace(Limits(), messages_per_second=2.0, text_bytes=10))
