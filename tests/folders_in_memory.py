"""Where tests have their folders: in memory, if there is room."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

FOLDER = Path("/dev/shm")
ROOM_BYTES = 2 << 30
"""What must be free: several times what all tests of a run write."""


def in_memory(folder: Path = FOLDER, room_bytes: int = ROOM_BYTES) -> Path | None:
    """Return a folder that is kept in memory, None if this machine has none, or too little room in it.

    A commit waits for the disk, and there are many thousands of them in the tests, of which no one pulls a plug:
    a process that is killed loses nothing that it has written, wherever that is kept.
    """
    if not os.access(folder, os.W_OK | os.X_OK) or shutil.disk_usage(folder).free < room_bytes:
        return None
    return folder
