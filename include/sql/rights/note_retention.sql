-- Purpose: note what retention deleted. Grain: one row a run. Parameters: tenant_id, version, rows. Rerun: run once.
INSERT INTO rights.retention_run (tenant_id, policy_version, rows) VALUES (%(tenant_id)s, %(version)s, %(rows)s)
