-- Purpose: note for which request a key was used.
-- Grain: one row.
-- Parameters: tenant_id, asked_by, key, request_id.
-- Rerun: refused; the key is read first, under its lock.
INSERT INTO segment.asked_key (tenant_id, asked_by, key, request_id)
VALUES (%(tenant_id)s, %(asked_by)s, %(key)s, %(request_id)s)
