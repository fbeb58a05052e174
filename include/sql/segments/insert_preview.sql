-- Purpose: keep what the approver is shown of a definition.
-- Grain: one row a definition.
-- Parameters: tenant_id, segment_id, version, as_of, member_count, funnel, reachable, sample, close_calls, took_ms,
--             agreed_count, compared_version, compared_members, would_enter, would_exit, overlapping.
-- Rerun: refused by the primary key; written once, with its definition.
INSERT INTO segment.preview (
    tenant_id, segment_id, version, as_of, member_count, funnel, reachable, sample, close_calls, took_ms,
    agreed_count, compared_version, compared_members, would_enter, would_exit, overlapping
)
VALUES (
    %(tenant_id)s, %(segment_id)s, %(version)s, %(as_of)s, %(member_count)s, %(funnel)s, %(reachable)s, %(sample)s,
    %(close_calls)s, %(took_ms)s, %(agreed_count)s, %(compared_version)s, %(compared_members)s, %(would_enter)s,
    %(would_exit)s, %(overlapping)s
)
