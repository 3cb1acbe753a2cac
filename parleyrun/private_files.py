"""Files that nobody but their owner can read, from the moment at which they are there."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

OWNER_ONLY = 0o600
"""The permissions of a file with people's words in it."""


def create_private(path: Path) -> int:
    """Make a file for its owner only, and return a handle to write to it.

    Raises:
        FileExistsError: There is something of that name, be it a link that leads nowhere.
        OSError: It cannot be made.
    """
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)


def write_private(path: Path, content: str | bytes) -> None:
    """Write a file for its owner only in the place of the one of that name: whole and on the disk, or not at all.

    Several may do so at once; the last one's is there then. A text is in UTF-8.

    Raises:
        OSError: It cannot be written; the older one stays.
    """
    data = content.encode() if isinstance(content, str) else content
    draft = path.with_name(f"{path.name}.{token_hex(4)}")
    try:
        with open(create_private(draft), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with suppress(OSError):  # what kept it from being written may keep it from being removed
            draft.unlink()
        raise


def sync_folder(folder: Path) -> None:
    """Have it on the disk which files are in a folder, where the system has a way to do so."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
