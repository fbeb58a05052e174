-- Purpose: the segments that a campaign can be for.
-- Grain: one row a segment.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT segment_id FROM segment.definition WHERE tenant_id = %(tenant_id)s AND state = 'active' ORDER BY segment_id
