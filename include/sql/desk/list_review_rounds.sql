-- Purpose: the rounds in which people were asked about one thing.
-- Grain: one row a round, in their order. Parameters: tenant_id, reviewed (Airflow's name of the task). Rerun: reads only.
SELECT round AS number, hash, assigned, shown_at, expires_at, void_reason, answered_by, answered_at
FROM ops.review_round
WHERE tenant_id = %(tenant_id)s AND reviewed = %(reviewed)s
ORDER BY round
