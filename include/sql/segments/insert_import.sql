-- Purpose: put a request that comes with its plan into the inbox, taken already by whoever drafts it.
-- Grain: one row a call; returns its id.
-- Parameters: tenant_id, text (the plan's sentence), requested_by, as_of.
-- Rerun: makes another request; the caller looks first whether the segment has this plan.
INSERT INTO segment.request (tenant_id, text, requested_by, as_of, collected_at)
VALUES (%(tenant_id)s, %(text)s, %(requested_by)s, %(as_of)s, now())
RETURNING request_id
