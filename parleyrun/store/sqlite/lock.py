"""One process at a time: the lock beside a store, which says who holds it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from ...errors import StoreError

if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE = 1 << 30  # far behind the contents, so that others can read them while it is locked

    def _take(handle: int) -> None:
        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)

    def _let_go(handle: int) -> None:
        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _let_go(handle: int) -> None:
        # Closing would not do, if an author's code has forked a child that holds the same open file.
        fcntl.flock(handle, fcntl.LOCK_UN)


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds a store. Zero and empty where it did not get to say."""

    pid: int = 0
    host: str = ""

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}" if self.pid else "another process"


class StoreLock:
    """The right to write to a store, as a locked file `STORE.lock` beside it.

    The lock belongs to the operating system, which lets go of it when the process dies, however it dies; only
    the name of the holder is a file's contents. The file itself stays: removing it would let two processes
    lock two files of the same name.
    """

    def __init__(self, store: Path) -> None:
        resolved = store.resolve()
        self.path = resolved.with_name(resolved.name + ".lock")
        self._handle: int | None = None

    def acquire(self) -> None:
        """Take the lock, or raise `StoreError` that names who has it. Never waits."""
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(
                f"cannot lock the store: {self.path} cannot be opened ({error.strerror}); "
                f"the folder of a store must be there, and be writable"
            ) from error
        try:
            _take(handle)
        except OSError as error:
            holder = _read(handle)
            os.close(handle)
            raise StoreError(
                f"{self.path.with_suffix('')} is in use by {holder}: "
                f"only one process at a time may hold a store. Stop that one first, or choose another file"
            ) from error
        self._handle = handle
        contents = json.dumps({"pid": os.getpid(), "host": socket.gethostname()})
        os.ftruncate(handle, 0)
        os.write(handle, contents.encode())

    def release(self) -> None:
        """Let go. Calling it twice, or without holding the lock, is harmless."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.ftruncate(handle, 0)
            _let_go(handle)
            os.close(handle)

    def __enter__(self) -> StoreLock:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _read(handle: int) -> Holder:
    # Whoever has just taken the lock may not have written their name yet.
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        os.lseek(handle, 0, os.SEEK_SET)
        contents = json.loads(os.read(handle, 4096))
        return Holder(int(contents["pid"]), str(contents["host"]))
    return Holder()
