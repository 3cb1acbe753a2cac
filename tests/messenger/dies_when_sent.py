"""`python -m dies_when_sent TEXTS serve …`: a parleyrun that kills itself, -9, when it knows that Graph has taken
the message number TEXTS, and before that is on record."""

from __future__ import annotations

import os
import signal
import sys

from parleyrun.cli import main
from parleyrun.events import Sending
from parleyrun.store.sqlite.sqlite_store import SqliteStore

LAST = int(sys.argv.pop(1))
record_sending = SqliteStore.record_sending
sent: set[tuple[str, int, int]] = set()


def record_or_die(self: SqliteStore, sending: Sending) -> None:
    if sending.state == "sent":
        sent.add((sending.participant_id, sending.seq, sending.piece))
        if len(sent) == LAST:
            os.kill(os.getpid(), signal.SIGKILL)
    record_sending(self, sending)


if __name__ == "__main__":
    SqliteStore.record_sending = record_or_die  # type: ignore[method-assign]  # the whole point of this file
    main()
