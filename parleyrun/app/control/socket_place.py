"""Where the socket of a service is: beside its store."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST_ADDRESS_BYTES = 100
"""Systems take from 104 on, and count what closes it."""


def control_path(store: Path) -> Path:
    """Return where the socket is for the service that keeps its record in this file."""
    return store.with_name(f"{store.name}.ctl")


@contextmanager
def address_of_socket(path: Path) -> Iterator[str]:
    """Yield an address for the socket at a path, which may be longer than an address can be.

    Raises `OSError` if there is none for it.
    """
    if len(os.fsencode(path)) <= LONGEST_ADDRESS_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        short = f"/proc/self/fd/{folder}/{path.name}"
        if not os.path.isdir(f"/proc/self/fd/{folder}") or len(os.fsencode(short)) > LONGEST_ADDRESS_BYTES:
            raise OSError(f"the path {path} is too long for a socket: keep the store under a shorter one")
        yield short
    finally:
        os.close(folder)
