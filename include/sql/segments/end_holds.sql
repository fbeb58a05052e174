-- Purpose: a segment that ends has no refresh to wait for.
-- Grain: one row a hold.
-- Parameters: tenant_id, segment_id.
-- Rerun: finds none.
UPDATE segment.held_refresh
SET state = 'lapsed'
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s AND state IN ('open', 'released')
