-- Purpose: seal a batch of what is pending (audit.seal).
-- Grain: one row, the number of entries in the batch; none where nothing is pending.
-- Parameters: tenant_id, key, at_most.
-- Rerun: seals what came since.
SELECT last_position - first_position + 1 FROM audit.seal(%(tenant_id)s, %(key)s, %(at_most)s)
