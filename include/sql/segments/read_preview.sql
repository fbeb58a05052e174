-- Purpose: the preview of a definition.
-- Grain: one row.
-- Parameters: tenant_id, segment_id, version.
-- Rerun: reads only.
SELECT as_of, member_count, funnel, reachable, sample, close_calls, took_ms, agreed_count, compared_version,
    compared_members, would_enter, would_exit, overlapping
FROM segment.preview
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s AND version = %(version)s
