-- Purpose: the profiles as they were at a moment, by what was known then.
-- Grain: one row a profile.
-- Parameters: tenant_id, then (the moment), known_until.
-- Rerun: a temporary table of this transaction.
CREATE TEMPORARY TABLE then_profile ON COMMIT DROP AS
SELECT * FROM core.profile_known(%(tenant_id)s, %(then)s, %(known_until)s)
