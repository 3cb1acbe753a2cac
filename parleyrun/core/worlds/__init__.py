"""The world library, in one place: worlds, agents, teachers, metrics, and what puts them together."""

from __future__ import annotations

from ...lazy_imports import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__)
