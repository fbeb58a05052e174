-- Purpose: the waterfall of a run in numbers, counted from its deliveries.
-- Grain: one row a step; kept of one step is kept of the step before less dropped.
-- Parameters: tenant_id, campaign_run_id, steps and reasons (equal length; an empty reason drops nobody).
-- Rerun: run once for a new run, in the transaction that opens it. Seeds and reviewers are no audience.
INSERT INTO activation.audience_step (tenant_id, campaign_run_id, position, step, kept, dropped)
WITH counted AS (
    SELECT skip_reason, count(*) AS people
    FROM activation.delivery
    WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s AND recipient_kind = 'customer'
    GROUP BY skip_reason
), step AS (
    SELECT listed.position, listed.step, coalesce(counted.people, 0) AS dropped
    FROM unnest(%(steps)s::text[], %(reasons)s::text[]) WITH ORDINALITY AS listed (step, reason, position)
    LEFT JOIN counted ON counted.skip_reason = listed.reason
)
SELECT
    %(tenant_id)s, %(campaign_run_id)s, position, step,
    (SELECT coalesce(sum(people), 0) FROM counted) - sum(dropped) OVER (ORDER BY position), dropped
FROM step
