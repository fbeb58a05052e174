-- Purpose: every tenant with where its data is read from. Grain: one row a tenant. Parameters: none. Rerun: reads only.
SELECT
    tenant.tenant_id, tenant.name, tenant.currency, tenant.time_zone, tenant.language, tenant.armed_at, tenant.armed_by,
    source.kind AS source_kind, source.location AS source_location, source.stands_still_at
FROM ops.tenant
LEFT JOIN ops.source USING (tenant_id)
ORDER BY tenant.tenant_id
