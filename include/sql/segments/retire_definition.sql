-- Purpose: retire the active version of a segment, which the next one replaces.
-- Grain: at most one row.
-- Parameters: tenant_id, segment_id.
-- Rerun: changes nothing a second time.
UPDATE segment.definition
SET state = 'retired'
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s AND state = 'active'
