"""The tables of a store, in SQL; what is not plain from a column's name stands beside it."""

from __future__ import annotations

from ..record.operators.acts_migration import ACTS_TABLES
from ..record.reactions.reactions_migration import REACTIONS_TABLES

VERSION = 10
"""The version this code reads and writes; kept in `meta` under 'version'."""

STUDY_VIEWS = """
-- For whoever studies the record, with any client of SQLite. docs/record.md says what each column holds.
CREATE VIEW study_people AS
    SELECT p.n, p.id AS participant_id, p.first_seen, coalesce(p.place, 'door') AS place, p.task, p.since,
        CASE json_type(p.data_json, '$.stored_data.entry')
            WHEN 'object' THEN json_extract(p.data_json, '$.stored_data.entry') END AS arrival,
        CASE WHEN p.data_json IS NOT NULL
            THEN json_quote(json_extract(p.data_json, '$.data')) END AS data,
        CASE json_type(p.data_json, '$.stored_data')
            WHEN 'object' THEN json_remove(json_extract(p.data_json, '$.stored_data'), '$.entry')
            END AS stored_data,
        p.onboard_data_json AS onboard_data,
        p.visits,
        (SELECT count(*) FROM log AS l WHERE l.participant = p.n AND l.mine = 1) AS messages,
        (SELECT json_group_array(participant_id) FROM (
            SELECT DISTINCT o.participant_id FROM seats AS s
            JOIN runs AS r ON r.uid = s.run_uid AND r.kind = 'task'
            JOIN seats AS o ON o.run_uid = s.run_uid AND o.participant_id <> p.id AND o.model IS NULL
            WHERE s.participant_id = p.id ORDER BY r.n, o.position)) AS partners,
        (SELECT json_group_array(json(part)) FROM (
            SELECT json_object(
                'conversation_id', r.uid, 'task', r.task, 'role', s.role, 'outcome', r.outcome) AS part
            FROM seats AS s JOIN runs AS r ON r.uid = s.run_uid AND r.kind = 'task'
            WHERE s.participant_id = p.id ORDER BY r.n)) AS conversations,
        p.waited_seconds AS seconds_waited,
        (SELECT coalesce(sum(max(0, (
            SELECT max(l.at) FROM log AS l WHERE l.participant = p.n AND l.run = r.n
                AND l.seq BETWEEN s.first_seq AND coalesce(s.last_seq, 9223372036854775807)) - r.started)), 0)
         FROM seats AS s JOIN runs AS r ON r.uid = s.run_uid AND r.kind = 'task'
         WHERE s.participant_id = p.id) AS seconds_talked
    FROM participants AS p
    WHERE p.is_bot = 0 AND p.id <> 'erased:person';

CREATE VIEW study_runs AS
    SELECT r.uid AS conversation_id, r.task_id, (SELECT run_id FROM starts WHERE starts.n = r.start) AS run_id,
        r.grp || '/' || r.task_id AS name, r.kind, r.task, r.world, r.started, r.ended, r.outcome, r.reason,
        r.forced, r.outcome_data_json AS data,
        (SELECT json_group_array(json(seat)) FROM (
            SELECT CASE WHEN s.model IS NULL
                THEN json_object('participant', s.participant_id, 'role', s.role, 'is_bot', json('false'))
                ELSE json_object(
                    'participant', substr(s.participant_id, 1, length(s.participant_id) - length(s.run_uid) - 1),
                    'role', s.role, 'is_bot', json('true'), 'model', s.model,
                    'disclosed', json(CASE WHEN s.disclosed THEN 'true' ELSE 'false' END)) END AS seat
            FROM seats AS s WHERE s.run_uid = r.uid ORDER BY s.position)) AS people,
        (SELECT count(*) FROM seats AS s JOIN participants AS p ON p.id = s.participant_id
            JOIN log AS l ON l.participant = p.n AND l.run = r.n AND l.mine = 1
                AND l.seq BETWEEN s.first_seq AND coalesce(s.last_seq, 9223372036854775807)
         WHERE s.run_uid = r.uid AND s.model IS NULL) AS messages
    FROM runs AS r;

CREATE VIEW study_lines AS
    SELECT l.n,
        CASE WHEN p.is_bot THEN substr(p.id, 1, length(p.id) - length(r.uid) - 1) ELSE p.id END AS participant_id,
        l.seq, r.uid AS conversation_id, r.kind, r.task,
        l.mine AS by_participant, l.speaker, l.text, l.at AS committed, l.sent, l.carried_line, p.is_bot
    FROM log AS l JOIN participants AS p ON p.n = l.participant LEFT JOIN runs AS r ON r.n = l.run;

CREATE VIEW study_answers AS
    SELECT d.n, r.uid AS conversation_id, r.task,
        substr(p.id, 1, length(p.id) - length(r.uid) - 1) AS participant_id, s.role,
        d.number AS decision, d.kind, d.why, d.seq, d.at, d.model, d.served_by, d.text, d.parameters,
        d.prompt_hash, d.prompt, d.prompt_tokens, d.completion_tokens, d.tokens_estimated, d.cost, d.seconds,
        d.tries, d.finish_reason, d.calls, d.failure, d.error
    FROM decisions AS d JOIN participants AS p ON p.n = d.participant JOIN runs AS r ON r.n = d.run
    LEFT JOIN seats AS s ON s.run_uid = r.uid AND s.participant_id = p.id;
"""

