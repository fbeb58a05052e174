-- Purpose: let one transaction at a time make a version of a template.
-- Grain: no rows; held until the transaction ends.
-- Parameters: tenant_id, template_id.
-- Rerun: holds again.
SELECT FROM pg_advisory_xact_lock(hashtextextended(%(tenant_id)s || '/template/' || %(template_id)s, 0))
