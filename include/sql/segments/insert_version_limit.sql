-- Purpose: keep within which numbers an approved version refreshes by itself.
-- Grain: one row a version.
-- Parameters: tenant_id, segment_id, version, max_members, max_change_percent, decided_by.
-- Rerun: refused by the primary key; written once, with the approval.
INSERT INTO segment.version_limit (tenant_id, segment_id, version, max_members, max_change_percent, set_by)
VALUES (
    %(tenant_id)s, %(segment_id)s, %(version)s, %(max_members)s, %(max_change_percent)s, %(decided_by)s
)
