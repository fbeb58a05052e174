-- Purpose: the definition that a request led to.
-- Grain: one row, none before it was drafted.
-- Parameters: tenant_id, request_id.
-- Rerun: reads only.
SELECT segment_id, version, name, plan, sentence, cypher, parameters, meaning, hash
FROM segment.definition
WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s
