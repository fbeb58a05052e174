-- Purpose: a segment that ends was never refreshed, should it come back by a new version.
-- Grain: one row.
-- Parameters: tenant_id, segment_id.
-- Rerun: finds none.
DELETE FROM segment.refreshed
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
