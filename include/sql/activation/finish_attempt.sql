-- Purpose: record what an attempt led to, and move its delivery if this worker still holds it.
-- Grain: one row, the state that the delivery came to, or null where the answer came too late to change it.
-- Parameters: tenant_id, delivery_id, fence, outcome, phase, answer, provider_message_id, max_attempts, delay.
-- Rerun: the delivery has left sending by then, so only the evidence is written again, as late.
WITH settled AS (
    UPDATE activation.delivery
    SET state = CASE WHEN %(outcome)s = 'retry' AND attempts >= %(max_attempts)s THEN 'rejected' ELSE %(outcome)s END,
        not_before = CASE WHEN %(outcome)s = 'retry' THEN clock_timestamp() + %(delay)s END,
        leased_by = NULL, leased_until = NULL, state_changed_at = clock_timestamp()
    WHERE tenant_id = %(tenant_id)s AND delivery_id = %(delivery_id)s AND state = 'sending' AND fence = %(fence)s
    RETURNING state
), evidence AS (
    UPDATE activation.attempt
    SET outcome = %(outcome)s, phase = %(phase)s, answer = %(answer)s, provider_message_id = %(provider_message_id)s,
        late = NOT EXISTS (SELECT FROM settled), finished_at = clock_timestamp()
    WHERE tenant_id = %(tenant_id)s AND delivery_id = %(delivery_id)s AND fence = %(fence)s
)
SELECT (SELECT state FROM settled)
