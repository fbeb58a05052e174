-- Purpose: the whole log.
-- Grain: one row an entry, in order; facts as the text that was hashed.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT position, batch, happened_at, action, reference, actor, person, facts::text AS facts, hash
FROM audit.log
WHERE tenant_id = %(tenant_id)s
ORDER BY position
