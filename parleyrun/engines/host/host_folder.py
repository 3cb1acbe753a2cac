"""Temporary folders of processes that may be killed: each is removed by others, once whose it was is gone."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

HOSTS_PREFIX = "parleyrun-host-"
"""What the folders are called that hosts work from."""

# flock needs a folder that can be opened, which Windows has not; Ray hosts are not supported there.
if sys.platform != "win32":
    import fcntl

    def _lock(folder: int, *, waits: bool) -> None:
        fcntl.flock(folder, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)

    FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    """A link in a folder that everybody can write to must lead nowhere."""
else:

    def _lock(folder: int, *, waits: bool) -> None: ...

    FLAGS = os.O_RDONLY


def make_own_folder(prefix: str, parent: str | None = None) -> Path:
    """Make a folder that is this process's until it ends, however it does, and remove those of dead ones.

    Args:
        prefix: What such folders are called, and nothing else is.
        parent: Where they are; None for where temporary files are.
    """
    remove_dead_folders(prefix, parent)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent)).resolve()
        if sys.platform == "win32":
            return folder
        # Kept open: its lock says for how long somebody works there, which a pid would not, as they come again.
        try:
            opened = os.open(folder, FLAGS)
        except FileNotFoundError:  # somebody has taken it for a dead one's
            continue
        _lock(opened, waits=True)
        if folder.is_dir():  # or did so before it was locked
            return folder
        os.close(opened)


def remove_dead_folders(prefix: str, parent: str | None = None) -> int:
    """Remove the folders on this machine whose process is gone, and return how many those were."""
    if sys.platform == "win32":
        return 0
    return sum(_remove_if_dead(folder) for folder in Path(parent or tempfile.gettempdir()).glob(f"{prefix}*"))


def _remove_if_dead(folder: Path) -> bool:
    try:
        opened = os.open(folder, FLAGS)
    except OSError:  # somebody else's, or removed meanwhile
        return False
    try:
        if os.fstat(opened).st_uid != os.getuid():
            return False
        _lock(opened, waits=False)
        shutil.rmtree(folder, ignore_errors=True)
        return True
    except BlockingIOError:  # its host is there
        return False
    finally:
        os.close(opened)
