"""Watched files: which files a config is made of, and when they were written last."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

Stamps = dict[Path, tuple[int, int]]
"""When each file was written, in nanoseconds, and how many bytes it has."""

SUFFIXES = (".yml", ".yaml", ".md", ".txt", ".csv", ".json", ".py")
"""How the names of files end that a config may be made of."""

_LEVELS = 3
_MOST_FILES = 2000
_MOST_ENTRIES = 20_000
_NOT_AUTHORS = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "env", "build", "dist"})


class WatchedFiles:
    """The files in the folder of a config, three levels deep, and others that are told. One thread.

    What begins with a dot is left out, and so are folders of packages. Of more than 2,000 files
    some are not watched.

    Args:
        folder: That of the config.
        others: Returns files elsewhere.
    """

    def __init__(self, folder: Path, others: Callable[[], Iterable[Path]]) -> None:
        self._folder = folder
        self._others = others

    def stamps(self) -> Stamps:
        """Look at all files, and return what they are like now."""
        found: Stamps = {}
        for path in [*self._within(), *self._others()]:
            try:
                seen = path.stat()
            except OSError:
                continue  # it is gone by now, which is a change of its own
            found[path] = (seen.st_mtime_ns, seen.st_size)
        return found

    def _within(self) -> Iterator[Path]:
        folders, entries, files = [(self._folder, 1)], 0, 0
        for folder, level in folders:
            for entry in _entries(folder):
                entries += 1
                if entries > _MOST_ENTRIES or files >= _MOST_FILES:
                    return
                if entry.is_dir(follow_symlinks=False):
                    if level < _LEVELS:
                        folders.append((Path(entry.path), level + 1))
                elif entry.name.endswith(SUFFIXES):
                    files += 1
                    yield Path(entry.path)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            kept = [entry for entry in entries if entry.name[0] != "." and entry.name not in _NOT_AUTHORS]
    except OSError:
        return []  # it is gone, or nobody's business
    return sorted(kept, key=lambda entry: entry.name)
