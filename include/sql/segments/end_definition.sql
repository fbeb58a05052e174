-- Purpose: retire the active version of a segment that ends.
-- Grain: at most one row.
-- Parameters: tenant_id, segment_id, by, because (or null), now.
-- Rerun: changes nothing a second time.
UPDATE segment.definition
SET state = 'retired', retired_at = %(now)s, retired_by = %(by)s, retired_because = %(because)s
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s AND state = 'active'
