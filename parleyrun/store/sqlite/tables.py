"""The tables of a store, in SQL; what is not plain from a column's name stands beside it."""

from __future__ import annotations

VERSION = 5
"""The version this code reads and writes; kept in `meta` under 'version'."""

TABLES = """
-- 'version', 'created' (wall time), 'group' (how many transactions the writer has made), 'secret:NAME'
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value BLOB
) WITHOUT ROWID;

CREATE TABLE participants (
    n INTEGER PRIMARY KEY,                  -- what the log calls them: short, as it is in three places a line
    id TEXT NOT NULL UNIQUE,
    first_seen REAL NOT NULL,
    place TEXT,                             -- NULL until something is decided about them: they are at the door
    task TEXT,
    since REAL,
    run_uid TEXT,
    overworld_uid TEXT,
    admitted INTEGER NOT NULL DEFAULT 0,
    at_gate INTEGER NOT NULL DEFAULT 0,
    wrong_passwords INTEGER NOT NULL DEFAULT 0,
    read_to INTEGER NOT NULL DEFAULT 0,     -- the newest seq they have read
    sent_to INTEGER NOT NULL DEFAULT 0,     -- all lines up to this seq are theirs, or were sent or dropped
    data BLOB,                              -- pickle of {'data': ..., 'stored_data': ...}
    onboard_data BLOB                       -- pickle
);

-- Each start of a service on this store.
CREATE TABLE starts (
    n INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    at REAL NOT NULL,
    version TEXT NOT NULL,                  -- of parleyrun
    config_hash TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL
);

CREATE TABLE runs (
    n INTEGER PRIMARY KEY,                  -- what the log calls it
    uid TEXT NOT NULL UNIQUE,
    task_id TEXT NOT NULL,                  -- counts within the group
    grp TEXT NOT NULL,
    world TEXT NOT NULL,
    kind TEXT NOT NULL,                     -- 'overworld', 'onboarding' or 'task'
    task TEXT,
    epoch INTEGER NOT NULL,                 -- grows whenever the store is opened while the run lives
    turn INTEGER NOT NULL,                  -- the number of the last turn on record
    started REAL NOT NULL,
    ended REAL,
    outcome TEXT,
    reason TEXT,
    forced INTEGER,
    outcome_data BLOB,                      -- pickle
    value BLOB,                             -- pickle of an overworld's choice; NULL once it is dealt with
    answered INTEGER NOT NULL DEFAULT 0,    -- 1 once the choice or the outcome was dealt with
    asleep INTEGER NOT NULL DEFAULT 0,      -- 1 while an overworld's last turn was a choice
    snapshot BLOB,                          -- the world between two parleys
    start INTEGER REFERENCES starts (n)     -- in which it began; NULL: nobody took note of it
);
CREATE INDEX open_runs ON runs (uid) WHERE ended IS NULL OR answered = 0;
CREATE INDEX runs_of_group ON runs (grp, task_id);

-- The log of each participant: what they said (mine = 1) and what was said to them (mine = 0). It is laid out in
-- the order of all lines, so that a transaction appends to a few pages and not to one for each participant. Every
-- index is one more page to write for a line; there is none by run, as a run's seats tell where its lines are.
CREATE TABLE log (
    n INTEGER PRIMARY KEY,                  -- the order in which all lines of the store were committed
    participant INTEGER NOT NULL REFERENCES participants (n),
    seq INTEGER NOT NULL,
    mine INTEGER NOT NULL,
    consumed INTEGER NOT NULL DEFAULT 0,    -- 1 once a world or the desk has read it
    run INTEGER REFERENCES runs (n),        -- the run that said it, or that read it
    speaker TEXT NOT NULL,
    text TEXT NOT NULL,
    more BLOB,                              -- pickle of what else the message holds
    message_id TEXT,                        -- what the channel calls what they said; NULL unless mine = 1
    carried_line TEXT,                      -- the line it carries on, 'PARTICIPANT#SEQ'; NULL if mine = 1
    at REAL NOT NULL,                       -- when it was committed
    sent REAL                               -- when it was said: mine: as the channel tells; else by the world
);
CREATE UNIQUE INDEX log_lines ON log (participant, seq);
CREATE UNIQUE INDEX journal ON log (participant, message_id) WHERE mine = 1;
CREATE INDEX unread ON log (participant, seq) WHERE mine = 1 AND consumed = 0;

-- The log for whoever asks by a participant's id. To ask by a run is to look through everything.
CREATE VIEW lines AS
    SELECT log.n, participants.id AS participant_id, seq, mine, consumed,
        (SELECT uid FROM runs WHERE runs.n = log.run) AS run_uid, speaker, text, more, message_id,
        carried_line, at, sent
    FROM log JOIN participants ON participants.n = log.participant;

CREATE TABLE seats (
    run_uid TEXT NOT NULL REFERENCES runs (uid) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    participant_id TEXT NOT NULL REFERENCES participants (id),
    role TEXT,
    told_left INTEGER NOT NULL DEFAULT 0,   -- 1 once the world has heard that its person left for good
    first_seq INTEGER NOT NULL DEFAULT 1,   -- the lines of this run are in this part of the person's log,
    last_seq INTEGER,                       -- open while the run goes on
    PRIMARY KEY (run_uid, position)
) WITHOUT ROWID;
CREATE INDEX seats_of_participant ON seats (participant_id);

-- What the parley in progress was given, and what it has said; gone once it is over.
CREATE TABLE inside (
    run_uid TEXT NOT NULL REFERENCES runs (uid) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    seat INTEGER NOT NULL,
    message BLOB NOT NULL,                  -- pickle
    PRIMARY KEY (run_uid, n)
) WITHOUT ROWID;
CREATE TABLE said_inside (
    run_uid TEXT NOT NULL REFERENCES runs (uid) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    participant_id TEXT NOT NULL,
    message BLOB NOT NULL,                  -- pickle
    PRIMARY KEY (run_uid, n)
) WITHOUT ROWID;

CREATE TABLE pool (
    participant_id TEXT PRIMARY KEY REFERENCES participants (id),
    task TEXT NOT NULL,
    since REAL NOT NULL,
    noticed INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE matches (
    id INTEGER PRIMARY KEY,
    task TEXT NOT NULL,
    run_uid TEXT NOT NULL REFERENCES runs (uid) ON DELETE CASCADE,
    at REAL NOT NULL,
    taken TEXT NOT NULL,                    -- JSON: [participant, ...]
    passed_over TEXT NOT NULL               -- JSON: [[participant, why not], ...]
);
CREATE INDEX matches_of_run ON matches (run_uid);

-- Everything up to `seq` of a participant's log was read (or delivered) at that time.
CREATE TABLE marks (
    participant_id TEXT NOT NULL REFERENCES participants (id),
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,                     -- 'read' or 'delivered'
    at REAL NOT NULL,
    PRIMARY KEY (participant_id, kind, seq)
) WITHOUT ROWID;

-- Lines that a channel sends by itself, in one piece or several.
CREATE TABLE outbox (
    participant_id TEXT NOT NULL REFERENCES participants (id),
    seq INTEGER NOT NULL,
    piece INTEGER NOT NULL,                 -- from 0
    pieces INTEGER NOT NULL,                -- how many the line has
    state TEXT NOT NULL,                    -- 'trying', 'sent' or 'dropped'
    at REAL NOT NULL,
    channel_id TEXT,                        -- what the channel calls it
    reason TEXT NOT NULL,                   -- why it was dropped
    PRIMARY KEY (participant_id, seq, piece)
) WITHOUT ROWID;
CREATE INDEX sendings_by_channel_id ON outbox (channel_id) WHERE channel_id IS NOT NULL;

-- What a channel remembers. The key of what it remembers of a person begins with 'PARTICIPANT/'.
CREATE TABLE notes (
    channel TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (channel, key)
) WITHOUT ROWID;
"""
