"""Online backup: a copy of a store at one moment, whatever is written to it meanwhile."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from ....errors import StoreError
from ....private_files import create_private
from ..connection import DAMAGED, Connection, explain

_PAGES_AT_A_TIME = 2_000


def back_up(source: Connection, out: Path) -> None:
    """Copy what is on record now into a new file, for its owner only.

    The file is there under its name once it is whole, and is one file: it needs no other one beside it.

    Args:
        source: A connection to the store; another process may be writing to that.
        out: Where to put the copy.

    Raises:
        StoreError: There is something of that name already, the copy cannot be written, or the store is damaged.
    """
    if os.path.lexists(out):
        raise _refusal(out)
    part = out.with_name(f"{out.name}.part")
    try:
        part.unlink(missing_ok=True)  # of a backup that was killed
        os.close(create_private(part))
        try:
            _copy(source, part)
            _put_in_place(part, out)
        finally:
            for path in (part, *(part.with_name(part.name + end) for end in ("-wal", "-shm", "-journal"))):
                path.unlink(missing_ok=True)
    except sqlite3.Error as error:
        raise StoreError(f"the store cannot be copied to {out}: {explain(error)}") from error
    except OSError as error:
        raise StoreError(f"cannot write to {out}: {error.strerror or error}") from error


def _copy(source: Connection, part: Path) -> None:
    # One moment of the record: a copy that is made in steps would begin anew whenever something is written.
    source.execute("BEGIN")
    try:
        source.execute("SELECT 1 FROM sqlite_schema").fetchone()
        with closing(sqlite3.connect(part, isolation_level=None)) as target:
            # Python hears of Ctrl-C when it is told how far this is.
            source.backup(target, pages=_PAGES_AT_A_TIME, progress=lambda *_: None)
            # As long as a log may lie beside it, it is not one file.
            target.execute("PRAGMA journal_mode = DELETE")
            (found,) = target.execute("PRAGMA quick_check(1)").fetchone()
    finally:
        with contextlib.suppress(sqlite3.Error):
            source.execute("ROLLBACK")
    if found != "ok":
        raise StoreError(f"{part.with_suffix('')} is not written: of the store, {DAMAGED} ({found})")
    with part.open("rb") as file:
        os.fsync(file.fileno())


def _put_in_place(part: Path, out: Path) -> None:
    try:
        os.link(part, out)  # which never takes the place of another file
    except FileExistsError:
        raise _refusal(out) from None
    except OSError:  # a disk without hard links
        if os.path.lexists(out):
            raise _refusal(out) from None
        part.rename(out)


def _refusal(out: Path) -> StoreError:
    return StoreError(f"expected a name that is still free, but there is {out} already: choose another one")
