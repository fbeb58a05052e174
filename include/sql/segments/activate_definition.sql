-- Purpose: make an approved version the active one.
-- Grain: one row.
-- Parameters: tenant_id, segment_id, version, decided_at.
-- Rerun: writes the same again.
UPDATE segment.definition
SET state = 'active', activated_at = %(decided_at)s
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s AND version = %(version)s
