"""The tables of a store in a PostgreSQL database: those of a file, with types of this database."""

from __future__ import annotations

from ..sqlite.tables import RECORD_TABLES
from .postgres_words import with_types_of_postgres

POSTGRES_VERSION = 4
"""The version this code reads and writes; kept in `meta` under 'version'."""

_MORE = """
-- The order in which they came, which a file keeps by itself.
ALTER TABLE pool ADD COLUMN rowid BIGINT GENERATED ALWAYS AS IDENTITY;
-- Room for a turn's new state beside the old one.
ALTER TABLE runs SET (fillfactor = 70);
ALTER TABLE participants SET (fillfactor = 90);
-- Whoever writes a line has just looked both up; having the server do so again is half of what a line costs.
ALTER TABLE log DROP CONSTRAINT log_participant_fkey;
ALTER TABLE log DROP CONSTRAINT log_run_fkey;
"""

POSTGRES_TABLES = with_types_of_postgres(RECORD_TABLES) + _MORE
