-- Purpose: give a reviewer each form of a campaign's message at their own address.
-- Grain: one row a language and variant.
-- Parameters: tenant_id, campaign_run_id, user_id, channel, address (normalised here as the sync does it), key, languages
--             and variants (equal length; an empty one is none).
-- Rerun: adds nothing the second time.
INSERT INTO activation.delivery
    (tenant_id, campaign_run_id, customer_id, channel, address, address_hash, domain, state, recipient_kind, language,
     variant)
SELECT
    %(tenant_id)s, %(campaign_run_id)s,
    concat_ws('/', 'reviewer', %(user_id)s::text, form.language, form.variant), %(channel)s,
    normal.address, core.address_hash(%(channel)s, normal.address, %(key)s),
    lower(split_part(normal.address, '@', -1)), 'ready', 'reviewer', nullif(form.language, ''), nullif(form.variant, '')
FROM unnest(%(languages)s::text[], %(variants)s::text[]) AS form (language, variant)
CROSS JOIN (SELECT core.normal_email(%(address)s) AS address) AS normal
ON CONFLICT DO NOTHING
RETURNING delivery_id
