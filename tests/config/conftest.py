"""What config tests share: a folder to write configs and modules into, and an interpreter left as it was found."""

from __future__ import annotations

from written_projects import imports_are_forgotten, write

__all__ = ["imports_are_forgotten", "write"]
