-- Purpose: forget what is no longer there: retired segments, and whatever was erased.
-- Grain: every remembered thing of the tenant that is not memorable any more.
-- Parameters: tenant_id.
-- Rerun: finds nothing.
DELETE FROM segment.memory AS memory
WHERE memory.tenant_id = %(tenant_id)s AND NOT EXISTS (
    SELECT FROM segment.memorable AS memorable
    WHERE memorable.tenant_id = %(tenant_id)s AND memorable.kind = memory.kind
      AND memorable.reference = memory.reference
)
