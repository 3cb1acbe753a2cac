"""How much the store grows with each message of a 100-message conversation.

50 pairs say 100 messages each, of some 45 characters. A message is what one person says; it stands in the record
twice, as a line of theirs and as a line of their partner's. Size is that of the database file and its
write-ahead log together, after a checkpoint that empties the log into the file (asked for by this process,
beside the server).

`a message` is everything on record at the end (what it took to bring the people into conversation included, and
the tables of an empty store), divided by the messages; `each further one` is the growth from the beginning of
the conversations to their end.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from config_file import write_config
from figures import Figure
from processes import Failed, Load, parleyrun

PAIRS = 50
MESSAGES = 100
SECONDS_AT_MOST = 60.0
BYTES_AT_MOST = 1000.0


def measure(folder: Path) -> list[Figure]:
    config = write_config(folder, limits={"messages_per_second": 10_000})
    store = folder / "growth.db"
    with parleyrun(config, store=store) as server, Load() as load:
        load("gather", crowd="pairs", port=server.port, count=2 * PAIRS, task="chat")
        before = _size(store)
        talk = load("talk", crowd="pairs", seconds=SECONDS_AT_MOST, with_each_other=True, messages=MESSAGES)
        after = _size(store)
    messages = PAIRS * MESSAGES
    return [
        Figure("a message", after / messages, "bytes", BYTES_AT_MOST),
        Figure("each further one", (after - before) / messages, "bytes", BYTES_AT_MOST),
        Figure("messages not delivered", messages - talk["delivered"], "messages", 0),
        Figure("file at the end", after / 1e6, "MB"),
    ]


def _size(store: Path) -> int:
    """Return the bytes of the record, once its log is emptied into its file."""
    connection = sqlite3.connect(store, timeout=10.0)
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    if busy:
        raise Failed("the store's log could not be emptied into its file, as the server was using it")
    return sum(path.stat().st_size for path in (store, store.with_name(f"{store.name}-wal")) if path.exists())
