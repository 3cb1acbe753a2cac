"""One process at a time: the lock beside a store, which says who holds it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from ...errors import StoreError
from ..protocol import StoreInUse

Inode = tuple[int, int]
"""What file it is, by whatever name: its device and its number there."""

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


if sys.platform == "linux":
    _UNUSED_BYTE = 1 << 62  # far behind what SQLite locks, so that the two do not meet

    def _take_file(handle: int) -> None:
        # Locks of this kind belong to the open file: whatever else the process closes, they stay.
        fcntl.fcntl(
            handle, fcntl.F_OFD_SETLK, struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, _UNUSED_BYTE, 1, 0)
        )

    def _let_go_of_file(handle: int) -> None:
        fcntl.fcntl(
            handle, fcntl.F_OFD_SETLK, struct.pack("hhqqi", fcntl.F_UNLCK, os.SEEK_SET, _UNUSED_BYTE, 1, 0)
        )
else:
    # What other systems have beside the locks of SQLite itself would get in the way of those.
    def _take_file(handle: int) -> None:
        return

    def _let_go_of_file(handle: int) -> None:
        return


_held_by_process: dict[Inode, Path] = {}
_held_guard = threading.Lock()
# Of the process, as what it guards against is: closing any handle of a file drops all the locks that SQLite, which
# has the older kind of them, holds on that file in this process. So a store that is open here is not opened again.


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds a store. Zero and empty where it did not get to say."""

    pid: int = 0
    host: str = ""

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}" if self.pid else "another process"


class StoreLock:
    """The right to write to a store: a locked file `STORE.lock` beside it, and a lock on the store's file itself.

    The first one says who holds it. The second one holds against those who come by another name: a hard link, or
    a path that is mounted elsewhere. Both belong to the operating system, which lets go of them when the process
    dies, however it dies. `STORE.lock` stays: removing it would let two processes lock two files of that name.
    """

    def __init__(self, store: Path) -> None:
        resolved = store.resolve()
        self.path = resolved.with_name(resolved.name + ".lock")
        self._store = resolved
        self._handle: int | None = None
        self._file: int | None = None
        self._inode: Inode | None = None

    def acquire(self) -> None:
        """Take the lock, or raise `StoreError` that names who has it. Never waits.

        Where there is no file yet, an empty one is made.
        """
        handle = self._acquire_name()
        try:
            self._acquire_file()
        except BaseException:
            _let_go(handle)
            os.close(handle)
            raise
        self._handle = handle
        contents = json.dumps({"pid": os.getpid(), "host": socket.gethostname()})
        os.ftruncate(handle, 0)
        os.write(handle, contents.encode())

    def _acquire_name(self) -> int:
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
            raise _in_use(self._store, str(holder)) from error
        return handle

    def _acquire_file(self) -> None:
        with _held_guard:
            with contextlib.suppress(OSError):
                known = _held_by_process.get(_inode_of(os.stat(self._store)))
                if known is not None:
                    raise _in_use(self._store, f"process {os.getpid()} on {socket.gethostname()}, as {known}")
            try:
                # What people said is nobody else's business. The files beside it get the same permissions.
                file = os.open(self._store, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError as error:
                raise StoreError(
                    f"cannot open the store {self._store}: the file cannot be used ({error.strerror})"
                ) from error
            try:
                _take_file(file)
            except OSError as error:
                os.close(file)
                raise _in_use(self._store, "another process, under another name") from error
            self._file, self._inode = file, _inode_of(os.fstat(file))
            _held_by_process[self._inode] = self._store

    def release(self) -> None:
        """Let go. Calling it twice, or without holding the lock, is harmless.

        All of the process's connections to the store that write are closed by then.
        """
        file, self._file = self._file, None
        if file is not None and self._inode is not None:
            with _held_guard:
                _held_by_process.pop(self._inode, None)
                _let_go_of_file(file)
                os.close(file)
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


def refuse_several_names(store: Path) -> None:
    """Raise `StoreError` where a store's file has hard links.

    SQLite keeps what it has not carried into the file yet beside the name by which that was opened. By another
    name it would be missing, and what is written then would be lost with it.
    """
    names = os.stat(store).st_nlink
    if names > 1:
        raise StoreError(
            f"expected a file with one name, got one with {names} (hard links): what SQLite keeps beside one "
            f"of them is not found by another. Delete the others, or copy the store with `parleyrun store backup`"
        )


def _inode_of(found: os.stat_result) -> Inode:
    return found.st_dev, found.st_ino


def _in_use(store: Path, holder: str) -> StoreInUse:
    return StoreInUse(
        f"{store} is in use by {holder}: "
        f"only one process at a time may hold a store. Stop that one first, or choose another file"
    )


def _read(handle: int) -> Holder:
    # Whoever has just taken the lock may not have written their name yet.
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        os.lseek(handle, 0, os.SEEK_SET)
        contents = json.loads(os.read(handle, 4096))
        return Holder(int(contents["pid"]), str(contents["host"]))
    return Holder()