_FIRST_TABLES = """
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
    onboard_data BLOB,                      -- pickle
    data_json TEXT,                         -- the same two as JSON: what is plain of them, and the names of
    onboard_data_json TEXT,                 -- the classes of what is not
    visits INTEGER NOT NULL DEFAULT 0,      -- how many times the door opened for them
    waited_seconds REAL NOT NULL DEFAULT 0, -- in pools, all times that are over
    is_bot INTEGER NOT NULL DEFAULT 0       -- 1: nobody, but a bot's log in one run, 'bot:NAME@RUN_UID'
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
    kind TEXT NOT NULL,                     -- 'overworld', 'onboarding', 'task' or 'afterwards'
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
    start INTEGER REFERENCES starts (n),    -- in which it began; NULL: nobody took note of it
    outcome_data_json TEXT                  -- the same as JSON, as above
);
CREATE INDEX open_runs ON runs (uid) WHERE ended IS NULL OR answered = 0;
CREATE INDEX runs_of_group ON runs (grp, task_id);

-- The log of each participant: what they said (mine = 1) and what was said to them (mine = 0). A bot's log has the
-- same, but for `message_id`; its numbers are given by the bot's seat. It is laid out in
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
    sent REAL,                              -- when it was said: mine: as the channel tells; else by the world
    reply_to TEXT                           -- the line that it replies to, 'PARTICIPANT#SEQ'; NULL: none
);
CREATE UNIQUE INDEX log_lines ON log (participant, seq);
CREATE INDEX unread ON log (participant, seq) WHERE mine = 1 AND consumed = 0;

-- The log for whoever asks by a participant's id. To ask by a run is to look through everything.
CREATE VIEW lines AS
    SELECT log.n, participants.id AS participant_id, seq, mine, consumed,
        (SELECT uid FROM runs WHERE runs.n = log.run) AS run_uid, speaker, text, more, message_id,
        carried_line, at, sent, reply_to
    FROM log JOIN participants ON participants.n = log.participant;

CREATE TABLE seats (
    run_uid TEXT NOT NULL REFERENCES runs (uid) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    participant_id TEXT NOT NULL REFERENCES participants (id),
    role TEXT,
    told_left INTEGER NOT NULL DEFAULT 0,   -- 1 once the world has heard that its person left for good
    first_seq INTEGER NOT NULL DEFAULT 1,   -- the lines of this run are in this part of the person's log,
    last_seq INTEGER,                       -- open while the run goes on
    model TEXT,                             -- what a bot thinks with; NULL: it is a person's seat
    disclosed INTEGER,                      -- whether people were told that it is a bot; NULL as above
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

-- What bots decided, each time that it was for them to speak, and what it took to have a model answer.
CREATE TABLE decisions (
    n INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (n),
    participant INTEGER NOT NULL REFERENCES participants (n),
    number INTEGER NOT NULL,                -- names it among those of its bot
    kind TEXT NOT NULL,                     -- 'spoke', 'silent', 'overtaken', 'failed' or 'moderated'
    why TEXT NOT NULL,
    seq INTEGER,                            -- the line of the bot's log that it said; NULL: none
    at REAL NOT NULL,
    model TEXT,                             -- NULL: none was asked, and there is none of what follows
    served_by TEXT,
    text TEXT,                              -- what it answered, as it came
    parameters TEXT,                        -- JSON
    prompt_hash TEXT,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    tokens_estimated INTEGER,
    cost REAL,
    seconds REAL,
    tries INTEGER,
    finish_reason TEXT,
    calls TEXT,                             -- JSON: [{name, arguments, result}, ...]
    failure TEXT,
    error TEXT,
    prompt TEXT                             -- JSON; last, as it is long, and not read by who adds up costs
);
CREATE UNIQUE INDEX decisions_of_bot ON decisions (participant, number);
CREATE INDEX decisions_of_line ON decisions (participant, seq) WHERE seq IS NOT NULL;

-- What was to be shown to somebody and was not, or not as it was said.
CREATE TABLE moderated (
    n INTEGER PRIMARY KEY,
    run INTEGER REFERENCES runs (n),        -- that said it; NULL: the system
    participant INTEGER NOT NULL REFERENCES participants (n),   -- whose screen it was for
    at REAL NOT NULL,
    speaker TEXT NOT NULL,
    text TEXT NOT NULL,
    more BLOB,                              -- pickle of what else the message holds
    carried_line TEXT,                      -- as in the log
    verdict TEXT NOT NULL,                  -- 'changed', 'held' or 'refused'
    reason TEXT NOT NULL,
    shown TEXT,                             -- what they were shown instead, which is in their log; NULL: nothing
    reply_to TEXT                           -- as in the log
);
CREATE INDEX moderated_in_run ON moderated (run);

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

-- Who was assigned which value of a condition; the counts of it decide who gets which next.
CREATE TABLE assignments (
    condition TEXT NOT NULL,
    owner TEXT NOT NULL,                    -- a participant's id, or a run's uid, where a group is assigned one
    value TEXT NOT NULL,                    -- JSON
    state TEXT NOT NULL,                    -- 'begun', 'finished' or 'dropped'
    at REAL NOT NULL,
    PRIMARY KEY (condition, owner)
) WITHOUT ROWID;

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

RECORD_TABLES = _FIRST_TABLES + ACTS_TABLES + REACTIONS_TABLES
"""All that a record is kept in, whichever database it is in."""

TABLES = RECORD_TABLES + STUDY_VIEWS
