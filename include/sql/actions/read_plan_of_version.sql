-- Purpose: the plan of one version of a segment.
-- Grain: one row.
-- Parameters: tenant_id, segment_id, version.
-- Rerun: reads only.
SELECT plan
FROM segment.definition
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s AND version = %(version)s
