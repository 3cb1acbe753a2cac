"""Evaluation: agents on tasks, as a library. What it offers is listed in `__init__.pyi`."""

from __future__ import annotations

from ..lazy_imports import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__)
