WITH moment AS (
    SELECT r.requested_at AS asked_at, d.created_at AS understood_at, min(o.shown_at) AS shown_at, a.decided_at, a.decision,
           min(run.finished_at) AS members_at,
           CASE WHEN r.state IN ('needs_clarification', 'rejected', 'sent_back', 'expired', 'voided', 'failed')
                THEN r.state_changed_at END AS ended_at
    FROM segment.request AS r
    LEFT JOIN segment.definition AS d USING (tenant_id, request_id)
    LEFT JOIN segment.approval AS a USING (tenant_id, segment_id, version)
    LEFT JOIN segment.run AS run USING (tenant_id, segment_id, version)
    LEFT JOIN ops.review_round AS o
        ON o.tenant_id = r.tenant_id AND o.reviewed LIKE 'draft\_segment/request-%-' || r.request_id || '/review/%'
    WHERE r.state <> 'answered'
    GROUP BY r.tenant_id, r.request_id, d.created_at, a.decided_at, a.decision
), stay AS (
    SELECT '1. Reading the words' AS step, coalesce(understood_at, ended_at) - asked_at AS took FROM moment
    UNION ALL
    SELECT '2. Waiting to be shown', coalesce(shown_at, ended_at) - understood_at FROM moment
    UNION ALL
    SELECT '3. In review', coalesce(decided_at, ended_at) - shown_at FROM moment
    UNION ALL
    SELECT '4. Finding the members', members_at - decided_at FROM moment WHERE decision = 'approve'
), seconds AS (
    SELECT step, round(extract(epoch FROM took)::numeric, 3) AS took FROM stay
)
SELECT step, count(took) AS times_left, percentile_cont(0.5) WITHIN GROUP (ORDER BY took) * 1000 AS median_time,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY took) * 1000 AS p90_time
FROM seconds
GROUP BY step
