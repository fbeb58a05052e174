-- Purpose: keep a decision.
-- Grain: one row a definition.
-- Parameters: tenant_id, segment_id, version, decision, hash, decided_by, decided_at, note.
-- Rerun: refused by the primary key; the caller looks first.
INSERT INTO segment.approval (tenant_id, segment_id, version, decision, hash, decided_by, decided_at, note)
VALUES (
    %(tenant_id)s, %(segment_id)s, %(version)s, %(decision)s, %(hash)s, %(decided_by)s, %(decided_at)s, %(note)s
)
