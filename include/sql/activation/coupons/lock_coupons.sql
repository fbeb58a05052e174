-- Purpose: let one transaction at a time import codes of a tenant, so that two imports of the same codes cannot wait for
-- each other.
-- Grain: no rows; held until the transaction ends.
-- Parameters: tenant_id.
-- Rerun: holds again.
SELECT FROM pg_advisory_xact_lock(hashtextextended(%(tenant_id)s || '/coupons', 0))
