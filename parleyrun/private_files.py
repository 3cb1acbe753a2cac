"""Files that nobody but their owner can read, from the moment at which they are there."""

from __future__ import annotations

import os
from pathlib import Path

OWNER_ONLY = 0o600
"""The permissions of a file with people's words in it."""


def create_private(path: Path) -> int:
    """Make a file for its owner only, and return a handle to write to it.

    Raises:
        FileExistsError: There is something of that name, be it a link that leads nowhere.
        OSError: It cannot be made.
    """
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)


def write_private(path: Path, text: str) -> None:
    """Write a text in UTF-8 to a file for its owner only, in the place of the one of that name.

    Raises:
        OSError: It cannot be written; the older one stays.
    """
    draft = path.with_name(f"{path.name}.part")
    draft.unlink(missing_ok=True)
    with open(create_private(draft), "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(draft, path)


def sync_folder(folder: Path) -> None:
    """Have it on the disk which files are in a folder, where the system has a way to do so."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
