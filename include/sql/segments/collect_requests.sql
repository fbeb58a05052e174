-- Purpose: take the requests that wait to be drafted, oldest first, and imported ones, which wait for their review.
-- Grain: one row a request.
-- Parameters: tenant_id, lease (an interval): a request whose run was never started is taken again after it.
-- Rerun: within the lease takes nothing twice.
WITH taken AS (
    UPDATE segment.request
    SET collected_at = now()
    WHERE tenant_id = %(tenant_id)s
      AND (state = 'submitted' OR state = 'drafted' AND planner = 'import')
      AND (collected_at IS NULL OR collected_at < now() - %(lease)s)
    RETURNING request_id
)
SELECT request_id FROM taken ORDER BY request_id
