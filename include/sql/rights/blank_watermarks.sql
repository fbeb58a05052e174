-- Purpose: the key of the last row that was read goes where it is the person's, or of something they did; up to when was
-- read stays. Before the events and the rows set aside are deleted.
-- Grain: one row a watermark. Parameters: tenant_id, profiles, quarantined. Rerun: finds none.
UPDATE ops.sync_watermark
SET last_key = ''
WHERE tenant_id = %(tenant_id)s AND (
    last_key = ANY (%(profiles)s)
    OR last_key IN (
        SELECT event_id FROM core.event WHERE tenant_id = %(tenant_id)s AND profile_id = ANY (%(profiles)s)
        UNION
        SELECT source_key FROM ops.quarantine WHERE tenant_id = %(tenant_id)s AND quarantine_id = ANY (%(quarantined)s)
    )
)
