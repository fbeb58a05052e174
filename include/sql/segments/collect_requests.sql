-- Purpose: take the requests that wait to be drafted, oldest first, and drafted ones whose review nobody has started:
--          imported, re-evaluated, or asked and drafted at once. A run that there is already is not started again.
-- Grain: one row a request.
-- Parameters: tenant_id, lease (an interval): a request whose run was never started is taken again after it.
-- Rerun: within the lease takes nothing twice.
WITH taken AS (
    UPDATE segment.request
    SET collected_at = now()
    WHERE tenant_id = %(tenant_id)s
      AND state IN ('submitted', 'drafted')
      AND (collected_at IS NULL OR collected_at < now() - %(lease)s)
    RETURNING request_id
)
SELECT request_id FROM taken ORDER BY request_id
