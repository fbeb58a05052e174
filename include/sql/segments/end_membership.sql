-- Purpose: every member leaves a segment that ends, with a run and a change as a refresh would write them.
-- Grain: one row a member.
-- Parameters: tenant_id, segment_id, version, now.
-- Rerun: finds none; a run is written only where somebody leaves.
WITH exited AS (
    DELETE FROM segment.membership
    WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
    RETURNING customer_id
), last AS (
    SELECT as_of, interest_model
    FROM segment.run
    WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
    ORDER BY run_id DESC
    LIMIT 1
), ended AS (
    INSERT INTO segment.run (tenant_id, segment_id, version, as_of, interest_model, member_count, entered, exited)
    SELECT
        %(tenant_id)s, %(segment_id)s, %(version)s, coalesce(max(last.as_of), %(now)s), max(last.interest_model), 0, 0,
        count(*)
    FROM exited
    LEFT JOIN last ON true
    HAVING count(*) > 0
    RETURNING run_id, as_of
)
INSERT INTO segment.membership_change (
    tenant_id, run_id, segment_id, customer_id, change, cause, evidence, changed_at
)
SELECT
    %(tenant_id)s, ended.run_id, %(segment_id)s, exited.customer_id, 'exit', 'definition',
    jsonb_build_object('from_version', %(version)s::integer, 'to_version', NULL), ended.as_of
FROM exited
CROSS JOIN ended
