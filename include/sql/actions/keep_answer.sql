-- Purpose: keep the answer to a request; one that was handled again, after it had failed, has its newest.
-- Grain: one row a request.
-- Parameters: tenant_id, request_id, answer, debug.
-- Rerun: the same answer changes nothing.
INSERT INTO segment.answer AS kept (tenant_id, request_id, answer, debug)
VALUES (%(tenant_id)s, %(request_id)s, %(answer)s, %(debug)s)
ON CONFLICT (tenant_id, request_id) DO UPDATE
SET answer = excluded.answer, debug = excluded.debug, answered_at = now()
WHERE (kept.answer, kept.debug) IS DISTINCT FROM (excluded.answer, excluded.debug)
