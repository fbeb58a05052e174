-- Purpose: which tenants there are, for the login by which Superset reads: it makes a role and a row filter for each.
SET LOCAL ROLE leo_report_owner;

-- Grain: one row a tenant.
CREATE VIEW report.tenant AS SELECT tenant_id, name FROM ops.tenant;
COMMENT ON VIEW report.tenant IS 'Tenants with their names. One row a tenant.';

RESET ROLE;
