-- Purpose: keep what the DNS said of a sending domain.
-- Grain: one row a check.
-- Parameters: tenant_id, domain, selector, passed, checks.
-- Rerun: another row with its own time; the latest holds.
INSERT INTO activation.preflight (tenant_id, domain, selector, passed, checks)
VALUES (%(tenant_id)s, %(domain)s, %(selector)s, %(passed)s, %(checks)s)
