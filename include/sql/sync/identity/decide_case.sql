-- Purpose: a person's decision about a case. Refusing one about a value blocks the value; approving another takes the
-- block back.
-- Grain: one row, the case's number of profiles; none where there is no such case. Parameters: tenant_id, case_id,
-- state, decided_by. Rerun: decides again.
WITH decided AS (
    UPDATE core.identity_case
    SET state = %(state)s, decided_by = %(decided_by)s, decided_at = now()
    WHERE tenant_id = %(tenant_id)s AND case_id = %(case_id)s AND state <> 'lapsed'
    RETURNING kind, value_hash, profiles
), blocked AS (
    INSERT INTO core.identity_block (tenant_id, kind, value_hash, reason, blocked_by)
    SELECT %(tenant_id)s, kind, value_hash, 'refused', %(decided_by)s
    FROM decided
    WHERE kind IS NOT NULL AND %(state)s = 'refused'
    ON CONFLICT DO NOTHING
), released AS (
    DELETE FROM core.identity_block AS block
    USING decided
    WHERE block.tenant_id = %(tenant_id)s AND block.kind = decided.kind AND block.value_hash = decided.value_hash
      AND %(state)s = 'approved'
)
SELECT profiles FROM decided
