"""URLs of databases in which a store may be, for code that has no use for their driver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...errors import MissingExtra

SCHEMES = ("postgresql://", "postgres://")


def is_database(store: str) -> bool:
    """Whether a store is named by the URL of a database."""
    return store.startswith(SCHEMES)


def shown_url(url: str) -> str:
    """Return a URL without user, password and options; its scheme only, where nobody can tell which these are."""
    scheme, _, rest = url.partition("://")
    place, _, options = rest.partition("?")
    # A password with a bare ? in it has its end among the options, and an option may hold an @.
    return f"{scheme}://{'…' if '@' in options else place.rpartition('@')[2]}"


@contextmanager
def needing_psycopg() -> Iterator[None]:
    """A block that imports what needs the driver. Raises `MissingExtra` where it is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != "psycopg":
            raise
        raise MissingExtra("a store in PostgreSQL", "postgres") from None
