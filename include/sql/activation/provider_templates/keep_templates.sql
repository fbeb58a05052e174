-- Purpose: write down the templates that a provider's own list names now.
-- Grain: one row a template.
-- Parameters: tenant_id, provider, templates (JSON array of ApprovedTemplate).
-- Rerun: the same list leads to the same rows.
INSERT INTO activation.provider_template (
    tenant_id, provider, provider_template_id, name, status, tag, quality, price_by_phone, price_by_user, parameters,
    daily_quota, remaining_quota, synced_at, gone_at
)
SELECT
    %(tenant_id)s, %(provider)s, told.provider_template_id, told.name, told.status, told.tag, told.quality,
    told.price_by_phone, told.price_by_user, told.parameters, told.daily_quota, told.remaining_quota, now(), NULL
FROM jsonb_to_recordset(%(templates)s::jsonb) AS told (
    provider_template_id text, name text, status text, tag text, quality text, price_by_phone integer,
    price_by_user integer, parameters jsonb, daily_quota integer, remaining_quota integer
)
ON CONFLICT (tenant_id, provider, provider_template_id) DO UPDATE
SET name = excluded.name,
    status = excluded.status,
    tag = excluded.tag,
    quality = excluded.quality,
    price_by_phone = excluded.price_by_phone,
    price_by_user = excluded.price_by_user,
    parameters = excluded.parameters,
    daily_quota = excluded.daily_quota,
    remaining_quota = excluded.remaining_quota,
    synced_at = excluded.synced_at,
    gone_at = NULL
