-- Purpose: the decision about a definition.
-- Grain: one row, none before it was decided.
-- Parameters: tenant_id, segment_id, version.
-- Rerun: reads only.
SELECT decision, hash, decided_by
FROM segment.approval
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s AND version = %(version)s
