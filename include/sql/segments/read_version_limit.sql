-- Purpose: within which numbers a version refreshes by itself.
-- Grain: one row, none where the version was approved before there were limits.
-- Parameters: tenant_id, segment_id, version.
-- Rerun: reads only.
SELECT max_members, max_change_percent
FROM segment.version_limit
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s AND version = %(version)s
