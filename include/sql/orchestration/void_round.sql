-- Purpose: note that a round is over and its answer counts for nothing.
-- Grain: one row, none where it was void already.
-- Parameters: tenant_id, reviewed, number, reason, answered_by and answered_at (null: nobody answered).
-- Rerun: changes nothing a second time.
UPDATE ops.review_round
SET void_reason = %(reason)s, answered_by = %(answered_by)s, answered_at = %(answered_at)s
WHERE tenant_id = %(tenant_id)s AND reviewed = %(reviewed)s AND round = %(number)s AND void_reason IS NULL
