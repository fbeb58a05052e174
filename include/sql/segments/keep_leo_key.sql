-- Purpose: note by which key LEO knows a segment that was imported.
-- Grain: one row a key.
-- Parameters: tenant_id, leo_key, segment_id.
-- Rerun: the same again changes nothing; a key that now names another segment is changed.
INSERT INTO segment.leo_key AS kept (tenant_id, leo_key, segment_id)
VALUES (%(tenant_id)s, %(leo_key)s, %(segment_id)s)
ON CONFLICT (tenant_id, leo_key) DO UPDATE
SET segment_id = excluded.segment_id, imported_at = now()
WHERE kept.segment_id <> excluded.segment_id
