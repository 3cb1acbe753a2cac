"""Modules of the user's own, named on the command line: they are looked for in the current folder first."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def look_in_current_folder() -> None:
    """Let modules in the current folder be imported, as `python -m` does and an installed command does not."""
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        sys.path.insert(0, here)
        importlib.invalidate_caches()
