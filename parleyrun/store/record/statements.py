"""What the writer executes, by name: tests that let things go wrong say at which of these."""

from __future__ import annotations

from ..decision_columns import DECISION_COLUMNS

INSERT_LINES = (
    "INSERT INTO log (participant, seq, n, mine, run, speaker, text, more, message_id, carried_line, at, sent, "
    "reply_to) VALUES "
)
LINE_VALUES = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

INSERT_BOT_LINES = (
    "INSERT INTO log "
    "(participant, seq, n, mine, consumed, run, speaker, text, more, carried_line, at, sent, reply_to) VALUES "
)
UNLESS_ON_RECORD = " ON CONFLICT (participant, seq) DO NOTHING"

INSERT_DECISIONS = f"INSERT INTO decisions (run, participant, {', '.join(DECISION_COLUMNS)}) VALUES "  # noqa: S608
DECISION_VALUES = f"(?, ?, {', '.join('?' * len(DECISION_COLUMNS))})"
DROP_DECISION = "DELETE FROM decisions WHERE participant = ? AND number = ?"
UNLESS_DECIDED = " ON CONFLICT (participant, number) DO NOTHING"

# A run's lines are where its seats say.
LOG_OF_RUN = """
    seats AS s ON s.run_uid = r.uid JOIN participants AS p ON p.id = s.participant_id
    JOIN log AS l ON l.participant = p.n AND l.run = r.n
        AND l.seq BETWEEN s.first_seq AND coalesce(s.last_seq, 9223372036854775807)
"""

DEALT_WITH = """coalesce((
    SELECT count(*) >= min(o.pieces) FROM outbox AS o
    WHERE o.participant_id = l.participant_id AND o.seq = l.seq AND o.state <> 'trying'), false)"""
"""Of a line `l`: whether all its pieces are sent or dropped."""

_TRANSACTIONS = {
    "begin": "BEGIN IMMEDIATE",
    "commit": "COMMIT",
    "rollback": "ROLLBACK",
    "get_group": "SELECT value FROM meta WHERE key = 'group'",
    "set_group": "UPDATE meta SET value = ? WHERE key = 'group'",
}

_LINES = {
    "get_last_n": "SELECT max(n) FROM log",
    "get_participant": "SELECT n, (SELECT max(seq) FROM log WHERE participant = participants.n) "
    "FROM participants WHERE id = ?",
    "add_participant": "INSERT INTO participants (id, first_seen) VALUES (?, ?) ON CONFLICT DO NOTHING",
    "add_line": INSERT_LINES + LINE_VALUES,
    "get_said": "SELECT message_id FROM log WHERE participant = ? AND mine = 1",
    "find_journal_line": "SELECT seq FROM log WHERE participant = ? AND message_id = ? AND mine = 1",
    "consume": "UPDATE log SET consumed = 1, run = ? WHERE participant = ? AND seq = ? AND mine = 1",
    "set_read_to": "UPDATE participants SET read_to = max(read_to, ?) WHERE id = ?",
    "add_mark": "INSERT INTO marks (participant_id, seq, kind, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
}

_TURNS = {
    "get_run": "SELECT n FROM runs WHERE uid = ?",
    "turn_between": "UPDATE runs SET turn = ?, asleep = ?, snapshot = ? "
    "WHERE n = ? AND epoch = ? AND ended IS NULL",
    "turn_inside": "UPDATE runs SET turn = ?, asleep = 0, snapshot = coalesce(?, snapshot) "
    "WHERE n = ? AND epoch = ? AND ended IS NULL",
    "turn_last": "UPDATE runs SET turn = ?, asleep = 0, snapshot = NULL, ended = ?, outcome = ?, reason = ?, "
    "forced = ?, outcome_data = ?, outcome_data_json = ?, answered = 0 "
    "WHERE n = ? AND epoch = ? AND ended IS NULL",
    "set_value": "UPDATE runs SET value = ?, answered = 0 WHERE uid = ?",
    "add_inside": "INSERT INTO inside (run_uid, n, seat, message) "
    "SELECT ?, coalesce(max(n), 0) + 1, ?, ? FROM inside WHERE run_uid = ?",
    "add_said_inside": "INSERT INTO said_inside (run_uid, n, participant_id, message) "
    "SELECT ?, coalesce(max(n), 0) + 1, ?, ? FROM said_inside WHERE run_uid = ?",
    "get_inside": "SELECT run_uid FROM inside UNION SELECT run_uid FROM said_inside",
    "clear_inside": "DELETE FROM inside WHERE run_uid = ?",
    "clear_said_inside": "DELETE FROM said_inside WHERE run_uid = ?",
    "set_data": "UPDATE participants SET data = ?, data_json = ? WHERE id = ?",
    "set_told_left": "UPDATE seats SET told_left = 1 WHERE run_uid = ? AND position = ?",
    "close_seats": "UPDATE seats SET last_seq = (SELECT coalesce(max(seq), 0) FROM log WHERE participant = "
    "(SELECT n FROM participants WHERE id = seats.participant_id)) WHERE run_uid = ?",
}

_BOTS = {
    "add_bot": "INSERT INTO participants (id, first_seen, is_bot) VALUES (?, ?, 1) ON CONFLICT DO NOTHING",
    "add_bot_seat": "INSERT INTO seats (run_uid, position, participant_id, role, model, disclosed) "
    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (run_uid, position) DO NOTHING",
    "add_bot_line": INSERT_BOT_LINES + LINE_VALUES + UNLESS_ON_RECORD,
    "add_decision": INSERT_DECISIONS + DECISION_VALUES + UNLESS_DECIDED,
    "drop_decision": DROP_DECISION,
    "add_moderated": "INSERT INTO moderated "
    "(run, participant, at, speaker, text, more, carried_line, reply_to, verdict, reason, shown) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
}

