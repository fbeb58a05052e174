-- Purpose: the last round of a review.
-- Grain: one row, none before people were asked: round, hash, assigned, shown_at, expires_at, void_reason.
-- Parameters: tenant_id, reviewed.
-- Rerun: reads only.
SELECT round AS number, hash, assigned, shown_at, expires_at, void_reason
FROM ops.review_round
WHERE tenant_id = %(tenant_id)s AND reviewed = %(reviewed)s
ORDER BY round DESC
LIMIT 1
