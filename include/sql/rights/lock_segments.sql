-- Purpose: a refresh of a segment that read the person before they are erased ends first (segments/lock_segment).
-- Grain: one lock a segment, until the transaction ends. Parameters: tenant_id. Rerun: holds again.
SELECT pg_advisory_xact_lock(hashtext('segments'), hashtext(%(tenant_id)s || ':' || segment_id))
FROM (
    SELECT DISTINCT segment_id FROM segment.definition WHERE tenant_id = %(tenant_id)s ORDER BY segment_id
) AS known
