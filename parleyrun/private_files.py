"""Files that nobody but their owner can read, from the moment at which they are there."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from .errors import ChannelError

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


SHORTEST_SECRET = 32
"""Characters. A shorter one could be found by trying."""


def check_secret(secret: str | bytes, where: object, hint: str) -> None:
    """Raise `ChannelError`, which ends with the hint, if a secret that stands there is too short."""
    if len(secret) < SHORTEST_SECRET:
        raise ChannelError(f"expected at least {SHORTEST_SECRET} characters in {where}, got {len(secret)}: {hint}")


def kept_secret(path: Path, what: str, hint: str) -> bytes:
    """Return the secret in a file; one that is not there yet is made, for its owner only.

    Args:
        path: The file.
        what: What the secret is, for messages: `the secret for signed links`.
        hint: What to do about one that is too short.

    Raises:
        ChannelError: It cannot be read or made, others can read it, or it is too short.
    """
    try:
        return _read_secret(path, what, hint) if path.exists() else _make_secret(path, what, hint)
    except OSError as error:
        raise ChannelError(f"cannot use {what}, {path}: {error.strerror or error}") from error


def _read_secret(path: Path, what: str, hint: str) -> bytes:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise ChannelError(f"others can read {what}: chmod 600 {path}")
    secret = path.read_bytes().strip()
    check_secret(secret, path, hint)
    return secret


def _make_secret(path: Path, what: str, hint: str) -> bytes:
    # Whole from the first moment: a service and a command may both make it at the same time.
    draft = Path(f"{path}.{token_hex(4)}")
    try:
        with open(create_private(draft), "wb") as file:
            file.write(token_hex(32).encode())
        os.link(draft, path)
    except FileExistsError:
        pass  # the other one was faster
    finally:
        draft.unlink(missing_ok=True)
    return _read_secret(path, what, hint)


def sync_folder(folder: Path) -> None:
    """Have it on the disk which files are in a folder, where the system has a way to do so."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
