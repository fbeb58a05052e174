-- Purpose: people who are gone exit their segments, with a run and a change as a refresh would write them: the run stands
-- in the circumstances (version, as-of) of the segment's last one.
-- Grain: one row a segment and customer. Parameters: tenant_id. Rerun: finds none.
WITH exited AS (
    DELETE FROM segment.membership
    USING person_gone
    WHERE membership.tenant_id = %(tenant_id)s AND membership.customer_id = person_gone.customer_id
    RETURNING membership.segment_id, membership.customer_id
),
entered_run AS (
    INSERT INTO segment.run (tenant_id, segment_id, version, as_of, interest_model, member_count, entered, exited, asked)
    SELECT
        %(tenant_id)s, last.segment_id, last.version, last.as_of, last.interest_model,
        (
            SELECT count(*)
            FROM segment.membership
            WHERE membership.tenant_id = %(tenant_id)s AND membership.segment_id = last.segment_id
        ) - left_by.people,
        0,
        left_by.people,
        left_by.people
    FROM (SELECT segment_id, count(*) AS people FROM exited GROUP BY segment_id) AS left_by
    CROSS JOIN LATERAL (
        SELECT run.segment_id, run.version, run.as_of, run.interest_model
        FROM segment.run
        WHERE run.tenant_id = %(tenant_id)s AND run.segment_id = left_by.segment_id
        ORDER BY run.run_id DESC
        LIMIT 1
    ) AS last
    RETURNING run_id, segment_id, as_of
)
INSERT INTO segment.membership_change (
    tenant_id, run_id, segment_id, customer_id, change, cause, evidence, changed_at
)
SELECT
    %(tenant_id)s, entered_run.run_id, exited.segment_id, exited.customer_id, 'exit', 'source',
    -- Whose profiles all became another person's has none any more, not even a deleted one.
    jsonb_build_object('person', CASE WHEN EXISTS (
        SELECT FROM core.profile
        WHERE profile.tenant_id = %(tenant_id)s AND profile.customer_id = exited.customer_id
    ) THEN 'gone' ELSE 'merged' END),
    entered_run.as_of
FROM exited
JOIN entered_run USING (segment_id)
