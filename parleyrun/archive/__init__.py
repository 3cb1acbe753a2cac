"""The archive: a store read beside the process that writes it: conversations, participants, exports, erasing."""

from __future__ import annotations

from ..lazy_imports import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__)
