-- Purpose: keep a definition as the next version of its segment.
-- Grain: one row a request; returns its version. The caller holds the segment's lock.
-- Parameters: tenant_id, segment_id, request_id, name, plan, sentence, cypher, parameters, meaning, schema_version, hash.
-- Rerun: refused by the unique index on the request; the caller looks first.
INSERT INTO segment.definition (
    tenant_id, segment_id, version, request_id, name, plan, sentence, cypher, parameters, meaning, schema_version, hash
)
SELECT
    %(tenant_id)s, %(segment_id)s, coalesce(max(version), 0) + 1, %(request_id)s, %(name)s, %(plan)s, %(sentence)s,
    %(cypher)s, %(parameters)s, %(meaning)s, %(schema_version)s, %(hash)s
FROM segment.definition
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
RETURNING version
