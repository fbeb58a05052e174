-- Purpose: what every dashboard says in the same words, and how long the runs of the pipeline took.

-- Grain: one row a DAG run that came to an end, written by a listener in Airflow's scheduler. scope is the tenant whom
-- the run is for, '*' where it is for several or for all: most runs are, so this is no table of a tenant's rows.
CREATE TABLE ops.dag_run (
    dag_id text NOT NULL CHECK (dag_id <> ''),
    run_id text NOT NULL CHECK (run_id <> ''),
    scope text NOT NULL DEFAULT '*' CHECK (scope <> ''),
    run_type text NOT NULL,
    state text NOT NULL CHECK (state IN ('success', 'failed')),
    queued_at timestamptz,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    -- Runs that wait for a person last as long as the person thinks.
    waits_for_people boolean NOT NULL DEFAULT false,
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (dag_id, run_id)
);
CREATE INDEX ON ops.dag_run (ended_at);
GRANT SELECT ON ops.dag_run TO leo_writer, leo_report_owner;
GRANT INSERT, UPDATE, DELETE ON ops.dag_run TO leo_writer;

SET LOCAL ROLE leo_report_owner;

-- A code as words: needs_clarification becomes "Needs clarification".
CREATE FUNCTION report.in_words(code text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN upper(left(code, 1)) || replace(substr(code, 2), '_', ' ');

-- What a channel is called, on every dashboard and on the Segment desk.
CREATE FUNCTION report.channel_name(channel text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE channel
    WHEN 'email' THEN 'E-mail'
    WHEN 'sms' THEN 'SMS'
    WHEN 'zalo' THEN 'Zalo'
    WHEN 'messenger' THEN 'Messenger'
    WHEN 'mobile_push' THEN 'Mobile push'
    WHEN 'web_push' THEN 'Web push'
    ELSE report.in_words(channel)
END;

-- The day of a moment where the tenant lives, for charts over time.
CREATE FUNCTION report.day_of(at timestamptz, time_zone text) RETURNS timestamp
    LANGUAGE sql STABLE PARALLEL SAFE STRICT
RETURN date_trunc('day', at AT TIME ZONE time_zone);

-- A name that a chart has room for.
CREATE FUNCTION report.shortened(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE WHEN length(name) > 36 THEN left(name, 35) || '…' ELSE name END;

GRANT EXECUTE ON FUNCTION
    report.channel_name, report.in_words, report.day_of, report.shortened TO leo_reporter;

RESET ROLE;
