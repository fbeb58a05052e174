-- Purpose: rows set aside that are a person's, readable. Grain: one row a row set aside, as JSON.
-- Parameters: tenant_id, quarantined. Rerun: reads only.
SELECT jsonb_build_object(
    'collection', collection, 'rule', rule, 'state', state, 'created_at', created_at, 'raw', rights.readable(raw))
FROM ops.quarantine
WHERE tenant_id = %(tenant_id)s AND quarantine_id = ANY (%(quarantined)s)
ORDER BY quarantine_id
