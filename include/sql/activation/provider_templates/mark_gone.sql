-- Purpose: note which templates the provider's list names no more; run after keep_templates in the same transaction.
-- Grain: one row a template that is gone since.
-- Parameters: tenant_id, provider.
-- Rerun: changes nothing.
UPDATE activation.provider_template
SET gone_at = now()
WHERE tenant_id = %(tenant_id)s AND provider = %(provider)s AND synced_at < now() AND gone_at IS NULL
