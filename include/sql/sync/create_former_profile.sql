-- Purpose: the profiles that the merge is about to change, as they are before it, until the transaction ends.
-- Grain: one row a profile. Parameters: tenant_id. Rerun: a temporary table of this transaction.
CREATE TEMPORARY TABLE former_profile ON COMMIT DROP AS
SELECT known.*
FROM core.profile AS known
JOIN shaped_profile AS read ON read.profile_id = known.profile_id
WHERE known.tenant_id = %(tenant_id)s AND known.source_rev <> read.source_rev AND known.gone_at IS NULL
