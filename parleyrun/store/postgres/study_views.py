"""Views for analysts, who read a database with programs of their own: the same as a file has, with its types."""

from __future__ import annotations

from ..record.single_statements import statements
from .postgres_connection import PostgresConnection

VIEWS = ("study_people", "study_runs", "study_lines", "study_answers")

# A sign stands for what this database has no text for; what is no JSON to it is NULL. Otherwise one such value
# would fail whoever reads all rows.
_JSON_FUNCTION = r"""
CREATE OR REPLACE FUNCTION study_json(held TEXT) RETURNS JSONB LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN regexp_replace(held, '\\u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '\\ufffd', 'g')::jsonb;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END $$"""

_LAST = "coalesce(s.last_seq, 9223372036854775807)"

_STUDY_VIEWS = f"""
CREATE VIEW study_people AS
    SELECT p.n, p.id AS participant_id, p.first_seen, coalesce(p.place, 'door') AS place, p.task, p.since,
        CASE jsonb_typeof(kept.held -> 'stored_data' -> 'entry')
            WHEN 'object' THEN kept.held -> 'stored_data' -> 'entry' END AS arrival,
        kept.held -> 'data' AS data,
        CASE jsonb_typeof(kept.held -> 'stored_data')
            WHEN 'object' THEN (kept.held -> 'stored_data') - 'entry' END AS stored_data,
        study_json(p.onboard_data_json) AS onboard_data,
        p.visits,
        (SELECT count(*) FROM log AS l WHERE l.participant = p.n AND l.mine = 1) AS messages,
        (SELECT coalesce(jsonb_agg(o.participant_id ORDER BY o.first, o.position), '[]') FROM (
            SELECT o.participant_id, min(r.n) AS first, min(o.position) AS position FROM seats AS s
            JOIN runs AS r ON r.uid = s.run_uid AND r.kind = 'task'
            JOIN seats AS o ON o.run_uid = s.run_uid AND o.participant_id <> p.id AND o.model IS NULL
            WHERE s.participant_id = p.id GROUP BY o.participant_id) AS o) AS partners,
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'conversation_id', r.uid, 'task', r.task, 'role', s.role, 'outcome', r.outcome)
            ORDER BY r.n), '[]')
            FROM seats AS s JOIN runs AS r ON r.uid = s.run_uid AND r.kind = 'task'
            WHERE s.participant_id = p.id) AS conversations,
        p.waited_seconds AS seconds_waited,
        (SELECT coalesce(sum(greatest(0, (
            SELECT max(l.at) FROM log AS l WHERE l.participant = p.n AND l.run = r.n
                AND l.seq BETWEEN s.first_seq AND {_LAST}) - r.started)), 0)
         FROM seats AS s JOIN runs AS r ON r.uid = s.run_uid AND r.kind = 'task'
         WHERE s.participant_id = p.id) AS seconds_talked
    FROM participants AS p CROSS JOIN LATERAL (SELECT study_json(p.data_json) AS held) AS kept
    WHERE p.is_bot = 0 AND p.id <> 'erased:person';

CREATE VIEW study_runs AS
    SELECT r.uid AS conversation_id, r.task_id, (SELECT run_id FROM starts WHERE starts.n = r.start) AS run_id,
        r.grp || '/' || r.task_id AS name, r.kind, r.task, r.world, r.started, r.ended, r.outcome, r.reason,
        r.forced = 1 AS forced, study_json(r.outcome_data_json) AS data,
        (SELECT coalesce(jsonb_agg(CASE WHEN s.model IS NULL
                THEN jsonb_build_object('participant', s.participant_id, 'role', s.role, 'is_bot', false)
                ELSE jsonb_build_object(
                    'participant', substr(s.participant_id, 1, length(s.participant_id) - length(s.run_uid) - 1),
                    'role', s.role, 'is_bot', true, 'model', s.model, 'disclosed', coalesce(s.disclosed, 0) = 1)
                END ORDER BY s.position), '[]')
            FROM seats AS s WHERE s.run_uid = r.uid) AS people,
        (SELECT count(*) FROM seats AS s JOIN participants AS p ON p.id = s.participant_id
            JOIN log AS l ON l.participant = p.n AND l.run = r.n AND l.mine = 1
                AND l.seq BETWEEN s.first_seq AND {_LAST}
         WHERE s.run_uid = r.uid AND s.model IS NULL) AS messages
    FROM runs AS r;

-- Without what people wrote and no world was to read: at a gate that is passwords.
CREATE VIEW study_lines AS
    SELECT l.n,
        CASE WHEN p.is_bot = 1 THEN substr(p.id, 1, length(p.id) - length(r.uid) - 1) ELSE p.id END
            AS participant_id,
        l.seq, r.uid AS conversation_id, r.kind, r.task,
        l.mine = 1 AS by_participant, l.speaker, l.text, l.at AS committed, l.sent, l.carried_line,
        p.is_bot = 1 AS is_bot
    FROM log AS l JOIN participants AS p ON p.n = l.participant LEFT JOIN runs AS r ON r.n = l.run
    WHERE NOT (l.mine = 1 AND l.run IS NULL AND (l.consumed = 1 OR p.at_gate = 1));

CREATE VIEW study_answers AS
    SELECT d.n, r.uid AS conversation_id, r.task,
        substr(p.id, 1, length(p.id) - length(r.uid) - 1) AS participant_id, s.role,
        d.number AS decision, d.kind, d.why, d.seq, d.at, d.model, d.served_by, d.text, d.parameters,
        d.prompt_hash, d.prompt, d.prompt_tokens, d.completion_tokens, d.tokens_estimated = 1 AS tokens_estimated,
        d.cost, d.seconds, d.tries, d.finish_reason, d.calls, d.failure, d.error
    FROM decisions AS d JOIN participants AS p ON p.n = d.participant JOIN runs AS r ON r.n = d.run
    LEFT JOIN seats AS s ON s.run_uid = r.uid AND s.participant_id = p.id;
"""  # noqa: S608  # made of a constant

_GRANTS = """
    SELECT c.relname, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END
    FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS g
    WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema())) AND c.relkind = 'v'
        AND g.privilege_type = 'SELECT' AND g.grantee <> c.relowner"""


def drop_study_views(connection: PostgresConnection) -> list[tuple[str, str]]:
    """Take the views away, as no table can be changed under one; return which of them whom was granted."""
    grants = [(view, role) for view, role in connection.execute(_GRANTS) if view in VIEWS]
    connection.execute(f"DROP VIEW IF EXISTS {', '.join(VIEWS)}")
    return grants


def create_study_views(connection: PostgresConnection, grants: list[tuple[str, str]]) -> None:
    """Make the views, and grant them to whom they were granted before; `grants` is as above."""
    connection.execute(_JSON_FUNCTION)
    for statement in statements(_STUDY_VIEWS):
        connection.execute(statement)
    for view, role in grants:
        connection.execute(f"GRANT SELECT ON {view} TO {role}")
