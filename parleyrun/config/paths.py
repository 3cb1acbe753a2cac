"""File names as people want to read them."""

from __future__ import annotations

from pathlib import Path


def shown(place: str | Path) -> str:
    """Return a path relative to the current folder where it is inside it, whole otherwise."""
    path = Path(place)
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)
