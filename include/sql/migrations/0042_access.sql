-- Purpose: who may see which tenant on the Segment desk. Nobody where nobody was allowed.
-- Grain of ops.tenant_access: one row a tenant and user id of Airflow; '*' is everybody who may see the desk at all.
CREATE TABLE ops.tenant_access (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    user_id text NOT NULL CHECK (user_id <> ''),
    allowed_by text NOT NULL CHECK (allowed_by <> ''),
    allowed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, user_id)
);
CALL ops.protect('ops.tenant_access');
-- Only an administrator lets people in, as the owner.
REVOKE INSERT, UPDATE, DELETE ON ops.tenant_access FROM leo_loader, leo_writer;
CREATE INDEX ON ops.tenant_access (user_id);

-- Until now whoever could see Airflow saw every tenant.
INSERT INTO ops.tenant_access (tenant_id, user_id, allowed_by)
SELECT tenant_id, '*', 'migration 0042' FROM ops.tenant;

-- Whom a person may see. It is asked before a connection is bound to a tenant, so row security cannot answer it.
CREATE FUNCTION ops.tenants_of(asked_user_id text) RETURNS TABLE (tenant_id text, name text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT tenant.tenant_id, tenant.name
    FROM ops.tenant
    WHERE EXISTS (
        SELECT FROM ops.tenant_access AS access
        WHERE access.tenant_id = tenant.tenant_id AND access.user_id IN (asked_user_id, '*')
    )
    ORDER BY tenant.name, tenant.tenant_id;
END;
REVOKE ALL ON FUNCTION ops.tenants_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.tenants_of TO leo_writer;