_REACTIONS = {
    "open_run": "SELECT n FROM runs WHERE uid = ? AND ended IS NULL",
    "line_to_react_to": "SELECT mine, speaker, carried_line FROM lines WHERE participant_id = ? AND seq = ?",
    "react": "INSERT INTO reactions (run, line, participant, reaction, at) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING",
    "take_reaction_back": "DELETE FROM reactions WHERE run = ? AND line = ? AND participant = ? AND reaction = ?",
    "reactions_on_line": "SELECT r.reaction, p.id FROM reactions AS r "
    "JOIN participants AS p ON p.n = r.participant WHERE r.run = ? AND r.line = ? ORDER BY r.at, r.participant",
    "people_of_run": "SELECT participant_id FROM seats WHERE run_uid = ? AND model IS NULL ORDER BY position",
}

_MOVES = {
    "set_session": "UPDATE participants SET place = ?, task = ?, since = ?, run_uid = ?, overworld_uid = ?, "
    "admitted = ?, at_gate = ?, wrong_passwords = ?, data = coalesce(?, data), "
    "data_json = coalesce(?, data_json), onboard_data = ?, onboard_data_json = ? WHERE id = ?",
    "set_epoch": "UPDATE runs SET epoch = ? WHERE uid = ? AND ended IS NULL",
    "add_visit": "UPDATE participants SET visits = visits + 1 WHERE id = ?",
    "set_answered": "UPDATE runs SET answered = 1, value = NULL WHERE uid = ?",
    "add_run": "INSERT INTO runs (uid, task_id, grp, world, kind, task, epoch, turn, started, start) "
    "VALUES (?, ?, ?, ?, ?, ?, 1, 0, ?, (SELECT n FROM starts WHERE run_id = ?))",
    # What a person has written ahead is among the lines of the run that reads it.
    "add_seat": "INSERT INTO seats (run_uid, position, participant_id, role, first_seq) VALUES (?, ?, ?, ?, "
    "coalesce((SELECT min(seq) FROM log WHERE participant = ? AND mine = 1 AND consumed = 0), ? + 1))",
    "get_place": "SELECT coalesce(place, 'door'), admitted, at_gate FROM participants WHERE id = ?",
    "find_first_line": "SELECT min(seq) FROM log WHERE participant = ? AND mine = 1 AND consumed = 1 "
    "AND run IS NULL AND seq > coalesce((SELECT max(last_seq) FROM seats WHERE participant_id = ?), 0)",
    "begin_seat_earlier": "UPDATE seats SET first_seq = ? WHERE run_uid = ? AND position = 0",
    "enter_pool": "INSERT INTO pool (participant_id, task, since, noticed) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (participant_id) DO UPDATE SET task = excluded.task, since = excluded.since, "
    "noticed = excluded.noticed",
    "end_wait": "UPDATE participants SET waited_seconds = waited_seconds "
    "+ coalesce((SELECT max(0, ? - since) FROM pool WHERE participant_id = participants.id), 0) WHERE id = ?",
    "leave_pool": "DELETE FROM pool WHERE participant_id = ?",
    "add_match": "INSERT INTO matches (task, run_uid, at, taken, passed_over) VALUES (?, ?, ?, ?, ?)",
    "assign": "INSERT INTO assignments (condition, owner, value, state, at) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (condition, owner) DO UPDATE SET value = excluded.value, state = excluded.state",
}

_OUTBOX = {
    # An answer and an echo tell of the same sending, in any order, and perhaps of one that was given up before.
    "add_sending": "INSERT INTO outbox (participant_id, seq, piece, pieces, state, at, channel_id, reason) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (participant_id, seq, piece) "
    "DO UPDATE SET pieces = excluded.pieces, state = excluded.state, "
    "at = CASE outbox.state WHEN 'sent' THEN outbox.at ELSE excluded.at END, "
    "channel_id = coalesce(excluded.channel_id, outbox.channel_id), reason = excluded.reason "
    "WHERE outbox.state = 'trying' OR excluded.state = 'sent'",
    "find_sending": "SELECT seq FROM outbox WHERE channel_id = ? AND participant_id > ? AND participant_id < ?",
    "get_run_of": "SELECT (SELECT n FROM runs WHERE uid = coalesce(p.run_uid, p.overworld_uid) AND ended IS NULL) "
    "FROM participants AS p WHERE id = ?",
    "move_sent_to": f"""UPDATE participants SET sent_to = coalesce(
        (SELECT l.seq - 1 FROM lines AS l
         WHERE l.participant_id = participants.id AND l.seq > sent_to AND l.mine = 0 AND NOT {DEALT_WITH}
         ORDER BY l.seq LIMIT 1),
        (SELECT max(l.seq) FROM lines AS l WHERE l.participant_id = participants.id),
        sent_to) WHERE id = ?""",  # noqa: S608  # made of the constant above
    "set_note": "INSERT INTO notes (channel, key, value) VALUES (?, ?, ?) "
    "ON CONFLICT (channel, key) DO UPDATE SET value = excluded.value",
    "delete_note": "DELETE FROM notes WHERE channel = ? AND key = ?",
}

_OPERATORS = {
    "add_act": "INSERT INTO operator_acts (number, at, by, verb, target, why, details) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)",
    "set_control": "INSERT INTO controls (key, value) VALUES (?, ?) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    "delete_control": "DELETE FROM controls WHERE key = ?",
    "release_line": "UPDATE moderated SET shown = ? WHERE n = ? AND verdict = 'held' AND shown IS NULL",
}

STATEMENTS = {**_TRANSACTIONS, **_LINES, **_TURNS, **_BOTS, **_MOVES, **_OUTBOX, **_OPERATORS, **_REACTIONS}
