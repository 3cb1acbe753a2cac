"""How a store of a version without replies and reactions gets what is kept of them."""

from __future__ import annotations

from ..database import RecordConnection
from ..single_statements import statements

REACTIONS_TABLES = """
-- How people have reacted to lines, and not taken it back.
CREATE TABLE reactions (
    run INTEGER NOT NULL REFERENCES runs (n),   -- in which they did
    line TEXT NOT NULL,                     -- 'PARTICIPANT#SEQ', in the log of whoever said it
    participant INTEGER NOT NULL REFERENCES participants (n),
    reaction TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (run, line, participant, reaction)
) WITHOUT ROWID;
CREATE INDEX reactions_of_participant ON reactions (participant);
"""

REPLY_COLUMNS = """
ALTER TABLE log ADD COLUMN reply_to TEXT;
ALTER TABLE moderated ADD COLUMN reply_to TEXT;
DROP VIEW lines;
CREATE VIEW lines AS
    SELECT log.n, participants.id AS participant_id, seq, mine, consumed,
        (SELECT uid FROM runs WHERE runs.n = log.run) AS run_uid, speaker, text, more, message_id,
        carried_line, at, sent, reply_to
    FROM log JOIN participants ON participants.n = log.participant;
"""


def add_reactions(connection: RecordConnection) -> None:
    """From version 8, in which nobody could reply or react to a line."""
    for statement in statements(REPLY_COLUMNS + REACTIONS_TABLES):
        connection.execute(statement)
