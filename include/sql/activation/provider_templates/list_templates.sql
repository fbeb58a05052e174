-- Purpose: the templates that a tenant's providers keep, as they were told last.
-- Grain: one row a template.
-- Parameters: tenant_id, provider and ids (each null: all).
-- Rerun: reads only.
SELECT
    provider, provider_template_id, name, status, tag, quality, price_by_phone, price_by_user, parameters, daily_quota,
    remaining_quota, synced_at, gone_at
FROM activation.provider_template
WHERE tenant_id = %(tenant_id)s
  AND (%(provider)s::text IS NULL OR provider = %(provider)s)
  AND (%(ids)s::text[] IS NULL OR provider_template_id = ANY (%(ids)s::text[]))
ORDER BY provider, gone_at IS NOT NULL, name, provider_template_id
