"""The tables of earlier versions of the store, word for word as files of that time have them."""

VERSION_1 = """
-- 'version', 'created' (wall time), 'group' (how many transactions the writer has made), 'secret:NAME'
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value BLOB
) WITHOUT ROWID;

CREATE TABLE participants (
    id TEXT PRIMARY KEY,
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
    data BLOB,                              -- pickle of {'data': ..., 'stored_data': ...}
    onboard_data BLOB                       -- pickle
);

CREATE TABLE runs (
    uid TEXT PRIMARY KEY,
    run_id TEXT NOT NULL,
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
    snapshot BLOB                           -- the world between two parleys
);
CREATE INDEX open_runs ON runs (uid) WHERE ended IS NULL OR answered = 0;
CREATE INDEX runs_of_group ON runs (grp, run_id);

-- The log of each participant: what they said (mine = 1) and what was said to them (mine = 0). It is laid out in
-- the order of all lines, so that a transaction appends to a few pages and not to one for each participant.
CREATE TABLE lines (
    n INTEGER PRIMARY KEY,                  -- the order in which all lines of the store were committed
    participant_id TEXT NOT NULL REFERENCES participants (id),
    seq INTEGER NOT NULL,
    mine INTEGER NOT NULL,
    consumed INTEGER NOT NULL DEFAULT 0,    -- 1 once a world or the desk has read it
    run_uid TEXT REFERENCES runs (uid),     -- the run that said it, or that read it
    speaker TEXT NOT NULL,
    text TEXT NOT NULL,
    more BLOB,                              -- pickle of what else the message holds
    message_id TEXT,                        -- mine: the channel's id; else the line it carries, 'PARTICIPANT#SEQ'
    at REAL NOT NULL
);
CREATE UNIQUE INDEX log_lines ON lines (participant_id, seq);
CREATE UNIQUE INDEX journal ON lines (participant_id, message_id) WHERE mine = 1;
CREATE INDEX lines_of_run ON lines (run_uid) WHERE run_uid IS NOT NULL;
CREATE INDEX unread ON lines (participant_id, seq) WHERE mine = 1 AND consumed = 0;

CREATE TABLE seats (
    run_uid TEXT NOT NULL REFERENCES runs (uid) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    participant_id TEXT NOT NULL REFERENCES participants (id),
    role TEXT,
    told_left INTEGER NOT NULL DEFAULT 0,   -- 1 once the world has heard that its person left for good
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
"""
