-- Purpose: keep a template of one channel, as a new version where it differs from the latest.
-- Grain: one row, the version that now holds.
-- Parameters: tenant_id, template_id, channel, subject, body_text, body_html, provider_template_id.
-- Rerun: the same content gives the same version and writes nothing.
WITH latest AS (
    SELECT version, (subject, body_text, body_html, provider_template_id) IS NOT DISTINCT FROM
        (%(subject)s::text, %(body_text)s::text, %(body_html)s::text, %(provider_template_id)s::text) AS is_same
    FROM activation.template
    WHERE tenant_id = %(tenant_id)s AND template_id = %(template_id)s AND channel = %(channel)s
    ORDER BY version DESC
    LIMIT 1
), added AS (
    INSERT INTO activation.template
        (tenant_id, template_id, version, channel, subject, body_text, body_html, provider_template_id)
    SELECT
        %(tenant_id)s, %(template_id)s, coalesce((SELECT version FROM latest), 0) + 1, %(channel)s,
        %(subject)s, %(body_text)s, %(body_html)s, %(provider_template_id)s
    WHERE NOT coalesce((SELECT is_same FROM latest), false)
    RETURNING version
)
SELECT coalesce((SELECT version FROM added), (SELECT version FROM latest))
