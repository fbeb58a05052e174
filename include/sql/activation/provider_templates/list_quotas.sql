-- Purpose: what a tenant's providers said of their quotas last.
-- Grain: one row a provider.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT provider, daily, daily_remaining, promotions_a_month, promotions_remaining, quality, read_at
FROM activation.provider_quota
WHERE tenant_id = %(tenant_id)s
ORDER BY provider
