-- Purpose: whether graph and tables find the same customers for a segment, and what is stopped because they do not
-- (docs/decisions/two-compilers.md).

-- Null: a preview of before the two were compared.
ALTER TABLE segment.preview ADD COLUMN agreed_count bigint;
COMMENT ON COLUMN segment.preview.agreed_count IS
    'How many customers graph and tables both gave, before phrases of profiles were judged.';

-- Grain: one row a segment that was refreshed: its latest comparison. The counts and samples (at most ten customer ids
-- each) are of before phrases of profiles are judged.
CREATE TABLE segment.agreement (
    tenant_id text NOT NULL,
    segment_id text NOT NULL,
    version integer NOT NULL,
    as_of timestamptz NOT NULL,
    graph_count bigint NOT NULL,
    sql_count bigint NOT NULL,
    only_in_graph text[] NOT NULL,
    only_in_sql text[] NOT NULL,
    compared_at timestamptz NOT NULL DEFAULT now(),
    stopped_since timestamptz,
    PRIMARY KEY (tenant_id, segment_id),
    FOREIGN KEY (tenant_id, segment_id, version) REFERENCES segment.definition
);
COMMENT ON COLUMN segment.agreement.stopped_since IS
    'Since when they disagree: until they agree again nothing is published of the segment. Null: they agree.';
CALL ops.protect('segment.agreement');

SET LOCAL ROLE leo_report_owner;

-- Grain: one row an active segment: whether it runs or is stopped, and what graph and tables found.
CREATE VIEW report.segment_agreement AS
SELECT t.tenant_id, t.name AS tenant, d.segment_id,
       CASE WHEN length(d.name) > 36 THEN left(d.name, 35) || '…' ELSE d.name END AS segment, d.version,
       CASE WHEN a.stopped_since IS NOT NULL THEN 'stopped' WHEN a.segment_id IS NOT NULL THEN 'agrees'
            ELSE 'not refreshed yet' END AS state,
       a.graph_count, a.sql_count, a.as_of, a.compared_at, a.stopped_since
FROM segment.definition AS d
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN segment.agreement AS a ON a.tenant_id = d.tenant_id AND a.segment_id = d.segment_id
WHERE d.state = 'active';

RESET ROLE;
