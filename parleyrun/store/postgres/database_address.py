"""Where a database is, as people give it: a URL whose password nobody is shown."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ...errors import StoreError
from .database_url import is_database


class DatabaseAddress:
    """A URL such as `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`. Its text leaves the password out.

    Raises `StoreError`, which does not show it either, for what is no such URL.
    """

    def __init__(self, url: Any) -> None:
        if not isinstance(url, str) or not is_database(url):
            kind = "another text" if isinstance(url, str) else type(url).__name__
            raise StoreError(f"expected a URL such as postgresql://USER:PASSWORD@HOST/DATABASE, got {kind}")
        try:
            parts = conninfo_to_dict(url)
        except psycopg.Error:
            # What the library says of it may show the password.
            raise StoreError(
                "expected a URL such as postgresql://USER:PASSWORD@HOST/DATABASE, got one that cannot be read; "
                "in a password, write %40 for @, %2F for /, %3A for :, %25 for % and %20 for a space"
            ) from None
        self.conninfo = url
        host, port, name = (parts.get(key) for key in ("host", "port", "dbname"))
        self._shown = (
            f"postgresql://{host or 'localhost'}{f':{port}' if port else ''}/{name or parts.get('user') or ''}"
        )

    def __str__(self) -> str:
        return self._shown

    def __repr__(self) -> str:
        return f"DatabaseAddress({self._shown!r})"
